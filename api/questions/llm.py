"""The optional language model: any OpenAI-compatible server, heard in good time or not at all.

Whatever such a server does wrong becomes one error with a code and a sentence, so that the answer from the passages
stands in its place and says why.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

from api.codes import Failure
from api.errors import ApiError
from api.settings import SettingsError
from qa.codes import Reason
from qa.composition import Composition, messages
from qa.evidence import Evidence
from qa.verification import Dropped, Verified

if TYPE_CHECKING:
    from openai import AsyncStream
    from openai.types.chat import ChatCompletionChunk

_T = TypeVar("_T")

_CONNECT_SECONDS = 5.0
_MOST_CHARACTERS = 20_000
"""Of what a model writes, its thinking included; an answer has a few hundred."""
_MOST_BYTES = 8 << 20
"""Of a response; each piece of a stream comes in some 300 bytes of wrapping."""
_KEYLESS = "none"
"""Sent where no key is set: the package insists on one, and servers without keys do not look."""

_WAYS_OUT = {
    401: "请检查 ANWEN_LLM_KEY",
    403: "请检查 ANWEN_LLM_KEY",
    429: "请求太多或额度用完，请稍后再试",
}


class LlmUnavailable(ApiError):
    """A model gave no answer that can be used; the message says why, and tells neither key nor address."""

    def __init__(self, code: Failure, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """Which server (its address up to and with /v1) and which model; `key` is empty for a server that asks for none.

    `first_seconds` is the longest silence: until a response begins, until its first piece, and between two pieces;
    `total_seconds` is the longest that a whole answer may take.
    """

    base_url: str
    model: str
    key: str = field(default="", repr=False)
    first_seconds: float = 20.0
    total_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a composition ended: with sentences to show, or with why there are none and another answer must stand.

    A failure takes back the sentences that came before it: what they would have gone on to say is not known.
    """

    sentences: tuple[Verified, ...]
    dropped: tuple[Dropped, ...]
    failure: LlmUnavailable | None


class Llm:
    """A client of one server; close it with `aclose`."""

    def __init__(self, settings: LlmSettings) -> None:
        """Connect to nothing yet. Raises SettingsError for an address or a key that no request can carry."""
        _check(settings)
        # It takes most of a second, which those who set no model need not spend.
        from openai import AsyncOpenAI

        self._settings = settings
        # Retries would wait for longer than a person does, while the answer from the passages is there at once.
        self._client = AsyncOpenAI(
            api_key=settings.key or _KEYLESS,
            base_url=settings.base_url,
            max_retries=0,
            http_client=httpx2.AsyncClient(
                # Whoever points elsewhere would be sent the passages, and on the same host the key.
                follow_redirects=False,
                timeout=httpx2.Timeout(settings.total_seconds, connect=min(_CONNECT_SECONDS, settings.first_seconds)),
                # A server may close a connection kept from the last answer just as the next question goes out on it.
                limits=httpx2.Limits(max_keepalive_connections=0),
                event_hooks={"response": [_bound]},
            ),
        )
        # The package takes these from variables of its own, which are meant for another server.
        self._client.organization = self._client.project = None

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def pieces(self, messages: Sequence[dict[str, str]]) -> AsyncGenerator[str, None]:
        """Yield what the model writes, as it comes. Raises LlmUnavailable. Who leaves early closes the generator."""
        try:
            async with aclosing(self._answer(messages)) as answer:
                async for piece in answer:
                    yield piece
        except LlmUnavailable:
            raise
        except Exception as error:  # whatever a foreign server makes the libraries raise, the user needs one sentence
            # Their own messages may hold the key, the address and the question.
            raise _unavailable(error) from None

    async def _answer(self, messages: Sequence[dict[str, str]]) -> AsyncGenerator[str, None]:
        end = asyncio.get_running_loop().time() + self._settings.total_seconds
        create: Any = self._client.chat.completions.create
        asking = create(model=self._settings.model, messages=messages, temperature=0, stream=True)
        length = 0
        async with await self._in_time(asking, end) as stream, aclosing(self._written(stream, end)) as written:
            async for piece in written:
                length += len(piece)
                if length > _MOST_CHARACTERS:
                    raise _too_long()
                yield piece

    async def _written(self, stream: "AsyncStream[ChatCompletionChunk]", end: float) -> AsyncGenerator[str, None]:
        if stream.response.headers.get("content-type", "").startswith("application/json"):
            # A server that does not stream.
            whole = json.loads(await self._in_time(stream.response.aread(), end))["choices"][0]
            yield _text(whole["message"]["content"])
            _check_finish(whole["finish_reason"])
            return
        finish: str | None = ""
        while (chunk := await self._in_time(anext(stream, None), end)) is not None:
            finish = finish or None
            for choice in chunk.choices:
                yield _text(choice.delta.content)
                finish = choice.finish_reason or finish
        _check_finish(finish)

    async def _in_time(self, waiting: Awaitable[_T], end: float) -> _T:
        silence = asyncio.get_running_loop().time() + self._settings.first_seconds
        async with asyncio.timeout_at(min(silence, end)):
            return await waiting


async def compose(
    llm: Llm, question: str, evidence: Sequence[Evidence]
) -> AsyncGenerator[Verified | Dropped | Outcome, None]:
    """Yield the sentences of an answer as the model writes them, each verified or dropped, and last the Outcome."""
    composition = Composition(evidence)
    judged: list[Verified | Dropped] = []
    try:
        async with aclosing(llm.pieces(messages(question, evidence))) as pieces:
            async for piece in pieces:
                for each in composition.fed(piece):
                    judged.append(each)
                    yield each
        for each in composition.ended():
            judged.append(each)
            yield each
        yield _outcome(judged, None)
    except LlmUnavailable as error:
        yield _outcome(judged, error)


def _outcome(judged: Sequence[Verified | Dropped], failure: LlmUnavailable | None) -> Outcome:
    sentences = tuple(each for each in judged if isinstance(each, Verified))
    dropped = tuple(each for each in judged if isinstance(each, Dropped))
    if not failure and not sentences:
        if any(each.reason is Reason.NO_ANSWER for each in dropped):
            failure = LlmUnavailable(Failure.NO_ANSWER, "大模型认为这些段落没有回答这个问题。")
        else:
            failure = LlmUnavailable(Failure.NONSENSE, "大模型写的话，没有一句能在原文里核对上。")
    return Outcome(() if failure else sentences, dropped, failure)


class _Bounded(httpx2.AsyncByteStream):
    """The body of a response, which is broken off when it goes on for too long; the package would gather it all."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._body:
            size += len(part)
            if size > _MOST_BYTES:
                raise _too_long()
            yield part

    async def aclose(self) -> None:
        await self._body.aclose()


async def _bound(response: httpx2.Response) -> None:
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream)


def _check(settings: LlmSettings) -> None:
    # Neither value is repeated: an address may hold a password, too.
    try:
        url = httpx2.URL(settings.base_url)
    except httpx2.InvalidURL:
        url = httpx2.URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise SettingsError("ANWEN_LLM_BASE_URL 应是 http:// 或 https:// 开头的地址。请改正后再启动。")
    if not settings.model:
        raise SettingsError("设了 ANWEN_LLM_BASE_URL，还要用 ANWEN_LLM_MODEL 指明模型。")
    if not (settings.key.isascii() and settings.key.isprintable()):
        raise SettingsError("ANWEN_LLM_KEY 里有不能用的字符（换行或中文）。请改正后再启动。")


def _text(content: object) -> str:
    if not isinstance(content, str | None):
        raise TypeError
    return content or ""


def _check_finish(finish: str | None) -> None:
    """Raise LlmUnavailable unless an answer was finished: "" is none at all, None one that was cut off."""
    if finish == "":
        raise _nonsense()
    if finish is None:
        raise LlmUnavailable(Failure.UNREACHABLE, "大模型的回答没有说完就断了。")
    if finish == "length":
        raise _too_long()
    if finish == "content_filter":
        raise LlmUnavailable(Failure.REFUSED, "大模型服务把这个回答过滤掉了。")


def _unavailable(error: Exception) -> LlmUnavailable:
    import openai

    match error:
        case TimeoutError() | openai.APITimeoutError() | httpx2.TimeoutException():
            return LlmUnavailable(Failure.TIMEOUT, "大模型没有在限定的时间内答完。")
        case openai.APIConnectionError() | httpx2.RequestError():
            return LlmUnavailable(Failure.UNREACHABLE, "连不上大模型，或者中途断了。请检查 ANWEN_LLM_BASE_URL。")
        case openai.APIStatusError(status_code=status) if status >= 500:
            return LlmUnavailable(Failure.SERVER_ERROR, f"大模型服务出错（HTTP {status}）。请检查那台服务器。")
        case openai.APIStatusError(status_code=status):
            way_out = _WAYS_OUT.get(status, "请检查 ANWEN_LLM_BASE_URL 和 ANWEN_LLM_MODEL")
            return LlmUnavailable(Failure.REFUSED, f"大模型服务不接受请求（HTTP {status}）。{way_out}。")
        case openai.APIError() if not isinstance(error, openai.APIResponseValidationError):
            return LlmUnavailable(Failure.SERVER_ERROR, "大模型服务在回答时出错。请检查那台服务器。")
    return _nonsense()


def _nonsense() -> LlmUnavailable:
    return LlmUnavailable(
        Failure.NONSENSE, "大模型服务的回应看不懂。请检查 ANWEN_LLM_BASE_URL 是不是 OpenAI 兼容的地址。"
    )


def _too_long() -> LlmUnavailable:
    return LlmUnavailable(Failure.TOO_LONG, "大模型的回答太长。")
