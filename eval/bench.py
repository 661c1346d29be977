"""The bench on which configurations are tried: one collection, each index built once, rankings by any of them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from eval.collection import Collection
from eval.errors import SetUnreadable
from eval.fusion import fused
from eval.judgements import judged
from eval.measures import DEPTH, measured
from eval.peers.peer import Retriever, peer
from eval.trec import read_run
from eval.variant import Fusion, Variant
from index.encoder import Encoder, Progress, SentenceEncoder
from index.generation import Generation, built
from index.reranker import CrossReader
from index.search import Hit, Query, search
from index.segment import Settings
from index.vector_cache import CachedEncoder
from qa.asking import Reader, retrieve
from qa.understanding import understood

Ranker: TypeAlias = Callable[[str, int], Sequence[str]]
"""From a question and a count to the ids of the best passages."""

_ALL = 10**6
_TIMED = 100
"""Questions on which configurations are timed, and passages asked for, as in a list that somebody reads."""
_LISTED = 10


@dataclass
class Bench:
    """A collection and what was built for it. Vectors are kept in a file under `home` and outlive the bench."""

    collection: Collection
    home: Path
    tell: Callable[[str], Progress]
    """Called with what is about to be embedded; what it returns is told of the progress."""
    _encoders: dict[str, Encoder] = field(default_factory=dict)
    _generations: dict[tuple[Settings, str], Generation] = field(default_factory=dict)

    def encoder(self, model: str) -> Encoder:
        """Return a model, as it runs in the product."""
        if model not in self._encoders:
            self._encoders[model] = SentenceEncoder(model)
        return self._encoders[model]

    def cached(self, model: str) -> Encoder:
        """Return a model whose vectors are kept."""
        return CachedEncoder(self.encoder(model), self.home / "vectors.sqlite")

    def generation(self, variant: Variant) -> Generation:
        """Return the index of a configuration over the collection."""
        settings = variant.settings(self.collection.settings)
        key = (settings, variant.model)
        if key not in self._generations:
            progress = self.tell(f"{self.collection.name} · {variant.name}")
            self._generations[key] = built(self.collection.documents, self.cached(variant.model), settings, progress)
        return self._generations[key]

    def adopt(self, generation: Generation, variant: Variant) -> None:
        """Use an index that is already built where a configuration needs that very one."""
        self._generations[generation.settings, variant.model] = generation

    def reader(self, variant: Variant, encoder: Encoder | None = None) -> Reader:
        """Return what answers by a configuration, by default with kept vectors."""
        reranker = CrossReader(variant.reranker) if variant.reranker else None
        generation = self.generation(variant)
        return Reader(generation, encoder or self.cached(variant.model), variant.weights, reranker)

    def ranker(self, variant: Variant, encoder: Encoder | None = None) -> Ranker:
        """Return what ranks passages by a configuration, by default with kept vectors. Not for a run file."""
        if variant.peer:
            return self._peer(variant, encoder or self.cached(variant.model))
        reader = self.reader(variant, encoder)
        return lambda question, count: [hit.passage.id for hit in _hits(reader, variant, question, count)]

    def run(self, variant: Variant, advance: Callable[[], None] = lambda: None) -> dict[str, Sequence[str]]:
        """Return the ranking of all answerable questions; `advance` is called after each."""
        if variant.run:
            return dict(read_run(variant.run))
        rank = self.ranker(variant)
        found = {}
        for topic in self.collection.answerable:
            found[topic.id] = rank(topic.question, DEPTH)
            advance()
        return found

    def values(self, variant: Variant, run: Mapping[str, Sequence[str]]) -> dict[str, dict[str, float]]:
        """Return the measures of a run, judged on the passages of its configuration."""
        grades = judged(self.collection.answerable, self.generation(variant).passages)
        if variant.run and not any(
            passage in grades.get(query, {}) for query, found in run.items() for passage in found
        ):
            raise SetUnreadable(
                f"{variant.run} 里没有一条结果是这个题集的正确段落：段落编号对不上。"
                "可用 anwen eval export 得到这个题集的段落和编号。"
            )
        return measured(grades, run)

    def timed(self, variants: Sequence[Variant]) -> dict[str, list[float]]:
        """Return milliseconds of each configuration for some questions, in turns, so that noise meets all alike."""
        rankers = {
            variant.name: self.ranker(variant, self.encoder(variant.model)) for variant in variants if not variant.run
        }
        questions = [topic.question for topic in self.collection.answerable]
        chosen = questions[:: max(1, len(questions) // _TIMED)][:_TIMED]
        times: dict[str, list[float]] = {name: [] for name in rankers}
        for warm, question in [*((True, question) for question in chosen[:3]), *((False, each) for each in chosen)]:
            for name, rank in rankers.items():
                began = time.perf_counter()
                rank(question, _LISTED)
                if not warm:
                    times[name].append((time.perf_counter() - began) * 1000)
        return times

    def _peer(self, variant: Variant, encoder: Encoder) -> Ranker:
        generation = self.generation(variant)
        texts = [_titled(generation, row) for row in range(len(generation.passages))]
        vectors = self.cached(variant.model).passages(texts, self.tell(f"{self.collection.name} · {variant.name}"))
        retrieve_rows: Retriever = peer(variant.peer)(texts, vectors, encoder)
        return lambda question, count: [generation.passages[row].id for row in retrieve_rows(question, count)]


def _titled(generation: Generation, row: int) -> str:
    """Return a passage under its title, as BEIR collections are given to retrievers."""
    passage = generation.passages[row]
    title = generation.case(passage).title
    return "\n".join(part for part in (title, generation.text(passage)) if part)


def _hits(reader: Reader, variant: Variant, question: str, count: int) -> Sequence[Hit]:
    """Return the hits of a configuration; those that change how a question is asked do it here, not in the product."""
    rescored = variant.fusion is not Fusion.SHARES or variant.aspect != 0
    wanted = _ALL if rescored else count
    interpretation = understood(question, reader.names)
    if variant.place:
        hits = retrieve(reader, question, wanted).hits
    else:
        query = Query(interpretation.text, interpretation.terms)
        hits = search(reader.generation, reader.encoder, query, wanted, reader.weights)
    return fused(hits, variant, interpretation.aspect)[:count] if rescored else hits
