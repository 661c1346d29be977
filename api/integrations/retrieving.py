"""What the retrievers of frameworks have in common: where passages come from, and what is told of each."""

import threading
import weakref
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import anyio.to_thread

from api.client import AsyncClient, Client
from api.questions.schemas import FiltersIn, PassageOut

if TYPE_CHECKING:
    from api.state import Served
    from qa.asking import Reader

MOST = 5
"""Passages that are given where nobody says how many."""


class Source(Protocol):
    """Where passages come from."""

    def search(self, question: str, top_k: int, filters: Mapping[str, Any]) -> list[PassageOut]:
        """Return the passages that say most of a question, the best first."""
        ...

    async def asearch(self, question: str, top_k: int, filters: Mapping[str, Any]) -> list[PassageOut]:
        """Do as `search` does."""
        ...


class There:
    """A server. Raises ClientError where it does not answer."""

    def __init__(self, url: str, key: str | None, timeout: float) -> None:
        self._url, self._key, self._timeout = url, key, timeout
        self._client = Client(url, key, timeout=timeout)
        # Frameworks do not say when they are done with a retriever.
        weakref.finalize(self, self._client.close)

    def search(self, question: str, top_k: int, filters: Mapping[str, Any]) -> list[PassageOut]:
        """Ask the server."""
        return self._client.search(question, top_k=top_k, filters=filters or None).passages

    async def asearch(self, question: str, top_k: int, filters: Mapping[str, Any]) -> list[PassageOut]:
        """Ask the server. A client a call: connections cannot be taken from one event loop to another."""
        async with AsyncClient(self._url, self._key, timeout=self._timeout) as client:
            return (await client.search(question, top_k=top_k, filters=filters or None)).passages


class Here:
    """The index of a data folder, opened at the first question; or a reader that is open already.

    Raises IndexingError where the index cannot be opened, FilterUnknown for a filter value that it does not have.
    """

    def __init__(self, home: Path | None, reader: "Reader | None", base_url: str) -> None:
        self._home, self._reader, self._base_url = home, reader, base_url
        self._served: Served | None = None
        self._turn = threading.Lock()

    def search(self, question: str, top_k: int, filters: Mapping[str, Any]) -> list[PassageOut]:
        """Search here."""
        from api.questions.views import passage_out
        from index.filters import Filters
        from qa.asking import ask

        reader = self._reader or self._current()
        within = FiltersIn.model_validate(filters)
        reply = ask(reader, question, top_k, Filters(**within.model_dump()))
        documents = reader.generation.document
        return [passage_out(each, reply.plan, documents, self._base_url) for each in reply.evidence]

    async def asearch(self, question: str, top_k: int, filters: Mapping[str, Any]) -> list[PassageOut]:
        """Search here, in a thread: it is computing, and others go on meanwhile."""
        return await anyio.to_thread.run_sync(partial(self.search, question, top_k, filters))

    def _current(self) -> "Reader":
        """Return what reads the index that is current on the disk."""
        from api.settings import Settings
        from api.state import Served, State, opened

        with self._turn:
            if self._served is None:
                self._served = Served(opened(Settings(home=self._home) if self._home else Settings()))
            else:
                self._served.refresh()
        state = self._served.current
        assert isinstance(state, State)
        return state.reader


def source(
    server: str | None,
    key: str | None,
    home: Path | None,
    reader: "Reader | None",
    base_url: str,
    timeout: float,
) -> Source:
    """Return where passages come from. Raises ValueError unless exactly one place is named."""
    if sum(each is not None for each in (server, home, reader)) != 1:
        raise ValueError("server（服务的地址）、home（数据文件夹）、reader 三者要给出一个，且只给一个。")
    return There(server, key, timeout) if server is not None else Here(home, reader, base_url)


def metadata(passage: PassageOut) -> dict[str, Any]:
    """Return what is told of a passage beside its words; offsets count code points of the document's raw text."""
    return {
        "id": passage.id,
        "score": passage.score,
        "rank": passage.rank,
        "citation": passage.citation,
        "citation_gbt7714": passage.citation_forms.gbt7714,
        "url": passage.url,
        "case_number": passage.case.case_number,
        "case_title": passage.case.title,
        "city": passage.case.city,
        "county": passage.case.county,
        "headings": passage.headings,
        "paragraph": passage.paragraph,
        "page": passage.page,
        "document_id": passage.document_id,
        "start": passage.start,
        "end": passage.end,
        "highlights": [each.model_dump() for each in passage.highlights],
    }
