"""The original page of a citation, seen beside what is read."""

import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.api.compilation.test_originals import PAGES, pdf
from tests.page.browsing import PATIENCE, Watch, inaccessible, visit


@pytest.fixture
def site(small_site: Callable[..., str]) -> str:
    """The address of a server with one PDF of three pages, each a line of text, and a document without an original."""
    base = small_site()
    with httpx2.Client(base_url=base) as client:
        files = [("files", ("汇编.pdf", pdf([*PAGES, ("丙县办成社区托育园3家，家长放心上班。", "blue")])))]
        sent = client.post("/documents", files=files).json()
        until = time.monotonic() + PATIENCE / 1000
        while client.get(f"/imports/{sent['id']}").json()["status"] != "done":
            assert time.monotonic() < until
            time.sleep(0.05)
    return base


def passage(base: str, words: str) -> str:
    """Return the id of the passage that says something."""
    found = httpx2.post(f"{base}/search", json={"question": words, "top_k": 1}).json()["passages"][0]
    assert words in found["text"]
    return str(found["id"])


def shown(page: Page, number: int) -> None:
    """Wait until the picture of a page is there, whole."""
    picture = page.get_by_role("dialog").get_by_role("img")
    expect(picture).to_have_attribute("alt", f"《汇编》原件第{number}页的图片")
    expect(picture).to_be_visible()
    width, height = picture.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert abs(width - 1400) <= 1
    assert height == pytest.approx(width * 842 / 595, rel=0.002)


def test_the_original_page_of_a_citation_opens_beside_the_answer_and_can_be_paged(page: Page, site: str) -> None:
    visit(page, f"{site}/?open={quote(passage(site, '养老服务中心建成12个'))}")
    opener = page.locator("#reader .reader-cite").get_by_role("button", name="看原件第2页")
    opener.click()
    shown(page, 2)
    dialog = page.get_by_role("dialog", name="原件第2页")
    assert inaccessible(page) == []
    dialog.get_by_role("button", name="下一页").click()
    shown(page, 3)
    expect(page.get_by_role("button", name="下一页")).to_be_disabled()
    page.get_by_role("button", name="上一页").click()
    page.get_by_role("button", name="上一页").click()
    shown(page, 1)
    expect(page.get_by_role("button", name="上一页")).to_be_disabled()
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()
    expect(page.locator("#reader")).to_be_visible()


def test_each_page_of_a_case_leads_to_its_picture_also_on_a_page_of_its_own(page: Page, site: str) -> None:
    visit(page, f"{site}/read?document={quote('汇编')}&at=0")
    marks = page.locator(".page-mark").get_by_role("button")
    expect(marks).to_have_text([f"看原件第{number}页" for number in (1, 2, 3)])
    marks.nth(2).focus()
    page.keyboard.press("Enter")
    shown(page, 3)
    apart = page.get_by_role("link", name="单独打开")
    expect(apart).to_have_attribute("href", f"/documents/{quote('汇编')}/pages/3")
    expect(apart).to_have_attribute("target", "_blank")


def test_the_permanent_link_of_a_passage_shows_its_page(page: Page, site: str) -> None:
    visit(page, f"{site}/passages/{quote(passage(site, '低空物流开通航线7条'))}")
    page.locator(".reader-cite").get_by_role("button", name="看原件第1页").click()
    shown(page, 1)


def test_a_document_without_an_original_offers_none(page: Page, site: str) -> None:
    visit(page, f"{site}/?open={quote(passage(site, '老人在家门口'))}")
    expect(page.locator("#reader .reader-cite")).to_be_visible()
    expect(page.get_by_role("button", name="看原件")).to_have_count(0)


def test_an_original_that_is_gone_is_said_to_be_and_can_be_tried_again(
    page: Page, watch: Watch, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.statuses.add(404)
    visit(page, f"{site}/?open={quote(passage(site, '养老服务中心建成12个'))}")
    with monkeypatch.context() as patched:
        patched.setattr("api.compilation.originals.place", lambda *_: Path("nowhere.pdf"))
        page.locator("#reader .reader-cite").get_by_role("button", name="看原件第2页").click()
        expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("没有留下“汇编”的原件。")
    page.get_by_role("button", name="再试一次").click()
    shown(page, 2)
