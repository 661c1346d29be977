"""The whole way from a question to an answer: understand, plan, search, mark evidence, say what may be said."""

from dataclasses import dataclass, field

from index.encoder import Encoder
from index.filters import Filters
from index.generation import Generation
from index.reranker import READ, Reranker, reranked
from index.search import Hit, Query, Weights, search
from qa.answer import Answer, answered
from qa.evidence import Evidence, evidence
from qa.plan import Plan, planned
from qa.understanding import Interpretation, PlaceNames, understood


@dataclass(frozen=True)
class Reader:
    """What answers questions over one generation: its index, the model that built it, and its names of places."""

    generation: Generation
    encoder: Encoder
    weights: Weights = field(default_factory=Weights)
    reranker: Reranker | None = None
    names: PlaceNames = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", PlaceNames(self.generation.documents))


@dataclass(frozen=True, slots=True)
class Found:
    """How a question was understood, where was looked, and the hits, best first."""

    interpretation: Interpretation
    plan: Plan
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """All that is known about a question: how it was understood, where was looked, what was found, what is said."""

    interpretation: Interpretation
    plan: Plan
    evidence: tuple[Evidence, ...]
    answer: Answer


def retrieve(reader: Reader, question: str, count: int, filters: Filters | None = None) -> Found:
    """Return the best `count` hits for a question. Raises FilterUnknown for a filter value the corpus does not have."""
    interpretation = understood(question, reader.names)
    plan = planned(interpretation, filters or Filters(), reader.generation)
    if not interpretation.has_content:
        return Found(interpretation, plan, ())
    query = Query(interpretation.text, interpretation.terms, plan.allowed)
    if reader.reranker is None:
        return Found(interpretation, plan, search(reader.generation, reader.encoder, query, count, reader.weights))
    hits = search(reader.generation, reader.encoder, query, max(count, READ), reader.weights)
    hits = reranked(reader.generation, reader.reranker, interpretation.text, hits)
    return Found(interpretation, plan, hits[:count])


def reply_of(reader: Reader, found: Found) -> Reply:
    """Return the hits with their sentences marked, and the answer that they carry."""
    marked = evidence(found.hits, found.interpretation, reader.generation)
    return Reply(found.interpretation, found.plan, marked, answered(found.interpretation, found.plan, marked))


def ask(reader: Reader, question: str, count: int, filters: Filters | None = None) -> Reply:
    """Return the answer to a question and the best `count` passages behind it.

    Raises FilterUnknown for a filter value that the corpus does not have.
    """
    return reply_of(reader, retrieve(reader, question, count, filters))
