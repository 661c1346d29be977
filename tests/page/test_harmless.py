"""Nothing that a document, a question or an address says does anything: it is text, and it is shown as text."""

from collections.abc import Iterator
from urllib.parse import quote

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from api.app import create_app
from api.settings import Settings
from api.state import opened
from corpus.outline import outlined
from index.change import change
from tests.api.questions.test_stream import running
from tests.fakes import HashedEncoder
from tests.page.browsing import Watch, visit

SCRIPT = "<script>window.harmed = 1</script>"
IMAGE = "<img src=x onerror=window.harmed=1>"
ASTRAL = "𠮷家庄👨\u200d👩\u200d👧\u200d👦"
LONG = "很" * 5000
QUOTE = (
    f"{ASTRAL}招商引资项目7个，{SCRIPT}e\u0301é{IMAGE}</mark></p>{{{{7*7}}}}[点](javascript:window.harmed=1)"
    "到位资金\u202e35亿元\u2066。"
)
BEFORE = "乙县𠮷𠮷👩🏽\u200d🚀先做了调查研究\u202e\u2067。"
NAME = f"乙县{SCRIPT}{IMAGE}招商引资"
TEXT = f"""{NAME}
一、<b>强化要素\u202e保障
{BEFORE}{QUOTE}随后\u200b\u200d\ufeff总结{LONG}长。
二、\u202d服务企业</h3>
乙县服务\u0007企业\u001b[31m有方，{"x" * 5000}。
"""
QUESTION = f"招商引资项目7个{SCRIPT}{IMAGE}到位资金"
MADE_BY_THE_PAGE = 'script[src="/static/theme.js"], script[src="/static/main.js"]'


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site whose only document is hostile, from its name on."""
    encoder = HashedEncoder()
    settings = Settings(home=tmp_path_factory.mktemp("hostile"))
    change(settings.index_root, encoder, [outlined(IMAGE, TEXT, IMAGE)[0]])
    with running(create_app(settings, lambda: opened(settings, encoder))) as address:
        yield address


def assert_harmless(page: Page) -> None:
    assert page.evaluate("window.harmed") is None
    assert page.locator("img, iframe, object, embed, h3 h3, mark mark, [onerror], [style*=url]").count() == 0
    assert page.locator(f"script:not({MADE_BY_THE_PAGE})").count() == 0
    assert page.locator("a[href^='javascript:']").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


def words(found: Locator) -> str:
    return "".join(each.text_content() or "" for each in found.all())


@pytest.mark.parametrize("width", [390, 1280])
def test_a_hostile_document_asked_a_hostile_question_is_shown_as_it_is_written(
    page: Page, hostile: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    visit(page, f"{hostile}/?q={quote(QUESTION)}")
    expect(page.locator("h2.question")).to_have_text(QUESTION)
    expect(page.locator(".said-text bdi").first).to_have_text(QUOTE, use_inner_text=False)
    expect(page.locator("li.passage .standing").first).to_contain_text(IMAGE)
    assert_harmless(page)
    assert page.title() == f"{QUESTION} · 案问"
    page.locator(".why summary").click()
    assert_harmless(page)
    page.locator(".reference").first.click()
    expect(page.locator("#reader .case-head h2")).to_have_text(IMAGE)
    assert_harmless(page)


def test_marks_lie_exactly_on_the_quote_after_characters_beyond_the_basic_plane(page: Page, hostile: str) -> None:
    visit(page, f"{hostile}/?q={quote(QUESTION)}")
    first = page.locator("li.passage").first
    assert words(first.locator(".words")) == BEFORE + QUOTE
    assert words(first.locator(".words mark.said")) == QUOTE
    assert words(page.locator(".said-text mark.number")) == "7个35亿元"
    page.locator(".reference").first.click()
    target = page.locator("#reader .paragraph.target")
    expect(target).to_be_visible()
    assert words(target.locator("mark.asked")) == QUOTE
    page.get_by_role("link", name="整页阅读").click()
    expect(page.locator("main .paragraph.target")).to_be_visible()
    assert words(page.locator("main .paragraph.target mark.asked")) == QUOTE


def test_what_is_copied_of_a_hostile_document_is_its_text_to_the_character(page: Page, hostile: str) -> None:
    visit(page, f"{hostile}/?q={quote(QUESTION)}")
    page.locator("li.passage").first.get_by_role("button", name="复制原句").click()
    expect(page.locator("#said")).to_contain_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == QUOTE


def test_a_mark_of_direction_turns_round_nothing_beyond_the_text_it_stands_in(page: Page, hostile: str) -> None:
    """The figure in the quote is turned round, as it would be in print; the [1] behind it, and all else, is not."""
    visit(page, f"{hostile}/?q={quote(QUESTION)}")
    reference = page.locator(".said-text .reference").first
    # The sign "[" stands left of "]": the link itself is laid out from left to right.
    ends = """element => [0, 2].map(at => {
        const range = new Range();
        range.setStart(element.firstChild, at);
        range.setEnd(element.firstChild, at + 1);
        return range.getBoundingClientRect().left;
    })"""
    left, right = reference.evaluate(ends)
    assert left < right
    box = reference.bounding_box()
    assert box is not None
    edges = page.locator(".said-text bdi").first.evaluate(
        "(said, y) => [...said.getClientRects()].filter(r => r.top < y && y < r.bottom).map(r => r.right)",
        box["y"] + box["height"] / 2,
    )
    assert all(edge <= box["x"] + 1 for edge in edges)
    sizes = page.locator(".answer .actions, .feedback, .took").evaluate_all(
        "elements => elements.map(each => [getComputedStyle(each).direction, each.getBoundingClientRect().left])"
    )
    assert {direction for direction, _ in sizes} == {"ltr"}


HOSTILE = [
    SCRIPT,
    IMAGE,
    "javascript:window.harmed=1",
    "'\"><b>x</b>{{7*7}}",
    "\u202e\u2066甲",
    "𠮷" * 900,
    "\u0007\u001b",
]


@pytest.mark.parametrize("question", HOSTILE)
def test_a_hostile_question_is_answered_or_refused_in_words(page: Page, hostile: str, question: str) -> None:
    visit(page, f"{hostile}/?q={quote(question)}")
    expect(page.locator("h2.question")).to_have_text(question, use_inner_text=False)
    expect(page.locator(".answer, .notice-bad").first).to_be_visible()
    assert_harmless(page)


@pytest.mark.parametrize(
    ("address", "status", "told"),
    [
        ("/?q=" + "长" * 1001, 422, "1000"),
        ("/?q=养老&ignore=x&ignore=1.&ignore=9.place", 0, ""),
        (f"/?q=养老&ignore=1.{quote(IMAGE)}&ignore=1.constructor", 0, ""),
        ("/?q=养老&why=x&why=1e9", 0, ""),
        (f"/?q=养老&open={quote(IMAGE)}&at={quote(SCRIPT)}", 0, "段落编号"),
        ("/?q=养老&open=没有:1-2&at=5-1", 404, "没有"),
        (f"/?q=养老&open={quote(IMAGE)}:99998-99999", 404, ""),
        (f"/?county={quote(IMAGE)}&q=养老", 422, IMAGE),
        ("/?county=&aspect=&case=&q=养老", 0, ""),
        ("/?aspect=x&q=养老", 422, "x"),
        ("/?case=-1e99&q=养老", 422, "-1e99"),
        ("/passages/%2F%2e%2e%2Fetc", 0, "段落编号"),
        ("/passages/" + quote(SCRIPT, safe=""), 0, "段落编号"),
        ("/passages/a%2Fb:0-1", 404, ""),
        ("/passages/x:0-9", 404, "x"),
        ("/passages/x:9-0", 404, "x"),
        ("/passages/" + "9" * 400 + ":0-" + "9" * 400, 404, ""),
        ("/passages/%E0%A4%A", 0, "段落编号"),
        ("/read", 0, "没有这个地址"),
        (f"/read?document={quote(SCRIPT, safe='')}&at=0", 404, "没有"),
        (f"/read?document={quote(IMAGE)}&at=-1", 422, ""),
        (f"/read?document={quote(IMAGE)}&at=x", 422, ""),
        ("/read?document=..%2F..%2Fetc%2Fpasswd", 404, ""),
    ],
)
def test_a_hostile_address_is_told_in_chinese_or_shown_as_if_it_were_not(
    page: Page, hostile: str, watch: Watch, address: str, status: int, told: str
) -> None:
    answers: list[int] = []
    page.on("response", lambda response: answers.append(response.status))
    if status:
        watch.statuses.add(status)
    visit(page, hostile + address)
    assert {each for each in answers if each >= 400} == ({status} if status else set())
    if status or told:
        expect(page.get_by_role("alert").first).to_contain_text(told)
        assert any("一" <= sign <= "鿿" for sign in page.get_by_role("alert").first.inner_text())
    else:
        expect(page.locator(".answer")).to_be_visible()
    assert_harmless(page)


@pytest.mark.parametrize(
    "path", ["/", "/compare", "/browse", "/read", "/import", "/passages/x:0-1", "/static/main.js", "/static/style.css"]
)
def test_the_page_and_its_files_come_under_a_policy_that_lets_nothing_in(hostile: str, path: str) -> None:
    headers = httpx2.get(hostile + path, headers={"accept": "text/html"}).headers
    policy = dict(each.split(" ", 1) for each in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["trusted-types"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"


PLANTED = {
    "an inline script": "document.body.append(Object.assign(document.createElement('script'), {id: 'x'}))"
    ";document.getElementById('x').append('window.harmed = 1')",
    "an inline handler": "try { document.body.setAttribute('onclick', 'window.harmed = 1') } catch (error) { 0 }",
    "code in a string": "try { setTimeout('window.harmed = 1') } catch (error) { 0 }",
    "markup from a string": "try { document.body.innerHTML = '<img src=x onerror=window.harmed=1>' } catch { 0 }",
    "a foreign script": "document.body.append(Object.assign(document.createElement('iframe'), {src: 'http://127.0.0.2:9/'}))",
    "a foreign image": "void (new Image().src = 'http://127.0.0.2:9/x')",
    "a foreign request": "fetch('http://127.0.0.2:9/').catch(() => 0)",
    "an inline style": "document.body.setAttribute('style', 'background: url(http://127.0.0.2:9/x)')",
}


@pytest.mark.parametrize("what", PLANTED)
def test_the_browser_itself_refuses_what_the_policy_forbids(browser: Browser, hostile: str, what: str) -> None:
    # Not on a watched page: each refusal is an error on the console.
    with browser.new_context() as context:
        page = context.new_page()
        visit(page, hostile)
        page.evaluate("void (window.refusal = new Promise(done => addEventListener('securitypolicyviolation', done)))")
        page.evaluate(PLANTED[what])
        assert page.evaluate("window.refusal.then(event => event.disposition)") == "enforce"
        assert page.evaluate("window.harmed") is None


def test_the_pages_of_the_api_documentation_still_work(page: Page, hostile: str) -> None:
    page.goto(f"{hostile}/docs")
    expect(page.get_by_role("heading", name="案问")).to_be_visible()
    expect(page.locator(".opblock").first).to_be_visible()


@pytest.mark.parametrize("path", ["/documents", "/about", "/passages/x:0-1"])
def test_what_programs_get_is_never_taken_for_a_page(hostile: str, path: str) -> None:
    headers = httpx2.get(hostile + path).headers
    assert headers["content-type"] == "application/json"
