"""A page in a real browser, watched: nothing may go wrong unseen, and nothing may leave for another site."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, WebError

PATIENCE = 10_000
"""Milliseconds after which something that was to happen on a page counts as not happening."""

_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A request to another site is a fault, and is not to get there either.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
_GRAVE = ("serious", "critical")


class Watch:
    """What happened in a browser context: every request, the warnings, and what a visitor should never meet.

    The site is the one visited first. A test says what else it wants to see: `origins` are others that may be asked,
    `statuses` those of answers that are errors, `failing` the paths of requests that get no answer.
    """

    def __init__(self) -> None:
        self.origins: set[str] = set()
        self.statuses: set[int] = set()
        self.failing: set[str] = set()
        self.requests: list[str] = []
        self.warnings: list[str] = []
        self._site: str | None = None
        self._errors: list[str] = []
        self._failed: list[tuple[str, str]] = []

    def follow(self, context: BrowserContext) -> None:
        """Watch all pages of a context, new tabs too."""
        context.on("request", self._requested)
        context.on("console", self._logged)
        context.on("weberror", self._thrown)

    def faults(self) -> list[str]:
        """Return what a visitor should never meet, a line each."""
        unexpected = [f"{what} ({url})" for what, url in self._failed if not self._is_expected(what, url)]
        allowed = self.origins | {self._site}
        foreign = [f"request to another site: {url}" for url in self.requests if _origin(url) not in allowed]
        return self._errors + unexpected + foreign

    def _is_expected(self, what: str, url: str) -> bool:
        if urlsplit(url).path in self.failing:
            return True
        return any(f"the server responded with a status of {status} " in what for status in self.statuses)

    def _requested(self, request: Request) -> None:
        if urlsplit(request.url).scheme in ("http", "https"):
            self._site = self._site or _origin(request.url)
            self.requests.append(request.url)

    def _logged(self, message: ConsoleMessage) -> None:
        line = f"console {message.type}: {message.text} ({message.location['url']})"
        if message.type == "error" and message.text.startswith("Failed to load resource"):
            self._failed.append((message.text, message.location["url"]))
        elif message.type == "error":
            self._errors.append(line)
        elif message.type == "warning":
            self.warnings.append(line)

    def _thrown(self, error: WebError) -> None:
        self._errors.append(f"uncaught: {error.error.stack or error.error.message}")


def launched(playwright: Playwright, executable: str) -> Browser:
    """Start the browser without a window; without its sandbox, which root cannot have, as is Playwright's way."""
    return playwright.chromium.launch(executable_path=executable, args=_FLAGS)


@contextmanager
def watched(browser: Browser, watch: Watch, **options: Any) -> Iterator[Page]:
    """Yield a page as a Chinese visitor has it, with nothing stored; AssertionError at the end if there were faults."""
    chosen = {"viewport": {"width": 1280, "height": 800}} | options
    context = browser.new_context(
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
        **chosen,
    )
    context.set_default_timeout(PATIENCE)
    watch.follow(context)
    try:
        yield context.new_page()
    except Exception as error:
        # Often the reason why what was waited for did not come.
        error.add_note("\n".join(watch.faults()))
        raise
    finally:
        context.close()
    assert not watch.faults(), "\n".join(watch.faults())


def visit(page: Page, address: str) -> None:
    """Open an address and wait until the page says that it shows what the address names."""
    page.goto(address)
    page.locator("html[data-ready=true]").wait_for(state="attached")


def inaccessible(page: Page) -> list[str]:
    """Return what keeps people from using the page as it is now, as axe finds it: serious and critical, a line each."""
    found = Axe().run(page, options={"resultTypes": ["violations"], "runOnly": _RULES}).response["violations"]
    return [
        " ".join(f"{rule['id']} ({rule['impact']}): {node['target']} {node['html']} {node['failureSummary']}".split())
        for rule in found
        if rule["impact"] in _GRAVE
        for node in rule["nodes"]
    ]


def _origin(url: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))
