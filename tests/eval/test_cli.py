"""`anwen eval …` as people call it; the fake encoder stands in where the model is not what is tested."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from corpus.reader import bundled
from eval.cli import app
from eval.collection import opened
from eval.topics import topics
from eval.trec import read_qrels, read_run
from index.generation import built
from index.store import save
from tests.fakes import HashedEncoder

Call = Callable[..., Result]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    monkeypatch.setattr("eval.bench.SentenceEncoder", lambda _name: HashedEncoder())
    monkeypatch.setenv("ANWEN_HOME", str(tmp_path / "home"))
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


def test_the_command_is_part_of_anwen_and_its_help_is_chinese() -> None:
    anwen = Path(sys.executable).with_name("anwen")
    result = subprocess.run([anwen, "eval", "--help"], capture_output=True, text=True, check=True)
    for command in ("run", "compare", "peers", "gate", "add", "tune", "export", "latency"):
        assert command in result.stdout
    assert "评测" in result.stdout


def test_a_folder_is_measured_and_the_run_can_be_measured_by_others(call: Call, folder: Path, tmp_path: Path) -> None:
    result = call(folder, "--run", tmp_path / "run.txt", "--html", tmp_path / "report.html", "--ladder")
    assert result.exit_code == 0, result.output
    assert "nDCG@10" in result.stdout
    assert "引文与原文逐字相符" in result.stdout
    assert set(read_run(tmp_path / "run.txt")) == {"q1", "q2"}
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "甲县供应了多少土地" in page
    assert "消融" in page


def test_programs_get_json(call: Call, folder: Path) -> None:
    body = json.loads(call(folder, "--json").stdout)
    assert body["measures"]["S@1"]["n"] == 2
    assert body["citations"]["checked"] == body["citations"]["exact"] > 0
    assert body["fingerprint"]["collection"] == "small"


def test_an_index_that_is_built_is_taken_as_it_is(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(built(bundled(), HashedEncoder()), HashedEncoder(), tmp_path / "index")

    def embedded_again(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(HashedEncoder, "passages", embedded_again)
    monkeypatch.setattr(HashedEncoder, "queries", lambda _self, texts: built_vectors(texts))
    result = call("ours", "--index", tmp_path / "index", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["measures"]["S@1"]["n"] == 185


def built_vectors(texts: list[str]) -> object:
    """Return the fake's vectors by its own sum, while its method is taken away."""
    import numpy as np

    return np.full((len(texts), 256), 1 / 16, np.float32)


def test_configurations_are_compared(call: Call, folder: Path, tmp_path: Path) -> None:
    result = call("compare", "hybrid", "lexical", "dense", "--set", folder, "--html", tmp_path / "page.html", "--json")
    assert result.exit_code == 0, result.output
    body = json.loads(result.stdout)
    assert [contest["name"] for contest in body["contests"]] == ["lexical", "dense"]
    assert (tmp_path / "page.html").stat().st_size > 10_000
    assert "看不出差别" in call("compare", "hybrid", "lexical", "--set", folder).stdout


def test_the_gate_fails_when_quality_is_lost(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    baseline = tmp_path / "baseline.json"
    assert "基线已写到" in call("gate", "--baseline", baseline, "--update").output
    assert call("gate", "--baseline", baseline).exit_code == 0
    # A model for which the unlike is near.
    monkeypatch.setattr(HashedEncoder, "queries", lambda self, texts: -self.passages(texts))
    monkeypatch.setattr(HashedEncoder, "fingerprint", "contrary")
    result = call("gate", "--baseline", baseline)
    assert result.exit_code == 1
    assert "显著的损失" in result.stdout


def test_a_bad_answer_becomes_a_topic(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    quote = "组卷报批用地16个批次,面积3066亩,供应土地2458.96亩"
    added = call("add", "扶沟批了几批地", "--evidence", quote, "--answer", "16个批次", "--file", path)
    assert "扶沟县" in added.output
    assert topics(path)[0].answers == ("16个批次",)
    again = call("add", "扶沟批了几批地", "--evidence", quote, "--file", path)
    assert again.exit_code == 1
    assert "已经有了" in again.output
    assert call(path).exit_code == 0


def test_tuning_says_what_it_would_change_and_changes_nothing(call: Call) -> None:
    result = call("tune", "ours")
    assert result.exit_code == 0, result.output
    assert "没看过" in result.stdout
    assert "建议" in result.stdout
    assert "段落最长 400 字" in result.stdout


def test_a_set_is_exported_for_other_tools(call: Call, tmp_path: Path) -> None:
    assert call("export", "ours", tmp_path / "out").exit_code == 0
    qrels = read_qrels(tmp_path / "out" / "qrels.txt")
    assert set(qrels) == {topic.id for topic in opened("ours").answerable}
    assert len(opened(str(tmp_path / "out")).topics) == 185


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["没有的题集"], "没有题集"),
        (["ours", "--config", "最好的"], "不认识的配置"),
        (["ours", "--split", "test"], "test"),
        (["compare", "hybrid"], "至少两个"),
        (["compare", "hybrid", "hybrid"], "一样"),
        (["compare", "hybrid", "run:没有.txt"], "run 文件"),
        (["gate", "--baseline", "没有.json"], "--update"),
        (["tune", "ours", "--train", "dev", "--held", "dev"], "不同"),
        (["add", "问题"], "二者取一"),
        (["latency", "http://127.0.0.1:9"], "没有回答"),
        (["latency", "不是地址"], "没有回答"),
        (["load", "http://127.0.0.1:9"], "没有回答"),
        (["load", "不是地址"], "没有回答"),
    ],
)
def test_what_cannot_be_done_is_one_line_in_chinese(arguments: list[str], words: str, call: Call) -> None:
    result = call(*arguments)
    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output


def test_a_report_that_cannot_be_written_is_said_plainly(call: Call, folder: Path, tmp_path: Path) -> None:
    result = call(folder, "--html", tmp_path / "missing" / "report.html")
    assert result.exit_code == 1
    assert "report.html 失败" in result.output
    assert "Traceback" not in result.output


@pytest.fixture
def server() -> Iterator[str]:
    """A server that answers every question with nothing."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name is the library's
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    httpd = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


def test_a_running_server_is_timed(call: Call, server: str) -> None:
    result = call("latency", server)
    assert result.stdout.startswith("221 问：p50")
