"""Places side by side on the page: each cell leads to where it stands, and only what is comparable is drawn."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.page.browsing import Watch, inaccessible, visit, watched

ACROSS = "哪些地方实行领导分包"
LAND = "/compare?q=怎么保障项目用地和资金&place=扶沟&place=舞钢"
LOANS = (
    "第一篇：周口市扶沟县金融服务企业\n2021年，扶沟县组织银行上门服务企业。全年发放贷款20亿元。\n"
    "第二篇：郑州市新郑市金融服务企业\n2021年，新郑市组织银行送贷上门。全年发放贷款35.5亿元。\n"
    "第三篇：平顶山市舞钢市金融<img src=x onerror=alert(1)>企业\n2021年，舞钢市推出信用贷。全年发放贷款300笔。\n"
)
PHONE = {"viewport": {"width": 390, "height": 844}}


def rows(page: Page) -> list[str]:
    """What leads in each row of the table, without its title."""
    page.locator("table.compared").wait_for()
    return [" ".join(row.locator(".row-label").all_inner_texts()) for row in page.locator("tbody tr").all()]


def asked(page: Page) -> dict[str, list[str]]:
    """The parameters of the address."""
    return parse_qs(urlsplit(page.url).query)


def add_place(page: Page, typed: str, *keys: str) -> None:
    page.get_by_role("combobox", name="加一个地方").fill(typed)
    for key in (*keys, "Enter"):
        page.keyboard.press(key)


def words(evidence: Locator) -> str:
    """What a cell quotes, without the number of its citation."""
    return re.sub(r"\[\d+\]$", "", evidence.inner_text())


def test_a_question_across_places_becomes_a_table_and_its_address_shows_it_again(page: Page, site: str) -> None:
    visit(page, f"{site}/compare")
    page.get_by_role("textbox", name="要比较什么").fill(ACROSS)
    page.keyboard.press("Enter")
    shown = rows(page)
    assert [row.split()[0] for row in shown] == ["第153篇", "第154篇", "第155篇", "第156篇", "第157篇"]
    assert page.locator("thead th").all_inner_texts() == ["案例", "做法", "成效"]
    assert page.locator("caption").inner_text().startswith(ACROSS)
    page.reload()
    assert rows(page) == shown
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("比一比，各地怎么做")


def test_every_example_to_begin_with_has_an_answer(page: Page, site: str) -> None:
    visit(page, f"{site}/compare")
    addresses = [each.get_attribute("href") for each in page.locator(".example").all()]
    assert len(addresses) >= 2
    for address in addresses:
        visit(page, f"{site}{address}")
        assert len(rows(page)) > 1
        assert page.locator("td .evidence").count() > 1


def test_a_sentence_opens_its_case_beside_the_table_with_that_sentence_marked(page: Page, site: str) -> None:
    visit(page, site + LAND)
    evidence = page.locator("tbody tr", has_text="扶沟").locator(".evidence").last
    quote = words(evidence)
    assert "土地" in page.locator("tbody").inner_text()
    evidence.click()
    reader = page.locator("#reader")
    expect(reader.locator("mark.asked").first).to_be_in_viewport()
    assert "".join(reader.locator("mark.asked").all_inner_texts()) == quote
    assert reader.locator("mark.said:not(.asked)").count() > 0, "the other cells of the case are not marked"
    assert set(asked(page)) == {"q", "place", "open", "at"}
    expect(evidence).to_be_in_viewport()
    page.reload()
    expect(reader.locator("mark.asked").first).to_be_in_viewport()
    assert "".join(reader.locator("mark.asked").all_inner_texts()) == quote
    page.keyboard.press("Escape")
    expect(reader).to_be_hidden()


def test_the_title_of_a_case_opens_it_beside_the_table_whether_it_answers_or_not(page: Page, site: str) -> None:
    visit(page, f"{site}/compare?q=怎么组卷报批用地&place=扶沟&place=孟津")
    for place in ("扶沟", "孟津"):
        row = page.locator("tbody tr", has_text=place)
        row.locator(".row-title").click()
        expect(page.locator("#reader .citation")).to_contain_text(place)
        expect(page.locator("tbody tr")).to_have_count(2)
    expect(row.locator(".silent")).to_be_visible()


def test_beside_the_reader_the_places_still_stand_side_by_side(page: Page, site: str) -> None:
    visit(page, site + LAND)
    page.locator(".evidence").first.click()
    page.locator("#reader mark.asked").first.wait_for()
    heads = page.locator("thead th").all()
    boxes = [each.bounding_box() for each in heads]
    assert len({box["y"] for box in boxes if box}) == 1
    frame = page.locator(".table-frame")
    frame.evaluate("each => each.scrollTo(999, 0)")
    box, first = frame.bounding_box(), heads[0].bounding_box()
    assert box
    assert first
    assert first["x"] - box["x"] < 2, "the places are not in sight"
    assert page.evaluate("document.documentElement.scrollWidth") == 1280


def test_a_question_goes_back_to_where_it_is_answered(page: Page, site: str) -> None:
    visit(page, f"{site}/compare?q={ACROSS}")
    page.get_by_role("link", name="回到提问").click()
    expect(page.get_by_role("article", name=ACROSS).or_(page.locator(".turn"))).to_be_visible()
    assert asked(page) == {"q": [ACROSS]}


def test_a_figure_opens_where_it_is_printed(page: Page, site: str) -> None:
    visit(page, site + LAND)
    page.locator(".evidence-figure", has_text="供应土地").click()
    expect(page.locator("#reader mark.asked")).to_have_text("2458.96亩")


def test_places_are_picked_by_hand_and_one_that_the_compilation_lacks_is_told(page: Page, site: str) -> None:
    visit(page, f"{site}/compare")
    add_place(page, "扶沟")
    assert rows(page) == ["第157篇 周口市扶沟县"]
    expect(page.get_by_role("main").get_by_role("status")).to_have_text("再加一个地方就能比较。")
    expect(page.get_by_role("combobox")).to_be_focused()
    add_place(page, "火星")
    expect(page.get_by_role("main").get_by_role("status")).to_have_text("汇编里没有火星的案例。再加一个地方就能比较。")
    page.get_by_role("textbox", name="要比较什么").fill("怎么保障项目用地")
    add_place(page, "舞", "ArrowDown")
    expect(page.locator("tbody tr")).to_have_count(2)
    assert asked(page) == {"q": ["怎么保障项目用地"], "place": ["周口市扶沟县", "火星", "平顶山市舞钢市"]}
    page.get_by_role("link", name="去掉火星").click()
    expect(page.get_by_text("汇编里没有火星的案例。")).to_have_count(0)
    expect(page.locator("tbody tr")).to_have_count(2)
    page.go_back()
    expect(page.get_by_text("汇编里没有火星的案例。")).to_be_visible()


def test_two_thousand_places_are_searched_as_one_types(page: Page, site: str) -> None:
    cases = [{"city": f"第{at // 20}市", "county": f"第{at}县", "province": "某省"} for at in range(2000)]
    page.route("**/cases?all=true", lambda route: route.fulfill(json={"cases": cases}))
    visit(page, f"{site}/compare")
    field, options = page.get_by_role("combobox"), page.get_by_role("option")
    field.click()
    expect(options).to_have_count(20)
    field.fill("第1234县")
    expect(options).to_have_text(["第61市第1234县1篇"])
    field.press("Escape")
    expect(options).to_have_count(0)
    field.fill("第99市")
    expect(options.first).to_have_text("第99市20篇")
    options.nth(1).click()
    expect(page.get_by_role("link", name="去掉第99市第1980县")).to_be_visible()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/compare?q=量子计算机的原理", "汇编里没有写到这件事。"),
        ("/compare?q=怎么保障用地&place=火星", "没有可以比较的案例。"),
    ],
)
def test_where_nothing_answers_it_is_said_and_no_empty_table_shown(
    page: Page, site: str, address: str, told: str
) -> None:
    visit(page, site + address)
    expect(page.get_by_role("region", name="结果").get_by_role("heading")).to_have_text(told)
    expect(page.locator("table")).to_have_count(0)


def test_what_the_server_refuses_is_told_beside_the_form(page: Page, site: str, watch: Watch) -> None:
    watch.statuses = {422}
    visit(page, f"{site}/compare?{'&'.join(f'place=第{at}县' for at in range(51))}")
    expect(page.get_by_role("alert")).to_contain_text("50")
    page.get_by_role("link", name="去掉第7县").click()
    expect(page.get_by_role("region", name="结果")).to_be_visible()


def test_the_spreadsheet_says_what_the_table_says_with_the_same_citations(page: Page, site: str) -> None:
    visit(page, f"{site}{LAND}&place=开封")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="导出 CSV").click()
    assert waiting.value.suggested_filename == "案问比较：怎么保障项目用地和资金.csv"
    lines = list(csv.reader(io.StringIO(Path(waiting.value.path()).read_text("utf-8-sig"))))
    shown = page.locator(".evidence").all_inner_texts()
    said = "".join(cell for line in lines for cell in line)
    assert len(shown) > 3
    assert all(each in said for each in shown), "sentences and their [n] differ"
    cited = page.locator(".sources li").all_inner_texts()
    below = [line[0] for line in lines if line and re.match(r"\[\d+\] ", line[0])]
    assert [each.split()[0] for each in below] == [each.split()[0] for each in cited]
    assert all("段" in each and "127.0.0.1" not in each for each in below), "a file leads nobody to this machine"
    with page.expect_download() as waiting:
        page.get_by_role("button", name="导出 Word").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"PK")
    page.get_by_role("button", name="复制 Markdown").click()
    expect(page.locator("#said")).to_contain_text("已复制表格（Markdown）。")
    assert page.evaluate("navigator.clipboard.readText()").startswith("# 怎么保障项目用地和资金\n")


def test_only_figures_of_the_same_measure_and_unit_are_drawn_and_each_bar_leads_to_its_own(
    page: Page, small_site: Callable[..., str]
) -> None:
    address = small_site(("融资", LOANS))
    visit(page, f"{address}/compare?q=发放贷款&place=扶沟&place=新郑&place=舞钢")
    chart = page.get_by_role("figure", name="发放贷款（亿元）")
    bars = chart.get_by_role("link")
    assert [re.sub(r"\s+", " ", each) for each in bars.all_inner_texts()] == [
        "郑州市新郑市 2021年 35.5亿元",
        "周口市扶沟县 2021年 20亿元",
    ]
    track, *drawn = [
        each.evaluate("each => each.getBoundingClientRect().width")
        for each in (chart.locator(".bar-track").first, *chart.locator(".bar").all())
    ]
    assert drawn == pytest.approx([track, track * 20 / 35.5], abs=1)
    assert inaccessible(page) == []
    bars.last.click()
    expect(page.locator("#reader mark.asked")).to_have_text("20亿元")
    assert "<img src=x onerror=alert(1)>" in page.locator("tbody").inner_text()
    visit(page, f"{address}/compare?q=发放贷款&place=扶沟&place=舞钢")
    assert rows(page) == ["第1篇 周口市扶沟县", "第3篇 平顶山市舞钢市"]
    expect(page.locator("figure")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_from_it(browser: Browser, site: str, scheme: str) -> None:
    with watched(browser, Watch(), color_scheme=scheme) as page:
        visit(page, f"{site}/compare")
        page.get_by_role("combobox").click()
        page.keyboard.press("ArrowDown")
        expect(page.get_by_role("option", selected=True)).to_have_count(1)
        assert inaccessible(page) == []
        visit(page, f"{site}{LAND}&place=开封")
        assert inaccessible(page) == []
        page.locator(".evidence").first.click()
        page.locator("#reader mark.asked").first.wait_for()
        assert inaccessible(page) == []


def test_on_a_phone_a_row_is_a_card_and_nothing_reaches_beyond_the_screen(browser: Browser, site: str) -> None:
    with watched(browser, Watch(), **PHONE) as page:
        visit(page, site + LAND)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        frame = page.locator(".table-frame")
        assert frame.evaluate("each => each.scrollWidth <= each.clientWidth")
        labels = (
            page.locator("tbody tr", has_text="扶沟")
            .locator("td")
            .evaluate_all("cells => cells.map(each => getComputedStyle(each, '::before').content)")
        )
        assert labels == ['"做法"', '"成效"', '"数据"', '"时间"']
        assert inaccessible(page) == []
