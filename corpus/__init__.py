"""From a file to documents, cases, sections, paragraphs and passages; every one a span of the raw text."""
