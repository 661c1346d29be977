"""The audit log: who asked what, when, what came of it; nothing that keeps an answer back."""

import errno
import json
import logging
import stat
from pathlib import Path
from typing import Any

import pytest

from api.security import audit
from api.security.audit import AuditLog, note
from api.security.keys import Scope
from tests.api.security.conftest import FAR, given_out
from tests.api.sending import serving_here

ASKED = {"question": "养老服务中心"}


def lines(folder: Path) -> list[dict[str, Any]]:
    file = folder / "audit.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def test_a_line_tells_who_asked_what_from_where_and_what_came_of_it(folder: Path) -> None:
    headers = given_out(folder)
    with serving_here(folder) as client:
        generation = client.post("/ask", json=ASKED, headers=headers).json()["index"]["generation"]
        client.post("/ask", json={"question": "甲县的地铁", "stream": True}, headers={"x-request-id": "abc-1"})
        client.post("/search", json={"question": ""})
        client.get("/healthz")
        client.get("/static/main.js")
    one, two, three = lines(folder)
    assert {name: one[name] for name in ("key", "client", "method", "path", "status", "question", "generation")} == {
        "key": "办公室",
        "client": "127.0.0.1",
        "method": "POST",
        "path": "/ask",
        "status": 200,
        "question": ASKED["question"],
        "generation": generation,
    }
    assert (one["abstained"], one["reason"]) == (False, None)
    assert one["took_ms"] > 0
    assert one["time"].endswith("+00:00")
    assert len(one["request_id"]) == 32
    assert (two["key"], two["abstained"], two["reason"], two["request_id"]) == (None, True, "not_covered", "abc-1")
    assert (three["status"], "question" in three) == (422, False)
    assert stat.S_IMODE((folder / "audit.jsonl").stat().st_mode) == 0o600


def test_who_was_refused_is_written_down_too(folder: Path) -> None:
    headers = given_out(folder, rate=1)
    with serving_here(folder, require_key=True) as client:
        client.post("/ask", json=ASKED)
        client.get("/imports", headers=headers)
        client.post("/ask", json=ASKED, headers=headers)
        client.get("/documents", headers=headers)
    assert [(each["path"], each["status"], each["key"]) for each in lines(folder)] == [
        ("/ask", 401, None),
        ("/imports", 403, "办公室"),
        ("/ask", 200, "办公室"),
        ("/documents", 429, "办公室"),
    ]


def test_the_client_is_the_one_a_trusted_proxy_speaks_for(folder: Path) -> None:
    headers = given_out(folder) | {"x-forwarded-for": f"127.0.0.1, {FAR}"}
    with serving_here(folder, trusted_proxies="127.0.0.1") as client:
        client.post("/ask", json=ASKED, headers=headers)
    with serving_here(folder) as client:
        client.post("/ask", json=ASKED, headers=headers)
    assert [each["client"] for each in lines(folder)] == [FAR, "127.0.0.1"]


@pytest.mark.parametrize("text", ['甲\n{"key": "办公室"}', "甲\r\n乙", "甲\u2028乙\x85丙", '"}\x00'])
def test_no_question_can_forge_a_line(text: str, folder: Path) -> None:
    with serving_here(folder) as client:
        client.post("/ask", json={"question": text})
    (line,) = lines(folder)
    assert (line["question"], line["key"]) == (text, None)


def test_questions_can_be_left_out_and_the_log_turned_off(folder: Path) -> None:
    with serving_here(folder, audit_questions="off") as client:
        client.post("/ask", json=ASKED)
        client.post("/compare", json={"question": "养老服务中心怎么样"})
    assert len(lines(folder)) == 2
    assert "养老" not in json.dumps(lines(folder), ensure_ascii=False)
    before = (folder / "audit.jsonl").read_bytes()
    with serving_here(folder, audit=False) as client:
        assert client.post("/ask", json=ASKED).status_code == 200
    assert (folder / "audit.jsonl").read_bytes() == before


def test_a_disk_that_is_full_keeps_no_answer_back_and_is_told_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, serving_here(folder) as client:
        patched.setattr("api.security.audit._Lines.flush", full, raising=False)
        with caplog.at_level(logging.WARNING, "api.security.audit"):
            assert [client.post("/ask", json=ASKED).status_code for _ in range(3)] == [200] * 3
    told = [record for record in caplog.records if record.name == "api.security.audit"]
    assert len(told) == 1
    assert "审计日志" in told[0].message


def test_files_are_turned_over_by_size_and_only_so_many_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "LARGEST_FILE", 300)
    log = AuditLog(tmp_path / "audit.jsonl")
    with log.writing():
        for at in range(100):
            log.write({"at": at, "more": "x" * 80})
    names = sorted(each.name for each in tmp_path.iterdir())
    assert names == ["audit.jsonl", *(f"audit.jsonl.{at}" for at in range(1, 10))]
    assert all(each.stat().st_size <= 300 for each in tmp_path.iterdir())
    assert json.loads((tmp_path / "audit.jsonl").read_text().splitlines()[-1])["at"] == 99


def test_what_is_answered_apart_from_requests_has_a_line_of_its_own(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    note(question="在哪里也不记")
    with log.writing():
        with log.apart(path="/chat/wecom", client="张三"):
            note(question="甲县", abstained=False)
        with pytest.raises(ValueError, match="坏"), log.apart(path="/chat/wecom", client="李四"):
            raise ValueError("坏")
    one, two = lines(tmp_path)
    assert (one["path"], one["client"], one["question"], one["key"]) == ("/chat/wecom", "张三", "甲县", None)
    assert (two["client"], "question" in two) == ("李四", False)


def test_lines_beyond_what_a_slow_disk_takes_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(audit, "_MOST_WAITING", 3)
    log = AuditLog(tmp_path / "audit.jsonl")
    for at in range(5):
        log.write({"at": at})
    with log.writing():
        pass
    assert [each["at"] for each in lines(tmp_path)] == [0, 1, 2]
    assert "没有记下" in caplog.text


def test_a_key_of_each_scope_is_told_by_its_name_alone(folder: Path) -> None:
    headers = given_out(folder, "管理员", Scope.ADMIN)
    with serving_here(folder) as client:
        client.get("/imports", headers=headers)
    assert headers["authorization"].split("_")[2] not in (folder / "audit.jsonl").read_text("utf-8")
    assert lines(folder)[0]["key"] == "管理员"
