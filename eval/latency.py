"""Time of warm answers from a running server: python -m eval.latency [http://127.0.0.1:8000]."""

import argparse
import json
import sys
import time
import urllib.request

import numpy as np

from eval.topics import topics

_WARM_UP = 20


def timed(base: str, question: str) -> float:
    """Return the milliseconds from sending a question to having its whole answer."""
    body = json.dumps({"question": question}).encode()
    request = urllib.request.Request(f"{base}/ask", body, {"content-type": "application/json"})
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=60) as response:
        response.read()
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Ask a running server all our questions, one after another, and print the percentiles of the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", nargs="?", default="http://127.0.0.1:8000", help="服务地址")
    base = parser.parse_args().base.rstrip("/")
    questions = [topic.question for topic in topics()]
    for question in questions[:_WARM_UP]:
        timed(base, question)
    times = np.array([timed(base, question) for question in questions])
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    sys.stdout.write(f"{len(times)} 问：p50 {p50:.1f} ms，p95 {p95:.1f} ms，p99 {p99:.1f} ms\n")


if __name__ == "__main__":
    main()
