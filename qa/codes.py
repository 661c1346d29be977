"""Stable codes, seen from outside. Nothing is imported here, so that a client knows them without the index."""

from enum import StrEnum


class Silence(StrEnum):
    """Why there is no answer; stable codes."""

    NOTHING_ASKED = "nothing_asked"
    PLACE_UNKNOWN = "place_unknown"
    CASE_UNKNOWN = "case_unknown"
    YEAR_UNKNOWN = "year_unknown"
    NOT_COVERED = "not_covered"
    OFF_TOPIC = "off_topic"
    NOTHING_FOUND = "nothing_found"


class Ignorable(StrEnum):
    """What can be taken back of how a question was understood."""

    PLACE = "place"
    CASE = "case"
    YEAR = "year"
    ASPECT = "aspect"
    FIGURE = "figure"


class Order(StrEnum):
    """In what order figures are listed; values are compared within a unit, the most frequent unit first."""

    READING = "reading"
    LOWEST = "value"
    HIGHEST = "-value"
    INDICATOR = "indicator"
    PLACE = "place"
    TIME = "time"


class Reason(StrEnum):
    """Why a sentence was dropped; stable codes."""

    NO_CITATION = "no_citation"
    UNKNOWN_CITATION = "unknown_citation"
    QUOTE_NOT_FOUND = "quote_not_found"
    FIGURE_NOT_FOUND = "figure_not_found"
    NOT_FROM_PASSAGE = "not_from_passage"
    TOO_LONG = "too_long"
    NO_ANSWER = "no_answer"
    """It says that the material does not answer."""
