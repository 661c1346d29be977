"""A second reading of the best hits, by a model that sees question and passage together. Off unless one is set."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from index.encoder import Vectors, hub_answers
from index.errors import ModelError
from index.generation import Generation
from index.header import dense_text
from index.search import Hit

READ = 30
"""Hits that are read again, at the least."""


class Reranker(Protocol):
    """What judges how well a passage answers."""

    def scores(self, question: str, texts: Sequence[str]) -> Vectors:
        """Return a (len(texts),) score for each text, 0 to 1, higher is better."""


class CrossReader:
    """A sentence-transformers CrossEncoder."""

    def __init__(self, name: str) -> None:
        """Load a folder or a name of the hub. Raises ModelError."""
        from sentence_transformers import CrossEncoder
        from torch.nn import Sigmoid

        try:
            self._model = CrossEncoder(name, device="cpu", local_files_only=not hub_answers(name))
        except Exception as error:  # whatever a foreign folder makes the library raise, the user needs one sentence
            raise ModelError(f"无法载入重排模型 {name}。请检查 ANWEN_RERANKER，或取消该设置。") from error
        if self._model.num_labels != 1:
            raise ModelError(
                f"{name} 给出 {self._model.num_labels} 个分数，不能用来重排。请检查 ANWEN_RERANKER，或取消该设置。"
            )
        self._activation = Sigmoid()

    def scores(self, question: str, texts: Sequence[str]) -> Vectors:
        """Return a (len(texts),) score for each text, 0 to 1, higher is better."""
        pairs = [(question, text) for text in texts]
        scores = self._model.predict(pairs, activation_fn=self._activation, show_progress_bar=False)
        return np.asarray(scores, np.float32)


def reranked(generation: Generation, reranker: Reranker, question: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return the hits in the reranker's order, with its scores; equal ones stay in the order they had."""
    if not hits:
        return ()
    texts = [dense_text(generation.document[hit.passage.document_id], hit.passage) for hit in hits]
    scores = reranker.scores(question, texts)
    order = np.argsort(-scores, kind="stable").tolist()
    return tuple(replace(hits[at], rank=rank, score=float(scores[at])) for rank, at in enumerate(order, start=1))
