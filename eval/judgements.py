"""Which passages are right for a question: judgements on spans of text, laid on any cut into passages."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from corpus.document import Passage
from eval.topics import Span, Topic

RIGHT = 2
"""Grade from which a passage counts as right."""

Qrels: TypeAlias = Mapping[str, Mapping[str, int]]
"""Question id → passage id → grade."""


def judged(topics: Iterable[Topic], passages: Iterable[Passage]) -> dict[str, dict[str, int]]:
    """Return the grades of the passages for each topic that has evidence.

    A passage that covers a span gets twice the span's grade, one that only touches it the grade. Of a span that no
    passage covers, those that hold at least half of it count as covering: none could do better.
    """
    by_document: dict[str, list[Passage]] = defaultdict(list)
    for passage in passages:
        by_document[passage.document_id].append(passage)
    grades: dict[str, dict[str, int]] = {}
    for topic in topics:
        if topic.evidence:
            grades[topic.id] = {}
        for span in topic.evidence:
            for key, grade in _graded(span, by_document[span.document]).items():
                grades[topic.id][key] = max(grade, grades[topic.id].get(key, 0))
    return grades


def _graded(span: Span, passages: list[Passage]) -> dict[str, int]:
    length = span.end - span.start
    held = {passage.id: min(passage.end, span.end) - max(passage.start, span.start) for passage in passages}
    held = {key: overlap for key, overlap in held.items() if overlap > 0}
    enough = length if length in held.values() else length / 2
    return {key: span.grade * (RIGHT if overlap >= enough else 1) for key, overlap in held.items()}
