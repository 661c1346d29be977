"""The whole way, through real processes: the command, the server, HTTP."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from corpus.outline import outlined
from index.change import change
from index.encoder import SentenceEncoder

ANWEN = Path(sys.executable).with_name("anwen")
QUESTION = {"question": "扶沟是怎么保障土地的?"}


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANWEN_")}
    # A line of the log for every request would fill the pipe that nobody reads once the server is up.
    return kept | {"ANWEN_HOME": str(home), "ANWEN_PORT": "0", "ANWEN_LOG_LEVEL": "warning"} | more


@contextmanager
def serving(home: Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [ANWEN, "serve"], env=environment(home, **more), stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def address(process: subprocess.Popen[str]) -> str:
    """Wait until the server says that it is ready, and return where."""
    assert process.stderr
    said = []
    for line in process.stderr:
        said.append(line)
        if found := re.search(r"案问已就绪：(http://[\d.]+:\d+)", line):
            return found[1]
    pytest.fail("".join(said))


def post(base: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(base + path, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        found: dict[str, Any] = json.load(response)
        return found


def get(base: str, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(base + path, timeout=60) as response:
        found: dict[str, Any] = json.load(response)
        return found


def upload(base: str, name: str, text: str) -> str:
    response = httpx2.post(f"{base}/documents", files={"files": (name, text.encode())}, timeout=60)
    assert response.status_code == 202, response.text
    found: str = response.json()["id"]
    return found


def wait_for(base: str, import_id: str, *statuses: str) -> dict[str, Any]:
    until = time.monotonic() + 120
    while (found := get(base, f"/imports/{import_id}"))["status"] not in statuses:
        assert time.monotonic() < until, found
        time.sleep(0.02)
    return found


def test_two_servers_at_first_start_over_one_data_folder_unpack_build_and_answer_alike(tmp_path: Path) -> None:
    """No model in the cache, no index, two processes at once; what they cite can be followed."""
    cache = str(tmp_path / "cache")
    with (
        serving(tmp_path / "home", XDG_CACHE_HOME=cache) as one,
        serving(tmp_path / "home", XDG_CACHE_HOME=cache) as two,
    ):
        answers = [post(address(process), "/ask", QUESTION) for process in (one, two)]
        for answer in answers:
            first = answer["passages"][0]
            with urllib.request.urlopen(first["url"], timeout=60) as response:
                assert json.load(response)["text"] == first["text"]
    assert "供应土地2458.96亩" in answers[0]["answer"]["text"]
    assert answers[0]["answer"] == answers[1]["answer"]
    assert answers[0]["index"] == answers[1]["index"]


def test_a_server_killed_in_the_middle_of_an_import_or_after_an_upload_answers_as_before_and_finishes_both(
    home: Path, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    copytree(home, tmp_path / "home")
    # Long enough to be embedded for a while after the server says that it embeds.
    long = "乙县山地果业\n" + "".join(f"第{number}村种植苹果{number + 10}亩，产量提高。\n" for number in range(60))
    short = "丙县低空物流\n丙县开通无人机物流航线7条，山区包裹当日送达。\n"
    with serving(tmp_path / "home") as process:
        base = address(process)
        said = post(base, "/ask", QUESTION)["answer"]["text"]
        first = upload(base, "乙县.txt", long)
        wait_for(base, first, "embedding")
        second = upload(base, "丙县.txt", short)
        assert [get(base, f"/imports/{each}")["status"] for each in (first, second)] == ["embedding", "queued"]
        process.kill()
    half = tmp_path / "home" / "imports" / "0123456789ab" / "files" / "000000"
    half.mkdir(parents=True)
    with serving(tmp_path / "home") as process:
        base = address(process)
        assert post(base, "/ask", QUESTION)["answer"]["text"] == said
        found = [wait_for(base, each, "done", "failed") for each in (first, second)]
        assert [each["report"]["documents"][0]["action"] for each in found] == ["added", "added"]
        assert not half.exists()
        assert "7条" in post(base, "/ask", {"question": "丙县开通了几条无人机物流航线"})["answer"]["text"]
        assert get(base, "/documents/" + quote("乙县"))["text"] == long

        # Another process adds, and the server, which goes on, soon answers from it.
        document, _ = outlined("丁县", short.replace("丙", "丁"), "丁县")
        changed = change(tmp_path / "home" / "index", encoder, [document])
        done = time.monotonic()
        while get(base, "/readyz")["index"]["generation"] != changed.manifest.generation:
            assert time.monotonic() - done < 2
            time.sleep(0.05)
        assert "丁县开通" in get(base, "/documents/" + quote("丁县"))["text"]


def test_a_model_that_is_none_stops_the_server_with_one_line(tmp_path: Path) -> None:
    result = subprocess.run(
        [ANWEN, "serve"],
        env=environment(tmp_path, ANWEN_MODEL=str(tmp_path)),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert result.returncode == 1
    assert "不是完整的 sentence-transformers 模型" in result.stderr
    assert "Traceback" not in result.stderr
