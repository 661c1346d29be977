"""Tests of `corpus.readers`."""
