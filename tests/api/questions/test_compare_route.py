"""Places side by side over HTTP: every cell exact, and files that open where officials open them."""

import csv
import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docx
import pytest
from docx.enum.section import WD_ORIENT
from fastapi.testclient import TestClient

from api.questions.export import COLUMNS, Table, to_csv, to_docx, to_markdown
from corpus.document import Document
from index.change import change
from tests.api.questions.test_routes import asked
from tests.api.sending import serving_here
from tests.fakes import HashedEncoder
from tests.index.small import FUGOU, WUGANG, XINZHENG, document

QUESTION = "怎么保障项目用地和资金"
PLACES = ["扶沟", "舞钢", "开封"]
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def compared(client: TestClient, **more: Any) -> dict[str, Any]:
    response = client.post("/compare", json={"question": QUESTION} | more)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def exported(client: TestClient, form: str, **more: Any) -> bytes:
    response = client.post("/compare", params={"format": form}, json={"question": QUESTION, "places": PLACES} | more)
    assert response.status_code == 200, response.text
    media_type, suffix = {"csv": ("text/csv", "csv"), "docx": (WORD, "docx"), "markdown": ("text/markdown", "md")}[form]
    assert response.headers["content-type"].partition(";")[0] == media_type
    assert response.headers["content-disposition"].endswith(f'.{suffix}"')
    return response.content


def numbers(body: dict[str, Any]) -> list[int]:
    return [row["case"]["case_number"] for row in body["rows"]]


def test_places_given_are_the_rows_and_those_without_a_case_are_told(client: TestClient) -> None:
    body = compared(client, places=["扶沟", "舞钢市", "开封", "火星"])
    assert sorted(numbers(body)) == [155, 157]
    assert body["missing"] == ["开封", "火星"]
    land = next(row for row in body["rows"] if row["case"]["case_number"] == 157)
    assert any("供应土地2458.96亩" in sentence["text"] for sentence in land["results"])
    assert "2458.96亩" in [figure["text"] for figure in land["figures"]]
    assert any("优先配置土地资源" in sentence["text"] for sentence in land["measures"])


def test_places_in_the_question_are_the_rows_and_else_all_that_answer(client: TestClient) -> None:
    assert sorted(numbers(compared(client, question="扶沟和舞钢怎么保障用地"))) == [155, 157]
    assert sorted(numbers(compared(client, question="哪些地方实行领导分包"))) == [153, 154, 155, 156, 157]
    everywhere = compared(client, question="哪些地方提到联审联批")
    assert (sorted(numbers(everywhere)), everywhere["missing"]) == ([153, 154], [])


@pytest.mark.parametrize("question", ["怎么", "量子计算机的原理"])
def test_a_question_that_ask_is_silent_on_has_no_row(client: TestClient, question: str) -> None:
    assert asked(client, question)["answer"]["abstained"]
    assert compared(client, question=question)["rows"] == []


def test_a_case_that_says_nothing_on_the_matter_has_a_row_that_says_so(client: TestClient) -> None:
    asked_for = {"question": "第一百五十三篇和第一百五十七篇在招商上有什么不同"}
    silent, answers = compared(client, **asked_for)["rows"]
    assert (silent["case"]["case_number"], silent["note"]) == (153, "汇编里没有写到。")
    assert [silent[cell] for cell in ("measures", "results", "background", "figures")] == [[]] * 4
    assert (answers["case"]["case_number"], answers["note"]) == (157, "")
    assert "27个" in [figure["text"] for figure in answers["figures"]]
    content = exported(client, "csv", places=[], **asked_for).decode("utf-8-sig")
    assert "第一百五十三篇 郑州市新郑市,汇编里没有写到。,,," in content.splitlines()


def test_where_the_background_is_asked_for_it_has_a_cell_and_a_column(client: TestClient) -> None:
    question = "新郑和孟津抓项目建设的背景"
    rows = compared(client, question=question)["rows"]
    assert all("项目为王" in "".join(sentence["text"] for sentence in row["background"]) for row in rows)
    header, *lines = csv.reader(io.StringIO(exported(client, "csv", question=question, places=[]).decode("utf-8-sig")))
    assert header == ["案例", "背景", "做法", "成效", "数据", "时间"]
    assert ["项目为王" in line[1] for line in lines if len(line) == len(header)] == [True, True]


def test_where_no_place_has_a_case_there_is_no_row(client: TestClient) -> None:
    body = compared(client, places=["开封", "火星"])
    assert (body["rows"], body["missing"]) == ([], ["开封", "火星"])


def test_every_cell_is_exact_and_leads_to_its_own_case(client: TestClient, compilation: Document) -> None:
    cells = 0
    for row in compared(client, question="领导分包和项目推进的做法、成效和数据")["rows"]:
        for cell in row["measures"] + row["results"] + row["figures"]:
            assert compilation.text[cell["start"] : cell["end"]] == cell["text"] != ""
            linked = client.get(f"/passages/{cell['passage_id']}").json()
            assert linked["start"] <= cell["start"] < cell["end"] <= linked["end"]
            assert linked["case"] == row["case"]
            assert linked["citation"] == cell["citation"]
            cells += 1
        assert {sentence["aspect"] for sentence in row["measures"]} <= {"measure"}
        assert {sentence["aspect"] for sentence in row["results"]} <= {"result"}
        assert row["time"] in {"", *(figure["time"] for figure in row["figures"])}
    assert cells > 10


def test_figures_that_can_be_compared_are_drawn_each_bar_exact(tmp_path: Path) -> None:
    sentence = "{}五个优先保障项目用地，供应土地{}亩。"
    documents = [
        document("a", "扶沟县保障项目用地", FUGOU, sentence.format("全县", "2458.96")),
        document("b", "新郑市保障项目用地", XINZHENG, sentence.format("全市", "约3000"), number=2),
        document("c", "舞钢市保障项目用地", WUGANG, sentence.format("全市", "40").replace("亩", "公顷"), number=3),
    ]
    change(tmp_path / "index", HashedEncoder(), documents)
    with serving_here(tmp_path) as client:
        body = compared(client, question="供应土地", places=["扶沟", "新郑", "舞钢"])
    (chart,) = body["charts"]
    assert [chart[key] for key in ("indicator", "unit", "comparison", "planned")] == ["供应土地", "亩", "", False]
    assert [(bar["place"], bar["value"], bar["text"]) for bar in chart["bars"]] == [
        ("郑州市新郑市", 3000, "约3000亩"),
        ("周口市扶沟县", 2458.96, "2458.96亩"),
    ]
    for bar in chart["bars"]:
        row = body["rows"][bar["row"]]
        assert (bar["case_number"], bar["title"], bar["document_id"]) == (
            row["case"]["case_number"],
            row["case"]["title"],
            row["document_id"],
        )
        text = next(each.text for each in documents if each.id == bar["document_id"])
        assert text[bar["start"] : bar["end"]] == bar["text"]
        assert bar["text"] in bar["sentence"]
        assert bar["passage_id"].startswith(f"{bar['document_id']}:")


def test_where_nothing_can_be_compared_there_is_no_chart(client: TestClient) -> None:
    assert compared(client, places=["扶沟", "舞钢"])["charts"] == []


def statements(cell: str) -> list[tuple[str, str]]:
    """What a cell says, each with the number of its citation."""
    told = re.findall(r"(.+?)\[(\d+)\]；?", cell)
    assert "".join(words for words, _ in told) == re.sub(r"\[\d+\]；?", "", cell)
    return told


def test_a_spreadsheet_reads_it_and_each_statement_leads_to_where_it_stands(client: TestClient) -> None:
    content = exported(client, "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    header, *lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert tuple(header) == COLUMNS
    rows = [line for line in lines if len(line) == len(COLUMNS)]
    below = [line[0] for line in lines if len(line) == 1]
    assert sorted(row[0] for row in rows) == ["第一百五十七篇 周口市扶沟县", "第一百五十五篇 平顶山市舞钢市"]
    assert "汇编里没有开封的案例。" in below
    cited = {found[1]: found[2] for line in below if (found := re.match(r"\[(\d+)\] .*(http\S+)\.$", line))}
    told = [each for row in rows for cell in row[1:3] for each in statements(cell)]
    assert len(told) > 3
    for words, number in told:
        assert words in client.get(urlsplit(cited[number]).path).json()["text"]
    marked = {number for row in rows for cell in row for number in re.findall(r"\[(\d+)\]", cell)}
    assert marked == set(cited) == {str(at) for at in range(1, len(cited) + 1)}


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r"])
def test_no_cell_is_a_formula(first: str) -> None:
    formula = f'{first}HYPERLINK("http://elsewhere")'
    content = to_csv(Table("题", ((formula, "a,b", '"', "一\n二", "-1"),), (formula,), ()))
    _, row, *_ = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert row == ["'" + formula, "a,b", '"', "一\n二", "'-1"]
    for line in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        assert not any(cell.startswith(first) for cell in line)


def test_word_opens_it_with_the_rows_of_the_spreadsheet_and_the_citations_below(client: TestClient) -> None:
    document = docx.Document(io.BytesIO(exported(client, "docx")))
    (section,) = document.sections
    assert section.orientation == WD_ORIENT.LANDSCAPE
    assert section.page_width
    assert section.page_height
    assert section.page_width > section.page_height
    (grid,) = document.tables
    rows = [tuple(cell.text for cell in row.cells) for row in grid.rows]
    assert rows[0] == COLUMNS
    lines = list(csv.reader(io.StringIO(exported(client, "csv").decode("utf-8-sig"), newline="")))
    assert rows == [tuple(line) for line in lines if len(line) == len(COLUMNS)]
    paragraphs = [paragraph.text for paragraph in document.paragraphs]
    assert paragraphs[0] == QUESTION
    assert set(paragraphs) >= {line[0] for line in lines if len(line) == 1}


def test_word_opens_it_with_control_characters_in_the_text(client: TestClient) -> None:
    wild = "".join(map(chr, range(32))) + "\x7f\x85\ufffe\uffff\U0001f600<&>]]>"
    content = to_docx(Table(wild, ((wild, wild, wild, wild, wild),), (wild,), (wild,)))
    document = docx.Document(io.BytesIO(content))
    assert all("\U0001f600<&>]]>" in cell.text for cell in document.tables[0].rows[1].cells)
    content = exported(client, "docx", question="怎么\x00保障\x0b用地\uffff", places=["扶沟", "火\x01星"])
    document = docx.Document(io.BytesIO(content))
    assert document.paragraphs[0].text == "怎么保障用地"
    assert "汇编里没有火星的案例。" in [paragraph.text for paragraph in document.paragraphs]


def test_markdown_is_a_table_with_the_rows_of_the_spreadsheet(client: TestClient) -> None:
    lines = exported(client, "markdown").decode().split("\n")
    assert lines[0] == f"# {QUESTION}"
    assert lines[2:4] == [f"| {' | '.join(COLUMNS)} |", "| --- | --- | --- | --- | --- |"]
    rows = [line for line in csv.reader(io.StringIO(exported(client, "csv").decode("utf-8-sig"))) if len(line) == 5]
    assert lines[4:6] == [f"| {' | '.join(row)} |" for row in rows[1:]]
    assert "汇编里没有开封的案例。" in lines
    assert sum(bool(re.match(r"\[\d+\] .*/passages/", line)) for line in lines) > 1


@pytest.mark.parametrize("broken", ["\n", "\r", "\r\n"])
def test_markdown_breaks_at_no_pipe_and_no_line(broken: str) -> None:
    words = f"甲|乙{broken}丙\\|丁<b>*戊*"
    content = to_markdown(Table(words, ((words,) * len(COLUMNS),), (), ())).decode()
    first, _, _, _, row, *_ = re.split(r"\r\n|\r|\n", content)
    assert (first.count("丙"), row.count("丙")) == (1, len(COLUMNS))
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 6
    assert not re.search(r"(?<!\\)[<*]", row)


def test_markdown_lets_no_asker_write_html_or_lines_of_his_own(client: TestClient) -> None:
    content = exported(client, "markdown", question="用地<img src=x>\n# 结论", places=["<script>火</script>\n# 结论"])
    assert not re.search(r"(?<!\\)<", content.decode())
    assert content.decode().count("\n# ") == 0


@pytest.mark.parametrize(
    ("body", "form", "told"),
    [
        ({}, "xlsx", "csv"),
        ({"places": ["扶沟"] * 51}, "json", "50"),
        ({"places": "扶沟"}, "json", "地点"),
        ({"places": [5]}, "json", "文字"),
        ({"places": [""]}, "json", "地点"),
        ({"places": [" "]}, "json", "地点"),
        ({"places": ["扶" * 2000]}, "json", "地点"),
        ({"question": " "}, "json", "问题不能为空"),
        ({"question": "土" * 1001}, "json", "问题太长，最多 1000 个字"),
        ({"question": None}, "json", "缺少问题"),
        ({"place": "扶沟"}, "json", "不认识的字段 place"),
    ],
)
def test_what_cannot_be_compared_is_told_in_chinese(
    client: TestClient, body: dict[str, Any], form: str, told: str
) -> None:
    response = client.post("/compare", params={"format": form}, json={"question": QUESTION} | body)
    assert (response.status_code, response.json().get("error", {}).get("code")) == (422, "invalid_request")
    message = response.json()["error"]["message"]
    assert told in message
    assert "值不能用" not in message, "says that something is wrong, but not what"
    assert "query" not in message


def test_half_a_character_in_a_place_is_the_askers_fault(client: TestClient) -> None:
    content = b'{"question": "\\u571f\\u5730", "places": ["\\ud800"]}'
    response = client.post("/compare", content=content, headers={"content-type": "application/json"})
    assert response.status_code == 422
