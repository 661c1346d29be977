"""The one tokenizer: what the lexical leg indexes and what it asks for. The only place that calls jieba."""

import hashlib
import logging
import re
import unicodedata
from collections.abc import Collection, Iterator
from enum import StrEnum
from functools import cache, lru_cache
from importlib.metadata import version
from itertools import accumulate

import jieba
import opencc

from index.lexicon import Lexicon

VERSION = 3
"""Raised when the same text gives other tokens than before."""

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_EMPTY = frozenset(
    "的了是在有和与及等也都就把被对从到以为上下中这那哪个们我你他它其之者所吗呢吧啊什么怎样如何多少几谁请问一不没要会能可"
)
"""Characters that tell nothing of a text's matter by themselves."""
_FIGURE = re.compile(
    r"(\d+(?:\.\d+)?)\s*"
    r"(%|个百分点|亿元|万元|元|亩|平方公里|平方米|公里|个|项|家|宗|人次|人|户|件|批次|批|次|天|小时|分钟|年|月|日|名|倍|吨|期)?"
)
_DOCUMENT_NUMBER = re.compile(
    r"(?P<issuer>[\u4e00-\u9fff]{1,8})?\s*[〔\[(【]?\s*(?P<year>(?:19|20)\d\d)\s*[〕\])】年]?\s*第?\s*(?P<number>\d{1,4})\s*号"
)
_ISSUER_TAIL = 2
_QUOTED = re.compile(r"[“\"「『《](.+?)[”\"」』》]")
_EMPHASIS = 2
"""How many times more a word counts that the asker put in quotes, or that is one of the corpus's own terms."""
_RARE_NAME = 300
_RARE_WORD = 100
"""Frequencies in jieba's dictionary up to which a county's short name is taken for the county."""
_REMEMBERED = 1 << 13
_LONG = 1000
"""Texts whose normalised form is kept, and the most characters of one: found once, it is found again."""
_THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,])")


def normalised(text: str) -> str:
    """Return the text as it is compared: half-width, lower case, simplified, 2,458 as 2458. Not length-preserving."""
    return _normalised_before(text) if len(text) <= _LONG else _normalised(text)


def _normalised(text: str) -> str:
    return str(_to_simplified().convert(half_width(text)))


_normalised_before = lru_cache(_REMEMBERED)(_normalised)


def half_width(text: str) -> str:
    """Return the text as it is compared, but not simplified, which takes most of the time."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return _THOUSANDS.sub(lambda number: number[0].replace(",", ""), plain)


@cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


class Kind(StrEnum):
    """The kinds of tokens."""

    WORDS = "words"
    BIGRAMS = "bigrams"
    FIGURES = "figures"
    DOCUMENT_NUMBERS = "document_numbers"


class Tokenizer:
    """jieba's search-mode words, character bigrams, figures with units and document numbers, over one lexicon."""

    def __init__(self, lexicon: Lexicon, kinds: Collection[Kind] = tuple(Kind)) -> None:
        self.lexicon = lexicon
        self._kinds = [kind for kind in Kind if kind in kinds]
        self._find = {
            Kind.WORDS: self.words,
            Kind.BIGRAMS: bigrams,
            Kind.FIGURES: figures,
            Kind.DOCUMENT_NUMBERS: document_numbers,
        }
        self.own_terms = frozenset(map(normalised, lexicon.words))
        self._jieba = _own_segmenter()
        for word in self.own_terms:
            self._jieba.add_word(word, _frequency(word))
        # Words added must not make the others rarer: then a text that holds none of them would be cut otherwise too.
        self._jieba.total = _segmenter().total

    @property
    def fingerprint(self) -> str:
        """A hash of all that decides the tokens of a text: this code's version, jieba's and the lexicon's."""
        parts = (str(VERSION), version("jieba"), version("opencc"), self.lexicon.fingerprint, *self._kinds)
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of a text in order of kind: words, bigrams, figures, document numbers; repeats kept."""
        plain = normalised(text)
        return [token for kind in self._kinds for token in self._find[kind](plain)]

    def question_tokens(self, question: str) -> list[str]:
        """Return the tokens of a question; those it means literally, quoted or terms of the lexicon, are repeated."""
        tokens = self.tokens(question)
        literal = [token for quoted in _QUOTED.findall(normalised(question)) for token in self.tokens(quoted)]
        literal += [token for token in tokens if token in self.own_terms]
        return tokens + literal * _EMPHASIS

    def boundaries(self, plain: str) -> frozenset[int]:
        """Return the offsets at which a word of a normalised text begins or ends."""
        return frozenset(accumulate(map(len, self._jieba.cut(plain)), initial=0))

    def words(self, plain: str) -> list[str]:
        """Return the words of a normalised text, the long ones followed by the shorter words inside them."""
        return [word for word in self._jieba.cut_for_search(plain) if any(char.isalnum() for char in word)]


@cache
def _segmenter() -> jieba.Tokenizer:
    """Return jieba with its own dictionary alone. Reading that takes most of a second."""
    jieba.setLogLevel(logging.WARNING)
    segmenter = jieba.Tokenizer()
    segmenter.initialize()
    return segmenter


def _own_segmenter() -> jieba.Tokenizer:
    """Return a copy of jieba with its own dictionary, to which words may be added."""
    plain = _segmenter()
    own = jieba.Tokenizer()
    own.FREQ, own.total, own.initialized = dict(plain.FREQ), plain.total, True
    return own


@lru_cache(maxsize=100_000)
def _frequency(word: str) -> int:
    """Return the frequency that keeps a word whole, by jieba's own dictionary.

    Not by what was added before, so that a lexicon grown word by word segments as one given at once.
    """
    return int(_segmenter().suggest_freq(word))


def changes_segmenting(word: str) -> bool:
    """Tell whether a word of a lexicon makes any text segment otherwise: not one that jieba knows well enough."""
    plain = normalised(word)
    return bool(_frequency(plain) != _segmenter().FREQ.get(plain, 0))


def is_ordinary(name: str) -> bool:
    """Tell whether a short place name (平安, 小店) is rather a word of the language, by jieba's dictionary.

    Names are rare there, and tagged as nouns of a special kind; of 2,739 county names 250 are ordinary words.
    """
    frequency, tag = _dictionary().get(name, (0, "ns"))
    return frequency > (_RARE_NAME if tag.startswith("n") and tag != "n" else _RARE_WORD)


def is_word(text: str) -> bool:
    """Tell whether a text is a word of jieba's dictionary, however rare."""
    return text in _dictionary()


@cache
def _dictionary() -> dict[str, tuple[int, str]]:
    with jieba.get_dict_file() as lines:
        entries = (line.decode().split() for line in lines)
        return {word: (int(frequency), tag) for word, frequency, tag in entries}


def bigrams(plain: str) -> Iterator[str]:
    """Yield each two neighbouring Chinese characters, marked so that they are not counted as words too."""
    for run in _HAN.findall(plain):
        for at in range(len(run) - 1):
            yield "_" + run[at : at + 2]


def characters(plain: str) -> Iterator[str]:
    """Yield the Chinese characters of a normalised text that mean something alone: 用地 and 土地 share 地."""
    for run in _HAN.findall(plain):
        yield from (char for char in run if char not in _EMPTY)


def figures(plain: str) -> Iterator[str]:
    """Yield each figure with its unit as one token (2458.96亩)."""
    for number, unit in _FIGURE.findall(plain):
        if unit:
            yield number + unit


def document_numbers(plain: str) -> Iterator[str]:
    """Yield tokens for 舞办〔2020〕5号 in whatever brackets: year and number, alone and behind the issuer."""
    for match in _DOCUMENT_NUMBER.finditer(plain):
        number = f"{match['year']}-{int(match['number'])}号"
        yield number
        if match["issuer"]:
            yield match["issuer"][-_ISSUER_TAIL:] + number
