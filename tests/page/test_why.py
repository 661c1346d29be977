"""Why this: for evaluators, what the question was cut into and what every piece of evidence brought a passage."""

import re
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.page.browsing import Watch, inaccessible, visit, watched

QUESTION = "扶沟是怎么保障土地的"
ASKED = f"/?q={QUESTION}"
SILENT = "/?q=深圳是怎么保障土地的"


def panel(page: Page) -> Locator:
    return page.locator("article.turn:not(.past) details.why")


def opened(page: Page) -> Locator:
    """Open the panel and return it."""
    panel(page).locator("summary").click()
    expect(page).to_have_url(re.compile(r"why="))
    return panel(page)


def explained(site: str, question: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx2.post(f"{site}/ask", json={"question": question, "explain": True}).json()
    return found


def numbers(row: Locator) -> list[list[float]]:
    """Return the numbers in the cells of a row, but the first and the last, which are words."""
    return [list(map(float, re.findall(r"-?\d\.\d{3}", text))) for text in row.locator("td").all_inner_texts()[:-1]]


def test_the_question_is_shown_as_it_was_cut_with_pairs_of_characters_apart_from_words(page: Page, site: str) -> None:
    visit(page, site + ASKED)
    why = opened(page)
    words = why.get_by_role("list", name="词和数").get_by_role("listitem")
    expect(words).to_have_text(["扶沟 ×3", "是", "保障", "土地", "的"])
    pairs = why.get_by_role("list", name="相邻的两字").get_by_role("listitem")
    expect(pairs).to_have_text(["扶沟", "沟是", "保障", "障土", "土地", "地的"])


@pytest.mark.parametrize("question", [QUESTION, "深圳是怎么保障土地的"], ids=["answered", "silent"])
def test_what_each_piece_of_evidence_brings_adds_up_to_the_score(page: Page, site: str, question: str) -> None:
    told = explained(site, question)
    visit(page, f"{site}/?q={question}&why=1")
    rows = panel(page).get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(len(told["trace"]["hits"]))
    whole = sum(told["trace"]["weights"].values())
    legs = list(told["trace"]["weights"])
    assert len(legs) == 6
    for row, hit, passage in zip(rows.all(), told["trace"]["hits"], told["passages"], strict=True):
        (total,), *cells = numbers(row)
        assert total == pytest.approx(passage["score"], abs=0.0006)
        assert sum(brought for brought, _ in cells) == pytest.approx(total, abs=0.0036)
        for leg, (brought, own) in zip(legs, cells, strict=True):
            assert own == pytest.approx(hit[leg], abs=0.0006)
            assert brought == pytest.approx(hit[leg] * told["trace"]["weights"][leg] / whole, abs=0.0006)
    expect(rows.first.locator("td").last).to_contain_text("词、向量")
    index, confidence = told["index"], round(told["answer"]["confidence"] * 100)
    expect(panel(page)).to_contain_text(f"答得上的把握 {confidence}%")
    expect(panel(page)).to_contain_text(f"索引 {index['generation']}，指纹 {index['fingerprint']}")


def test_a_silence_is_explained_too(page: Page, site: str) -> None:
    visit(page, site + SILENT)
    why = opened(page)
    expect(why.get_by_role("list", name="词和数").get_by_role("listitem").first).to_have_text("深圳")
    expect(why).to_contain_text("答得上的把握 0%")


def test_an_open_panel_is_in_the_address_and_the_keyboard_stays_where_it_is(page: Page, site: str) -> None:
    visit(page, site + ASKED)
    expect(panel(page)).not_to_have_attribute("open", "")
    summary = panel(page).locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"why=1$"))
    expect(panel(page)).to_have_attribute("open", "")
    expect(summary).to_be_focused()
    page.reload()
    expect(panel(page).get_by_role("table")).to_be_visible()
    panel(page).locator("summary").click()
    expect(page).not_to_have_url(re.compile(r"why="))
    expect(panel(page).get_by_role("table")).to_be_hidden()


def test_each_turn_has_a_panel_and_going_back_opens_the_one_that_was_open(page: Page, site: str) -> None:
    visit(page, f"{site}{ASKED}&q=那孟津呢？")
    why = opened(page)
    expect(page).to_have_url(re.compile(r"why=2$"))
    expect(why.get_by_role("list", name="词和数")).to_contain_text("孟津")
    page.get_by_role("link", name="新问题").click()
    expect(page.get_by_role("list", name="可以这样问")).to_be_visible()
    page.go_back()
    expect(why.get_by_role("table")).to_be_visible()


def test_a_passage_in_the_table_opens_beside_it(page: Page, site: str) -> None:
    visit(page, f"{site}{ASKED}&why=1")
    panel(page).get_by_role("table").get_by_role("link").first.click()
    expect(page.locator("#reader mark").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"why=1.*open="))
    expect(panel(page).get_by_role("table")).to_be_visible()


@pytest.mark.parametrize("path", [ASKED, SILENT], ids=["answered", "silent"])
def test_people_who_cannot_see_or_use_a_mouse_can_read_it_and_fill_it_in(page: Page, site: str, path: str) -> None:
    visit(page, f"{site}{path}&why=1")
    page.get_by_role("button", name="做成一道试题").click()
    assert inaccessible(page) == []


def test_on_a_phone_in_the_dark_only_the_table_scrolls_sideways(browser: Browser, site: str) -> None:
    phone: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
    with watched(browser, Watch(), **phone) as page:
        visit(page, f"{site}{ASKED}&why=1")
        page.get_by_role("button", name="有用").click()
        page.get_by_role("button", name="做成一道试题").click()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        table = page.get_by_role("region", name="段落的得分")
        assert table.evaluate("element => element.scrollWidth > element.clientWidth")
        assert inaccessible(page) == []
