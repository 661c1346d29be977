"""A retriever for LlamaIndex: the passages of a server, or of a data folder, as its nodes."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.integrations.retrieving import MOST, metadata, source
from api.questions.schemas import PassageOut

try:
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode
except ImportError as error:
    raise ImportError("没有安装 LlamaIndex。请运行 pip install 'anwen[llama-index]'。") from error

if TYPE_CHECKING:
    from qa.asking import Reader

_FOR_MODELS = {"citation", "url"}
"""What a language model is told of a passage beside its words; the rest is for programs."""


class AnwenRetriever(BaseRetriever):  # type: ignore[misc, unused-ignore]
    """The passages that say most of a question, the best first.

    Exactly one of `server` (with `key` where it wants one), `home` and `reader` says where they come from. `filters`
    are those of `/search`; `base_url` is what links begin with where no server says it. Where a place cannot be asked,
    ClientError or IndexingError is raised.
    """

    def __init__(
        self,
        server: str | None = None,
        *,
        key: str | None = None,
        home: Path | None = None,
        reader: "Reader | None" = None,
        base_url: str = "",
        top_k: int = MOST,
        filters: Mapping[str, Any] | None = None,
        timeout: float = 60.0,
        **options: Any,
    ) -> None:
        """`options` are those of every retriever of LlamaIndex. Raises ValueError."""
        super().__init__(**options)
        self._source = source(server, key, home, reader, base_url, timeout)
        self._top_k = top_k
        self._filters = filters or {}

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return list(map(_node, self._source.search(query_bundle.query_str, self._top_k, self._filters)))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return list(map(_node, await self._source.asearch(query_bundle.query_str, self._top_k, self._filters)))


def _node(passage: PassageOut) -> NodeWithScore:
    told = metadata(passage)
    others = [name for name in told if name not in _FOR_MODELS]
    node = TextNode(
        id_=passage.id,
        text=passage.text,
        metadata=told,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        excluded_llm_metadata_keys=others,
        excluded_embed_metadata_keys=list(told),
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=passage.document_id)},
    )
    return NodeWithScore(node=node, score=passage.score)
