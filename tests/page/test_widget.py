"""The widget: one line of script on a page of another site, and people there ask 案问."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from api.app import create_app
from api.settings import Settings
from api.state import opened
from index.encoder import SentenceEncoder
from tests.api.questions.test_stream import running
from tests.page.browsing import Watch, inaccessible, watched

QUESTION = "扶沟是怎么保障土地的"
ANSWER = "供应土地2458.96亩"


class Host:
    """Another site: it serves one page, with a policy of its own if it has one."""

    def __init__(self) -> None:
        self.body = self.policy = ""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def show(self, page: Page, body: str, head: str = "", policy: str = "") -> None:
        """Serve a page, and go there."""
        self.policy = policy
        self.body = f'<!doctype html><html lang="zh-CN"><head><title>办公网</title>{head}</head>{body}</html>'
        page.goto(self.origin)


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, host: Host, *args: Any) -> None:
        self.host = host
        super().__init__(*args)

    def do_GET(self) -> None:
        """Answer with the page, whatever is asked for."""
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        if self.host.policy:
            self.send_header("content-security-policy", self.host.policy)
        self.end_headers()
        self.wfile.write(self.host.body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    host = Host()
    threading.Thread(target=host.server.serve_forever).start()
    yield host
    host.server.shutdown()
    host.server.server_close()


@pytest.fixture(scope="module")
def anwen(host: Host, home: Path, encoder: SentenceEncoder) -> Iterator[str]:
    """案问 over the bundled compilation, where pages of the other site may ask."""
    settings = Settings(home=home, widget_origins=(host.origin,))
    with running(create_app(settings, lambda: opened(settings, encoder))) as address:
        yield address


@pytest.fixture(autouse=True)
def _may_ask(watch: Watch, anwen: str) -> None:
    watch.origins.add(anwen)


def line(anwen: str, attributes: str = "") -> str:
    return f'<script src="{anwen}/widget.js" async {attributes}></script>'


def asked(page: Page, question: str, title: str = "案问") -> Locator:
    """Ask in the widget of a title; return it when it has answered."""
    widget = page.get_by_role("region", name=title)
    widget.get_by_role("textbox", name="问题").fill(question)
    page.keyboard.press("Enter")
    expect(widget).not_to_contain_text("正在查找")
    expect(widget.locator("[aria-live] > *").first).to_be_visible()
    return widget


def test_the_script_is_served_as_one(anwen: str) -> None:
    response = httpx2.get(f"{anwen}/widget.js")
    assert response.headers["content-type"].startswith("text/javascript")
    assert len(response.content) < 10_000


def test_one_line_gives_an_ask_box_whose_answer_leads_to_its_passages(page: Page, host: Host, anwen: str) -> None:
    host.show(page, f"<body><main><h1>通知</h1>{line(anwen)}</main></body>")
    widget = asked(page, QUESTION)
    expect(widget).to_contain_text(ANSWER)
    expect(widget.get_by_role("listitem").first).to_contain_text("第一百五十七篇 周口市扶沟县，“强化要素保障”，第1段")
    with page.expect_popup() as opening:
        widget.get_by_role("link", name="依据 1：").last.click()
    opened = opening.value
    expect(opened.locator("#reader mark.asked")).to_contain_text(ANSWER)
    expect(opened.locator("article.turn h2")).to_have_text(QUESTION)
    assert opened.url.startswith(f"{anwen}/?")
    assert opened.evaluate("window.opener") is None
    with page.expect_popup() as opening:
        widget.get_by_role("link", name="在案问里看原文和全部段落").click()
    expect(opening.value.locator("article.turn .answer")).to_contain_text(ANSWER)
    assert parse_qs(urlsplit(opening.value.url).query) == {"q": [QUESTION]}
    assert page.url == f"{host.origin}/"


def test_the_answer_is_the_one_of_the_page_silences_and_lists_of_places_too(page: Page, host: Host, anwen: str) -> None:
    host.show(page, f"<body>{line(anwen)}</body>")
    widget = asked(page, "深圳是怎么保障土地的")
    expect(widget).to_contain_text("汇编里没有深圳市的案例")
    expect(widget.get_by_role("link", name="依据")).to_have_count(0)
    question = "哪些地方设立了首席服务官？"
    told = httpx2.post(f"{anwen}/ask", json={"question": question}).json()["answer"]
    assert told["case_count"] >= 2
    asked(page, question)
    expect(widget).to_contain_text(f"写到的有 {told['case_count']} 篇")
    expect(widget.locator("ul li")).to_have_count(len(told["sentences"]))
    expect(widget.locator("ul li").first).to_contain_text(told["sentences"][0]["text"])


def test_a_widget_of_one_place_asks_only_there(page: Page, host: Host, anwen: str, watch: Watch) -> None:
    watch.statuses.add(422)
    host.show(page, f"<body>{line(anwen, 'data-county=舞钢市 data-title=问舞钢')}</body>")
    widget = asked(page, "怎么保障土地", "问舞钢")
    expect(widget).to_contain_text("舞钢")
    href = widget.get_by_role("link", name="在案问里看").get_attribute("href")
    assert parse_qs(urlsplit(href or "").query) == {"county": ["舞钢市"], "q": ["怎么保障土地"]}
    host.show(page, f"<body>{line(anwen, 'data-county=无此县')}</body>")
    expect(asked(page, "怎么保障土地")).to_contain_text("无此县")


def test_a_strict_policy_of_the_page_around_it_is_kept_to(page: Page, host: Host, anwen: str) -> None:
    policy = (
        f"default-src 'none'; script-src {anwen}; connect-src {anwen}; style-src 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    host.show(page, f"<body>{line(anwen)}</body>", policy=policy)
    widget = asked(page, QUESTION)
    expect(widget).to_contain_text(ANSWER)
    button = widget.get_by_role("button", name="提问")
    expect(button).to_have_css("background-color", "rgb(159, 42, 34)")


def test_styles_reach_neither_in_nor_out(page: Page, host: Host, anwen: str) -> None:
    style = "<style>* { color: red !important; font-size: 3px; direction: rtl; text-transform: uppercase }</style>"
    host.show(page, f"<body><p>通知</p><button>办理</button>{line(anwen)}</body>")
    plain = page.get_by_role("button", name="办理").evaluate("element => getComputedStyle(element).padding")
    box = asked(page, QUESTION).bounding_box()
    host.show(page, f"<body><p>通知</p><button>办理</button>{line(anwen)}</body>", head=style)
    widget = asked(page, QUESTION)
    paragraph = widget.locator("p").first
    expect(paragraph).to_have_css("color", "rgb(34, 33, 30)")
    expect(paragraph).to_have_css("font-size", "16px")
    expect(paragraph).to_have_css("direction", "ltr")
    expect(paragraph).to_have_css("text-transform", "none")
    styled = widget.bounding_box()
    assert box is not None
    assert styled is not None
    assert (styled["width"], styled["height"]) == (box["width"], box["height"])
    outside = page.get_by_role("button", name="办理")
    expect(outside).to_have_css("padding", plain)
    expect(outside).to_have_css("color", "rgb(255, 0, 0)")
    assert page.evaluate("document.adoptedStyleSheets.length") == 0


def test_it_stands_where_the_line_stands_or_where_it_says(page: Page, host: Host, anwen: str) -> None:
    body = f'<p>一</p>{line(anwen, "data-title=丙 id=line")}<p>二</p><div id="there"></div>'
    head = line(anwen, "data-title=甲") + line(anwen, "data-title=乙 data-at=#there")
    host.show(page, f"<body>{body}</body>", head=head)
    expect(page.locator("body > [data-anwen]:last-child section")).to_have_attribute("aria-label", "甲")
    expect(page.locator("#there > [data-anwen] section")).to_have_attribute("aria-label", "乙")
    expect(page.locator("#line + [data-anwen] section")).to_have_attribute("aria-label", "丙")


def test_two_on_one_page_answer_each_for_itself(page: Page, host: Host, anwen: str) -> None:
    host.show(page, f"<body>{line(anwen, 'data-title=甲')}{line(anwen, 'data-title=乙')}</body>")
    asked(page, QUESTION, "甲")
    asked(page, "深圳是怎么保障土地的", "乙")
    expect(page.get_by_role("region", name="甲")).to_contain_text(ANSWER)
    expect(page.get_by_role("region", name="乙")).not_to_contain_text(ANSWER)


def test_a_site_that_is_not_allowed_gets_no_answer_and_is_told_what_to_do(
    browser: Browser, host: Host, small_site: Callable[..., str]
) -> None:
    anwen = small_site(widget_origins=("https://oa.example.gov.cn",))
    context = browser.new_context(locale="zh-CN")
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text))
    context.on("weberror", lambda error: said.append(f"uncaught {error.error}"))
    page = context.new_page()
    host.show(page, f"<body>{line(anwen)}</body>")
    widget = asked(page, "甲县建成养老服务中心多少个")
    expect(widget).to_contain_text(f"没能从案问（{anwen}）取得答案")
    expect(widget).to_contain_text(f"设置 ANWEN_WIDGET_ORIGINS 里要有 {host.origin}")
    expect(widget.get_by_role("link")).to_have_count(0)
    context.close()
    # What the browser itself says of it, and nothing of ours.
    assert said
    assert all("blocked by CORS policy" in each or each.startswith("Failed to load resource") for each in said)


def test_hostile_text_of_a_document_is_text(
    page: Page, host: Host, watch: Watch, small_site: Callable[..., str]
) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>\u202e反[1][9]"
    anwen = small_site(widget_origins=(host.origin,))
    watch.origins.add(anwen)
    told = httpx2.post(f"{anwen}/ask", json={"question": "甲县养老服务"}).json()
    passage = told["passages"][0]
    sentence = {"rank": 1, "text": hostile, "naming": "", "start": passage["start"], "end": passage["end"]}
    told["answer"] |= {
        "abstained": False,
        "text": hostile,
        "sentences": [sentence],
        "cited_ranks": [1],
        "remark": hostile,
    }
    passage["citation"] = hostile
    page.route("**/ask", lambda route: route.fulfill(json=told, headers={"access-control-allow-origin": "*"}))
    host.show(page, f"<body>{line(anwen)}</body>")
    widget = asked(page, "<b>问</b>")
    expect(widget.locator("bdi")).to_have_text(hostile)
    expect(widget.locator("img, script, b")).to_have_count(0)
    # The [1] that the document says leads nowhere; the one that is ours does.
    expect(widget.locator("p").first.get_by_role("link")).to_have_count(1)


def test_what_a_model_wrote_leads_to_the_passages_it_cites(page: Page, host: Host, anwen: str) -> None:
    told = httpx2.post(f"{anwen}/ask", json={"question": QUESTION}).json()
    told["answer"] |= {"text": "扶沟供地2458.96亩。[1]另有一句。[9]", "composer": {"used": True}}
    page.route("**/ask", lambda route: route.fulfill(json=told, headers={"access-control-allow-origin": "*"}))
    host.show(page, f"<body>{line(anwen)}</body>")
    written = asked(page, QUESTION).locator("p").first
    expect(written).to_have_text("扶沟供地2458.96亩。[1]另有一句。[9]")
    expect(written.get_by_role("link")).to_have_count(1)
    href = written.get_by_role("link", name="依据 1：").get_attribute("href")
    assert parse_qs(urlsplit(href or "").query)["open"] == [told["passages"][0]["id"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_for_everybody_light_and_dark_as_the_page_around_it(
    browser: Browser, host: Host, anwen: str, scheme: str
) -> None:
    watch = Watch()
    watch.origins.add(anwen)
    with watched(browser, watch, color_scheme=scheme, viewport={"width": 390, "height": 844}) as page:
        head = '<meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width">'
        host.show(page, f"<body><main><h1>通知</h1>{line(anwen)}</main></body>", head=head)
        widget = page.get_by_role("region", name="案问")
        # With the keyboard alone.
        expect(widget).to_be_visible()
        page.keyboard.press("Tab")
        expect(widget.get_by_role("textbox", name="问题")).to_be_focused()
        page.keyboard.type(QUESTION)
        page.keyboard.press("Tab")
        expect(widget.get_by_role("button", name="提问")).to_be_focused()
        page.keyboard.press("Space")
        expect(widget).to_contain_text(ANSWER)
        page.keyboard.press("Tab")
        expect(widget.get_by_role("link", name="依据 1：").first).to_be_focused()
        ground = {"light": "rgb(255, 253, 249)", "dark": "rgb(34, 33, 30)"}[scheme]
        expect(widget).to_have_css("background-color", ground)
        assert inaccessible(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_on_a_page_that_is_always_light_it_is_light(browser: Browser, host: Host, anwen: str) -> None:
    watch = Watch()
    watch.origins.add(anwen)
    with watched(browser, watch, color_scheme="dark") as page:
        host.show(page, f"<body>{line(anwen)}</body>")
        expect(page.get_by_role("region", name="案问")).to_have_css("background-color", "rgb(255, 253, 249)")
