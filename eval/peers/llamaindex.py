"""LlamaIndex's hybrid search: a QueryFusionRetriever over its BM25 retriever and a vector index, fused by rank."""

from collections.abc import Sequence

import faiss
from llama_index.core import MockEmbedding, QueryBundle, StorageContext, VectorStoreIndex
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import TextNode
from llama_index.retrievers.bm25 import BM25Retriever
from llama_index.vector_stores.faiss import FaissVectorStore

from eval.peers.peer import Retriever, spaced
from index.encoder import Encoder, Vectors


def retriever(texts: Sequence[str], vectors: Vectors, encoder: Encoder) -> Retriever:
    """Return LlamaIndex's retriever over texts and their vectors."""
    # The row is metadata, which tells texts apart that read alike, but no word of the text.
    nodes = [
        TextNode(
            text=spaced(text),
            metadata={"row": row},
            excluded_embed_metadata_keys=["row"],
            embedding=vector.tolist(),
        )
        for row, (text, vector) in enumerate(zip(texts, vectors, strict=True))
    ]
    # Its own pattern drops words of one character and cuts figures at the point; this one takes all between spaces.
    lexical = BM25Retriever(nodes, skip_stemming=True, token_pattern=r"\S+")
    # Inner product, since the fusion ranks by falling score and would take distances, as of IndexFlatL2, backwards.
    # Its own in-memory store ranks the same, but reads all vectors anew for each question.
    store = StorageContext.from_defaults(vector_store=FaissVectorStore(faiss.IndexFlatIP(vectors.shape[1])))
    # Neither model is ever asked: nodes and questions come with their vectors, and one query needs no other wordings.
    dense = VectorStoreIndex(nodes, storage_context=store, embed_model=MockEmbedding(vectors.shape[1])).as_retriever()
    llm = MockLLM()

    def best(question: str, count: int) -> list[int]:
        lexical.similarity_top_k = dense.similarity_top_k = min(count, len(texts))
        fusion = QueryFusionRetriever(
            [lexical, dense],
            llm=llm,
            mode="reciprocal_rerank",
            similarity_top_k=count,
            num_queries=1,
            use_async=False,
        )
        asked = QueryBundle(spaced(question), embedding=encoder.queries([question])[0].tolist())
        return [int(found.metadata["row"]) for found in fusion.retrieve(asked)]

    return best
