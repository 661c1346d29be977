"""A small server of its own for a test; modules that share one among their tests have their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api.sending import serving_here, small_home


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_home(tmp_path / "home")


@pytest.fixture
def serving(folder: Path) -> Iterator[TestClient]:
    with serving_here(folder) as client:
        yield client
