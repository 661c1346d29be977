"""What many tests stand on: the bundled compilation, indexed once a session with the real model and with a fake."""

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import fastapi.dependencies.models
import pytest
from fastapi.testclient import TestClient
from filelock import FileLock

from api.app import create_app
from api.settings import Settings
from api.state import opened
from corpus.document import Document
from corpus.reader import bundled
from index.encoder import SentenceEncoder
from index.generation import Generation, built
from index.store import load, save
from qa.asking import Reader
from tests.fakes import HashedEncoder
from tests.remembering import RememberingEncoder


@pytest.fixture(scope="module", autouse=True)
def _apps_are_let_go() -> Iterator[None]:
    """Let go of the apps of a module's tests: fastapi remembers their functions, and by them 15 MB each."""
    yield
    for each in vars(fastapi.dependencies.models).values():
        if clear := getattr(each, "cache_clear", None):
            clear()


@pytest.fixture(scope="session")
def compilation() -> Document:
    """The bundled compilation."""
    (document,) = bundled()
    return document


@pytest.fixture(scope="session")
def encoder() -> RememberingEncoder:
    """The real model."""
    return RememberingEncoder()


@pytest.fixture(scope="session")
def shared_home(compilation: Document, encoder: RememberingEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the real index in it, for all processes that run tests; the first one makes it."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared-home"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            save(built([compilation], encoder), encoder, folder / "index")
            encoder.read_ours(folder)
        encoder.recall(folder)
    return folder


@pytest.fixture(scope="session")
def generation(shared_home: Path, encoder: SentenceEncoder) -> Generation:
    """The bundled compilation indexed with the real model."""
    return load(shared_home / "index", encoder)[0]


@pytest.fixture(scope="session")
def reader(generation: Generation, encoder: SentenceEncoder) -> Reader:
    """What answers over the bundled compilation."""
    return Reader(generation, encoder)


@pytest.fixture(scope="session")
def home(shared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the real index in it."""
    return copytree(shared_home, tmp_path_factory.mktemp("home") / "home")


@pytest.fixture(scope="session")
def client(home: Path, encoder: SentenceEncoder) -> Iterator[TestClient]:
    """A client of the application over the real index."""
    settings = Settings(home=home)
    with TestClient(create_app(settings, lambda: opened(settings, encoder))) as client:
        yield client


@pytest.fixture(scope="session")
def hashed(compilation: Document) -> Generation:
    """The bundled compilation indexed with the fake encoder, for tests that are not about the model."""
    return built([compilation], HashedEncoder())
