"""Sites to visit and a browser to visit them with; both are started once for all tests of the page."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from api.app import create_app
from api.settings import Settings
from api.state import opened
from corpus.outline import outlined
from index.change import change
from tests.api.cli.test_process import address, serving
from tests.api.questions.test_stream import running
from tests.api.sending import OLD
from tests.fakes import HashedEncoder
from tests.page.browsing import PATIENCE, Watch, launched, watched
from tests.page.chromium import WITHOUT, found

expect.set_options(timeout=PATIENCE)


# As long as it runs, Playwright has an event loop in this thread, in which other tests run theirs.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium; without one the test is skipped, or fails where CI=true says that there should be one."""
    path = executable()
    with sync_playwright() as playwright, launched(playwright, path) as browser:
        yield browser


def executable() -> str:
    if path := found():
        return path
    if os.environ.get("CI") == "true":
        pytest.fail(f"{WITHOUT}；CI=true 时不能跳过")
    pytest.skip(WITHOUT)


@pytest.fixture(scope="session")
def site(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `anwen serve` over the bundled compilation; what tests leave in its data folder, others see."""
    folder = tmp_path_factory.mktemp("site") / "home"
    copytree(home, folder)
    with serving(folder) as process:
        yield address(process)


@pytest.fixture
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Start a server over texts, each an id and what it says, 甲县 if none is given; settings by name; its address."""
    with ExitStack() as servers:

        def start(*texts: tuple[str, str], **settings: Any) -> str:
            encoder = HashedEncoder()
            chosen = Settings(home=tmp_path_factory.mktemp("small"), **settings)
            documents = [outlined(name, text, name)[0] for name, text in texts or [("甲县", OLD)]]
            change(chosen.index_root, encoder, documents)
            return servers.enter_context(running(create_app(chosen, lambda: opened(chosen, encoder))))

        yield start


@pytest.fixture
def watch() -> Watch:
    """What happens on `page`; here a test says which other origins may be asked, and which requests fail."""
    return Watch()


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Iterator[Page]:
    """A page in a context of its own; the test fails if anything went wrong on it or left it for another site."""
    with watched(browser, watch) as page:
        yield page
