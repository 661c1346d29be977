"""Sending documents to a server, and waiting for what becomes of them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.state import opened
from corpus.outline import outlined
from index.change import change
from index.encoder import Encoder
from tests.fakes import HashedEncoder

PATIENCE = 60.0
"""Seconds after which something that was to happen counts as not happening."""

OLD = "甲县养老服务\n甲县建成养老服务中心12个，老人在家门口就能吃上热饭。\n"
NEW = "乙县低空物流\n乙县开通无人机物流航线7条，山区包裹当日送达。\n"


def small_home(folder: Path, encoder: Encoder | None = None) -> Path:
    """Make a data folder with an index over one short document, 甲县."""
    document, _ = outlined("甲县", OLD, "甲县")
    change(folder / "index", encoder or HashedEncoder(), [document])
    return folder


@contextmanager
def serving_here(home: Path, encoder: Encoder | None = None, **settings: Any) -> Iterator[TestClient]:
    """Yield a client, on this machine, of a server over a data folder."""
    chosen = Settings(home=home, **settings)
    with from_here(chosen, encoder or HashedEncoder()) as client:
        yield client


def from_here(settings: Settings, encoder: Encoder, host: str = "127.0.0.1") -> TestClient:
    """Return a client at an address, which asks for 127.0.0.1."""
    application = create_app(settings, lambda: opened(settings, encoder))
    return TestClient(application, base_url="http://127.0.0.1:8000", client=(host, 50000))


def send(client: TestClient, *files: tuple[str, str | bytes], **options: Any) -> str:
    """Post files; return the id of the import."""
    response = client.post("/documents", files=[("files", file) for file in files], **options)
    assert response.status_code == 202, response.text
    found: str = response.json()["id"]
    return found


def ended(client: TestClient, import_id: str, **options: Any) -> dict[str, Any]:
    """Wait until an import is at its end; return it."""
    return awaited(client, import_id, "done", "failed", **options)


def awaited(client: TestClient, import_id: str, *statuses: str, **options: Any) -> dict[str, Any]:
    """Wait until an import has one of the statuses; return it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found: dict[str, Any] = client.get(f"/imports/{import_id}", **options).json()
        if found["status"] in statuses:
            return found
        time.sleep(0.02)
    raise AssertionError(found)


def texts(client: TestClient) -> dict[str, str]:
    """Return the text of every document of a server, by id; one that goes between the list and the text is left out."""
    ids = [each["id"] for each in client.get("/documents").json()["documents"]]
    answers = {each: client.get(f"/documents/{each}") for each in ids}
    return {each: answer.json()["text"] for each, answer in answers.items() if answer.status_code == 200}


def found_in(client: TestClient, question: str) -> list[tuple[str, str]]:
    """Return the passages found for a question: document and text."""
    passages = client.post("/search", json={"question": question, "top_k": 50}).json()["passages"]
    return [(each["document_id"], each["text"]) for each in passages]
