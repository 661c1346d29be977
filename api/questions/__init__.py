"""Asking: ask, search, compare, figures."""
