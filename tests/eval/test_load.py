"""What many clients at once see of a server, against one that answers every other request and turns the rest away."""

import asyncio
import threading
from collections.abc import Iterator
from itertools import count, islice

import pytest

from eval.load import different, loaded

_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
_BUSY = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nretry-after: 0\r\n\r\n"


@pytest.fixture
def server() -> Iterator[str]:
    turns = count()
    loop = asyncio.new_event_loop()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
            await reader.readexactly(int(length.split(b":")[1]))
            writer.write(_BUSY if next(turns) % 2 else _ANSWER)

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    listening = loop.run_until_complete(asyncio.start_server(quietly, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    listening.close()
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()


def test_answers_and_refusals_are_counted_apart(server: str) -> None:
    found = loaded(server, different(["甲", "乙"]), clients=4, seconds=0.3)
    assert found.statuses[200] == len(found.times) > 0
    assert abs(found.statuses[200] - found.statuses[503]) <= 1
    assert found.per_second == pytest.approx(len(found.times) / found.seconds)
    assert 0 < found.milliseconds(0.5) <= found.milliseconds(0.99)


def test_questions_come_once_each_before_any_comes_again() -> None:
    once = list(islice(different(["甲", "乙", "丙"]), 15))
    assert len(set(once)) == 15
    assert set(islice(different(["甲", "乙", "丙"]), 30)) == set(once)
