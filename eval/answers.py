"""Checks of what a person gets: is each citation exact, does the answer say what it should."""

import re
from collections.abc import Collection, Iterable, Sequence

from corpus.figures import figures
from eval.result import Exactness
from index.generation import Generation
from index.tokenizer import normalised
from qa.asking import Reply
from qa.citation import CitationError, citation
from qa.evidence import Evidence
from qa.locate import located

_SPACE = re.compile(r"\s")
_MARKER = re.compile(r"\[\d+\]")


def holds(text: str, answers: Iterable[str]) -> bool:
    """Tell whether a text says one of the answers, whatever the width of its characters and the space in it."""
    plain = _plain(text)
    return any(_plain(answer) in plain for answer in answers)


def exactness(replies: Iterable[Reply], generation: Generation) -> Exactness:
    """Check every passage, sentence and figure of the replies against the raw text and the outline."""
    checks = [
        check
        for reply in replies
        for check in (
            *(_is_exact(each, generation) for each in reply.evidence),
            *(_stands(each.quote, each.start, each.evidence) for each in reply.answer.said),
            *(_stands(each.text, each.placed.figure.start, each.evidence) for each in reply.answer.figures),
        )
    ]
    return Exactness(len(checks), sum(checks))


def said(reply: Reply) -> str:
    """Return the text of an answer without its [n], which stand between sentences that stand together in print."""
    return _MARKER.sub("", reply.answer.text)


def figure_is_right(reply: Reply, answers: Sequence[str]) -> bool:
    """Tell whether the first figure of an answer is an expected one: the same value of the same unit."""
    expected = {(each.value, each.unit) for answer in answers for each in figures(answer)}
    return any((each.placed.figure.value, each.placed.figure.unit) in expected for each in reply.answer.figures[:1])


def asks_for_figure(answers: Sequence[str]) -> bool:
    """Tell whether the answers are figures and nothing else."""
    return bool(answers) and all(
        [(each.start, each.end) for each in figures(answer)] == [(0, len(answer))] for answer in answers
    )


def is_complete(reply: Reply, items: Sequence[str]) -> bool:
    """Tell whether an answer holds all items of a list."""
    return all(holds(said(reply), [item]) for item in items)


def case_scores(reply: Reply, cases: Collection[int]) -> tuple[float, float]:
    """Return precision and recall of the cases that an answer speaks of."""
    told = {each.evidence.case.number for each in reply.answer.said}
    right = len(told & set(cases))
    return right / len(told) if told else 0.0, right / len(cases)


def _is_exact(evidence: Evidence, generation: Generation) -> bool:
    passage = evidence.passage
    document = generation.document[passage.document_id]
    found = located(generation, document, passage.start, passage.end)
    try:
        line = citation(document, passage)
    except CitationError:
        return False
    return (
        document.text[passage.start : passage.end] == evidence.text
        and line == evidence.citation
        and found == passage
        and all(passage.start <= start < end <= passage.end for start, end in evidence.highlights)
    )


def _stands(words: str, start: int, evidence: Evidence) -> bool:
    passage = evidence.passage
    inside = passage.start <= start < start + len(words) <= passage.end
    return bool(words) and inside and evidence.document.text[start : start + len(words)] == words


def _plain(text: str) -> str:
    return _SPACE.sub("", normalised(text))
