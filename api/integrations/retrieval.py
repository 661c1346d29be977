"""What the interfaces that only retrieve have in common: which passages may be found, and what is said of each."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio.to_thread
from pydantic import Field

from api.errors import KnowledgeUnknown
from api.integrations.conditions import Conditions, admitted
from api.questions.answering import told
from api.questions.schemas import PassageOut, SearchIn
from api.questions.views import link_of
from api.state import State
from index.columns import COLUMNS, values_of
from index.generation import Generation
from index.live import Mask
from qa.evidence import Evidence

KNOWLEDGE = "anwen"
"""The id of the whole compilation as a knowledge base."""

DEEPEST = 100
"""Passages that are ranked for a question at most: what each leg of the search brings."""


class _RetrievalIn(SearchIn):
    """A question whose passages are told page by page, or cut at a score."""

    top_k: int = Field(5, ge=1, le=DEEPEST)


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage found: as the API gives it, and with the evidence it stands on."""

    passage: PassageOut
    evidence: Evidence

    @property
    def score(self) -> float:
        """How well it answers, 0 to 1."""
        return unit(self.passage.score)

    @property
    def document_title(self) -> str:
        """The title of its document."""
        return self.evidence.document.title

    @property
    def metadata(self) -> dict[str, Any]:
        """What is known of it, by the names that conditions use; what is not known is left out."""
        known: dict[str, Any] = {}
        for name in COLUMNS:
            if values := values_of(name, self.evidence.document, self.evidence.passage):
                known[name] = list(values) if name == "headings" else values[0]
        passage = self.passage
        known |= {"url": passage.url} if passage.url else {}
        return known | {"citation": passage.citation, "start": passage.start, "end": passage.end}


def unit(score: float) -> float:
    """Return a score as one between 0 and 1; a cosine may lie below."""
    return min(1.0, max(0.0, score))


async def retrieved(
    question: str,
    count: int,
    state: State,
    base_url: str,
    documents: Collection[str] | None = None,
    conditions: Conditions | None = None,
) -> list[Retrieved]:
    """Return the best `count` passages for a question, in these documents (None: in all), that meet the conditions.

    A question that is not answered has passages too: whoever asks here reads them himself. Raises KnowledgeUnknown for
    a document that is not here, ConditionUnfit.
    """
    generation = state.reader.generation
    mask = await anyio.to_thread.run_sync(
        partial(_allowed, generation, documents, conditions, partial(link_of, base_url=base_url))
    )
    if mask is not None and not mask.any():
        return []
    asked = _RetrievalIn(question=question, top_k=count)
    found = await told(asked, state, base_url, mask)
    pairs = zip(found.found.passages, found.reply.evidence, strict=True)
    # A question across cases brings the best of each case, however many there are.
    return [Retrieved(*pair) for pair in pairs][:count]


def _allowed(
    generation: Generation,
    documents: Collection[str] | None,
    conditions: Conditions | None,
    link: Callable[[str], str],
) -> Mask | None:
    admitting = admitted(conditions, generation, link)
    if documents is None:
        return admitting
    for each in documents:
        if each not in generation.document:
            raise KnowledgeUnknown(f"没有编号为“{each}”的文档。")
    inside = generation.columns.mask("document_id", lambda ids: ids[0] in documents)
    return inside if admitting is None else inside & admitting
