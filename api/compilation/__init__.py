"""Reading the compilation: cases, documents, passages, originals, what there is."""
