"""Answers a second from a running server, asked by one client and by many at once."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httpx2

from eval.latency import ServerSilent

_OPENINGS = ("", "请问", "想了解一下，", "麻烦查一下，", "我想知道")
"""What makes a question of ours another text, so that the server has to read each anew."""
_BUSY = 503


@dataclass(slots=True)
class Load:
    """What clients saw: the seconds of each answer, how many requests ended in which status, how long it went on."""

    clients: int
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        """Answers a second, of all clients together."""
        return len(self.times) / self.seconds if self.seconds else 0.0

    def milliseconds(self, share: float) -> float:
        """Return the time within which a share (0 to 1) of the answers came."""
        ordered = sorted(self.times)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000 if ordered else float("nan")


def different(questions: Sequence[str], seed: int = 1) -> Iterator[str]:
    """Yield questions in a random order, each but once; then all over again."""
    texts = [f"{opening}{question}" for opening in _OPENINGS for question in questions]
    random.Random(seed).shuffle(texts)
    while True:
        yield from texts


def loaded(base: str, questions: Iterator[str], clients: int, seconds: float, key: str = "") -> Load:
    """Ask from so many clients for so many seconds, each as soon as it has its answer; who is told to wait, waits.

    Raises ServerSilent.
    """
    return asyncio.run(_loaded(base.rstrip("/"), questions, Load(clients), seconds, key))


async def _loaded(base: str, questions: Iterator[str], load: Load, seconds: float, key: str) -> Load:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    limits = httpx2.Limits(max_connections=load.clients, max_keepalive_connections=load.clients)
    began = time.perf_counter()

    async def ask(client: httpx2.AsyncClient) -> None:
        while time.perf_counter() < began + seconds:
            sent = time.perf_counter()
            response = await client.post(f"{base}/ask", json={"question": next(questions)})
            load.statuses[response.status_code] += 1
            if response.status_code == _BUSY:
                await asyncio.sleep(float(response.headers.get("retry-after", 1)))
            elif response.is_success:
                load.times.append(time.perf_counter() - sent)

    try:
        async with httpx2.AsyncClient(headers=headers, timeout=60, limits=limits) as client:
            await asyncio.gather(*(ask(client) for _ in range(load.clients)))
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise ServerSilent(f"{base} 没有回答（{error}）。请先运行 make serve，或给出服务的地址。") from error
    load.seconds = time.perf_counter() - began
    return load
