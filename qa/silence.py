"""Why there is no answer, and how that is told."""

import re
from collections.abc import Sequence

from corpus.places import short_name
from index.generation import Generation
from index.tokenizer import normalised
from qa.codes import Silence
from qa.confidence import ENOUGH, READ, is_said, years_unsaid
from qa.evidence import Evidence
from qa.plan import Plan
from qa.small_talk import is_small_talk
from qa.understanding import Interpretation

_TOUCHED, _RELATED = 0.06, 0.84
"""Share of the question's words, and cosine, from which a passage shows that the question is about such matters at all.

Of our dev questions that nothing answers, .84 parts those on such matters from others (红烧肉怎么做).
"""
_YEAR = r"(?<!\d){}(?=年|[〕\])】])"
_UNFILTERED = "所选范围里没有写到所问的内容。可以去掉筛选再问。"
_SILENT = {
    Silence.NOTHING_ASKED: "没有看出要问什么。请写出想了解的地方、做法或成效，例如“{}”。",
    Silence.NOTHING_FOUND: "所选范围里没有内容。",
    Silence.NOT_COVERED: "汇编里没有写到所问的内容。",
    Silence.OFF_TOPIC: "这个问题不在这部汇编的范围之内。汇编收的是各地的做法和成效，例如可以问“{}”。",
}
_GREETING = "您好，我可以帮您查这部汇编。想了解哪里的做法或成效，直接写出来就行，例如“{}”。"
_ASKED = "{}有哪些做法"
"""What can be asked of any place."""


def silence_of(
    interpretation: Interpretation,
    plan: Plan,
    found: Sequence[Evidence],
    matching: int,
    confidence: float,
    generation: Generation,
) -> Silence | None:
    """Return why a question is not answered, None where it is."""
    if not interpretation.has_content:
        return Silence.NOTHING_ASKED
    if is_small_talk(interpretation.text):
        return Silence.OFF_TOPIC
    if plan.silence:
        return plan.silence
    if not found:
        return Silence.NOTHING_FOUND
    if years_unsaid(interpretation, found[0], generation):
        return Silence.YEAR_UNKNOWN
    if interpretation.across and not matching:
        return Silence.NOT_COVERED
    if confidence >= ENOUGH:
        return None
    return Silence.NOT_COVERED if _is_on_topic(interpretation, plan, found, generation) else Silence.OFF_TOPIC


def silence_told(silence: Silence, interpretation: Interpretation, plan: Plan, generation: Generation) -> str:
    """Return in Chinese why there is no answer, with the way out."""
    if silence is Silence.YEAR_UNKNOWN:
        return _of_years(interpretation, plan, generation)
    if plan.silence:
        return plan.note
    if silence is Silence.NOT_COVERED and plan.filtered:
        return _UNFILTERED
    if silence is Silence.NOT_COVERED and plan.cases:
        numbered = dict.fromkeys(case.place.name or case.title for case in plan.cases if case.number is not None)
        if numbered:
            return f"汇编里有{'、'.join(numbered)}的案例，但没有写到所问的内容。"
        return f"{'、'.join(f'《{case.title}》' for case in plan.cases)}里没有写到所问的内容。"
    greets = silence is Silence.OFF_TOPIC and is_small_talk(interpretation.text)
    return (_GREETING if greets else _SILENT[silence]).format(_example(generation))


def _is_on_topic(interpretation: Interpretation, plan: Plan, found: Sequence[Evidence], generation: Generation) -> bool:
    """Tell whether a question is about such matters as the compilation tells of, if not about these."""
    if plan.cases or found[0].hit.scores.lexical >= _TOUCHED:
        return True
    if plan.filtered and (any(asked.cases for asked in interpretation.places) or is_said(interpretation, generation)):
        return True
    return max(each.hit.scores.dense for each in found[:READ]) >= _RELATED


def _example(generation: Generation) -> str:
    """Return a question that the first case with a place answers."""
    places = (case.place for case in generation.cases if case.number is not None and case.place.name)
    return _ASKED.format(short_name(first) if (first := next(places, None)) else "")


def _of_years(interpretation: Interpretation, plan: Plan, generation: Generation) -> str:
    """Return that the years asked about are not in the text, or, where it names one, that it says nothing of this."""
    where = f"{plan.note}其中" if plan.note else "汇编里"
    texts = [
        normalised(document.text[case.start : case.end])
        for document in generation.documents
        for case in document.cases
        if not plan.cases or case in plan.cases
    ]
    named = [year for year in interpretation.years if any(re.search(_YEAR.format(year), text) for text in texts)]
    told = "、".join(f"{year}年" for year in named or interpretation.years)
    return f"{where}提到{told}，但没有写到所问的内容。" if named else f"{where}没有{told}的内容。"
