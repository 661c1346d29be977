"""Errors of the corpus room, each with a message in Chinese fit to be shown to a user."""


class CorpusError(Exception):
    """Base of all errors raised by `corpus`."""


class Unreadable(CorpusError):
    """A file is missing, is not text, or is in an encoding that cannot be told."""
