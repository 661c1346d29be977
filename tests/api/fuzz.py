"""The whole API against its own document: `python -m tests.api.fuzz --cases 5000`.

Requests are made from /openapi.json, half of them as it says and half not, each operation by itself and in sequences
along its links. No answer may be a 5xx but 503 (what cannot be answered now) and 507 (a full disk), and each must be
of a status, a kind, with headers and of a shape that the document declares.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky, Unsatisfiable
from hypothesis.strategies import booleans, tuples
from schemathesis import Case, CheckContext, GenerationMode, Response
from schemathesis.checks import CheckFunction
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from api.app import create_app
from api.settings import Settings
from api.state import opened
from corpus.outline import outlined
from index.change import change
from tests.api.sending import NEW, OLD
from tests.fakes import HashedEncoder

_HERE = "http://127.0.0.1:8000"
_SEQUENCE = 8
"""Requests in a sequence."""
_SHARE = 4
"""One request in so many is made in a sequence."""
_AT_ONCE = 20
"""Sequences that are drawn together."""


@dataclass(slots=True)
class Found:
    """What came of it: how often each operation answered each status, and what was wrong, once for each kind."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        """How many requests there were."""
        return self.statuses.total()


def no_server_error(_context: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """Fail for a status of 500 and above, but 503 and 507."""
    if response.status_code >= 500 and response.status_code not in (503, 507):
        raise AssertionError(f"{case.operation.label}: {response.status_code} {response.text}")
    return None


_CHECKS: list[CheckFunction] = [
    no_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def fuzzed(folder: Path, cases: int, seeded: int) -> Found:
    """Return what came of about so many requests to a server over a small compilation in a folder."""
    change(
        folder / "index",
        HashedEncoder(),
        [outlined(*each)[0] for each in (("甲县", OLD, "甲县"), ("乙县", NEW, "乙县"))],
    )
    chosen = Settings(home=folder)
    application = _from_here(create_app(chosen, lambda: opened(chosen, HashedEncoder())))
    schema = schemathesis.openapi.from_asgi("/openapi.json", application)
    found = Found()

    def sent(case: Case[Any], **options: Any) -> Response:
        response = case.call(**{"base_url": _HERE} | options)
        _judge(case, response, found)
        return response

    try:
        operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
        for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
            for operation in operations:
                count = max(1, round(cases * (1 - 1 / _SHARE) / len(operations) / 2))
                strategy = operation.as_strategy(generation_mode=mode)
                if mode is GenerationMode.POSITIVE:
                    # A made-up filter has no passages, so that nothing else would be tried.
                    strategy = tuples(strategy, booleans()).map(lambda drawn: _asking(*drawn))
                _drawn(strategy, sent, count, seeded)
        _in_sequences(schema, sent, found, cases // _SHARE, seeded)
    finally:
        shutdown_lifespans()
    return found


def _asking(case: Case[Any], plainly: bool) -> Case[Any]:
    """Return a case; where it asks, by one name and within no filter if that is to be."""
    if plainly and case.query:
        for name in ("city", "county", "case_number", "document_id", "headings", "aspect"):
            case.query.pop(name, None)
    if plainly and isinstance(case.body, dict):
        for name in ("filters", "query", "metadata_condition"):
            case.body.pop(name, None)
        asked = "甲县的养老服务中心有几个"
        if "model" in case.body:
            case.body |= {"model": "anwen", "messages": [{"role": "user", "content": asked}]}
        else:
            case.body["question"] = asked
    return case


def _drawn(strategy: Any, send: Callable[[Case[Any]], Response], count: int, seeded: int) -> None:
    @seed(seeded)
    @_settings(count)
    @given(case=strategy)
    def each(case: Case[Any]) -> None:
        send(case)

    # What takes nothing cannot be asked for otherwise than it says.
    with suppress(Unsatisfiable):
        each()


def _in_sequences(schema: Any, send: Callable[..., Response], found: Found, count: int, seeded: int) -> None:
    class Machine(schema.as_state_machine()):  # type: ignore[misc]
        def call(self, case: Case[Any], **options: Any) -> Response:
            return send(case, **options)

        def validate_response(self, response: Response, case: Case[Any], **_options: Any) -> None:
            # It was judged when it was sent.
            pass

    wanted = found.cases + count
    while found.cases < wanted:
        seeded += 1
        rest = min(_AT_ONCE, -(-(wanted - found.cases) // _SEQUENCE))
        # What was sent changes the compilation: a sequence that is made twice may not go twice as far.
        with suppress(Flaky):
            seed(seeded)(Machine)
            Machine.run(settings=_settings(rest, stateful_step_count=_SEQUENCE))


def _settings(count: int, **more: Any) -> settings:
    return settings(
        max_examples=count,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def _judge(case: Case[Any], response: Response, found: Found) -> None:
    found.statuses[case.operation.label, response.status_code] += 1
    try:
        case.validate_response(response, checks=_CHECKS)
    except FailureGroup as group:
        for failure in group.exceptions:
            key = (case.operation.label, failure.title)
            told = f"{failure.message}\n{response.status_code} {response.text[:500]}\n{case.as_curl_command()[:2000]}"
            found.faults.setdefault(key, told)


def _from_here(application: ASGIApp) -> ASGIApp:
    """Return the app as programs on its own machine reach it; they may change the compilation."""

    async def from_here(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["client"] = ("127.0.0.1", 50000)
        await application(scope, receive, send)

    return from_here


def main() -> int:
    """Print what came of it; return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = fuzzed(Path(folder), asked.cases, asked.seed)
    for label in dict.fromkeys(label for label, _ in found.statuses):
        told = ", ".join(
            f"{status}: {count}" for (each, status), count in sorted(found.statuses.items()) if each == label
        )
        print(f"{label:45} {told}")
    print(f"{found.cases} requests, {len(found.faults)} kinds of faults")
    for (label, title), told in found.faults.items():
        print(f"\n{label}: {title}\n{told}")
    return bool(found.faults)


if __name__ == "__main__":
    sys.exit(main())
