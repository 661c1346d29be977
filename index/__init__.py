"""Vectors and postings over passages: built once, kept as a generation on disk, searched by two legs and fused."""
