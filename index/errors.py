"""Errors of the index room, each with a message in Chinese fit to be shown to a user."""


class IndexingError(Exception):
    """Base of all errors raised by `index`."""


class ModelError(IndexingError):
    """The embedding model cannot be had or cannot be loaded."""


class IndexLoading(IndexingError):
    """The index and the model are being loaded."""


class IndexMissing(IndexingError):
    """No built index stands where one was expected."""


class IndexCorrupt(IndexingError):
    """A file of the index is missing, cut short, or not what its checksum says."""


class IndexMismatch(IndexingError):
    """The index was built with another model, tokenizer or format than the one in use."""


class IndexEmpty(IndexingError):
    """There is no text to index."""


class IndexUnwritable(IndexingError):
    """The disk is full, or may not be written; the index is as it was."""


class IndexBusy(IndexingError):
    """Another process is writing the index."""


class FilterUnknown(IndexingError):
    """A filter, of this name, has a value that no passage of the index has."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


class DocumentUnknown(IndexingError):
    """A document that is to be withdrawn is not in the index."""
