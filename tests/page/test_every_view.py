"""What holds for every view and every state of it: names, contrast, width, keyboard, motion, paper."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page.browsing import Watch, inaccessible, visit, watched

LAND = "/?q=扶沟是怎么保障土地的"
OFFICERS = "/compare?q=哪些地方建立了首席服务员制度"
CASE = "/read?document=henan-2021-cases-153-157&at=5000"
PHONE, WIDE = 390, 2560
WIDTHS = (PHONE, 820, 1280, WIDE)


def _reader(page: Page) -> None:
    page.locator(".reference").first.click()
    expect(page.locator("#reader mark.asked").first).to_be_visible()


def _help(page: Page) -> None:
    page.locator("#help").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def _citing(page: Page) -> None:
    page.locator("li.passage summary").first.click()


def _permanent(page: Page) -> None:
    _reader(page)
    page.get_by_role("link", name="整页阅读").click()
    expect(page.locator("main .paragraph.target")).to_be_visible()


def _nothing(_page: Page) -> None:
    pass


@dataclass(frozen=True, slots=True)
class State:
    """A state of a view: its address, what its title begins with, and what is done to come to it."""

    path: str
    title: str
    act: Callable[[Page], None] = _nothing


STATES = {
    "start": State("/", "案问"),
    "answer": State(LAND, "扶沟是怎么保障土地的"),
    "figure": State("/?q=扶沟供应土地多少亩", "扶沟供应土地多少亩"),
    "places": State("/?q=哪些地方建立了首席服务员制度", "哪些地方"),
    "silence": State("/?q=深圳是怎么保障土地的", "深圳"),
    "conversation": State(f"{LAND}&q=那孟津呢？", "那孟津呢"),
    "reader": State(LAND, "扶沟是怎么保障土地的", _reader),
    "why": State(f"{LAND}&why=1", "扶沟是怎么保障土地的"),
    "citing": State(LAND, "扶沟是怎么保障土地的", _citing),
    "help": State("/", "案问", _help),
    "case": State(CASE, ""),
    "permanent link": State(LAND, "", _permanent),
    "error": State("/read", ""),
    "tree": State("/browse", ""),
    "figures": State("/browse?show=figures", ""),
    "compare": State("/compare", ""),
    "compared": State(OFFICERS, ""),
    "import": State("/import", ""),
}


def come_to(page: Page, site: str, state: State) -> None:
    visit(page, site + state.path)
    state.act(page)


@pytest.mark.parametrize("name", STATES)
def test_nothing_keeps_anybody_from_using_it_and_it_has_a_title_and_scrolls_one_way_only(
    browser: Browser, site: str, name: str
) -> None:
    """In light on a desk, in the dark on a phone; other widths are only looked at for what sticks out."""
    state = STATES[name]
    watch = Watch()
    watch.statuses |= {404} if name == "error" else set()
    with watched(browser, watch) as page:
        come_to(page, site, state)
        assert page.title().startswith(state.title)
        assert page.title().endswith("案问")
        assert inaccessible(page) == []
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
        page.set_viewport_size({"width": PHONE, "height": 844})
        page.emulate_media(color_scheme="dark")
        assert inaccessible(page) == []


FOCUS = """() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const frame = element.closest(".field");
    const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    const box = element.getBoundingClientRect();
    return {
        is: element.matches(":focus-visible") && (shown || (frame?.matches(":focus-within") ?? false)),
        name: element.getAttribute("aria-label") || element.textContent.trim(),
        kind: element.className || element.tagName,
        seen: box.bottom > 0 && box.top < innerHeight && box.width > 0,
    };
}"""


def tabbed(page: Page, most: int = 120) -> list[dict[str, str]]:
    """Press Tab until the focus leaves the page; return what it came to."""
    found: list[dict[str, str]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            return found
        found.append(page.evaluate(FOCUS))
    raise AssertionError(found[-3:])


@pytest.mark.parametrize("name", ["start", "answer", "why", "permanent link", "tree", "compared", "import"])
def test_tab_comes_to_everything_that_can_be_used_and_shows_where_it_is(page: Page, site: str, name: str) -> None:
    come_to(page, site, STATES[name])
    page.evaluate("document.activeElement.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)")
    page.evaluate("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')")
    found = tabbed(page)
    assert found[0]["name"] == "跳到正文"
    assert [each for each in found if not (each["is"] and each["seen"])] == []
    usable = page.evaluate(
        """[...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
            .filter(each => each.checkVisibility() && !each.disabled && each.tabIndex >= 0).length"""
    )
    assert len(found) >= usable


def test_the_first_tab_leads_past_the_navigation(page: Page, site: str) -> None:
    visit(page, site + LAND)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="跳到正文")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".chip-remove").first).to_be_focused()


def test_escape_closes_the_reader_and_the_focus_is_where_it_was(page: Page, site: str) -> None:
    visit(page, site + LAND)
    reference = page.locator(".reference").last
    reference.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#reader .paragraph.target")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    expect(reference).to_be_focused()


def test_on_a_phone_the_keyboard_does_not_go_behind_the_reader_and_comes_back(browser: Browser, site: str) -> None:
    with watched(browser, Watch(), viewport={"width": PHONE, "height": 844}) as page:
        visit(page, site + LAND)
        reference = page.locator(".reference").first
        reference.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#reader .paragraph.target")).to_be_visible()
        for _ in range(12):
            page.keyboard.press("Tab")
            assert page.evaluate(
                "document.activeElement === document.body || !!document.activeElement.closest('#reader')"
            )
        page.keyboard.press("Escape")
        expect(reference).to_be_focused()


def test_the_keys_walk_the_passages_open_one_reach_the_field_and_tell_of_themselves(page: Page, site: str) -> None:
    visit(page, site + LAND)
    items = page.locator("li.passage:visible")
    page.keyboard.press("j")
    expect(items.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(items.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(items.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#reader")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("[data-ask]")).to_be_focused()
    page.keyboard.type("j/?")
    expect(page.locator("[data-ask]")).to_have_value("j/?")
    page.locator("h2.question").focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("h2.question")).to_be_focused()


def test_who_wants_no_motion_sees_none(browser: Browser, site: str) -> None:
    moves = """[...document.querySelectorAll("html, body, body *")].filter(each => {
        const style = getComputedStyle(each);
        const isMoving = style.animationName !== "none" || parseFloat(style.transitionDuration) > 0;
        return isMoving || style.scrollBehavior === "smooth";
    }).length"""
    with watched(browser, Watch()) as page:
        visit(page, site + LAND)
        assert page.evaluate(moves) == 0
        page.emulate_media(reduced_motion="no-preference")
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "smooth"


def test_light_and_dark_can_be_chosen_and_are_remembered(page: Page, site: str) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    visit(page, site)
    light = page.evaluate(ground)
    button = page.locator("#theme")
    button.click()
    expect(button).to_have_attribute("aria-label", "明暗：浅色")
    button.click()
    expect(button).to_have_attribute("aria-label", "明暗：深色")
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    button.click()
    assert page.evaluate(ground) == light


def test_on_paper_there_is_the_question_the_answer_and_where_it_stands_and_nothing_to_click(
    page: Page, site: str
) -> None:
    visit(page, site + LAND)
    _reader(page)
    page.emulate_media(media="print", color_scheme="dark")
    # A4 at 96 dots to the inch, less its margins.
    page.set_viewport_size({"width": 718, "height": 1000})
    for shown in ("h2.question", ".said-text", ".reference", "li.passage .standing", ".words", "#reader .case-head"):
        expect(page.locator(shown).first).to_be_visible()
    expect(page.locator("#reader .citation")).to_contain_text("第一百五十七篇")
    for gone in ("button", "input", ".menu > summary", "nav", ".skip", ".top"):
        expect(page.locator(f"{gone} >> visible=true")).to_have_count(0)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('.said-text')).color") == "rgb(0, 0, 0)"
    # All of the case is there, not the part that one had scrolled to.
    assert page.evaluate("(e => e.scrollHeight - e.clientHeight)(document.querySelector('#reader .case'))") <= 0
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("name", ["case", "tree", "figures", "compared"])
def test_on_paper_every_view_is_its_text(page: Page, site: str, name: str) -> None:
    come_to(page, site, STATES[name])
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})
    expect(page.locator("main")).to_be_visible()
    for gone in ("nav[aria-label=主导航]", ".button", "input", "select"):
        expect(page.locator(f"{gone} >> visible=true")).to_have_count(0)
    assert len(page.locator("main").inner_text()) > 100
