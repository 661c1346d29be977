"""Pictures of the page for the documentation: `python -m tests.page.screenshots [FOLDER]`."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.api.cli.test_process import address, serving
from tests.page.browsing import Watch, launched, visit, watched
from tests.page.chromium import WITHOUT, found

DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DARK = {"color_scheme": "dark"}


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: its name, what it is of, in which window, and what is done before it is taken."""

    name: str
    path: str
    window: dict[str, Any]
    act: Callable[[Page], object] = lambda _page: None


LAND = "/?q=扶沟是怎么保障土地的"
OFFICERS = "/compare?q=哪些地方建立了首席服务员制度"


def _open_citation(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="依据 1：").first.click()
    page.wait_for_url("**open=*")
    page.locator("#reader mark").first.wait_for()


SHOTS = (
    Shot("home", "/", DESKTOP),
    Shot("home-phone", "/", PHONE),
    Shot("answer", LAND, DESKTOP),
    Shot("answer-dark", LAND, DESKTOP | DARK),
    Shot("answer-phone", LAND, PHONE),
    Shot("silence", "/?q=深圳是怎么保障土地的", DESKTOP),
    Shot("reader", LAND, DESKTOP, _open_citation),
    Shot("compare", OFFICERS, DESKTOP),
    Shot("browse", "/browse", DESKTOP),
    Shot("figures", "/browse?show=figures&q=投资&sort=-value", DESKTOP),
    Shot("import", "/import", DESKTOP),
)


def taken(browser: Browser, site: str, shot: Shot) -> bytes:
    """Return a picture as PNG. Raises AssertionError if anything went wrong on the page."""
    with watched(browser, Watch(), **shot.window) as page:
        visit(page, site + shot.path)
        shot.act(page)
        return _small(page.screenshot(animations="disabled", caret="hide"))


def _small(png: bytes) -> bytes:
    """Return a PNG in 256 colours, of which a page of text has hardly more: a third of the size."""
    small = BytesIO()
    with Image.open(BytesIO(png)) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


def main(folder: Path) -> None:
    """Take all pictures of a server over the bundled compilation, and write them into the folder."""
    executable = found()
    if not executable:
        sys.exit(f"{WITHOUT}，截不了图。")
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as home, serving(Path(home)) as process, sync_playwright() as playwright:
        site = address(process)
        with launched(playwright, executable) as browser:
            for shot in SHOTS:
                file = folder / f"{shot.name}.png"
                file.write_bytes(taken(browser, site, shot))
                print(f"{file}  {file.stat().st_size / 1000:.0f} KB", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screenshots"))
