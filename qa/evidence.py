"""Which sentences of a passage answer the question."""

from collections.abc import Iterable
from dataclasses import dataclass

from corpus.aspects import sentence_aspect
from corpus.document import Aspect, Case, Document, Passage
from corpus.sentences import sentences
from index.generation import Generation
from index.search import Hit
from qa.citation import citation
from qa.terms import share, weights
from qa.understanding import Interpretation

_NEAR = 0.05
"""A sentence is marked beside the best one when it scores no less than this below it."""
_SHORTEST = 12
"""Characters of a sentence that says something by itself."""
_MOST = 3
_CARRIED = 0.15
"""How much of the strength of the sentence before it a sentence inherits: what follows the point belongs to it."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage, `[start, end)` in the document: how well it answers (0 to about 2), what it tells."""

    start: int
    end: int
    strength: float
    aspect: Aspect

    @property
    def tells(self) -> bool:
        """Whether it says something by itself; what only announces (二是创新招商方式。) does not."""
        return self.end - self.start >= _SHORTEST


@dataclass(frozen=True, slots=True)
class Evidence:
    """A hit with its sentences, in reading order; `highlights` are the spans of those that answer best.

    `citation` is the line under which the passage is quoted; `also_in` are passages that say the same in the copies of
    its case in other volumes.
    """

    hit: Hit
    document: Document
    case: Case
    sentences: tuple[Sentence, ...]
    highlights: tuple[tuple[int, int], ...]
    citation: str
    also_in: tuple[Passage, ...] = ()

    @property
    def passage(self) -> Passage:
        """The passage that was found."""
        return self.hit.passage

    @property
    def text(self) -> str:
        """The characters of the passage, exactly."""
        return self.document.text[self.passage.start : self.passage.end]


def evidence(hits: Iterable[Hit], interpretation: Interpretation, generation: Generation) -> tuple[Evidence, ...]:
    """Return the hits with the sentences that answer: those that hold the question's words and are near its meaning."""
    wanted = weights(interpretation.matter, generation)
    return tuple(_marked(hit, wanted, generation) for hit in hits)


def _marked(hit: Hit, wanted: dict[str, float], generation: Generation) -> Evidence:
    passage = hit.passage
    document = generation.document[passage.document_id]
    case = document.cases[passage.case]
    clauses = tuple(zip(generation.clause_spans(hit.row), hit.clause_scores, strict=True))
    found: list[Sentence] = []
    own = 0.0
    for start, end in sentences(document.text, passage.start, passage.end):
        before = own
        near = max(cosine for (at, _), cosine in clauses if start <= at < end)
        own = share(wanted, document.text[start:end]) + near
        found.append(Sentence(start, end, own + _CARRIED * before, sentence_aspect(document.text[start:end])))
    best = sorted(found, key=lambda sentence: -sentence.strength)[:_MOST]
    return Evidence(
        hit=hit,
        document=document,
        case=case,
        sentences=tuple(found),
        highlights=tuple(sorted((each.start, each.end) for each in best if each.strength >= best[0].strength - _NEAR)),
        citation=citation(document, passage),
    )
