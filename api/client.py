"""A client of a running server, in two kinds: `Client` waits, `AsyncClient` is awaited.

    with Client("http://127.0.0.1:8000") as anwen:
        print(anwen.ask("扶沟是怎么保障土地的").answer.text)

Every call raises a ClientError where it is not answered. What the server puts off (429, 503 with Retry-After) is sent
again after a while, what changes nothing also where the connection breaks.
"""

import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing, closing, contextmanager
from functools import wraps
from itertools import chain, repeat
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import anyio
import httpx2
from pydantic import BaseModel
from tenacity import AsyncRetrying, RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from api import calls
from api.calls import (
    Call,
    ClientError,
    Event,
    Failed,
    KeyRefused,
    NotThere,
    Overloaded,
    Rejected,
    TimedOut,
    Unreachable,
    Unreadable,
)
from api.imports.schemas import ImportOut

__all__ = [
    "AsyncClient",
    "Client",
    "ClientError",
    "Event",
    "Failed",
    "KeyRefused",
    "NotThere",
    "Overloaded",
    "Rejected",
    "TimedOut",
    "Unreachable",
    "Unreadable",
]

_TIMEOUT = 60.0
"""Seconds that a response may take; a language model that writes an answer takes some."""

_ATTEMPTS = 4
"""How often a call is sent at most."""

_LONGEST_WAIT = 30.0
"""Seconds; a server that wants to be left alone for longer is not asked again."""

_BACKOFF = wait_exponential_jitter(multiplier=0.1, max=5)
"""Seconds between two times where the server does not say how many."""

_PATIENCE = 600.0
"""Seconds that an import may take before nobody waits any more."""

_P = ParamSpec("_P")
_T = TypeVar("_T", bound=BaseModel)


def _waiting(build: Callable[_P, Call[_T]]) -> "Callable[Concatenate[Client, _P], _T]":
    """Return the method of a Client that does a call."""

    @wraps(build)
    def method(self: "Client", /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return self._done(build(*args, **kwargs))

    return method


def _awaited(build: Callable[_P, Call[_T]]) -> "Callable[Concatenate[AsyncClient, _P], Coroutine[Any, Any, _T]]":
    """Return the method of an AsyncClient that does a call."""

    @wraps(build)
    async def method(self: "AsyncClient", /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await self._done(build(*args, **kwargs))

    return method


def _in_pieces(build: Callable[_P, Call[Any]]) -> "Callable[Concatenate[Client, _P], Iterator[Event]]":
    """Return the method of a Client that yields what comes of a call as it comes."""

    @wraps(build)
    def method(self: "Client", /, *args: _P.args, **kwargs: _P.kwargs) -> Iterator[Event]:
        return self._events(build(*args, **kwargs))

    return method


def _awaited_pieces(
    build: Callable[_P, Call[Any]],
) -> "Callable[Concatenate[AsyncClient, _P], AsyncIterator[Event]]":
    """Return the method of an AsyncClient that yields what comes of a call as it comes."""

    @wraps(build)
    def method(self: "AsyncClient", /, *args: _P.args, **kwargs: _P.kwargs) -> AsyncIterator[Event]:
        return self._events(build(*args, **kwargs))

    return method


class Client:
    """Asks a server and waits for the answer. One client may be used by several threads."""

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout: float = _TIMEOUT,
        attempts: int = _ATTEMPTS,
    ) -> None:
        """`timeout` is in seconds; `attempts` is how often a call is sent at most. Raises Unreachable."""
        self._attempts = attempts
        with _failures():
            self._http = httpx2.Client(**_options(base_url, key, timeout))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    ask = _waiting(calls.ask)
    search = _waiting(calls.search)
    compare = _waiting(calls.compare)
    figures = _waiting(calls.figures)
    cases = _waiting(calls.cases)
    case = _waiting(calls.case)
    documents = _waiting(calls.documents)
    document = _waiting(calls.document)
    passage = _waiting(calls.passage)
    about = _waiting(calls.about)
    ready = _waiting(calls.ready)
    import_files = _waiting(calls.import_files)
    imported = _waiting(calls.imported)
    feedback = _waiting(calls.feedback)

    stream = _in_pieces(calls.stream)

    def wait(self, import_id: str, patience: float = _PATIENCE) -> ImportOut:
        """Return an import at its end, done or failed. Raises TimedOut after `patience` seconds."""
        for pause in _pauses(patience):
            found = self.imported(import_id)
            if _is_over(found):
                return found
            time.sleep(pause)
        raise _too_long(import_id, patience)

    def _done(self, call: Call[_T]) -> _T:
        return call.read(self._response(call).content)

    def _events(self, call: Call[Any]) -> Iterator[Event]:
        found = None
        with closing(self._response(call, stream=True)) as response, _failures():
            for each in httpx2.EventSource(response):
                if found := calls.event(each.event, each.data):
                    yield found
        calls.check_is_last(found)

    def _response(self, call: Call[Any], stream: bool = False) -> httpx2.Response:
        return Retrying(**_again(call, self._attempts))(self._sent, call, stream)

    def _sent(self, call: Call[Any], stream: bool) -> httpx2.Response:
        with _failures(), call.request() as request:
            response = self._http.send(self._http.build_request(**request), stream=stream)
            if not response.is_error:
                return response
            raise _failure(response, response.read())


class AsyncClient:
    """Asks a server, and is awaited."""

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout: float = _TIMEOUT,
        attempts: int = _ATTEMPTS,
    ) -> None:
        """`timeout` is in seconds; `attempts` is how often a call is sent at most. Raises Unreachable."""
        self._attempts = attempts
        with _failures():
            self._http = httpx2.AsyncClient(**_options(base_url, key, timeout))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_raised: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    ask = _awaited(calls.ask)
    search = _awaited(calls.search)
    compare = _awaited(calls.compare)
    figures = _awaited(calls.figures)
    cases = _awaited(calls.cases)
    case = _awaited(calls.case)
    documents = _awaited(calls.documents)
    document = _awaited(calls.document)
    passage = _awaited(calls.passage)
    about = _awaited(calls.about)
    ready = _awaited(calls.ready)
    import_files = _awaited(calls.import_files)
    imported = _awaited(calls.imported)
    feedback = _awaited(calls.feedback)

    stream = _awaited_pieces(calls.stream)

    async def wait(self, import_id: str, patience: float = _PATIENCE) -> ImportOut:
        """Return an import at its end, done or failed. Raises TimedOut after `patience` seconds."""
        for pause in _pauses(patience):
            found = await self.imported(import_id)
            if _is_over(found):
                return found
            await anyio.sleep(pause)
        raise _too_long(import_id, patience)

    async def _done(self, call: Call[_T]) -> _T:
        return call.read((await self._response(call)).content)

    async def _events(self, call: Call[Any]) -> AsyncIterator[Event]:
        found = None
        async with aclosing(await self._response(call, stream=True)) as response:
            with _failures():
                async for each in httpx2.EventSource(response):
                    if found := calls.event(each.event, each.data):
                        yield found
        calls.check_is_last(found)

    async def _response(self, call: Call[Any], stream: bool = False) -> httpx2.Response:
        return await AsyncRetrying(**_again(call, self._attempts))(self._sent, call, stream)

    async def _sent(self, call: Call[Any], stream: bool) -> httpx2.Response:
        with _failures(), call.request() as request:
            response = await self._http.send(self._http.build_request(**request), stream=stream)
            if not response.is_error:
                return response
            raise _failure(response, await response.aread())


def _options(base_url: str, key: str | None, timeout: float) -> dict[str, Any]:
    # A browser gets the page at some of the addresses; a program says that it is none.
    headers = {"accept": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    return {"base_url": base_url, "headers": headers, "timeout": timeout}


def _again(call: Call[Any], attempts: int) -> dict[str, Any]:
    """Return how a call is sent again: after which errors, after how long, how often."""
    return {
        "retry": retry_if_exception(lambda error: _is_mended_by_waiting(error, call)),
        "wait": _wait,
        "stop": stop_after_attempt(attempts),
        "reraise": True,
    }


def _is_mended_by_waiting(error: BaseException, call: Call[Any]) -> bool:
    match error:
        case Overloaded(retry_after=float(seconds)):
            return seconds <= _LONGEST_WAIT
        case Overloaded():
            # A 503 of the server's own that names no time, such as a missing index, stays; one of a proxy goes.
            return error.status == 429 or error.code == "http_error"
        case Unreachable():
            return call.is_safe and not isinstance(error, TimedOut)
    return False


def _wait(state: RetryCallState) -> float:
    """Return the seconds to wait: what the server says, else ever more."""
    error = state.outcome.exception() if state.outcome else None
    told = error.retry_after if isinstance(error, ClientError) else None
    return _BACKOFF(state) if told is None else told


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what goes wrong on the way into errors of ours."""
    try:
        yield
    except httpx2.TimeoutException as error:
        raise TimedOut("timed_out", "服务器没有在限定的时间内答复。请稍后再试，或放宽时限。") from error
    except (httpx2.TransportError, httpx2.InvalidURL) as error:
        raise Unreachable("unreachable", f"连不上服务器：{error}。请检查地址，并确认服务已启动。") from error


def _failure(response: httpx2.Response, content: bytes) -> ClientError:
    return calls.failure(response.status_code, content, response.headers.get("retry-after"))


def _pauses(patience: float) -> Iterator[float]:
    """Yield the seconds to wait between two looks, ever longer ones, until patience is at its end."""
    until = time.monotonic() + patience
    for pause in chain((0.1, 0.2, 0.5), repeat(1.0)):
        yield pause
        if time.monotonic() >= until:
            return


def _is_over(found: ImportOut) -> bool:
    return found.status in {"done", "failed"}


def _too_long(import_id: str, patience: float) -> TimedOut:
    return TimedOut("timed_out", f"导入 {import_id} 过了 {patience:.0f} 秒还没有完成，它会接着做。可稍后再查。")
