"""Which sentences of a passage answer the question."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from corpus.document import Case, Document, Passage
from corpus.sentences import sentences
from index.generation import Generation
from index.search import Hit
from index.tokenizer import bigrams, document_numbers, figures, normalised
from qa.citation import citation
from qa.understanding import Interpretation

_NEAR = 0.05
"""A sentence is marked beside the best one when it scores no less than this below it."""
_MOST = 3
_SATURATION = 0.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """A hit with the spans, as offsets into the document, of the sentences that answer, in reading order.

    `best` is the one that answers best and `strength` how well, on a scale of its own; `citation` is the line under
    which the passage is quoted.
    """

    hit: Hit
    document: Document
    case: Case
    highlights: tuple[tuple[int, int], ...]
    best: tuple[int, int]
    strength: float
    citation: str

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
    wanted = {term: generation.lexical.idf(term) for term in _terms(interpretation.matter)}
    return tuple(_marked(hit, wanted, generation) for hit in hits)


def _marked(hit: Hit, wanted: dict[str, float], generation: Generation) -> Evidence:
    passage = hit.passage
    document = generation.document[passage.document_id]
    spans = tuple(sentences(document.text, passage.start, passage.end))
    clauses = tuple(zip(generation.clause_spans[hit.row], hit.clause_scores, strict=True))
    scores = [
        _share(wanted, document.text[start:end]) + max(cosine for (at, _), cosine in clauses if start <= at < end)
        for start, end in spans
    ]
    order = sorted(range(len(spans)), key=lambda at: -scores[at])
    marked = [at for at in order[:_MOST] if scores[at] >= scores[order[0]] - _NEAR]
    return Evidence(
        hit=hit,
        document=document,
        case=document.cases[passage.case],
        highlights=tuple(spans[at] for at in sorted(marked)),
        best=spans[order[0]],
        strength=scores[order[0]],
        citation=citation(document, passage),
    )


def _share(wanted: dict[str, float], sentence: str) -> float:
    """Return the share of the wanted terms' weight that a sentence holds, a term said again counting a little more."""
    said = Counter(_terms(sentence))
    held = sum(weight * said[term] / (said[term] + _SATURATION) for term, weight in wanted.items())
    return held * (1 + _SATURATION) / (sum(wanted.values()) or 1)


def _terms(text: str) -> Iterable[str]:
    """Yield what sentences are compared by: bigrams, figures and document numbers, which need no segmenting."""
    plain = normalised(text)
    yield from bigrams(plain)
    yield from figures(plain)
    yield from document_numbers(plain)
