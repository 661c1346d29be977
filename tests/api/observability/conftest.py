"""One small server for all tests that look at what it tells of itself; each looks at what its own requests add."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api.sending import serving_here, small_home


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with serving_here(small_home(tmp_path_factory.mktemp("watched"))) as client:
        yield client


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return small_home(tmp_path / "home")
