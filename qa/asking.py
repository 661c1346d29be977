"""The whole way from a question to an answer: understand, plan, search, mark evidence, say what may be said."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from corpus.document import Passage
from index.encoder import Encoder
from index.filters import Filters
from index.generation import Generation
from index.live import Mask
from index.reranker import READ as RERANKED
from index.reranker import Reranker, reranked
from index.search import Hit, Query, Weights, search
from qa.across import best_of_each_case
from qa.answer import Answer, answered
from qa.codes import Ignorable
from qa.confidence import READ, confidence
from qa.evidence import Evidence, evidence
from qa.ignoring import understood_without
from qa.overview import asks_for_overview, first_of_each_case, telling_first
from qa.plan import Plan, planned
from qa.twins import Twins
from qa.understanding import Interpretation, PlaceNames

_DEPTH = 100
ALL = 1000
"""Candidates for a question, and for one that asks for all cases that answer."""
_SPARE = 10
"""Hits beyond those asked for, in place of the ones that say the same again."""


@dataclass(frozen=True)
class Reader:
    """What answers questions over one generation: its index, the model that built it, and its names of places."""

    generation: Generation
    encoder: Encoder
    weights: Weights = field(default_factory=Weights)
    reranker: Reranker | None = None
    names: PlaceNames = field(init=False)
    twins: Twins = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "twins", Twins(self.generation))
        object.__setattr__(self, "names", PlaceNames(self.generation.documents, self.generation.tokenizer))


@dataclass(frozen=True, slots=True)
class Found:
    """How a question was understood, where was looked, and the hits, best first.

    The first `matching` hits are each the best of a case that answers, where the question asks across cases. `also`
    tells by the id of a passage where else it stands: in another volume's copy of its case.
    """

    interpretation: Interpretation
    plan: Plan
    hits: tuple[Hit, ...]
    matching: int = 0
    also: Mapping[str, tuple[Passage, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """All that is known about a question: how it was understood, where was looked, what was found, what is said.

    `confidence` (0 to 1) is how sure it is that the compilation answers the question at all.
    """

    interpretation: Interpretation
    plan: Plan
    evidence: tuple[Evidence, ...]
    answer: Answer
    confidence: float


def retrieve(
    reader: Reader,
    question: str,
    count: int,
    filters: Filters | None = None,
    ignoring: Collection[Ignorable] = (),
    allowed: Mask | None = None,
) -> Found:
    """Return the best `count` hits for a question, no fewer than are read to answer it.

    Of a question across cases the hits begin with the best of each case that answers. `ignoring` are parts of what is
    understood that shall not count. Passages must be among the `allowed` as well as pass the filters.

    Raises FilterUnknown for a filter value the corpus does not have.
    """
    interpretation = understood_without(question, reader.names, ignoring)
    plan = planned(interpretation, filters or Filters(), reader.generation, allowed)
    return looked_up(reader, interpretation, plan, count)


def looked_up(reader: Reader, interpretation: Interpretation, plan: Plan, count: int) -> Found:
    """Return the hits for a question as understood, where the plan says to look."""
    if not interpretation.has_content:
        return Found(interpretation, plan, ())
    count = max(count, READ)
    by_case = interpretation.across or len(plan.cases) > 1
    general = asks_for_overview(interpretation, plan)
    hits = ranked(reader, interpretation, plan.allowed, ALL if by_case or general else count + _SPARE)
    if general:
        hits = telling_first(hits, interpretation, reader.generation)
    matching: tuple[Hit, ...] = ()
    if by_case:
        best = first_of_each_case if general else partial(best_of_each_case, interpretation=interpretation)
        matching, _ = reader.twins.once(best(hits, generation=reader.generation))
        rest = [hit for hit in hits if hit not in matching]
        hits = (*matching, *rest[: max(0, count - len(matching)) + _SPARE])
    once, also = reader.twins.once(hits)
    return Found(interpretation, plan, _numbered(once[: max(count, len(matching))]), len(matching), also)


def _numbered(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1))


def ranked(reader: Reader, interpretation: Interpretation, allowed: Mask | None, count: int) -> tuple[Hit, ...]:
    """Return the best `count` hits for a question as understood, among the allowed passages."""
    query = Query(interpretation.text, interpretation.terms, allowed, max(count, _DEPTH))
    if reader.reranker is None:
        return search(reader.generation, reader.encoder, query, count, reader.weights)
    hits = search(reader.generation, reader.encoder, query, max(count, RERANKED), reader.weights)
    return reranked(reader.generation, reader.reranker, interpretation.text, hits)[:count]


def reply_of(reader: Reader, found: Found, count: int) -> Reply:
    """Return the best `count` hits with their sentences marked, and the answer that they carry."""
    count = max(count, found.matching)
    marked = evidence(found.hits[: max(count, READ)], found.interpretation, reader.generation)
    sure = confidence(found.interpretation, found.plan, marked, reader.generation)
    shown = tuple(replace(each, also_in=found.also.get(each.passage.id, ())) for each in marked[:count])
    answer = answered(found.interpretation, found.plan, shown, found.matching, sure, reader.generation)
    return Reply(found.interpretation, found.plan, shown, answer, sure)


def ask(
    reader: Reader,
    question: str,
    count: int,
    filters: Filters | None = None,
    ignoring: Collection[Ignorable] = (),
    allowed: Mask | None = None,
) -> Reply:
    """Return the answer to a question and the best `count` passages behind it; the rest is as for `retrieve`.

    Raises FilterUnknown for a filter value that the corpus does not have.
    """
    return reply_of(reader, retrieve(reader, question, count, filters, ignoring, allowed), count)
