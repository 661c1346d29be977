"""Asking on the page: one field, the answer first, then what it rests on; every state is an address."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from api.app import create_app
from api.settings import Settings
from api.state import opened
from index.encoder import SentenceEncoder
from tests.api.questions import test_llm
from tests.api.questions.test_composed import GOOD
from tests.api.questions.test_llm import Handler, Server
from tests.api.questions.test_stream import running
from tests.page.browsing import PATIENCE, Watch, visit

QUESTION = "扶沟是怎么保障土地的"

model = test_llm.server
"""A server of a language model."""


def asked(page: Page, question: str) -> Locator:
    """Type a question, press Enter, and return the newest turn when it is answered."""
    page.locator("[data-ask]").fill(question)
    page.keyboard.press("Enter")
    turn = page.locator("article.turn").last
    expect(turn.get_by_role("heading", level=2)).to_have_text(question)
    expect(turn.locator(".answer")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-ready", "true")
    return turn


def parameters(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


@pytest.fixture
def turn(page: Page, site: str) -> Locator:
    visit(page, site)
    return asked(page, QUESTION)


def test_the_start_has_one_field_ready_to_be_typed_in_and_examples_that_are_answered(page: Page, site: str) -> None:
    visit(page, site)
    expect(page.get_by_role("textbox")).to_have_count(1)
    expect(page.get_by_role("textbox")).to_be_focused()
    examples = page.get_by_role("list", name="可以这样问").get_by_role("link")
    names = examples.all_inner_texts()
    assert len(names) >= 4
    for name in names:
        visit(page, site)
        page.get_by_role("link", name=name).click()
        expect(page.locator("article.turn .answer")).to_be_visible()
        expect(page.locator(".answer-silent")).to_have_count(0)


def test_the_answer_comes_first_with_its_figures_and_each_sentence_with_the_passage_it_is_from(turn: Locator) -> None:
    expect(turn.locator(".said-text")).to_contain_text("供应土地2458.96亩")
    expect(turn.locator(".said-text").get_by_role("link").first).to_have_text("[1]")
    figure = turn.get_by_role("list", name="数据").get_by_role("link").first
    expect(figure).to_contain_text("2458.96亩供应土地")
    first = turn.locator("li.passage").first
    expect(first.locator(".standing")).to_have_text("第157篇 周口市扶沟县 · 强化要素保障 · 第1段")
    expect(first.locator(".tag")).to_have_text("做法")
    expect(first.locator("mark.said").last).to_contain_text("供应土地2458.96亩")
    expect(first.locator(".why-found")).to_contain_text("正是所问的")
    answer, passage = turn.locator(".answer").bounding_box(), first.bounding_box()
    assert answer is not None
    assert passage is not None
    assert answer["y"] < passage["y"]


def test_the_figure_asked_for_is_the_largest_words_on_the_page(page: Page, site: str) -> None:
    visit(page, site)
    turn = asked(page, "扶沟供应土地多少亩")
    sizes = [
        float(each.evaluate("element => parseFloat(getComputedStyle(element).fontSize)"))
        for each in turn.locator(".figure-value, h2, .said-text").all()
    ]
    first = turn.locator(".figure-value").first
    expect(first).to_have_text("2458.96亩")
    assert first.evaluate("element => parseFloat(getComputedStyle(element).fontSize)") == max(sizes) > 2 * min(sizes)


def test_what_was_understood_can_be_taken_away_and_given_back(page: Page, turn: Locator) -> None:
    expect(turn.locator(".chips")).to_contain_text("地点：扶沟县")
    expect(turn.locator(".standing").first).to_contain_text("扶沟县")
    turn.get_by_role("link", name="去掉地点：扶沟县").click()
    expect(page).to_have_url(re.compile(r"ignore=1\.place"))
    again = page.locator("article.turn")
    expect(again.locator(".chips")).to_contain_text("不限地点")
    expect(again.locator(".chips")).not_to_contain_text("只在")
    page.reload()
    expect(page.locator("article.turn .chips")).to_contain_text("不限地点")
    page.get_by_role("link", name="恢复地点").click()
    expect(page.locator("article.turn .chips")).to_contain_text("地点：扶沟县")
    assert "ignore" not in parameters(page)


def test_silence_is_an_answer_with_its_reason_and_the_nearest_passages_apart(page: Page, site: str) -> None:
    visit(page, site)
    turn = asked(page, "兰考县是怎么保障土地的")
    expect(turn.locator(".answer-silent h3")).to_have_text("汇编里没有开封市兰考县的案例。")
    expect(turn.locator(".reference")).to_have_count(0)
    expect(turn.get_by_role("heading", name="依据的段落")).to_have_count(0)
    turn = asked(page, "这本汇编今天的天气怎么样")
    expect(turn.locator(".answer-silent h3")).not_to_be_empty()


def test_a_follow_up_is_made_whole_from_the_turns_before_and_the_address_holds_them_all(
    page: Page, turn: Locator
) -> None:
    expect(turn).to_be_visible()
    second = asked(page, "那孟津呢？")
    expect(second.locator(".chips")).to_contain_text("理解为：")
    expect(second.locator(".standing").first).to_contain_text("孟津区")
    assert parameters(page)["q"] == [QUESTION, "那孟津呢？"]
    page.reload()
    expect(page.locator("article.turn")).to_have_count(2)
    expect(page.locator("article.turn").last.locator(".standing").first).to_contain_text("孟津区")
    page.go_back()
    expect(page.locator("article.turn")).to_have_count(1)
    expect(page.locator("article.turn h2")).to_have_text(QUESTION)
    page.get_by_role("link", name="新问题").click()
    expect(page.get_by_role("list", name="可以这样问")).to_be_visible()


def test_which_places_are_told_place_by_place(page: Page, site: str) -> None:
    visit(page, site)
    turn = asked(page, "哪些地方建立了首席服务员制度？")
    told = turn.locator(".said-list li")
    count = told.count()
    assert count >= 2
    expect(turn.locator(".counted")).to_have_text(re.compile(r"写到的有 \d+ 篇"))
    assert len({each.locator(".naming").inner_text() for each in told.all()}) >= 2


def test_a_filter_in_the_address_bounds_where_is_looked_and_can_be_taken_away(page: Page, site: str) -> None:
    visit(page, f"{site}/?county=舞钢市&q=怎么保障土地")
    turn = page.locator("article.turn")
    expect(turn.locator(".standing").first).to_contain_text("舞钢")
    page.get_by_role("link", name="去掉筛选：只看 舞钢市").click()
    expect(page.locator("article.turn .standing").first).to_be_visible()
    assert "county" not in parameters(page)


def test_a_filter_that_the_corpus_does_not_have_is_told_in_chinese(page: Page, site: str, watch: Watch) -> None:
    watch.statuses.add(422)
    visit(page, f"{site}/?county=无此县&q=怎么保障土地")
    expect(page.get_by_role("alert")).to_contain_text("无此县")
    expect(page.get_by_role("button", name="再试一次")).to_be_visible()


def test_the_answer_can_be_copied_with_its_citations_and_a_citation_in_three_forms(page: Page, turn: Locator) -> None:
    def copied() -> str:
        found: str = page.evaluate("navigator.clipboard.readText()")
        return found

    turn.get_by_role("button", name="复制答案和引文").click()
    expect(page.locator("#said")).to_contain_text("已复制")
    assert "供应土地2458.96亩" in copied()
    assert "[1] 《2021年河南省优化营商环境典型案例汇编》第一百五十七篇 周口市扶沟县，“强化要素保障”，第1段" in copied()
    first = turn.locator("li.passage").first
    forms = {"一行文字": "第1段", "GB/T 7714": "[G]//", "Markdown 链接": "](http"}
    for name, sign in forms.items():
        first.locator("summary").click()
        first.get_by_role("button", name=name).click()
        expect(page.locator("#said")).to_contain_text(name)
        assert sign in copied()
    first.get_by_role("button", name="复制原句").click()
    expect(page.locator("#said")).to_contain_text("原句")
    assert copied().startswith("对重点项目实行“五个优先”")
    assert copied().endswith("促进了项目的快速落地。")
    first.get_by_role("button", name="永久链接").click()
    expect(page.locator("#said")).to_contain_text("永久链接")
    page.goto(copied())
    expect(page.locator(".paragraph.target mark.said")).to_contain_text("供应土地2458.96亩")


def test_an_answer_that_a_model_writes_is_shown_sentence_by_sentence(
    page: Page, home: Path, encoder: SentenceEncoder, model: Server
) -> None:
    seen = threading.Event()

    def behave(handler: Handler) -> None:
        handler.begin()
        handler.say(GOOD[0] + GOOD[1][:3])
        assert seen.wait(PATIENCE / 1000)
        handler.say(GOOD[1][3:])
        handler.say("扶沟县种植苹果九百亩。[1]")
        handler.say("", "stop")
        handler.end()

    model.behave = behave
    settings = Settings.model_validate({"home": home, "llm_base_url": model.url, "llm_model": "m"})
    with running(create_app(settings, lambda: opened(settings, encoder))) as site:
        visit(page, site)
        page.locator("[data-ask]").fill(QUESTION)
        page.keyboard.press("Enter")
        answer = page.locator("article.turn .answer")
        expect(answer.locator(".said-text")).to_have_text(GOOD[0])
        seen.set()
        expect(answer.locator(".said-text")).to_have_text("".join(GOOD))
        expect(answer).to_contain_text("由 m 组织，每句都已到原文核对；去掉了 1 句核对不上的。")
        answer.locator(".reference").first.click()
        expect(page.locator("#reader .paragraph.target")).to_contain_text("供应土地2458.96亩")


def test_nothing_typed_asks_nothing(page: Page, site: str) -> None:
    visit(page, site)
    page.keyboard.press("Enter")
    page.locator("[data-ask]").fill("   ")
    page.keyboard.press("Enter")
    assert parameters(page) == {}
    expect(page.locator("article.turn")).to_have_count(0)


def test_a_server_that_is_gone_is_told_and_can_be_tried_again(
    page: Page, small_site: Callable[..., str], watch: Watch
) -> None:
    visit(page, small_site())
    page.route("**/ask", lambda route: route.abort())
    watch.failing.add("/ask")
    page.locator("[data-ask]").fill("甲县有多少养老服务中心")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("连不上服务")
    page.unroute("**/ask")
    page.get_by_role("button", name="再试一次").click()
    expect(page.locator("article.turn .answer")).to_be_visible()
