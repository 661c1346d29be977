"""Asking a server from the terminal: the same words as where the model is here, and without it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from index.encoder import SentenceEncoder

QUESTION = "扶沟是怎么保障土地的"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize(
    "options", [[], ["--json"], ["-k", "2", "--county", "舞钢", "--section", "强化要素保障", "--json"]]
)
def test_a_server_is_quoted_as_the_model_here_would_be(
    options: list[str], home: Path, encoder: SentenceEncoder, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.cli.library.SentenceEncoder", lambda _model: encoder)
    monkeypatch.setenv("ANWEN_HOME", str(home))
    monkeypatch.setenv("ANWEN_BASE_URL", base_url)
    here = run("ask", QUESTION, *options)
    there = run("ask", QUESTION, *options, "--server", base_url)
    assert there.exit_code == here.exit_code
    assert there.stdout == here.stdout
    assert "土地" in there.stdout


def test_what_the_server_refuses_is_told_as_it_says_it(base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANWEN_SERVER", base_url)
    refused = run("ask", QUESTION, "--county", "兰考县", "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["error"]["code"] == "unknown_filter"
    assert "兰考县" in run("ask", QUESTION, "--county", "兰考县").stderr


def test_nothing_that_computes_is_imported_and_a_server_that_is_not_there_is_one_line() -> None:
    script = (
        "import sys\nfrom api.cli.main import app\n"
        "try:\n    app(['ask', '土地', '--server', 'http://127.0.0.1:9'])\n"
        "finally:\n    print('imported', *{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", env=os.environ, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("连不上服务器")
    assert done.stderr.count("\n") == 1
    # Nothing else is on the standard output, whatever is tried again.
    first, *imported = done.stdout.split()
    assert first == "imported"
    assert "httpx2" in imported
    assert not set(imported) & {
        "torch",
        "transformers",
        "faiss",
        "numpy",
        "jieba",
        "fastapi",
        "uvicorn",
        "index",
        "eval",
    }
