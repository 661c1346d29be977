"""How sure it is that the compilation answers a question at all: a logistic model over a few signals.

The coefficients and the threshold come from `anwen eval calibrate`, on questions for tuning; what they reach on other
questions is in ARCHITECTURE.md.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from index.generation import Generation
from index.search import Weights
from index.tokenizer import normalised
from qa.evidence import Evidence
from qa.figures import OF_THE_KIND, asks_for_unit, fitting
from qa.overview import asks_for_overview
from qa.plan import Plan
from qa.small_talk import is_small_talk
from qa.subject import says, subject
from qa.understanding import Interpretation

READ = 5
_FOCUSED = 3
"""Passages that are looked at, and those of them in which the thing asked for is sought."""
_FILLERS = re.compile(
    "情况|工作|内容|开展|进行|方面|相关|主要|目前|全部|一共|总共|有关|提到|知道|告诉|看看|一下|请问|具体|多少"
)


_ASKING = re.compile(r"多少|几|哪|什么|怎么|怎样|如何|谁|是否|有没有|多大|多高|多长|多久|何时|为何|咋|吗")
_NUMBER_OF = re.compile(r"(?:是|有|为|达到?)(?:多少|几).{0,3}$")
_BEFORE, _BEHIND = 8, 5
"""Characters before and behind the last asking word in which the thing asked for is named."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What tells an answerable question from another, each 0 to 1.

    `words`: the most that a passage holds of the question's idf mass; `meaning`, `clause`: the best cosines with a
    passage and with a clause of the first one; `held`: share of the question's own words (without place and fillers)
    that one passage says; `focus`: the same of those beside the asking word, in the first passages; `unseen`: share of
    its words said nowhere where it looked; `elsewhere`: of these, said in other cases; `lead`: how far the first
    passage stands out; `figure`: whether a figure of a certain unit is asked for, `no_figure`: and none is there;
    `vain`: how far a number asked for has no `focus`; `place`: whether it names a place of the corpus; `across`:
    whether it asks across cases, `astray`: and the share of its words that are unseen; `term`: share of its words that
    are terms of the compilation (“三个一批”, not places) and that the first passages say.
    """

    words: float
    meaning: float
    clause: float
    held: float
    focus: float
    unseen: float
    elsewhere: float
    lead: float
    figure: float
    no_figure: float
    vain: float
    place: float
    across: float
    astray: float
    term: float


_WEIGHTS = Signals(
    words=-1.337,
    meaning=22.371,
    clause=18.086,
    held=1.019,
    focus=0.572,
    unseen=2.707,
    elsewhere=-4.064,
    lead=25.138,
    figure=-0.397,
    no_figure=-0.914,
    vain=-0.431,
    place=1.02,
    across=2.168,
    astray=-2.814,
    term=1.314,
)
_INTERCEPT = -38.085
ENOUGH = 0.5
_ENOUGH_ACROSS = 0.4
"""Confidence from which an answer is given; across cases a little less, which lets no more false ones through."""


def confidence(interpretation: Interpretation, plan: Plan, found: Sequence[Evidence], generation: Generation) -> float:
    """Return the chance (0 to 1) that the evidence, best first, answers the question.

    0 where the plan is silent, 1 for a question about a case as a whole; of a question that is nothing but a term which
    the passages say no less than what an answer needs.
    """
    if plan.silence or not found or not interpretation.has_content or is_small_talk(interpretation.text):
        return 0.0
    if years_unsaid(interpretation, found[0], generation):
        return 0.0
    if asks_for_overview(interpretation, plan):
        return 1.0
    own = signals(interpretation, plan, found, generation)
    odds = log_odds(own, _WEIGHTS, _INTERCEPT)
    if interpretation.across:
        odds -= math.log(_ENOUGH_ACROSS / (1 - _ENOUGH_ACROSS))
    chance = 1 / (1 + math.exp(-odds))
    if (term := subject(interpretation)) and any(says(each.text, term) for each in found[:READ]):
        chance = max(chance, ENOUGH)
    return chance * ENOUGH if _asks_for_the_unknown(interpretation, own.focus) else chance


def log_odds(own: Signals, weights: Signals, intercept: float) -> float:
    """Return the logarithm of the odds that a question with these signals can be answered."""
    return intercept + float(np.dot(astuple(own), astuple(weights)))


def _asks_for_the_unknown(interpretation: Interpretation, focus: float) -> bool:
    """Tell whether the number is asked for of a thing that no passage names (扶沟的GDP是多少): nothing near will do."""
    return focus == 0 and bool(_NUMBER_OF.search(interpretation.text))


def years_unsaid(interpretation: Interpretation, first: Evidence, generation: Generation) -> bool:
    """Tell whether the years of a question are said neither in the best passage nor in the title of its document.

    Only of a compilation of cases: it is about the year in its title, and says so when it speaks of another. A report
    of one piece names its year somewhere.
    """
    if not interpretation.years or not generation.is_numbered.any():
        return False
    document = first.document
    told = first.text if any(case.number is not None for case in document.cases) else document.text
    said = normalised(document.title + told)
    return not any(str(year) in said for year in interpretation.years)


def is_said(interpretation: Interpretation, generation: Generation) -> bool:
    """Tell whether any of a question's own words is said anywhere, wherever the plan looks."""
    return any(generation.lexical.rows_with(word).size for word in _own_words(interpretation, generation))


def signals(interpretation: Interpretation, plan: Plan, found: Sequence[Evidence], generation: Generation) -> Signals:
    """Return the signals of a question that found something."""
    found = found[:READ]
    first = found[0].hit
    words = _own_words(interpretation, generation)
    unseen = {word for word in words if not _stands(word, plan, generation)}
    shown = [_shown(each) for each in found]
    held = max(_share(words, {word for word in words if word in text}) for text in shown)
    focus = _focus(interpretation, words, shown[:_FOCUSED])
    figure = asks_for_unit(interpretation.text)
    has_figure = figure and any(each.unit >= OF_THE_KIND for each in fitting(interpretation, found, generation))
    # Not the score itself: a reranker's has another scale.
    first_score, *others = (Weights().combined(each.hit.scores) for each in found)
    return Signals(
        words=max(each.hit.scores.lexical for each in found),
        meaning=max(each.hit.scores.dense for each in found),
        clause=first.scores.clause,
        held=held,
        focus=focus,
        unseen=_share(words, unseen),
        elsewhere=_share(words, {word for word in unseen if generation.lexical.rows_with(word).size}),
        lead=first_score - (sum(others) / len(others) if others else first_score),
        figure=float(figure),
        no_figure=float(figure and not has_figure),
        vain=float(interpretation.figure) * (1 - focus),
        place=float(bool(plan.cases)),
        across=float(interpretation.across),
        astray=float(interpretation.across) * _share(words, unseen),
        term=_share(
            words, {word for word in words if _is_term(word, generation) and any(word in text for text in shown)}
        ),
    )


def _is_term(word: str, generation: Generation) -> bool:
    return word in generation.tokenizer.own_terms


def _focus(interpretation: Interpretation, words: dict[str, float], shown: Sequence[str]) -> float:
    """Return the share of the words beside the last asking word that the passages say; .5 where there are none."""
    asking = list(_ASKING.finditer(interpretation.text))
    near = interpretation.matter
    if asking:
        start, end = asking[-1].span()
        near = f"{interpretation.text[max(0, start - _BEFORE) : start]} {interpretation.text[end : end + _BEHIND]}"
    focus = {word: idf for word, idf in words.items() if word in normalised(near)}
    if not focus:
        return 0.5
    return _share(focus, {word for word in focus if any(word in text for text in shown)})


def _share(words: dict[str, float], some: set[str]) -> float:
    return sum(words[word] for word in some) / (sum(words.values()) or 1.0)


def _own_words(interpretation: Interpretation, generation: Generation) -> dict[str, float]:
    words = generation.tokenizer.words(normalised(interpretation.matter))
    return {word: generation.lexical.idf(word) for word in words if len(word) > 1 and not _FILLERS.fullmatch(word)}


def _stands(word: str, plan: Plan, generation: Generation) -> bool:
    rows = generation.lexical.rows_with(word)
    return bool(rows.size if plan.allowed is None else plan.allowed[rows].any())


def _shown(evidence: Evidence) -> str:
    headings = evidence.case.sections[evidence.passage.section].headings
    return normalised("".join((*headings, evidence.text)))
