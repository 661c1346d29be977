"""Haystack's hybrid search: BM25 and embedding retrievers over its in-memory store, joined by reciprocal rank."""

import os
from collections.abc import Sequence

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "false"

from haystack import Document
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore

from eval.peers.peer import Retriever, spaced
from index.encoder import Encoder, Vectors


def retriever(texts: Sequence[str], vectors: Vectors, encoder: Encoder) -> Retriever:
    """Return Haystack's retriever over texts and their vectors."""
    # Its own tokens are the single characters of Chinese; with spaces as the only bounds the words stay whole.
    # Handing out no vectors with what was found takes half the time.
    store = InMemoryDocumentStore(bm25_tokenization_regex=r"\S+", return_embedding=False, shared=False)
    store.write_documents(
        [
            Document(id=str(row), content=spaced(text), embedding=vector.tolist())
            for row, (text, vector) in enumerate(zip(texts, vectors, strict=True))
        ]
    )
    lexical, dense = InMemoryBM25Retriever(store), InMemoryEmbeddingRetriever(store)
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion")

    def best(question: str, count: int) -> list[int]:
        # A question of signs alone has no words, and an empty one is refused.
        by_words = lexical.run(spaced(question) or question, top_k=count)["documents"]
        by_vector = dense.run(encoder.queries([question])[0].tolist(), top_k=count)["documents"]
        return [int(found.id) for found in joiner.run([by_words, by_vector], top_k=count)["documents"]]

    return best
