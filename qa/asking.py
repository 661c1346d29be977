"""The whole way from a question to an answer: understand, plan, search, mark evidence, say what may be said."""

from dataclasses import dataclass, field

from index.encoder import Encoder
from index.filters import Filters
from index.generation import Generation
from index.search import Query, Weights, search
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
    names: PlaceNames = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", PlaceNames(self.generation.documents))


@dataclass(frozen=True, slots=True)
class Reply:
    """All that is known about a question: how it was understood, where was looked, what was found, what is said."""

    interpretation: Interpretation
    plan: Plan
    evidence: tuple[Evidence, ...]
    answer: Answer


def ask(reader: Reader, question: str, count: int, filters: Filters | None = None) -> Reply:
    """Return the answer to a question and the best `count` passages behind it.

    Raises FilterUnknown for a filter value that the corpus does not have.
    """
    interpretation = understood(question, reader.names)
    plan = planned(interpretation, filters or Filters(), reader.generation)
    if not interpretation.has_content:
        return Reply(interpretation, plan, (), answered(interpretation, plan, ()))
    query = Query(interpretation.text, interpretation.terms, plan.allowed)
    hits = search(reader.generation, reader.encoder, query, count, reader.weights)
    found = evidence(hits, interpretation, reader.generation)
    return Reply(interpretation, plan, found, answered(interpretation, plan, found))
