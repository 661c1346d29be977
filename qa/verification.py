"""Whether a sentence that nobody here wrote may be shown: all that can be checked of it stands in what it cites.

A sentence is kept when it cites, and when its quotes stand there word for word, its figures with value, unit and
qualifier, its other numbers by value, and enough of the rest by pairs of characters. What this cannot see: a statement
turned round with a 不, or words of one sentence of a passage joined to those of another.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from corpus.figures import Figure, figures
from corpus.numerals import numeral
from corpus.sentences import sentences
from index.tokenizer import bigrams, normalised
from qa.codes import Reason
from qa.evidence import Evidence

LONGEST = 600
"""Characters of a sentence with its markers; what goes on for longer is not one."""
_SHARE = 0.4
_CLAUSE_SHARE = 0.15
_TELLING = 4
"""How much of a sentence must stand in the passages it cites: this share of its pairs of telling characters, and of
each clause of at least so many pairs that share. Set mildly, by the sentences in tests/qa/test_composition.py: honest
paraphrases have .50 and more (clauses of theirs .17), inventions about the same matter .32 and less, and a sentence
under the number of another case .25 in nine of ten."""
_IDLE = frozenset("的了在是和与及等也都就把被对从到以为中之其并将由于而且或则着过地得")
"""Characters that a paraphrase changes freely. Not 不, 没 and 有: what they make of a sentence must stand there too."""

_MARKERS = re.compile(r"(?:\s*\[\d{1,3}\])+")
_RANK = re.compile(r"\[(\d{1,3})\]")
_QUOTES = {"“": "”", "‘": "’", "「": "」", "『": "』", '"': '"'}
_FOLDED = {0xFF01 + at: 0x21 + at for at in range(94)} | dict.fromkeys(map(ord, "“”‘’「」『』"), '"')
_NUMBER = re.compile(r"\d+(?:[,，]\d{3})*(?:[.．]\d+)?|[〇零一二三四五六七八九十百千万亿两]{2,}")
_ARTICLE = re.compile("一[个种项批套]")
"""It counts nothing: 建立一个机制."""
_PAUSE = re.compile(r"[，,；;、：:。！？!?]")
_FOREIGN = re.compile(r"[^\W\d_\u3400-\u9fff]{2,}")
_ABSENT = re.compile(r"材料(?:中|里)?(?:没有|未)")


@dataclass(frozen=True, slots=True)
class Support:
    """What a sentence rests on: `text` is `[start, end)` of the raw text of the document that has this rank."""

    rank: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A sentence that may be shown, with the ranks it cites as [n] in the text, and what it rests on.

    Each rank has at least one support: a quote or a figure of the sentence, else the passage's sentence nearest to it.
    """

    text: str
    ranks: tuple[int, ...]
    supports: tuple[Support, ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sentence that may not be shown, and why."""

    text: str
    reason: Reason


class Source:
    """A passage, made ready for looking words up in it."""

    def __init__(self, evidence: Evidence) -> None:
        start, end = evidence.passage.start, evidence.passage.end
        self.rank = evidence.hit.rank
        self._text = evidence.document.text
        self._folded = _folded(evidence.text)
        self._offsets = [at for at in range(start, end) if not self._text[at].isspace()]
        # Of those that are the same, the first stays.
        counted = [(_counted(figure), (figure.start, figure.end)) for figure in figures(self._text, start, end)]
        self._figures = dict(reversed(counted))
        self._numbers = dict(reversed(list(_numbers(self._text, start, end))))
        self._sentences = [(span, _pairs(self._text[slice(*span)])) for span in sentences(self._text, start, end)]
        # A sentence takes place and headings from the line under which the passage is cited.
        told = f"{evidence.citation}\n{evidence.text}"
        self.pairs = _pairs(told)
        self.foreign = frozenset(_FOREIGN.findall(normalised(told)))
        self.told_numbers = frozenset(value for value, _ in _numbers(told, 0, len(told)))

    def words(self, folded: str) -> Iterator[Support]:
        """Yield where folded words stand."""
        if folded and (at := self._folded.find(folded)) >= 0:
            yield self._support(self._offsets[at], self._offsets[at + len(folded) - 1] + 1)

    def figure(self, figure: Figure) -> Iterator[Support]:
        """Yield where the like of a figure stands."""
        if span := self._figures.get(_counted(figure)):
            yield self._support(*span)

    def number(self, value: float | str) -> Iterator[Support]:
        """Yield where a number stands, whatever it counts."""
        if span := self._numbers.get(value):
            yield self._support(*span)

    def nearest(self, pairs: frozenset[str]) -> Iterator[Support]:
        """Yield the sentence that shares most with these pairs, if any shares anything."""
        span, own = max(self._sentences, key=lambda sentence: len(pairs & sentence[1]))
        if pairs & own:
            yield self._support(*span)

    def _support(self, start: int, end: int) -> Support:
        return Support(self.rank, start, end, self._text[start:end])


def verified(text: str, sources: Mapping[int, Source]) -> Verified | Dropped:
    """Return a sentence with what it rests on, or why it may not be shown.

    `text` cites as [n], behind what n says; `sources` are what may be cited, by rank. White space, full and half
    width, and the shape of quotation marks make no difference to a quote, nor does a stop at its end.
    """
    found = _supports(text, sources)
    return Dropped(text[:LONGEST], found) if isinstance(found, Reason) else Verified(text, _ranks(text), found)


def _supports(text: str, sources: Mapping[int, Source]) -> tuple[Support, ...] | Reason:
    ranks = _ranks(text)
    if len(text) > LONGEST:
        return Reason.TOO_LONG
    if not ranks:
        return Reason.NO_ANSWER if _ABSENT.search(text) else Reason.NO_CITATION
    if not sources.keys() >= set(ranks):
        return Reason.UNKNOWN_CITATION
    pairs = _pairs(_MARKERS.sub("", text))
    found: list[Support] = []
    for words, cited in _claims(text):
        supports = _claim_supports(words, [sources[rank] for rank in cited])
        if isinstance(supports, Reason):
            return supports
        found += supports
    if not pairs or _share(pairs, [sources[rank] for rank in ranks]) < _SHARE:
        return Reason.NOT_FROM_PASSAGE
    return tuple(dict.fromkeys(found))


def _claims(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """Return the parts of a sentence, each with the ranks of the markers behind it.

    Markers with nothing before them belong to what follows, and what has none behind it to the ones before.
    """
    claims: list[tuple[str, tuple[int, ...]]] = []
    words, at = "", 0
    ranks: tuple[int, ...] = ()
    for markers in _MARKERS.finditer(text):
        words, ranks, at = words + text[at : markers.start()], (*ranks, *_ranks(markers[0])), markers.end()
        if _pairs(words) or any(char.isdigit() for char in words):
            claims.append((words, ranks))
            words, ranks = "", ()
    words += text[at:]
    if not ranks:
        before, ranks = claims.pop()
        words = before + words
    return [*claims, (words, ranks)]


def _claim_supports(words: str, sources: list[Source]) -> list[Support] | Reason:
    found: list[Support] = []
    for quote in _quotes(words):
        folded = _folded(quote).rstrip(",.;:!?、。")
        standing = [support for source in sources for support in source.words(folded)]
        if folded and not standing:
            return Reason.QUOTE_NOT_FOUND
        found += standing
    rest = words
    for figure in figures(words, 0, len(words)):
        rest = rest[: figure.start] + " " * (figure.end - figure.start) + rest[figure.end :]
        standing = [support for source in sources for support in source.figure(figure)]
        if not standing and not _ARTICLE.fullmatch(words, figure.start, figure.end):
            return Reason.FIGURE_NOT_FOUND
        found += standing
    for value, _ in _numbers(rest, 0, len(rest)):
        standing = [support for source in sources for support in source.number(value)]
        # A year may be that of the title.
        if not standing and not any(value in source.told_numbers for source in sources):
            return Reason.FIGURE_NOT_FOUND
        found += standing
    clauses = [pairs for pairs in map(_pairs, _PAUSE.split(words)) if len(pairs) >= _TELLING]
    if any(_share(pairs, sources) < _CLAUSE_SHARE for pairs in clauses) or not _foreign_stands(words, sources):
        return Reason.NOT_FROM_PASSAGE
    resting = {support.rank for support in found}
    for source in sources:
        if source.rank not in resting:
            standing = list(source.nearest(_pairs(words)))
            if not standing:
                return Reason.NOT_FROM_PASSAGE
            found += standing
    return found


def _counted(figure: Figure) -> tuple[object, ...]:
    """Return what makes two figures the same, however they are written: 16个批次 is 十六批次."""
    return figure.value, figure.upper, figure.unit.removeprefix("个") or figure.unit, figure.qualifier


def _numbers(text: str, start: int, end: int) -> Iterator[tuple[float | str, tuple[int, int]]]:
    """Yield the numbers of a text, Arabic or Chinese, by value, or as written where they have none; and their spans.

    A Chinese numeral of one character is mostly no number (一是, 统一), and left out.
    """
    for found in _NUMBER.finditer(text, start, end):
        plain = normalised(found[0]).replace(",", "")
        value = float(plain) if plain[0].isdecimal() else numeral(plain)
        yield (plain if value is None else float(value)), found.span()


def _share(pairs: frozenset[str], sources: list[Source]) -> float:
    held = reduce(frozenset.union, (source.pairs for source in sources), frozenset[str]())
    return len(pairs & held) / len(pairs)


def _foreign_stands(words: str, sources: list[Source]) -> bool:
    """Tell whether each word in other letters, a name or an address, is copied: the pairs do not see it."""
    held = reduce(frozenset.union, (source.foreign for source in sources), frozenset[str]())
    return held.issuperset(_FOREIGN.findall(normalised(words)))


def _pairs(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring Chinese characters that both tell something."""
    return frozenset(pair for pair in bigrams(normalised(text)) if _IDLE.isdisjoint(pair))


def _folded(text: str) -> str:
    """Return the text without white space, with full-width forms as half-width ones and all quotation marks alike.

    “ ” inside a quote are printed as ‘ ’, so their shape says nothing.
    """
    return "".join(text.split()).translate(_FOLDED)


def _quotes(words: str) -> Iterator[str]:
    """Yield what stands between quotation marks, the outermost; a mark without its other half quotes all beside it."""
    depth, begin, mark = 0, 0, ""
    for at, char in enumerate(words):
        if depth and char == _QUOTES[mark]:
            depth -= 1
            if not depth:
                yield words[begin:at]
        elif depth:
            depth += char == mark
        elif char in _QUOTES:
            depth, begin, mark = 1, at + 1, char
        elif char in _QUOTES.values():
            yield words[:at]
    if depth:
        yield words[begin:]


def _ranks(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(rank) for rank in _RANK.findall(text)))
