"""A data folder with keys in it, and who stands before the server: here, elsewhere, behind a proxy."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.security import keys
from api.security.keys import Scope
from api.settings import Settings
from api.state import opened
from tests.api.sending import small_home
from tests.fakes import HashedEncoder

FAR = "192.0.2.7"

Reach = Callable[..., TestClient]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys cost less than a millisecond here; `test_keys` holds what they cost in earnest."""
    monkeypatch.setattr("api.security.keys._COST", {"n": 16, "r": 8, "p": 1})


@pytest.fixture
def reach(folder: Path) -> Iterator[Reach]:
    """Start a server over `folder` with the settings given by name; a client of it at the address `at`."""
    with ExitStack() as clients:

        def start(at: str = "127.0.0.1", **settings: Any) -> TestClient:
            chosen = Settings(home=folder, **settings)
            application = create_app(chosen, lambda: opened(chosen, HashedEncoder()))
            client = TestClient(application, base_url="http://127.0.0.1:8000", client=(at, 50000))
            return clients.enter_context(client)

        yield start


def given_out(folder: Path, name: str = "办公室", scope: Scope = Scope.ASK, **bounds: int) -> dict[str, str]:
    """Make a key, and return the headers that carry it."""
    return bearing(keys.add(folder / "keys.json", name, scope, **bounds).text)


def bearing(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_home(tmp_path_factory.mktemp("shared"))
