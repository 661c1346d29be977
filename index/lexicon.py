"""Words that a general dictionary does not have, mined from the corpus itself.

A segmenter cuts 扶沟 and “三个一批” to pieces, and then neither search finds them whole. The lexicon holds the places
of the corpus, the terms it puts in quotes and the titles it names, so that one word stays one word.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from corpus.document import Document, Place
from corpus.places import short_name

_QUOTED = re.compile(r"“([^“”\n]{2,16})”")
_TITLED = re.compile(r"《([^《》\n]{2,30})》")
_WORD = re.compile(r"[\w+%.·]+")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Sorted words, each to be kept whole by the tokenizer."""

    words: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """A hash that tells two lexicons apart."""
        return hashlib.sha256("\n".join(self.words).encode()).hexdigest()[:16]


def mined(documents: Iterable[Document]) -> Lexicon:
    """Return the lexicon of a corpus: the words of its documents."""
    return Lexicon(tuple(sorted(set().union(*map(words_of, documents)))))


def words_of(document: Document) -> frozenset[str]:
    """Return what a document gives to the lexicon: places of its cases (full and short), quoted terms, titles of 《》."""
    words: set[str] = set()
    for case in document.cases:
        words |= _names(case.place)
    for pattern in (_QUOTED, _TITLED):
        for match in pattern.finditer(document.text):
            # A quoted clause with stops inside is no term; its parts are.
            words |= {part for part in _WORD.findall(match[1]) if len(part) >= 2}
    return frozenset(words)


def _names(place: Place) -> set[str]:
    return {name for name in (place.province, place.city, place.county, short_name(place)) if len(name) >= 2}
