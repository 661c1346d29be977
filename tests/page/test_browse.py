"""Browsing: the compilation as a tree that can be filtered, its figures as a table that can be searched and sorted."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page, ViewportSize, expect

from corpus.places import gazetteer
from tests.page.browsing import Watch, inaccessible, visit

COMPILATION = "henan-2021-cases-153-157"
COUNTIES = ["新郑市", "孟津区", "舞钢市", "梁园区", "扶沟县"]
FIGURES = "/browse?show=figures"
PHONE: ViewportSize = {"width": 390, "height": 844}
SOON = 2.0
"""Seconds in which thousands of cases are to be there, on a machine that does other things beside."""


def cases(page: Page) -> Locator:
    return page.locator(".leaf:visible")


def branch(page: Page, name: str) -> Locator:
    return page.locator("summary", has=page.get_by_text(name, exact=True))


def column(page: Page, number: int) -> list[str]:
    return page.locator(f"tbody tr > :nth-child({number})").all_text_contents()


def overflow(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return width


def test_the_compilation_is_a_tree_of_cities_counties_and_cases_all_open_where_they_are_few(
    page: Page, site: str
) -> None:
    visit(page, f"{site}/browse")
    expect(page).to_have_title("目录 · 案问")
    expect(page.get_by_role("status").filter(has_text="共")).to_have_text("共 5 篇案例，另有 1 份前言或其他文档")
    cities = page.locator(".tree > ul > li > details > summary")
    assert cities.all_text_contents() == [
        *(f"{city}1 篇" for city in ["郑州市", "洛阳市", "平顶山市", "商丘市", "周口市"]),
        "《2021年河南省优化营商环境典型案例汇编》1 份",
    ]
    assert page.locator(".branch .branch > summary .branch-name").all_text_contents() == COUNTIES
    assert cases(page).locator(".leaf-title").all_text_contents()[0] == "郑州市新郑市聚力项目建设,推动高质量发展"
    assert cases(page).locator(".leaf-label").all_text_contents()[:2] == ["第一百五十三篇", "第一百五十四篇"]
    assert cases(page).count() == 6
    assert inaccessible(page) == []
    page.emulate_media(color_scheme="dark")
    assert inaccessible(page) == []


def test_the_tree_is_filtered_as_one_types_by_place_number_and_title_and_the_address_holds_the_filter(
    page: Page, site: str
) -> None:
    visit(page, f"{site}/browse")
    field = page.get_by_label("筛选案例")
    page.keyboard.press("/")
    page.keyboard.type("扶沟")
    expect(cases(page)).to_have_count(1)
    expect(field).to_be_focused()
    expect(page.locator(".browse-count")).to_have_text("找到 1 篇；共 5 篇案例，另有 1 份前言或其他文档")
    expect(page).to_have_url(f"{site}/browse?find=%E6%89%B6%E6%B2%9F")
    page.reload()
    expect(field).to_have_value("扶沟")
    expect(cases(page).locator(".leaf-label")).to_have_text("第一百五十七篇")
    for words, labels in {
        "154": ["第一百五十四篇"],
        "第１５４篇": ["第一百五十四篇"],
        "“三个一批” 商丘": ["第一百五十六篇"],
        "编者按": [""],
        "河南": ["第一百五十三篇", "第一百五十四篇", "第一百五十五篇", "第一百五十六篇", "第一百五十七篇"],
    }.items():
        field.fill(words)
        expect(cases(page)).to_have_count(len(labels))
        assert cases(page).locator(".leaf-label").all_text_contents() == labels
    field.fill("没有这样的地方")
    expect(page.get_by_text("没有符合的案例。")).to_be_visible()
    page.get_by_role("link", name="看全部案例").click()
    expect(cases(page)).to_have_count(6)
    expect(field).to_have_value("")


def test_a_case_is_read_from_the_tree_and_asked_of_and_the_way_back_finds_the_tree_as_it_was(
    page: Page, site: str
) -> None:
    visit(page, f"{site}/browse")
    branch(page, "洛阳市").click()
    expect(cases(page)).to_have_count(5)
    page.get_by_role("link", name="周口市扶沟县树牢").click()
    expect(page).to_have_url(f"{site}/read?document={COMPILATION}&at=4874")
    expect(page.get_by_role("heading", level=1)).to_contain_text("第一百五十七篇")
    page.go_back()
    expect(cases(page)).to_have_count(5)
    page.get_by_role("link", name="只在这里提问：扶沟县").click()
    expect(page).to_have_url(re.compile(r"/\?city=.+&county=.+"))
    expect(page.get_by_role("link", name=re.compile("去掉筛选：只看.*扶沟县"))).to_be_visible()


def test_the_tree_is_opened_closed_and_read_with_the_keyboard_alone(page: Page, site: str) -> None:
    visit(page, f"{site}/browse")
    page.get_by_role("button", name="全部收起").press("Enter")
    expect(cases(page)).to_have_count(0)
    page.keyboard.press("j")
    expect(branch(page, "郑州市")).to_be_focused()
    page.keyboard.press("Enter")
    expect(branch(page, "新郑市")).to_be_visible()
    page.keyboard.press("Tab")
    expect(branch(page, "新郑市")).to_be_focused()
    page.keyboard.press("Space")
    expect(cases(page)).to_have_count(1)
    page.get_by_role("button", name="全部展开").press("Enter")
    expect(cases(page)).to_have_count(6)
    for _ in range(3):
        page.keyboard.press("j")
    expect(cases(page).first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/read?document={COMPILATION}&at=415")


def test_two_thousand_cases_are_there_at_once_and_follow_the_typing(page: Page, small_site: Callable[..., str]) -> None:
    counties = [place for place in gazetteer() if place.county][:2000]
    lines = [
        f"第{number}篇:{place.city}{place.county}一件事一次办\n办成{number}件事。"
        for number, place in enumerate(counties, 1)
    ]
    visit(page, small_site(("千县", "\n".join(lines))))
    began = time.monotonic()
    page.get_by_role("link", name="浏览").click()
    expect(page.locator(".browse-count")).to_have_text("共 2000 篇案例")
    assert time.monotonic() - began < SOON
    assert page.locator(".leaf").count() == 0

    last = counties[-1]
    field = page.get_by_label("筛选案例")
    began = time.monotonic()
    field.press_sequentially(f"{last.city} 2000")
    expect(cases(page)).to_have_count(1)
    assert time.monotonic() - began < SOON
    expect(cases(page)).to_contain_text(f"{last.county}一件事一次办")

    field.fill("")
    expect(page.locator(".browse-count")).to_have_text("共 2000 篇案例")
    began = time.monotonic()
    page.get_by_role("button", name="全部展开").click()
    expect(page.locator(".leaf")).to_have_count(2000)
    assert time.monotonic() - began < SOON


def test_of_several_documents_each_case_tells_its_own_and_one_can_be_chosen(
    page: Page, small_site: Callable[..., str]
) -> None:
    hostile = "<script>alert(1)</script>\u202e" + "A" * 40
    site = small_site(("甲", f"第1篇:{hostile}\n建成中心12个。\n"), ("乙", "第1篇:扶沟县物流\n开通航线7条。\n"))
    page.set_viewport_size(PHONE)
    visit(page, f"{site}/browse")
    assert page.locator(".leaf-title").all_text_contents() == ["扶沟县物流", hostile]
    expect(cases(page).first).to_contain_text("《乙》")
    expect(branch(page, "《甲》")).to_be_visible()
    assert overflow(page) == 0
    page.get_by_label("文档").select_option("甲")
    expect(cases(page)).to_have_count(1)
    page.reload()
    expect(cases(page)).to_have_count(1)
    expect(page.get_by_label("文档")).to_have_value("甲")
    page.get_by_role("link", name="数据：第1篇").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert column(page, 1) == ["12个"]
    assert overflow(page) == 0


def test_figures_are_searched_narrowed_and_sorted_and_the_address_alone_brings_them_back(page: Page, site: str) -> None:
    visit(page, f"{site}/browse")
    page.get_by_role("link", name="数据", exact=True).click()
    expect(page.locator(".browse-count")).to_have_text("第 1–50 个，共 65 个")
    page.get_by_label("单位").select_option("亿元（10）")
    expect(page.locator(".browse-count")).to_have_text("第 1–10 个，共 10 个")
    page.get_by_role("button", name="数值").click()
    expect(page.get_by_role("columnheader", name="数值")).to_have_attribute("aria-sort", "descending")
    descending = ["422.3亿元", "328.5亿元", "265.1亿元", "210亿元", "181.7亿元"]
    expect(page.locator("tbody th").first).to_have_text(descending[0])
    assert column(page, 1)[:5] == descending
    page.get_by_role("button", name="数值").click()
    expect(page.get_by_role("columnheader", name="数值")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("tbody th").last).to_have_text(descending[0])
    assert column(page, 1)[::-1][:5] == descending
    expect(page.get_by_role("button", name="数值")).to_be_focused()

    page.get_by_label("地点").select_option("周口市扶沟县")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("单位").select_option("全部")
    page.get_by_label("查找数据").fill("供应土地")
    page.keyboard.press("Enter")
    fitting = ["2458.96亩", "23宗", "1167亩", "16个批次", "3066亩"]
    expect(page.locator("tbody th")).to_have_text(fitting)
    expect(page.locator("tbody mark")).to_have_text(fitting)
    page.reload()
    expect(page.get_by_label("查找数据")).to_have_value("供应土地")
    expect(page.get_by_label("地点")).to_have_value("周口市 扶沟县")
    expect(page.locator("tbody th")).to_have_text(fitting)
    page.go_back()
    expect(page.get_by_label("查找数据")).to_have_value("")


def test_what_is_more_an_article_than_a_count_is_shown_when_asked_for(page: Page, site: str) -> None:
    visit(page, f"{site}{FIGURES}")
    assert not {"一个", "一名", "一套"} & set(column(page, 1))
    page.get_by_label("连同“一个”“一名”这类").check()
    expect(page.locator(".browse-count")).to_have_text("第 1–50 个，共 72 个")
    assert "一名" in column(page, 1)
    page.reload()
    expect(page.get_by_label("连同“一个”“一名”这类")).to_be_checked()


def test_values_are_sorted_within_their_unit_and_each_unit_heads_its_own(page: Page, site: str) -> None:
    visit(page, f"{site}{FIGURES}&sort=-value")
    groups = page.locator("tbody")
    heads = groups.locator(".data-unit").all_inner_texts()
    assert heads[:2] == ["个", "亿元"]
    for group, unit in zip(groups.all(), heads, strict=True):
        assert all(each.endswith(unit) for each in group.locator(".data-value").all_inner_texts())


def test_of_a_long_sentence_the_lines_round_the_figure_are_shown_and_all_of_it_to_who_looks(
    page: Page, site: str
) -> None:
    visit(page, f"{site}{FIGURES}")
    for mark in page.locator("tbody mark").all():
        cell, box = mark.locator("..").bounding_box(), mark.bounding_box()
        assert cell
        assert box
        assert box["y"] + box["height"] <= cell["y"] + cell["height"] + 1, mark.inner_text()
    row = page.locator("tbody tr", has=page.locator(".data-before")).first
    folded = row.locator(".data-before").bounding_box()
    row.focus()
    opened = row.locator(".data-before").bounding_box()
    assert folded
    assert opened
    assert opened["width"] * opened["height"] > folded["width"] * folded["height"]


def test_a_figure_of_a_text_without_a_place_tells_its_document(page: Page, small_site: Callable[..., str]) -> None:
    report = "关于粮食安全情况的报告\n全年粮食产量达到6654万吨。\n"
    visit(page, small_site(("报告", report)) + FIGURES)
    expect(page.locator(".data-place").nth(1)).to_contain_text("《关于粮食安全情况的报告》")


def test_figures_come_by_pages(page: Page, site: str) -> None:
    visit(page, f"{site}{FIGURES}")
    first = column(page, 5)
    expect(page.get_by_role("button", name="上一页")).to_be_disabled()
    page.get_by_role("link", name="下一页").press("Enter")
    expect(page.locator(".browse-count")).to_have_text("第 51–65 个，共 65 个")
    expect(page).to_have_url(f"{site}{FIGURES}&page=2")
    expect(page.get_by_role("region", name="数据表")).to_be_focused()
    assert len(column(page, 5)) == 15
    page.go_back()
    expect(page.locator(".browse-count")).to_have_text("第 1–50 个，共 65 个")
    assert column(page, 5) == first
    visit(page, f"{site}{FIGURES}&page=9")
    expect(page.get_by_text("没有这一页。")).to_be_visible()


def test_a_figure_opens_its_evidence_with_the_very_characters_marked(page: Page, site: str) -> None:
    visit(page, f"{site}{FIGURES}&unit=亩")
    page.get_by_role("link", name="2458.96亩").click()
    expect(page.locator("#reader mark.asked")).to_have_text("2458.96亩")
    expect(page.locator("#reader mark.said")).to_have_text(["3066亩", "2458.96亩", "1167亩"])
    expect(page.locator("tbody tr")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()


def test_what_the_compilation_does_not_have_is_told_and_the_filters_stay_at_hand(
    page: Page, watch: Watch, site: str
) -> None:
    watch.statuses.add(422)
    visit(page, f"{site}{FIGURES}&county=无此县")
    expect(page.get_by_role("alert")).to_contain_text("没有县（市、区）为“无此县”的段落。可选：新郑市")
    expect(page.get_by_label("地点")).to_have_value(" 无此县")
    page.get_by_label("地点").select_option("周口市")
    expect(page.locator("tbody tr")).to_have_count(13)
    page.get_by_label("查找数据").fill("核潜艇")
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_text("没有符合的数据。")).to_be_visible()
    page.get_by_role("link", name="看全部数据").click()
    expect(page.locator("tbody tr")).to_have_count(50)
    assert inaccessible(page) == []


def test_on_a_phone_each_figure_is_a_card_and_nothing_lies_beside_the_page(page: Page, site: str) -> None:
    page.set_viewport_size(PHONE)
    visit(page, f"{site}{FIGURES}&unit=亩")
    value, words = page.locator("tbody tr").first.locator("th, .data-words").all()
    above, below = value.bounding_box(), words.bounding_box()
    assert above
    assert below
    assert above["y"] + above["height"] <= below["y"]
    assert overflow(page) == 0
    assert inaccessible(page) == []
    page.emulate_media(color_scheme="dark")
    assert inaccessible(page) == []
