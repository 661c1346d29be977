"""A retriever for LangChain: the passages of a server, or of a data folder, as its documents."""

from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, SecretStr

from api.integrations.retrieving import MOST, Source, metadata, source
from api.questions.schemas import PassageOut

try:
    from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
except ImportError as error:
    raise ImportError("没有安装 LangChain。请运行 pip install 'anwen[langchain]'。") from error


class AnwenRetriever(BaseRetriever):  # type: ignore[misc, unused-ignore]
    """The passages that say most of a question, the best first.

    Exactly one of `server` (with `key` where it wants one), `home` and `reader` says where they come from. `filters`
    are those of `/search`; `k` is how many, also as an argument of `invoke`; `base_url` is what links begin with where
    no server says it. Where a place cannot be asked, ClientError or IndexingError is raised.
    """

    server: str | None = None
    key: SecretStr | None = None
    home: Path | None = None
    reader: Any = Field(None, exclude=True)
    base_url: str = ""
    k: int = Field(MOST, ge=1)
    filters: dict[str, Any] = Field(default_factory=dict)
    timeout: float = 60.0

    _source: Source = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Find where passages come from. Raises ValueError."""
        super().model_post_init(context)
        key = self.key.get_secret_value() if self.key else None
        self._source = source(self.server, key, self.home, self.reader, self.base_url, self.timeout)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
        k: int | None = None,
    ) -> list[Document]:
        return list(map(_document, self._source.search(query, k or self.k, self.filters)))

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,  # noqa: ARG002
        k: int | None = None,
    ) -> list[Document]:
        return list(map(_document, await self._source.asearch(query, k or self.k, self.filters)))


def _document(passage: PassageOut) -> Document:
    return Document(id=passage.id, page_content=passage.text, metadata=metadata(passage))
