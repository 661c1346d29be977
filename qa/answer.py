"""The answer: sentences taken from the passages, word for word, or an honest silence."""

from collections.abc import Sequence
from dataclasses import dataclass

from qa.evidence import Evidence
from qa.plan import Plan, Silence
from qa.understanding import Interpretation

_MOST = 3
_NEAR = 0.95
_AS_STRONG = 0.15
"""A further passage speaks in the answer when its score is at least this share of the first one's and its best
sentence at most so much weaker; the score alone is no measure, since all texts of a compilation are near in meaning."""

_SILENT = {
    Silence.NOTHING_ASKED: "没有看出要问什么。请写出想了解的地方、做法或成效，例如“扶沟是怎么保障土地的”。",
    Silence.NOTHING_FOUND: "汇编里没有找到与这个问题有关的内容。",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` is sentences of the passages, each followed by the rank of its passage as [n], or why there is none.

    `silence` is None when there is an answer; `ranks` are the passages it cites, in the order of the text.
    """

    text: str
    silence: Silence | None
    ranks: tuple[int, ...]


def answered(interpretation: Interpretation, plan: Plan, found: Sequence[Evidence]) -> Answer:
    """Return the answer that the evidence carries, best first."""
    if not interpretation.has_content:
        return Answer(_SILENT[Silence.NOTHING_ASKED], Silence.NOTHING_ASKED, ())
    if plan.silence:
        return Answer(plan.note, plan.silence, ())
    if not found or not found[0].hit.scores.lexical:
        return Answer(_SILENT[Silence.NOTHING_FOUND], Silence.NOTHING_FOUND, ())
    told = [found[0], *(each for each in found[1:_MOST] if _is_as_good(each, found[0]))]
    sentences = [f"{_words(each)}[{each.hit.rank}]" for each in told]
    return Answer("".join(sentences), None, tuple(each.hit.rank for each in told))


def _words(evidence: Evidence) -> str:
    return "".join(evidence.document.text[start:end] for start, end in evidence.highlights)


def _is_as_good(evidence: Evidence, first: Evidence) -> bool:
    return evidence.hit.score >= _NEAR * first.hit.score and evidence.strength >= first.strength - _AS_STRONG
