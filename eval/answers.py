"""Checks of what a person gets: is each citation exact, does the answer say what it should."""

import re
from collections.abc import Iterable, Sequence

from eval.result import Exactness
from index.generation import Generation
from index.tokenizer import normalised
from qa.asking import Reply
from qa.citation import CitationError, citation
from qa.evidence import Evidence
from qa.locate import located

_SPACE = re.compile(r"\s")


def holds(text: str, answers: Iterable[str]) -> bool:
    """Tell whether a text says one of the answers, whatever the width of its characters and the space in it."""
    plain = _plain(text)
    return any(_plain(answer) in plain for answer in answers)


def exactness(replies: Iterable[Reply], generation: Generation) -> Exactness:
    """Check every passage and every marked sentence of the replies against the raw text and the outline."""
    checks = [_is_exact(each, generation) for reply in replies for each in reply.evidence]
    return Exactness(len(checks), sum(checks))


def confidence(reply: Reply) -> float:
    """Return by how much the reply would rather speak: 0 when it is silent, else how well its best passage fits."""
    return 0.0 if reply.answer.silence or not reply.evidence else reply.evidence[0].hit.score


def asks_for_figure(answers: Sequence[str]) -> bool:
    """Tell whether the answer is a figure."""
    return any(char.isdigit() for answer in answers for char in answer)


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


def _plain(text: str) -> str:
    return _SPACE.sub("", normalised(text))
