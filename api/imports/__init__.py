"""Changing the compilation: files sent, done in the background, undone."""
