"""Time of warm answers from a running server, one question after another."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator

from eval.errors import EvaluationError

_WARM_UP = 20


class ServerSilent(EvaluationError):
    """No server answers at an address, or it answers with an error."""


def timed(base: str, questions: Iterable[str]) -> Iterator[float]:
    """Yield for each question the milliseconds from sending it to having its whole answer. Raises ServerSilent."""
    asked = list(questions)
    for question in asked[:_WARM_UP]:
        _milliseconds(base, question)
    for question in asked:
        yield _milliseconds(base, question)


def _milliseconds(base: str, question: str) -> float:
    body = json.dumps({"question": question}).encode()
    try:
        request = urllib.request.Request(f"{base.rstrip('/')}/ask", body, {"content-type": "application/json"})
        began = time.perf_counter()
        with urllib.request.urlopen(request, timeout=60) as response:
            response.read()
    except (OSError, ValueError) as error:
        raise ServerSilent(f"{base} 没有回答（{error}）。请先运行 make serve，或给出服务的地址。") from error
    return (time.perf_counter() - began) * 1000
