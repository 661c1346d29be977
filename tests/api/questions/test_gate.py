"""A bounded queue before the questions: who would wait too long is told at once."""

import threading

import anyio
import pytest
from fastapi.testclient import TestClient

from api.errors import Busy
from api.questions.gate import Gate


def test_beyond_the_bound_a_question_is_refused_at_once_and_the_others_are_answered() -> None:
    gate = Gate(at_once=2, most_waiting=3)
    may_end = threading.Event()
    answered: list[int] = []

    async def ask(number: int) -> None:
        answered.append(await gate.run(lambda: number if may_end.wait(10) else -1))

    async def many() -> None:
        async with anyio.create_task_group() as tasks:
            for number in range(5):
                tasks.start_soon(ask, number)
            await anyio.wait_all_tasks_blocked()
            assert (gate.running, gate.waiting) == (2, 3)
            with pytest.raises(Busy, match="前面已有 3 个问题"):
                await gate.run(lambda: -1)
            may_end.set()

    anyio.run(many)
    assert sorted(answered) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("path", ["/ask", "/search", "/compare"])
def test_a_full_queue_is_503_with_when_to_come_again(
    serving: TestClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gate, "waiting", property(lambda _: 1000))
    response = serving.post(path, json={"question": "甲县建成多少个养老服务中心"})
    assert (response.status_code, response.json()["error"]["code"]) == (503, "busy")
    assert int(response.headers["retry-after"]) >= 1
    assert serving.get("/healthz").status_code == 200


def test_a_question_answers_again_once_there_is_room(serving: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:
        full.setattr(Gate, "waiting", property(lambda _: 1000))
        assert serving.post("/ask", json={"question": "甲县建成多少个养老服务中心"}).status_code == 503
    assert "12个" in serving.post("/ask", json={"question": "甲县建成多少个养老服务中心"}).json()["passages"][0]["text"]
