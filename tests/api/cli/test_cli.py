import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from corpus.document import Document
from index.encoder import SentenceEncoder

CASE = """第一篇：周口市扶沟县狠抓落实
2021年,扶沟县认真落实各项部署,取得了良好成效。
强化保障
对重点项目实行五个优先,供应土地100亩。
"""


@pytest.fixture(autouse=True)
def _loaded(encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    # Loaded once for all the commands.
    monkeypatch.setattr("api.cli.library.SentenceEncoder", lambda _model: encoder)


@pytest.fixture
def run(home: Path, encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> "Run":
    # The model is loaded already; tests of whole processes load it anew.
    monkeypatch.setattr("api.cli.library.SentenceEncoder", lambda _model: encoder)
    monkeypatch.setenv("ANWEN_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return Run()


class Run:
    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("command", [[], ["ask"], ["index"], ["serve"], ["show"]])
def test_help_is_chinese(command: list[str], run: Run) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert any(word in result.stdout for word in ("案问", "问题", "索引", "服务", "提纲"))


def test_ask_prints_the_answer_and_its_citations(run: Run) -> None:
    result = run("ask", "扶沟是怎么保障土地的", "-k", "2")
    assert result.exit_code == 0
    assert "供应土地2458.96亩" in result.stdout
    assert "第一百五十七篇 周口市扶沟县，“强化要素保障”，第1段" in result.stdout


def test_ask_gives_json_to_programs(run: Run, compilation: Document) -> None:
    result = run("ask", "扶沟是怎么保障土地的", "--json", "--county", "扶沟")
    body = json.loads(result.stdout)
    first = body["passages"][0]
    assert compilation.text[first["start"] : first["end"]] == first["text"]
    assert body["answer"]["abstained"] is False


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["ask", "土地", "--county", "兰考县", "--json"], "unknown_filter"),
        (["ask", "土" * 2000, "--json"], "invalid_request"),
        (["ask", "  ", "--json"], "invalid_request"),
        (["show", "999", "--json"], "not_found"),
        (["show", "--check", "没有.txt", "--json"], "unreadable"),
        (["index", "没有.txt", "--json"], "nothing_to_import"),
    ],
)
def test_errors_are_one_object_with_a_code(arguments: list[str], code: str, run: Run) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == code


def test_errors_are_one_line_for_people(run: Run) -> None:
    result = run("show", "999")
    assert result.exit_code == 1
    assert "汇编里没有第999篇" in result.stderr
    assert "Traceback" not in result.output


def test_show_lists_the_cases_and_prints_an_outline(run: Run) -> None:
    assert run("show").stdout.splitlines()[4].startswith("第一百五十七篇  周口市扶沟县")
    outline = run("show", "157").stdout
    for words in ("导语", "建立高位推进机制", "强化要素保障", "结语"):
        assert words in outline
    assert [s["part"] for s in json.loads(run("show", "第一百五十七篇", "--json").stdout)["sections"]][-1] == "closing"


def test_show_check_reports_what_was_understood_and_what_not(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "新汇编.txt"
    path.write_text(CASE + "第十篇：甲市经验\n甲市抓好落实,效果明显。\n只有标题\n", "utf-8")
    report = run("show", "--check", str(path)).stdout
    assert "案例 2 篇" in report
    assert "第5行" in report
    assert "跳到10" in report
    found = json.loads(run("show", "--check", str(path), "--json").stdout)
    assert (found["case_count"], len(found["doubts"])) == (2, 2)


def test_index_builds_over_the_files_given(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANWEN_HOME", str(tmp_path / "home"))
    path = tmp_path / "新汇编.txt"
    path.write_text(CASE, "utf-8")
    built = run("index", str(path), "--json")
    assert json.loads(built.stdout)["generation"] == "g000001"
    answer = json.loads(run("ask", "扶沟供应了多少土地", "--json").stdout)
    assert answer["passages"][0]["document_id"] == "新汇编"
    assert "100亩" in answer["answer"]["text"]


def test_a_bad_setting_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANWEN_PORT", "abc")
    result = run("ask", "土地")
    assert result.exit_code == 1
    assert "ANWEN_PORT" in result.stderr


def test_a_port_in_use_is_told(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("serve", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 1
    assert "无法监听" in result.stderr
