"""Words that a general dictionary does not have, mined from the corpus itself.

A segmenter cuts 扶沟 and “三个一批” to pieces, and then neither search finds them whole. The lexicon holds the places
of the corpus, the terms it puts in quotes and the titles it names, so that one word stays one word.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from corpus.document import Document, Place
from corpus.places import short_name

_QUOTED = re.compile(r"“([^“”\n]{2,16})”")
_TITLED = re.compile(r"《([^《》\n]{2,30})》")
_WORD = re.compile(r"[\w+%.·]+")
_SHORT_NUMBER = re.compile(r"\d{1,4}")


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What a user adds to the lexicon: words, and groups of words that mean the same."""

    words: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Sorted words, each to be kept whole by the tokenizer; `own` is what of it the user gave."""

    words: tuple[str, ...]
    own: OwnWords = field(default_factory=OwnWords)

    @property
    def fingerprint(self) -> str:
        """A hash that tells two lexicons apart."""
        lines = [*self.words, *map("=".join, self.own.synonyms)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def own_words(text: str) -> OwnWords:
    """Return what a lexicon.txt says: a word a line, or words that mean the same with = between them; # comments."""
    words: set[str] = set()
    synonyms: list[tuple[str, ...]] = []
    for line in text.splitlines():
        group = tuple(word for part in line.split("#")[0].replace("＝", "=").split("=") if (word := part.strip()))
        words |= {word for word in group if len(word) >= 2}
        if len(group) > 1:
            synonyms.append(group)
    return OwnWords(tuple(sorted(words)), tuple(synonyms))


def mined(documents: Iterable[Document]) -> Lexicon:
    """Return the lexicon of a corpus: the words of its documents."""
    return Lexicon(tuple(sorted(set().union(*map(words_of, documents)))))


def words_of(document: Document) -> frozenset[str]:
    """Return what a document gives to the lexicon: places of its cases, full and short, terms in quotes, titles."""
    words: set[str] = set()
    for case in document.cases:
        words |= _names(case.place)
    for pattern in (_QUOTED, _TITLED):
        for match in pattern.finditer(document.text):
            # A quoted clause with stops inside is no term; its parts are. Nor is a year or a short number.
            words |= {part for part in _WORD.findall(match[1]) if len(part) >= 2 and not _SHORT_NUMBER.fullmatch(part)}
    return frozenset(words)


def _names(place: Place) -> set[str]:
    return {name for name in (place.province, place.city, place.county, short_name(place)) if len(name) >= 2}
