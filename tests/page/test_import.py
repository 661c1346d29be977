"""Importing in a browser: files in, what was understood of them, and the way back."""

from collections.abc import Callable

import httpx2
import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.api.sending import NEW, OLD
from tests.page.browsing import Watch, inaccessible, visit

Start = Callable[..., str]

KEY = "很长的口令"
UNSURE = (
    "第一篇：丙县养老服务\n丙县建成养老服务中心12个。\n再写一段。\n又写一段。\n"
    "第十篇：丁县低空物流\n丁县开通无人机物流航线7条，𠮷村先行。\n还写一段。\n末了一段。\n"
    "第三十篇：戊县茶叶\n戊县种茶三万亩。\n"
)
HOSTILE = (
    "第一篇：<img src=x onerror=alert(1)>\n<script>alert(2)</script>\u202e反过来的字。\n第九篇："
    + "长" * 300
    + "\n正文。\n"
)


def a_file(name: str, content: str | bytes) -> FilePayload:
    buffer = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": "application/octet-stream", "buffer": buffer}


def imported(page: Page, *files: FilePayload) -> None:
    """Choose files, and wait until the page tells what became of them."""
    page.get_by_label("选择文件").set_input_files(files)
    page.wait_for_url("**/import?id=*")
    expect(page.locator(".import-done, .import-failed")).to_be_visible()


def counts(page: Page) -> list[str]:
    return page.get_by_label("结果").get_by_role("listitem").all_inner_texts()


def ids(site: str) -> list[str]:
    return [each["id"] for each in httpx2.get(f"{site}/documents").json()["documents"]]


def confirm(page: Page, name: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


def test_who_has_the_key_may_import_and_forgets_it_by_leaving(page: Page, watch: Watch, small_site: Start) -> None:
    watch.statuses.add(401)
    site = small_site(admin_key=KEY)
    page.goto(f"{site}/import")
    field = page.get_by_label("口令", exact=True)
    field.fill("猜的")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("口令不对，或者已经停用，请再输一次。")
    expect(page.get_by_label("选择文件")).to_have_count(0)
    assert inaccessible(page) == []

    field.fill(KEY)
    page.keyboard.press("Enter")
    imported(page, a_file("乙县.txt", NEW))
    assert counts(page) == ["新增 1 份"]

    page.reload()
    page.get_by_role("button", name="退出管理").click()
    page.goto(f"{site}/import")
    expect(page.get_by_role("heading", name="请输入口令")).to_be_visible()
    page.get_by_role("button", name="取消").click()
    expect(page.get_by_role("alert")).to_contain_text("这里要有口令才能用。")
    page.get_by_role("button", name="再试一次").click()
    field.fill(KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_label("选择文件")).to_be_visible()


def test_a_key_that_is_no_longer_right_is_asked_for_again_and_nothing_is_lost(
    page: Page, watch: Watch, small_site: Start
) -> None:
    watch.statuses.add(401)
    site = small_site(admin_key=KEY)
    page.goto(f"{site}/import")
    page.get_by_label("口令", exact=True).fill(KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_label("选择文件")).to_be_visible()
    page.evaluate("localStorage.setItem('anwen-key', 'anwen_retired')")
    page.get_by_label("选择文件").set_input_files([a_file("乙县.txt", NEW)])
    page.get_by_label("口令", exact=True).fill(KEY)
    page.keyboard.press("Enter")
    page.wait_for_url("**/import?id=*")
    expect(page.locator(".import-done")).to_be_visible()
    assert ids(site) == ["乙县", "甲县"]


def test_the_report_shows_the_unsure_lines_in_their_place_and_what_could_not_be_read(
    page: Page, small_site: Start
) -> None:
    site = small_site()
    visit(page, f"{site}/import")
    assert inaccessible(page) == []
    imported(page, a_file("三县.txt", UNSURE), a_file("坏.pdf", b"%PDF-1.7 broken"))
    assert counts(page) == ["新增 1 份", "拿不准 2 行", "读不了 1 处"]
    expect(page.get_by_text("坏.pdf：PDF 已损坏")).to_be_visible()
    expect(page.get_by_role("article")).to_contain_text("3 篇案例，3 节，7 段，")

    unsure = page.locator(".is-unsure")
    expect(unsure).to_have_count(2)
    assert page.locator(".is-unsure mark").all_inner_texts() == ["第十篇：丁县低空物流", "第三十篇：戊县茶叶"]
    assert [each.locator(".reason").inner_text() for each in unsure.all()] == [
        "篇号从1跳到10，不连续",
        "篇号从10跳到30，不连续",
    ]
    numbers = page.locator(".line-number").all_inner_texts()
    assert numbers == [str(line) for line in range(3, 11)]
    expect(page.get_by_text("丁县开通无人机物流航线7条，𠮷村先行。")).to_be_visible()
    assert inaccessible(page) == []

    address = page.url
    page.get_by_role("link", name="看提纲").click()
    expect(page).to_have_url(f"{site}/browse?document=%E4%B8%89%E5%8E%BF")
    expect(page.locator(".leaf")).to_have_count(3)
    page.go_back()
    expect(page).to_have_url(address)
    expect(unsure).to_have_count(2)


def test_of_many_unsure_lines_the_first_are_shown_and_the_others_when_asked_for(page: Page, small_site: Start) -> None:
    visit(page, f"{small_site()}/import")
    apart = "".join(f"第{2 * number + 1}篇：某地经验\n" + "正文写了一段。\n" * 6 for number in range(31))
    imported(page, a_file("许多.txt", apart))
    expect(page.locator(".is-unsure")).to_have_count(20)
    page.get_by_role("button", name="显示其余 10 处").click()
    expect(page.locator(".is-unsure")).to_have_count(30)


def test_unsure_lines_of_a_text_that_has_changed_since_are_told_without_it(page: Page, small_site: Start) -> None:
    site = small_site()
    visit(page, f"{site}/import")
    imported(page, a_file("三县.txt", UNSURE))
    address = page.url
    visit(page, f"{site}/import")
    imported(page, a_file("三县.txt", NEW))
    visit(page, address)
    expect(page.get_by_text("这份文档后来有改动")).to_be_visible()
    assert page.locator(".excerpt li .words").all_inner_texts() == ["第十篇：丁县低空物流", "第三十篇：戊县茶叶"]


def test_what_was_imported_answers_at_once_and_no_more_when_it_is_undone(page: Page, small_site: Start) -> None:
    site = small_site()
    visit(page, f"{site}/import")
    imported(page, a_file("乙县.txt", NEW), a_file("甲县.txt", OLD.replace("12", "15")))
    assert counts(page) == ["新增 1 份", "更新 1 份"]
    address = page.url
    visit(page, f"{site}/?q=乙县开通无人机物流航线多少条")
    expect(page.get_by_role("main")).to_contain_text("无人机物流航线7条")

    visit(page, address)
    page.get_by_role("button", name="撤销这次导入").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("新增的 1 份文档会移走，更新的 1 份会变回导入以前的样子")
    assert inaccessible(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="撤销这次导入").click()
    confirm(page, "确定撤销")
    expect(page.get_by_role("heading", name="撤销导入")).to_be_visible()
    expect(page.get_by_label("结果")).to_be_visible()
    assert counts(page) == ["恢复原样 1 份", "移走 1 份"]
    expect(page.get_by_label("结果")).to_contain_text("那次导入新增的，已经移走：乙县")
    expect(page.get_by_label("结果")).to_contain_text("那次更新的，已经变回原来的样子：甲县")
    assert ids(site) == ["甲县"]
    assert httpx2.get(f"{site}/documents/甲县").json()["text"] == OLD

    page.get_by_role("link", name="被撤销的那次导入").click()
    expect(page).to_have_url(address)
    expect(page.get_by_role("link", name="撤销这次导入的进度和结果")).to_be_visible()
    expect(page.get_by_role("button", name="撤销这次导入")).to_have_count(0)


def test_a_document_of_one_case_leads_to_that_case_and_not_to_what_stands_before_it(
    page: Page, small_site: Start
) -> None:
    visit(page, f"{small_site()}/import")
    imported(page, a_file("丙县.txt", "编者按\n这里先说几句。\n第三篇：丙县养老服务\n丙县建成养老服务中心12个。\n"))
    page.get_by_role("link", name="看提纲").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("丙县养老服务")


def test_an_undo_that_would_undo_later_work_is_refused_with_the_reason(
    page: Page, watch: Watch, small_site: Start
) -> None:
    watch.statuses.add(409)
    site = small_site()
    visit(page, f"{site}/import")
    imported(page, a_file("乙县.txt", NEW))
    first = page.url
    visit(page, f"{site}/import")
    imported(page, a_file("乙县.txt", NEW.replace("7", "9")))
    visit(page, first)
    page.get_by_role("button", name="撤销这次导入").click()
    confirm(page, "确定撤销")
    expect(page.get_by_role("alert")).to_contain_text("请先撤销后来的那次导入")
    assert "9条" in httpx2.get(f"{site}/documents/乙县").json()["text"]


def test_a_document_is_withdrawn_after_asking_and_listed_among_the_imports(page: Page, small_site: Start) -> None:
    site = small_site(("甲县", OLD), ("乙县", NEW))
    visit(page, f"{site}/import")
    page.get_by_role("button", name="移走《乙县低空物流》").click()
    confirm(page, "取消")
    page.get_by_role("button", name="移走《乙县低空物流》").click()
    confirm(page, "确定移走")
    expect(page.get_by_label("结果")).to_be_visible()
    assert counts(page) == ["移走 1 份"]
    assert ids(site) == ["甲县"]
    page.get_by_role("link", name="全部导入").click()
    history = page.get_by_role("table", name="以往的导入")
    expect(history.get_by_role("row").nth(1)).to_contain_text("移走文档 乙县")
    expect(history.get_by_role("row").nth(1)).to_contain_text("完成")
    assert inaccessible(page) == []
    history.get_by_role("link").click()
    expect(page.get_by_label("结果")).to_contain_text("移走：乙县")


def test_progress_is_shown_while_one_looks_and_asked_for_no_more_when_one_has_left(
    page: Page, watch: Watch, small_site: Start
) -> None:
    site = small_site()
    progress: dict[str, float | None] = {"done": 0, "total": 300, "per_second": None, "seconds_left": None}
    later = {"done": 120, "total": 300, "per_second": 20.0, "seconds_left": 9.0}
    is_slow = True

    def embedding(route: Route) -> None:
        record = route.fetch().json()
        route.fulfill(
            json=record | {"status": "embedding", "progress": progress, "report": None} if is_slow else record
        )

    page.route("**/imports/*", embedding)
    visit(page, f"{site}/import")
    page.get_by_label("选择文件").set_input_files([a_file("乙县.txt", NEW)])
    expect(page.get_by_label("进度", exact=True)).to_contain_text("正在理解新段落0%")
    assert page.get_by_role("progressbar").get_attribute("value") is None
    progress.update(later)
    expect(page.get_by_label("进度", exact=True)).to_contain_text("正在理解新段落40%，大约还要 9 秒")
    assert page.get_by_role("progressbar").get_attribute("value") == "120"
    assert inaccessible(page) == []
    address = page.url

    page.get_by_role("link", name="全部导入").click()
    expect(page.get_by_role("table", name="以往的导入")).to_be_visible()
    page.wait_for_timeout(800)
    asked = len(watch.requests)
    page.wait_for_timeout(1500)
    assert len(watch.requests) == asked

    page.goto(address)
    expect(page.get_by_label("进度", exact=True)).to_be_visible()
    is_slow = False
    expect(page.get_by_label("结果")).to_be_visible()
    assert counts(page) == ["新增 1 份"]


def test_where_nothing_could_be_read_the_reason_is_told(page: Page, small_site: Start) -> None:
    visit(page, f"{small_site()}/import")
    imported(page, a_file("坏.pdf", b"%PDF-1.7 broken"))
    expect(page.get_by_role("alert")).to_contain_text("坏.pdf：PDF 已损坏")
    expect(page.get_by_role("button", name="撤销这次导入")).to_have_count(0)
    assert inaccessible(page) == []


def test_files_are_dropped_anywhere_on_the_page(page: Page, small_site: Start) -> None:
    visit(page, f"{small_site()}/import")
    drop = """(text) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text], "乙县.txt"));
      const dropped = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
      document.querySelector("h1").dispatchEvent(dropped);
    }"""
    page.evaluate(drop, NEW)
    page.wait_for_url("**/import?id=*")
    expect(page.locator(".import-done")).to_be_visible()
    assert counts(page) == ["新增 1 份"]


def test_hostile_names_and_texts_are_words_and_nothing_else(page: Page, small_site: Start) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    name = "<img src=x onerror=alert(3)>" + "长" * 60 + ".txt"
    visit(page, f"{small_site()}/import")
    imported(page, a_file(name, HOSTILE))
    expect(page.locator(".excerpt")).to_contain_text("<script>alert(2)</script>")
    expect(page.get_by_role("main").locator("img, script")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("link", name="全部导入").click()
    expect(page.get_by_role("table", name="以往的导入")).to_contain_text("<img src=x onerror=alert(3)>")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_an_import_that_is_not_there_is_told(page: Page, watch: Watch, small_site: Start) -> None:
    watch.statuses.add(404)
    visit(page, f"{small_site()}/import?id=nothing")
    expect(page.get_by_role("alert")).to_contain_text("没有编号为“nothing”的导入")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_can_be_read_in_light_and_dark(page: Page, small_site: Start, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    visit(page, f"{small_site()}/import")
    imported(page, a_file("三县.txt", UNSURE), a_file("坏.pdf", b"%PDF-1.7 broken"))
    expect(page.locator(".is-unsure")).to_have_count(2)
    assert inaccessible(page) == []
