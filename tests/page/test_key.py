"""A key in a browser: asked for where one is wanted, kept, and another asked for where it opens too little."""

from pathlib import Path

from playwright.sync_api import Page, expect

from api.app import create_app
from api.security import keys
from api.security.keys import Scope
from api.settings import Settings
from api.state import opened
from tests.api.questions.test_stream import running
from tests.api.sending import small_home
from tests.fakes import HashedEncoder
from tests.page.browsing import Watch, inaccessible

ANSWER = "甲县建成养老服务中心12个"


def test_a_key_is_asked_for_once_and_one_for_more_where_more_is_wanted(
    page: Page, watch: Watch, tmp_path: Path
) -> None:
    watch.statuses |= {401, 403}
    settings = Settings(home=small_home(tmp_path / "home"), require_key=True)
    asks, admin = (keys.add(settings.keys_file, each, Scope(each)).text for each in ("ask", "admin"))
    with running(create_app(settings, lambda: opened(settings, HashedEncoder()))) as site:
        page.goto(f"{site}/?q=养老服务中心")
        field = page.get_by_role("textbox", name="口令", exact=True)
        expect(field).to_be_focused()
        assert inaccessible(page) == []
        field.fill(asks)
        page.keyboard.press("Enter")
        expect(page.get_by_text(ANSWER).first).to_be_visible()

        page.reload()
        expect(page.get_by_text(ANSWER).first).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)

        page.goto(f"{site}/import")
        page.get_by_role("textbox", name="管理口令").fill(admin)
        page.keyboard.press("Enter")
        expect(page.get_by_label("选择文件")).to_be_visible()

        page.get_by_role("button", name="快捷键与说明").click()
        page.get_by_role("button", name="忘掉口令").click()
        expect(field).to_be_focused()


def test_where_no_key_opens_imports_the_page_says_who_may(page: Page, watch: Watch, tmp_path: Path) -> None:
    watch.statuses.add(401)
    settings = Settings(home=small_home(tmp_path / "home"))
    text = keys.add(settings.keys_file, "办公室", Scope.ASK).text
    with running(create_app(settings, lambda: opened(settings, HashedEncoder()))) as site:
        # As a proxy has it: whoever comes through one is not known to be on this machine.
        page.set_extra_http_headers({"x-forwarded-for": "10.0.0.1"})
        page.goto(f"{site}/import")
        page.get_by_role("textbox", name="口令", exact=True).fill(text)
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_contain_text("anwen key add")
        expect(page.get_by_label("选择文件")).to_have_count(0)
        expect(page.get_by_role("link", name="导入")).to_be_hidden()
        assert inaccessible(page) == []
