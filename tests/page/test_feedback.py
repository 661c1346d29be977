"""What people say of an answer, and test questions made of it: kept by the server, read by the evaluation."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Locator, Page, expect

from corpus.document import Document
from eval.topics import checked, topics
from tests.page.browsing import Watch, visit

Start = Callable[..., str]

ASKED = "/?q=扶沟供应土地多少亩"
SILENT = "/?q=深圳是怎么保障土地的"
# A small site knows too little to answer; what it finds can be evidence all the same.
SMALL = "/?q=甲县建成养老服务中心多少个"
FACT = "甲县建成养老服务中心12个，老人在家门口就能吃上热饭。"
KEY = "a-key"


def entries(site: str) -> list[dict[str, Any]]:
    """Return what the server has kept, the newest first."""
    found: list[dict[str, Any]] = httpx2.get(f"{site}/feedback").json()["entries"]
    return found


def verdict(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="这个答案有用吗").get_by_role("button", name=name, exact=True)


def said(page: Page) -> Locator:
    return page.get_by_role("group", name="这个答案有用吗").get_by_role("status")


def form(page: Page) -> Locator:
    """Open the form that makes a test question."""
    page.get_by_role("button", name="做成一道试题").click()
    return page.get_by_role("form", name="做成一道试题")


def test_an_answer_can_be_found_of_use_and_then_not_with_a_word_on_why(page: Page, site: str) -> None:
    visit(page, site + ASKED)
    verdict(page, "有用").click()
    expect(said(page)).to_have_text("已记下：有用。")
    expect(verdict(page, "有用")).to_have_attribute("aria-pressed", "true")
    # Pressing what is pressed already says nothing new.
    verdict(page, "有用").click()
    verdict(page, "没用").click()
    expect(said(page)).to_have_text("已记下：没用。")
    expect(verdict(page, "有用")).to_have_attribute("aria-pressed", "false")
    page.get_by_label("附言").fill("<b>应当是13个</b>")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("已记下：没用，附言也记下了。")
    expect(page.get_by_label("附言")).to_be_hidden()
    expect(verdict(page, "没用")).to_be_focused()
    last, second, first, *_ = entries(site)
    assert [each["helpful"] for each in (first, second, last)] == [True, False, False]
    assert (second["note"], last["note"]) == ("", "<b>应当是13个</b>")
    assert first["question"] == "扶沟供应土地多少亩"
    assert "供应土地2458.96亩" in first["sentences"][0]["quote"]


def test_a_silence_can_be_found_right_or_wrong(page: Page, site: str) -> None:
    visit(page, site + SILENT)
    verdict(page, "确实没有").click()
    expect(said(page)).to_have_text("已记下：确实没有。")
    entry = entries(site)[0]
    assert (entry["abstained"], entry["reason"], entry["sentences"]) == (True, "place_unknown", [])


def test_what_bounded_the_question_and_the_turns_before_go_along(page: Page, site: str) -> None:
    visit(page, f"{site}/?q=扶沟是怎么保障土地的&q=那孟津呢？&county=孟津区&ignore=2.aspect")
    page.locator("article.turn").last.get_by_role("button", name="确实没有", exact=True).click()
    expect(page.locator("article.turn").last.locator(".feedback")).to_contain_text("已记下：确实没有")
    entry = entries(site)[0]
    assert entry["filters"]["county"] == "孟津区"
    assert entry["ignore"] == ["aspect"]
    assert (entry["question"], entry["turns"]) == ("那孟津呢？", ["扶沟是怎么保障土地的"])


def test_what_could_not_be_kept_is_told_and_can_be_said_again(page: Page, small_site: Start, watch: Watch) -> None:
    site = small_site()
    visit(page, site + SMALL)
    watch.failing.add("/feedback")
    page.route("**/feedback", lambda route: route.abort())
    verdict(page, "确实没有").click()
    expect(said(page)).to_contain_text("连不上服务")
    expect(verdict(page, "确实没有")).to_have_attribute("aria-pressed", "false")
    page.unroute("**/feedback")
    verdict(page, "确实没有").click()
    expect(said(page)).to_have_text("已记下：确实没有。")
    assert len(entries(site)) == 1


def test_turned_off_nothing_of_it_shows_and_the_rest_does(page: Page, small_site: Start) -> None:
    with page.expect_response("**/about"):
        visit(page, small_site(feedback=False) + SMALL + "&why=1")
    page.wait_for_load_state("networkidle")
    expect(page.locator("details.why table")).to_be_visible()
    expect(page.get_by_role("group", name="这个答案有用吗")).to_have_count(0)
    for name in ("做成一道试题", "导出反馈为评测题目"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


def test_a_test_question_is_the_sentences_chosen_as_the_evaluation_reads_them(
    page: Page, site: str, compilation: Document, tmp_path: Path
) -> None:
    visit(page, f"{site}{ASKED}&why=1")
    made = form(page)
    chosen = page.get_by_role("checkbox", checked=True)
    expect(chosen).to_have_count(1)
    expect(made.locator("label", has=chosen)).to_contain_text("供应土地2458.96亩")
    other = made.get_by_role("checkbox", name="对重点项目实行")
    other.check()
    made.get_by_label("标准答案").fill("2458.96亩\n\n")
    made.get_by_role("button", name="记下试题").click()
    expect(page.get_by_role("status").filter(has_text="已记下试题")).to_be_visible()
    page.get_by_role("button", name="复制这一行").click()
    expect(page.locator("#said")).to_contain_text("已复制")
    file = tmp_path / "topics.jsonl"
    file.write_text(page.evaluate("navigator.clipboard.readText()"), "utf-8")
    (topic,) = topics(file)
    checked([topic], [compilation])
    assert (topic.question, topic.place, topic.answers) == ("扶沟供应土地多少亩", "扶沟县", ("2458.96亩",))
    first, second = (span.quote for span in topic.evidence)
    assert first.startswith("对重点项目实行")
    assert "供应土地2458.96亩" in second
    assert second.endswith("。")


def test_a_question_that_nothing_answers_is_one_with_its_reason(page: Page, site: str, tmp_path: Path) -> None:
    visit(page, site + SILENT + "&why=1")
    made = form(page)
    expect(made.get_by_role("combobox", name="这个问题")).to_have_value("place_unknown")
    expect(made.get_by_role("checkbox")).to_have_count(0)
    made.get_by_role("button", name="记下试题").click()
    file = tmp_path / "topics.jsonl"
    file.write_text(page.get_by_label("试题", exact=True).inner_text(), "utf-8")
    (topic,) = topics(file)
    assert (topic.evidence, topic.why, topic.kind) == ((), "place_unknown", "unanswerable")
    page.get_by_role("button", name="好").click()
    expect(page.get_by_role("button", name="做成一道试题")).to_be_focused()


def test_what_is_no_test_question_is_told_where_it_is_made_and_nothing_is_lost(
    page: Page, small_site: Start, watch: Watch
) -> None:
    watch.statuses.add(422)
    site = small_site()
    visit(page, site + SMALL + "&why=1")
    made = form(page)
    made.get_by_role("combobox", name="这个问题").select_option(label="汇编答得上")
    made.get_by_role("button", name="记下试题").click()
    expect(made.get_by_role("alert")).to_contain_text("请勾选")
    made.get_by_role("checkbox", name=FACT).check()
    made.get_by_label("标准答案").fill("13个")
    made.get_by_role("button", name="记下试题").click()
    expect(made.get_by_role("alert")).to_contain_text("“13个”不在依据里")
    expect(made.get_by_role("checkbox", name=FACT)).to_be_checked()
    assert entries(site) == []
    made.get_by_label("标准答案").fill("12个")
    made.get_by_role("button", name="记下试题").click()
    expect(page.get_by_role("button", name="复制这一行")).to_be_focused()
    assert [each["answers"] for each in entries(site)] == [["12个"]]


def test_sentences_are_counted_in_characters_whatever_these_are_and_shown_as_text(
    page: Page, small_site: Start
) -> None:
    text = "甲县养老服务\n𠮷村建成养老服务中心12个！！　<img src=x onerror=alert(1)>养老服务中心𠮷祥。\n"
    site = small_site(("甲县", text))
    visit(page, f"{site}/?q=养老服务中心&why=1")
    made = form(page)
    made.get_by_role("combobox", name="这个问题").select_option(label="汇编答得上")
    for box in made.get_by_role("checkbox").all():
        box.check()
    made.get_by_role("button", name="记下试题").click()
    expect(page.get_by_role("button", name="复制这一行")).to_be_visible()
    (entry,) = entries(site)
    assert [each["quote"] for each in entry["evidence"]] == [
        "𠮷村建成养老服务中心12个！！",
        "<img src=x onerror=alert(1)>养老服务中心𠮷祥。",
    ]


def test_who_may_see_what_was_kept_takes_it_along_as_topics(
    page: Page, small_site: Start, watch: Watch, tmp_path: Path
) -> None:
    watch.statuses.add(401)
    visit(page, small_site(admin_key=KEY) + SMALL + "&why=1")
    verdict(page, "确实没有").click()
    expect(said(page)).to_have_text("已记下：确实没有。")
    export = page.get_by_role("button", name="导出反馈为评测题目")
    export.click()
    with page.expect_download() as download:
        page.get_by_label("口令", exact=True).fill(KEY)
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "anwen-topics.jsonl"
    file = tmp_path / "topics.jsonl"
    download.value.save_as(file)
    (topic,) = topics(file)
    assert (topic.question, topic.why) == ("甲县建成养老服务中心多少个", "not_covered")


def test_who_may_not_see_what_was_kept_is_not_offered_it(page: Page, small_site: Start) -> None:
    site = small_site()
    told = httpx2.get(f"{site}/about").json() | {"imports": "closed"}
    page.route("**/about", lambda route: route.fulfill(body=json.dumps(told), content_type="application/json"))
    visit(page, site + SMALL + "&why=1")
    expect(page.get_by_role("button", name="做成一道试题")).to_be_visible()
    expect(page.get_by_role("button", name="导出反馈为评测题目")).to_be_hidden()
