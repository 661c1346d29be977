"""Hybrid retrieval as other libraries have it, over our passages and vectors, to be measured beside ours."""
