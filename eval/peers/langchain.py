"""LangChain's hybrid search: an EnsembleRetriever of its BM25 and its FAISS retriever, fused by rank."""

from collections.abc import Sequence

from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_community.vectorstores import FAISS
from langchain_core.embeddings import Embeddings

from eval.peers.peer import Retriever, words
from index.encoder import Encoder, Vectors


class _Ours(Embeddings):  # type: ignore[misc]  # where the library is absent its class is Any
    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [vector.tolist() for vector in self._encoder.passages(texts)]

    def embed_query(self, text: str) -> list[float]:
        return [float(value) for value in self._encoder.queries([text])[0]]


def retriever(texts: Sequence[str], vectors: Vectors, encoder: Encoder) -> Retriever:
    """Return LangChain's retriever over texts and their vectors."""
    # Texts are told apart by row, since the ensemble takes those that read alike for one.
    rows = [{"row": row} for row in range(len(texts))]
    lexical = BM25Retriever.from_texts(texts, metadatas=rows, preprocess_func=words)
    store = FAISS.from_embeddings(zip(texts, vectors, strict=True), _Ours(encoder), metadatas=rows)

    def best(question: str, count: int) -> list[int]:
        lexical.k = count
        dense = store.as_retriever(search_kwargs={"k": count})
        ensemble = EnsembleRetriever(retrievers=[lexical, dense], weights=[0.5, 0.5], id_key="row")
        return [int(found.metadata["row"]) for found in ensemble.invoke(question)][:count]

    return best
