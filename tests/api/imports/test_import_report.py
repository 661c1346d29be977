"""The lines that an import's report is unsure of, as the page shows them in their place."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api.imports.test_imports import a_word_file
from tests.api.sending import ended, send, serving_here, small_home

_CASES = "第一篇：甲市抓落实\n甲市抓好落实,效果明显。\n第十篇：乙市经验\n乙市推行“一窗通办”新机制，𠮷村先行。\n"
_SECOND = f"{_CASES}第三十篇：丙市经验\n丙市建成养老服务中心12个。\n"
_HTML = f"<html><body><nav>首页</nav>{''.join(f'<p>{line}</p>' for line in _SECOND.splitlines())}</body></html>"


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home: Path = small_home(tmp_path_factory.mktemp("report"))
    with serving_here(home) as client:
        yield client


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("纯文本.txt", _SECOND),
        ("带BOM和回车.txt", b"\xef\xbb\xbf" + _SECOND.replace("\n", "\r\n").encode()),
        ("国标.txt", _SECOND.replace("𠮷", "吉").encode("gb18030")),
        ("公文.docx", a_word_file(_SECOND)),
        ("网页.html", _HTML),
    ],
    ids=["txt", "crlf", "gb18030", "docx", "html"],
)
def test_an_unsure_line_lies_at_its_offsets_in_the_text_that_the_server_returns(
    name: str, content: str | bytes, serving: TestClient
) -> None:
    """The second unsure line stands behind a character beyond the 16-bit ones: offsets are code points."""
    (document,) = ended(serving, send(serving, (name, content)))["report"]["documents"]
    text = serving.get(f"/documents/{document['id']}").json()["text"]
    unsure = [each for each in document["unsure"] if "跳到" in each["reason"]]
    places = [text[each["start"] : each["end"]] for each in unsure]
    assert places == [each["text"] for each in unsure]
    assert [place[:4] for place in places] == ["第十篇：", "第三十篇"]
