"""What tests of the index share."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def unsynced() -> Iterator[None]:
    """Let nothing wait for the disk, where a test is not about a loss of power: syncing is most of a change."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.store.sync", lambda _path: None)
        yield
