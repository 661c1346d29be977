"""txtai's hybrid search: an Embeddings index with BM25 beside external vectors, equally weighted scores."""

from collections.abc import Sequence

import numpy as np
from txtai import Embeddings

from eval.peers.peer import Retriever, spaced
from index.encoder import Encoder, Vectors


def retriever(texts: Sequence[str], vectors: Vectors, encoder: Encoder) -> Retriever:
    """Return txtai's retriever over texts and their vectors."""
    # Both searches are given the same string, here the words; its vector is that of the text as it was written.
    worded = [spaced(text) for text in texts]
    vector_of = dict(zip(worded, vectors, strict=True))

    def transform(asked: Sequence[str]) -> Vectors:
        return np.stack([vector_of[text] for text in asked])

    # What `hybrid` stands for, but for the tokenizer: its own cuts Chinese into single characters.
    scoring = {"method": "bm25", "terms": True, "normalize": True, "tokenizer": {"whitespace": True}}
    embeddings = Embeddings(method="external", transform=transform, hybrid=True, scoring=scoring)
    embeddings.index((row, text, None) for row, text in enumerate(worded))

    def best(question: str, count: int) -> list[int]:
        asked = spaced(question)
        vector_of[asked] = encoder.queries([question])[0]
        return [int(row) for row, _ in embeddings.search(asked, count)]

    return best
