"""What the OpenAI-compatible route takes beside `/ask`: `python -m tests.api.integrations.overhead`.

Both are asked the same questions in turn, in one process, with the real model; what is told is the difference of each
pair, whole and as a stream until its end.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.state import opened
from corpus.reader import bundled
from index.change import change
from index.encoder import Encoder, SentenceEncoder

QUESTIONS = (
    "扶沟是怎么保障土地的?",
    "扶沟县供应土地多少亩?",
    "孟津是怎么推进项目的?",
    "哪些地方建立了联审联批机制?",
    "开封市怎么保障土地?",
)
ROUNDS = 20


def differences(client: TestClient, rounds: int = ROUNDS, stream: bool = False) -> list[float]:
    """Return by how many milliseconds more the OpenAI-compatible route took than `/ask`, for each pair."""

    def took(path: str, body: dict[str, Any]) -> float:
        began = time.perf_counter()
        response = client.post(path, json=body | {"stream": stream})
        spent = time.perf_counter() - began
        assert response.status_code == 200, response.text
        return 1000 * spent

    def ask(question: str) -> float:
        return took("/ask", {"question": question})

    def chat(question: str) -> float:
        return took("/v1/chat/completions", {"model": "anwen", "messages": [{"role": "user", "content": question}]})

    found = []
    for turn in range(rounds + 1):
        for question in QUESTIONS:
            # Whoever comes second finds warmer caches; so they take turns at that.
            first: Callable[[str], float]
            first, second = (ask, chat) if turn % 2 else (chat, ask)
            one, other = first(question), second(question)
            if turn:
                found.append(other - one if first is ask else one - other)
    return found


def main(encoder: Encoder | None = None) -> None:
    """Print the median and the extremes of the differences."""
    encoder = encoder or SentenceEncoder()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        change(home / "index", encoder, list(bundled()))
        settings = Settings(home=home)
        with TestClient(create_app(settings, lambda: opened(settings, encoder))) as client:
            for name, stream in (("whole", False), ("stream", True)):
                found = differences(client, stream=stream)
                tenths = statistics.quantiles(found, n=10)
                print(
                    f"{name}: median {statistics.median(found):+.2f} ms, "
                    f"p10 {tenths[0]:+.2f}, p90 {tenths[-1]:+.2f}, {len(found)} pairs"
                )


if __name__ == "__main__":
    main()
