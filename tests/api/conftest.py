"""A small server of its own for a test, and one over the bundled compilation, on a real socket, for clients."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.state import State
from index.store import manifest_of_current
from qa.asking import Reader
from tests.api.live import live
from tests.api.sending import serving_here, small_home


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_home(tmp_path / "home")


@pytest.fixture
def serving(folder: Path) -> Iterator[TestClient]:
    with serving_here(folder) as client:
        yield client


@pytest.fixture(scope="session")
def base_url(shared_home: Path, reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that answers from the bundled compilation with the real model; to be read from only."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "index").symlink_to(shared_home / "index")
    state = State(Settings(home=folder), reader, manifest_of_current(folder / "index"))
    with live(create_app(state.settings, lambda: state)) as address:
        yield address
