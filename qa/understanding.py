"""What a question asks for: which place or case, measures or results, a figure or not. By rule, before any search."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.document import Aspect, Document, Place
from corpus.numerals import NUMERAL, numeral
from corpus.places import aliases, counties_by_short_name, longest_names, places_by_name
from index.tokenizer import Tokenizer, is_ordinary, normalised
from qa.misnamed import Misnamed, misnamed
from qa.titled import titled_place
from qa.wording import Wording

_SPACE_IN_HAN = re.compile(r"(?<=[\u3400-\u9fff，。！？、；：“”（）])\s+|\s+(?=[，。！？、；：“”（）])")
_CASE_NUMBER = re.compile(rf"第\s*([{NUMERAL}]+)\s*篇|([{NUMERAL}]{{3,}})\s*篇")
"""Fewer than three characters without 第 count cases (这五篇) rather than number one."""
_YEAR = re.compile(
    r"(?<![\d.〔\[(【])((?:19|20)\d\d)(?![\d.%个亿万亩家]|年?第?\d*号)|(?<![\d近前后这约满])([12]\d)年(?![来间内以前后多期])|([一二][〇○零一二三四五六七八九]{3})年"
)
"""2021年, 2021 alone, 21年, 二〇二一年; not the year of a document's number."""
_FIVE_YEARS = re.compile(r"十([一二三四五六])五(?=规划|期间|时期|计划|”|末|以来|$)")
_CENTURY = 2000
_FIRST_OF_FIVE = 2006
"""The year in which 十一五 began."""
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
_KINDS_OF_PLACE = r"(?:地方|地区|县[市区]{1,2}|市县|县|市(?!场|委|政|级|民|直)|区(?!域|委|政|级|直)|城市|案例|篇)"
_WHICH = r"(?:哪些|哪几[个家]?|有?几个|有几|多少个?)"
_ACROSS = re.compile(
    rf"{_WHICH}{_KINDS_OF_PLACE}|{_KINDS_OF_PLACE}(?:里|中|里面)?(?:都|总共|一共|共)?(?:有|是)(?:{_WHICH}|谁)|"
    r"各地|其[他它余](?:地[方区]|县|市|区|案例)|别的(?:地[方区]|县|市|区)|各[县市区](?!级|直)[市区]?|各个?案例|(?:里面?|中|当中)(?:都|共)?有?(?:几家|哪家|谁)|都?有谁|几地|"
    r"分别是哪[里儿]|哪[里儿](?:有|在|用|搞|做|把|能|设|建|推)|(?:还有|都有|都是|都在)(?:哪[里儿]|谁)|(?:五|几|全部|所有)[个篇](?:案例|地方)|这几[篇地]"
)
"""Asks of all cases: which of them, or how each of them."""
_SCOPE = re.compile(
    rf"{_ACROSS.pattern}|地方|县[市区]{{1,2}}|案例|汇编|文中|这里面|里面|提到|写到|写明|出现|讲到|说到|分别|都说了啥|怎么说的|[几哪]家|经验里"
)
_GENERAL = re.compile(
    r"做法|经验|成效|效果|成果|成绩|亮点|特色|特点|背景|举措|措施|情况|内容|案例|典型|介绍|概括|总结|简述|讲讲|说说|讲述|讲了|说了|写了|"
    r"讲的|说的|写的|取得|采取|主要|值得|可以|借鉴|学习|整体|总体|大概|大致|做了|干了|获得|有关|关于|这篇|那篇|要这么做|这样做|"
    r"[的了是在有和与及些都能要可对从请给把帮我想知道看]"
)
"""What may be asked of any place: a question that says no more asks for its case as a whole."""
_OTHERS = re.compile(r"除|其他|其它|其余|别的|还有|另外")
"""Before a place, or with one: asks of the cases besides those named."""


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
    `aspect` what it asks for, None when it does not say; `figure` whether it asks for a number or a date; `across`
    whether it asks which cases, or how each of them; `others` whether of those besides the places it names;
    `misnamed` are names in it that look like places and are none.
    """

    text: str
    terms: str
    places: tuple[PlaceAsked, ...]
    case_numbers: tuple[int, ...]
    years: tuple[int, ...]
    aspect: Aspect | None
    figure: bool
    across: bool
    others: bool
    misnamed: tuple[Misnamed, ...] = ()

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

    @property
    def is_general(self) -> bool:
        """Whether nothing in particular is asked of a place or case: no word is left but what may be asked of any."""
        return not any(char.isalnum() for char in _GENERAL.sub("", _CASE_NUMBER.sub("", self.matter)))


class PlaceNames:
    """The names under which the places of a corpus are asked for, and the cases each leads to.

    Where no case has a place, a document whose title names it stands for it.
    """

    def __init__(self, documents: Sequence[Document], tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._documents = documents
        self.wording = Wording(documents, tokenizer.lexicon.own.synonyms)
        self._counties = {name: places for name, places in counties_by_short_name().items() if not is_ordinary(name)}
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
        held = {case.place.province for document in documents for case in document.cases if case.number is not None}
        of_cases = {*found, *(name for province in held for name in aliases(Place(province)))}
        for document in documents:
            place = titled_place(document)
            for level in _levels(place) or [place]:
                for name in aliases(level) - of_cases:
                    found[name].update((document.id, at) for at in range(len(document.cases)))
                    self._place.setdefault(name, level)
        self._cases = {name: frozenset(cases) for name, cases in found.items()}

    def asked(self, text: str) -> tuple[PlaceAsked, ...]:
        """Return the places that a normalised question names, the corpus's own and others, in order, each once."""
        national = places_by_name()
        places: dict[Place, PlaceAsked] = {}
        for start, end in longest_names(text, self._cases, national, self._counties):
            name = text[start:end]
            if name in self._cases:
                asked = PlaceAsked(name, self._place[name], self._cases[name])
            elif name in national:
                asked = PlaceAsked(name, national[name][0], frozenset())
            elif self._is_whole(text, start, end) and not self._is_of_another_kind(text, end):
                asked = PlaceAsked(name, self._counties[name][0], frozenset())
            else:
                continue
            places.setdefault(asked.place, asked)
        return tuple(places.values())

    def _is_whole(self, text: str, start: int, end: int) -> bool:
        """Tell whether a short name stands there as words of its own, not across the edge of two (建设和平台)."""
        return {start, end} <= self._tokenizer.boundaries(text)

    def _is_of_another_kind(self, text: str, end: int) -> bool:
        """Tell whether a short name stands there with the kind of another place (临江县, where 临江 is 临江市)."""
        return text[end : end + 1] in set("县市区旗") and end + 1 in self._tokenizer.boundaries(text)

    def misnamed(self, text: str, places: Sequence[PlaceAsked]) -> tuple[Misnamed, ...]:
        """Return the names in a normalised question that look like places, and are none of these nor of any."""
        named = {asked.mention for asked in places}
        taken = {at for name in named for found in re.finditer(re.escape(name), text) for at in range(*found.span())}
        return misnamed(text, taken, self._cases, lambda name: any(name in each.text for each in self._documents))


def _levels(place: Place) -> list[Place]:
    """Return the place and the city around it; a province says nothing about which case is meant."""
    levels = [place] if place.county or place.city else []
    if place.county and place.city:
        levels.append(Place(place.province, place.city))
    return levels


def understood(question: str, names: PlaceNames) -> Interpretation:
    """Return what a question asks for."""
    text = names.wording.asked(_SPACE_IN_HAN.sub("", " ".join(normalised(question).split())))
    places = names.asked(text)
    in_corpus = any(asked.cases for asked in places)
    across = bool(_ACROSS.search(text))
    numbered = [
        number
        for number in map(numeral, ("".join(found) for found in _CASE_NUMBER.findall(text)))
        if number is not None
    ]
    others = across and in_corpus and bool(_OTHERS.search(text))
    across = others or (across and not in_corpus and not numbered)
    terms = _SCOPE.sub(" ", text) if across else text
    return Interpretation(
        text=text,
        terms=" ".join([_QUESTION_WORDS.sub(" ", terms).strip(), *names.wording.besides(text)]),
        places=places,
        case_numbers=tuple(dict.fromkeys(numbered)),
        years=_years(text),
        aspect=_aspect(text),
        figure=bool(_FIGURE.search(text)),
        across=across,
        others=others,
        misnamed=names.misnamed(text, places),
    )


def _years(text: str) -> tuple[int, ...]:
    """Return the years that a text names; of a five-year plan (“十三五”) all."""
    years = [_year(*found) for found in _YEAR.findall(text)]
    for plan in _FIVE_YEARS.findall(text):
        first = _FIRST_OF_FIVE + 5 * "一二三四五六".index(plan)
        years += range(first, first + 5)
    return tuple(dict.fromkeys(years))


def _year(full: str, short: str, chinese: str) -> int:
    if chinese:
        return int(
            "".join(str("〇一二三四五六七八九".index(char.replace("零", "〇").replace("○", "〇"))) for char in chinese)
        )
    return int(full) if full else _CENTURY + int(short)


def _aspect(text: str) -> Aspect | None:
    result, measure = bool(_RESULT.search(text)), bool(_MEASURE.search(text))
    if result and (not measure or _STRONG_RESULT.search(text)):
        return Aspect.RESULT
    if measure:
        return Aspect.MEASURE
    return Aspect.BACKGROUND if _BACKGROUND.search(text) else None
