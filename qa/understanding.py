"""What a question asks for: which place or case, measures or results, a figure or not. By rule, before any search."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from corpus.document import Aspect, Document, Place
from corpus.numerals import NUMERAL, numeral
from corpus.places import aliases, longest_names, places_by_name
from index.tokenizer import normalised

_SPACE_IN_HAN = re.compile(r"(?<=[\u3400-\u9fff，。！？、；：“”（）])\s+|\s+(?=[，。！？、；：“”（）])")
_CASE_NUMBER = re.compile(rf"第?\s*([{NUMERAL}]+)\s*篇")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年(?!第?\d+号)")
_RESULT = re.compile(
    r"多少|几[个次批亩家项期名宗年天种条类大人件]|成效|效果|成果|成绩|结果|收获|完成情况|完成得|完成了|进展|战果|"
    r"比例|占比|百分之|百分比|[率额量](?:是|有|为|达|怎|如|$)|总投资|投资额|面积|规模|达到|数据|实现了"
)
_MEASURE = re.compile(
    r"怎么|怎样|如何|咋|做法|机制|措施|办法|举措|方法|方式|制度|经验|途径|手段|靠什么|凭什么|通过什么|用什么|做了(?:什么|哪些)|"
    r"采取|干了"
)
_STRONG_RESULT = re.compile(r"多少|成效|效果|成果|成绩|完成情况|比例|占比|百分")
_BACKGROUND = re.compile(r"背景|为什么|为何|初衷|目的|由来|起因")
_FIGURE = re.compile(
    r"多少|几[个次批亩家项期名宗年天种条类大人件]|比例|占比|百分|[率额量](?:是|有|为|达|$)|总投资|投资额|面积|总数|数量|"
    r"金额|多久|多大|多长|哪[年月天]|何时|什么时候"
)
_QUESTION_WORDS = re.compile(
    r"请问一下|请问|请介绍一下|介绍一下|请介绍|想了解一下|我想了解|想问一下|我想问|麻烦问下|帮我查一下|帮我查查|帮我查|查一下|"
    r"有没有|是不是|能不能|什么样的|什么时候|什么|哪些地方|哪些|哪个|哪几个|哪几|哪里|哪儿|哪|怎么样|怎么着|怎么|怎样的|怎样|如何|咋样|咋|"
    r"为什么|为何|多少|是否|有何|分别|具体|一下|请|谁|吗|呢|吧|啊|呀"
)


@dataclass(frozen=True, slots=True)
class PlaceAsked:
    """A place that the question names. `cases` are those of the corpus that stand there, as (document id, position)."""

    mention: str
    place: Place
    cases: frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A question as understood.

    `text` is the question in half-width, simplified characters; `terms` what is left of it without the words that
    only ask; `case_numbers` the 篇 it names; `years` those it asks about (the year of a document's number is none);
    `aspect` what it asks for, None when it does not say; `figure` whether it asks for a number or a date.
    """

    text: str
    terms: str
    places: tuple[PlaceAsked, ...]
    case_numbers: tuple[int, ...]
    years: tuple[int, ...]
    aspect: Aspect | None
    figure: bool

    @property
    def matter(self) -> str:
        """The terms without the places, which tell cases apart, but not the passages and sentences of one."""
        matter = self.terms
        for asked in self.places:
            matter = matter.replace(asked.mention, " ")
        return matter

    @property
    def has_content(self) -> bool:
        """Whether anything is asked about: a word is left when the asking words are taken away."""
        return any(char.isalnum() for char in self.terms)


class PlaceNames:
    """The names under which the places of a corpus are asked for, and the cases each leads to."""

    def __init__(self, documents: Iterable[Document]) -> None:
        found: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self._place: dict[str, Place] = {}
        for document in documents:
            for at, case in enumerate(document.cases):
                if case.number is None:
                    continue
                for place in _levels(case.place):
                    for name in aliases(place):
                        found[name].add((document.id, at))
                        self._place.setdefault(name, place)
        self._cases = {name: frozenset(cases) for name, cases in found.items()}

    def asked(self, text: str) -> tuple[PlaceAsked, ...]:
        """Return the places that a normalised question names, the corpus's own and others, in order, each once."""
        national = places_by_name()
        places: dict[Place, PlaceAsked] = {}
        for start, end in longest_names(text, self._cases, national):
            name = text[start:end]
            if name in self._cases:
                asked = PlaceAsked(name, self._place[name], self._cases[name])
            else:
                asked = PlaceAsked(name, national[name][0], frozenset())
            places.setdefault(asked.place, asked)
        return tuple(places.values())


def _levels(place: Place) -> list[Place]:
    """Return the place and the city around it; a province says nothing about which case is meant."""
    levels = [place] if place.county or place.city else []
    if place.county and place.city:
        levels.append(Place(place.province, place.city))
    return levels


def understood(question: str, names: PlaceNames) -> Interpretation:
    """Return what a question asks for."""
    text = _SPACE_IN_HAN.sub("", " ".join(normalised(question).split()))
    numbers = (numeral(match) for match in _CASE_NUMBER.findall(text))
    return Interpretation(
        text=text,
        terms=_QUESTION_WORDS.sub(" ", text).strip(),
        places=names.asked(text),
        case_numbers=tuple(dict.fromkeys(number for number in numbers if number is not None)),
        years=tuple(dict.fromkeys(int(year) for year in _YEAR.findall(text))),
        aspect=_aspect(text),
        figure=bool(_FIGURE.search(text)),
    )


def _aspect(text: str) -> Aspect | None:
    result, measure = bool(_RESULT.search(text)), bool(_MEASURE.search(text))
    if result and (not measure or _STRONG_RESULT.search(text)):
        return Aspect.RESULT
    if measure:
        return Aspect.MEASURE
    return Aspect.BACKGROUND if _BACKGROUND.search(text) else None
