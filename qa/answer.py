"""The answer: sentences taken from the passages, word for word, or an honest silence."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.numerals import NUMERAL
from index.generation import Generation
from index.tokenizer import bigrams, normalised
from qa.across import asks_figure_of_each, missing_words
from qa.codes import Silence
from qa.evidence import Evidence, Sentence
from qa.figures import LIKELY, FigureFound, fitting, in_sentences
from qa.overview import asks_for_overview, overview
from qa.plan import Plan
from qa.silence import silence_of, silence_told
from qa.subject import says, subject
from qa.titled import place_spoken_of
from qa.understanding import Interpretation

_MOST = 4
_READ = 5
"""Passages from which the answer is drawn, and the sentences it has at most."""
_NEAR = 0.4
_NEAR_FIGURE = 0.15
"""How far below the best one a sentence may be worth to speak beside it; beside a figure asked for, less far."""
_RANK = 8.0
"""How much the worth of a sentence falls with the score of its passage."""
_ASPECT, _OF_CASE = 0.1, 0.15
"""What the aspect asked for adds to the worth of a sentence, and what more where it is the only one for its case."""
_SAME = 0.8
"""Share of a sentence's bigrams from which another sentence has said it."""
_NUMBER = re.compile(rf"[{NUMERAL}.]+")
_ENUMERATED = re.compile(r"[（(]?[一二三四五六七八九十]+[是、）)]|第[一二三四五六七八九十]+[，,、是]|\d+[.、）)]")
_ASKS_FOR_SEVERAL = re.compile(r"哪些|哪几|几|什么|怎么|怎样|如何|列|包括|分别|各")
_EACH = re.compile(r"分别|各[是有]")
_NEAREST = 3
_WITHOUT_NEAREST = (Silence.NOTHING_ASKED, Silence.OFF_TOPIC)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the answer: the characters `[start, end)` of the evidence's document; `naming` leads it in.

    `naming` is the place of its case (周口市扶沟县：), or that of the document's title, where the question did not name
    just this one, else empty.
    """

    evidence: Evidence
    start: int
    end: int
    naming: str

    @property
    def quote(self) -> str:
        """The sentence, exactly."""
        return self.evidence.document.text[self.start : self.end]

    @property
    def rank(self) -> int:
        """The rank of the passage it stands in, its [n]."""
        return self.evidence.hit.rank


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said. `text` is the sentences, each with [n], or why there is none, with `silence` the code of that.

    `remark` is what the text adds at its end in words of our own, in brackets and without [n]: which of the places
    named say nothing on the matter.
    `figures` are the figures in the sentences, the one asked for first. `cases` counts the cases that answer a question
    across cases, else None. `nearest` are the ranks of passages worth reading where there is no answer.
    """

    text: str
    silence: Silence | None
    said: tuple[Said, ...] = ()
    figures: tuple[FigureFound, ...] = ()
    cases: int | None = None
    nearest: tuple[int, ...] = ()
    remark: str = ""

    @property
    def ranks(self) -> tuple[int, ...]:
        """The ranks of the passages cited, in the order of the text."""
        return tuple(dict.fromkeys(each.rank for each in self.said))


def answered(
    interpretation: Interpretation,
    plan: Plan,
    found: Sequence[Evidence],
    matching: int,
    confidence: float,
    generation: Generation,
) -> Answer:
    """Return the answer that the evidence carries, best first.

    The first `matching` pieces are each the best of a case, where the question asks across cases. Silent when
    `confidence` is not enough.
    """
    silence = silence_of(interpretation, plan, found, matching, confidence, generation)
    if silence:
        near = () if silence in _WITHOUT_NEAREST else tuple(each.hit.rank for each in found[:_NEAREST])
        return Answer(silence_told(silence, interpretation, plan, generation), silence, nearest=near)
    figures = fitting(interpretation, found[: max(matching, _READ)], generation)
    if matching:
        chosen = [(each, _best(each, interpretation, figures)) for each in found[:matching]]
    elif asks_for_overview(interpretation, plan):
        chosen = sorted(overview(found, interpretation), key=lambda pair: pair[1].start)
    else:
        chosen = _chosen(interpretation, found[:_READ], figures[:1] if interpretation.figure else ())
    said = _named(chosen, plan)
    remark = _remark(interpretation, plan, found[:matching], generation)
    opening = f"共有{matching}处：" if interpretation.across else ""
    return Answer(
        text=opening + "".join(f"{each.naming}{each.quote}[{each.rank}]" for each in said) + remark,
        silence=None,
        said=said,
        remark=remark,
        figures=in_sentences([(each.evidence, each.start, each.end) for each in said], figures),
        cases=matching if interpretation.across else None,
    )


def _worth(evidence: Evidence, sentence: Sentence, interpretation: Interpretation) -> float:
    return _RANK * evidence.hit.score + sentence.strength + _ASPECT * (sentence.aspect is interpretation.aspect)


def _best(evidence: Evidence, interpretation: Interpretation, figures: Sequence[FigureFound]) -> Sentence:
    """Return the sentence for a case: the one of its figure where one is asked for, else the best by the aspect."""
    own = [each for each in figures if each.evidence is evidence and each.unit >= LIKELY]
    if own and asks_figure_of_each(interpretation):
        return own[0].sentence
    telling = [each for each in evidence.sentences if each.tells] or evidence.sentences
    return max(
        telling,
        key=lambda each: _worth(evidence, each, interpretation) + _OF_CASE * (each.aspect is interpretation.aspect),
    )


def _remark(interpretation: Interpretation, plan: Plan, told: Sequence[Evidence], generation: Generation) -> str:
    """Return which of the places and cases named do not answer, and what they do not say; empty where all do.

    Of a place with several cases it is enough that one answers. Without `told` all cases named are taken to answer.
    """
    keys = {(each.passage.document_id, each.passage.case) for each in told}
    spoken = {key for asked in interpretation.places if asked.cases & keys for key in asked.cases} | keys
    silent = [
        (document, case)
        for document in generation.documents
        for at, case in enumerate(document.cases)
        if told and case in plan.cases and (document.id, at) not in spoken
    ]
    remarks = [plan.absent] if plan.absent else []
    for document, case in silent:
        words = missing_words(case, document, told[0].hit, interpretation.matter, generation)
        what = f"没有写到{'、'.join(f'“{word}”' for word in words)}" if words else "没有找到直接写这件事的段落"
        remarks.append(f"{place_spoken_of(case, document).name or case.title}：汇编里{what}。")
    return f"（{''.join(remarks)}）" if remarks else ""


def _chosen(
    interpretation: Interpretation, found: Sequence[Evidence], asked: Sequence[FigureFound]
) -> list[tuple[Evidence, Sentence]]:
    """Return the sentences worth saying, in an order that reads well: case by case, within a case as printed.

    The sentence of the figure asked for counts as the best.
    """
    pairs = [(each, sentence) for each in found for sentence in each.sentences]
    pairs = [pair for pair in pairs if pair[1].tells] or pairs
    if term := subject(interpretation):
        pairs = [pair for pair in pairs if says(pair[0].document.text[pair[1].start : pair[1].end], term)] or pairs
    ranked = sorted(
        ((_worth(each, sentence, interpretation), each, sentence) for each, sentence in pairs),
        key=lambda entry: (not any(entry[2] is figure.sentence for figure in asked), -entry[0]),
    )
    least = ranked[0][0] - (_NEAR_FIGURE if asked and not _EACH.search(interpretation.text) else _NEAR)
    chosen: list[tuple[Evidence, Sentence]] = []
    for worth, each, sentence in ranked:
        if len(chosen) == _MOST or worth < least:
            break
        if not any(_says(said, other, each, sentence) for said, other in chosen):
            chosen.append((each, sentence))
    if _ASKS_FOR_SEVERAL.search(interpretation.text):
        chosen = _with_siblings(chosen)
    places = {
        case: at for at, case in reversed(list(enumerate((each.document.id, each.case.start) for each, _ in chosen)))
    }
    return sorted(chosen, key=lambda pair: (places[pair[0].document.id, pair[0].case.start], pair[1].start))


def _with_siblings(chosen: list[tuple[Evidence, Sentence]]) -> list[tuple[Evidence, Sentence]]:
    """Add, where a sentence is a point of an enumeration (一是…) or leads to its first, all the points."""
    for evidence, sentence in chosen:
        text = evidence.document.text
        points = [each for each in evidence.sentences if _ENUMERATED.match(text, each.start)]
        behind = next((each for each in evidence.sentences if each.start >= sentence.end), None)
        if sentence in points or (points and behind is points[0]):
            whole = [each for each in evidence.sentences if each in points or each is sentence]
            return [(evidence, each) for each in whole] + [pair for pair in chosen if pair[1] not in whole]
    return chosen


def _says(said: Evidence, sentence: Sentence, other: Evidence, candidate: Sentence) -> bool:
    """Tell whether a sentence of the answer has all but said what a candidate says, its numbers among it."""
    new = normalised(other.document.text[candidate.start : candidate.end])
    old = normalised(said.document.text[sentence.start : sentence.end])
    if not Counter(_NUMBER.findall(new)) <= Counter(_NUMBER.findall(old)):
        return False
    pairs = set(bigrams(new))
    return len(pairs & set(bigrams(old))) >= _SAME * len(pairs)


def _named(chosen: Sequence[tuple[Evidence, Sentence]], plan: Plan) -> tuple[Said, ...]:
    """Return the sentences with the place named where another case begins, unless the question named just that one."""
    said: list[Said] = []
    for evidence, sentence in chosen:
        goes_on = bool(said) and said[-1].evidence.case is evidence.case
        known = len(plan.cases) == 1 and evidence.case is plan.cases[0]
        name = place_spoken_of(evidence.case, evidence.document).name
        if evidence.case.number is not None:
            name = name or evidence.case.title
        naming = "" if goes_on or known or not name else f"{name}："
        said.append(Said(evidence, sentence.start, sentence.end, naming))
    return tuple(said)
