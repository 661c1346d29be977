"""What the tests of the page stand on: no fault on a page goes unseen, and who has no browser is told."""

import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page

from tests.page import chromium
from tests.page.browsing import Watch, inaccessible, visit, watched
from tests.page.conftest import executable

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


class Planted(ThreadingHTTPServer):
    """A site with one page, `/`, whose script is at `/script.js`; everything else is 404."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.policy = ""
        self.files: dict[str, tuple[str, str]] = {}

    def shows(self, body: str = "", script: str = "", policy: str = "") -> str:
        shell = '<!doctype html><html lang="zh"><head><title>页</title><link rel="icon" href="data:,"></head>'
        html = f'{shell}<body><main><h1>页</h1>{body}</main><script src="/script.js"></script></body></html>'
        self.policy = policy
        self.files = {"/": ("text/html", html), "/script.js": ("text/javascript", script)}
        return self.address


class Handler(BaseHTTPRequestHandler):
    server: Planted

    def do_GET(self) -> None:
        kind, text = self.server.files.get(self.path, ("", ""))
        self.send_response(200 if kind else 404)
        self.send_header("content-type", f"{kind or 'text/plain'}; charset=utf-8")
        if self.server.policy:
            self.send_header("content-security-policy", self.server.policy)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def planted() -> Iterator[Planted]:
    with Planted() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def visited(browser: Browser, address: str) -> None:
    with watched(browser, Watch()) as page:
        visit(page, address)
        page.wait_for_load_state("networkidle")


READY = 'document.documentElement.dataset.ready = "true";'


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("console.error('坏了')", "console error: 坏了"),
        ("missing()", "uncaught: ReferenceError: missing is not defined"),
        ("Promise.reject(new Error('没接住'))", "uncaught: Error: 没接住"),
        ("fetch('/nothing')", "status of 404"),
        ("new Image().src = 'http://other.example/spy.png'", "request to another site: http://other.example/spy.png"),
        ("fetch('http://127.0.0.2:9/').catch(() => 0)", "request to another site: http://127.0.0.2:9/"),
        ("open('about:blank').console.error('新窗口')", "console error: 新窗口"),
    ],
)
def test_whatever_goes_wrong_on_a_page_fails_its_test(
    browser: Browser, planted: Planted, script: str, fault: str
) -> None:
    address = planted.shows(script=READY + script)
    with pytest.raises(AssertionError, match=fault):
        visited(browser, address)


def test_what_the_policy_of_the_site_forbids_fails_its_test(browser: Browser, planted: Planted) -> None:
    script = READY + "document.querySelector('main').innerHTML = '<b>x</b>'"
    address = planted.shows(script=script, policy=STRICT)
    with pytest.raises(AssertionError, match="TrustedHTML"):
        visited(browser, address)


def test_a_test_may_expect_a_failed_request_and_another_site(
    page: Page, watch: Watch, planted: Planted, small_site: Callable[..., str]
) -> None:
    other = small_site(widget_origins=(planted.address,))
    watch.origins.add(other)
    watch.statuses.add(404)
    watch.failing.add("/cut")
    page.route("**/cut", lambda route: route.abort())
    visit(
        page, planted.shows(script=f"{READY} fetch('/nothing'); fetch('{other}/about'); fetch('/cut').catch(() => 0)")
    )
    page.wait_for_load_state("networkidle")
    assert set(watch.requests[2:]) == {f"{planted.address}/nothing", f"{other}/about", f"{planted.address}/cut"}


def test_a_page_without_faults_passes_with_its_warnings_noted(page: Page, watch: Watch, planted: Planted) -> None:
    visit(page, planted.shows(script=READY + "console.warn('小心')"))
    assert watch.faults() == []
    assert watch.warnings == [f"console warning: 小心 ({planted.address}/script.js)"]


def test_a_visit_waits_until_the_page_is_ready(page: Page, planted: Planted) -> None:
    script = f"setTimeout(() => {{ document.querySelector('h1').textContent = '好了'; {READY} }}, 200)"
    visit(page, planted.shows(script=script, policy=STRICT))
    assert page.locator("h1").text_content() == "好了"


def test_a_visitor_is_chinese_wants_no_motion_and_can_copy(page: Page, planted: Planted) -> None:
    visit(page, planted.shows(script=READY))
    assert page.evaluate("navigator.language") == "zh-CN"
    assert page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches") is True
    assert page.evaluate("navigator.clipboard.writeText('扶沟').then(() => navigator.clipboard.readText())") == "扶沟"


def test_what_keeps_people_out_is_found_under_the_strictest_policy(page: Page, planted: Planted) -> None:
    visit(page, planted.shows('<button></button><p>字</p><img src="data:," alt="图">', READY, STRICT))
    found = inaccessible(page)
    assert len(found) == 1
    assert found[0].startswith("button-name (critical): ['button'] <button></button> Fix any")
    visit(page, planted.shows("<button>问</button>", READY, STRICT))
    assert inaccessible(page) == []


def test_the_real_server_is_there_to_visit(site: str) -> None:
    assert httpx2.get(f"{site}/readyz").json()["model"] == "multilingual-e5-small"


def test_a_small_site_holds_the_texts_given_and_follows_the_settings_given(small_site: Callable[..., str]) -> None:
    one = small_site(("丁县", "丁县低空物流\n丁县开通航线7条。\n"), ("戊县", "戊县养老\n戊县建成中心3个。\n"))
    two = small_site(admin_key="钥匙")
    assert [each["id"] for each in httpx2.get(f"{one}/documents").json()["documents"]] == ["丁县", "戊县"]
    assert [each["id"] for each in httpx2.get(f"{two}/documents").json()["documents"]] == ["甲县"]
    assert httpx2.delete(f"{two}/documents/甲县").status_code == 401


def test_without_a_browser_the_tests_are_skipped_but_not_where_there_should_be_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="没有找到 Chromium"):
        executable()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="CI=true"):
        executable()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Put programs on an otherwise empty path, on which root works."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    def put(name: str, script: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/sh\ncd {tmp_path}\n{script}\n")
        (tmp_path / name).chmod(0o755)

    return put


INSTALLS = 'echo "$@" >> said; case "$*" in *chromium*) echo > chromium; /bin/chmod +x chromium;; esac'


@pytest.mark.parametrize(("fonts", "package"), [("echo /usr/share/fonts/noto.ttc", ""), (":", " fonts-wqy-microhei")])
def test_root_gets_a_browser_installed_and_chinese_type_where_there_is_none(
    fonts: str,
    package: str,
    programs: Callable[[str, str], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    programs("apt-get", INSTALLS)
    programs("fc-list", fonts)
    chromium.main()
    update, install, lighter = (tmp_path / "said").read_text().splitlines()
    assert update.endswith(" update")
    assert install.endswith(f" install -y --no-install-recommends chromium{package}")
    assert lighter.endswith(" install -y --no-install-recommends chromium-headless-shell")
    assert capsys.readouterr().out == "安装 Chromium（测试页面要用，约一两分钟）……\nChromium 已装好。\n"

    chromium.main()
    assert capsys.readouterr().out == ""
    assert len((tmp_path / "said").read_text().splitlines()) == 3


def test_a_distribution_without_the_lighter_browser_has_the_other(
    programs: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    programs("apt-get", f'case "$*" in *shell*) exit 100;; esac; {INSTALLS}')
    chromium.main()
    assert capsys.readouterr().out.endswith("Chromium 已装好。\n")
    assert Path(chromium.found() or "").name == "chromium"


def test_of_two_browsers_the_lighter_one_is_used(programs: Callable[[str, str], None]) -> None:
    programs("chromium", "")
    programs("chromium-headless-shell", "")
    assert Path(chromium.found() or "").name == "chromium-headless-shell"


def test_where_no_browser_can_be_installed_the_reason_is_told_and_all_goes_on(
    programs: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    programs("apt-get", 'echo "E: Unable to locate package chromium" >&2; exit 100')
    chromium.main()
    told = capsys.readouterr().out
    assert "装不上 Chromium：E: Unable to locate package chromium\n" in told
    assert told.endswith("页面的测试会跳过。\n")


def test_who_is_not_root_is_told_what_to_install(
    programs: Callable[[str, str], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    programs("apt-get", INSTALLS)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    chromium.main()
    assert capsys.readouterr().out.endswith("页面的测试会跳过。要运行它们，请先安装 chromium。\n")
    assert chromium.found() is None
