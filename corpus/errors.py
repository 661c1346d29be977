"""Errors of the corpus room, each with a message in Chinese fit to be shown to a user."""

from enum import StrEnum


class CorpusError(Exception):
    """Base of all errors raised by `corpus`."""


class Unreadable(CorpusError):
    """A file is missing, is not text, or is in an encoding that cannot be told."""


class FaultCode(StrEnum):
    """Why a file of a batch was not read. The values are stable: interfaces and records speak of them."""

    UNREADABLE = "unreadable"
    EMPTY = "empty"
    NO_TEXT = "no_text"
    UNSUPPORTED = "unsupported"
    OLD_OFFICE = "old_office"
    MACRO = "macro"
    ENCRYPTED = "encrypted"
    BAD_LINE = "bad_line"
    DUPLICATE = "duplicate"
    NESTED_ARCHIVE = "nested_archive"
    TOO_LARGE = "too_large"
    TOO_MANY_ENTRIES = "too_many_entries"
    ZIP_BOMB = "zip_bomb"
    PATH_TRAVERSAL = "path_traversal"
    XML_ENTITIES = "xml_entities"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"


class Refused(Unreadable):
    """A reader refuses a file; `code` tells programs why, the message tells people."""

    def __init__(self, code: FaultCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
