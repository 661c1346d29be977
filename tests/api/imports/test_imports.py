"""Documents added, corrected and withdrawn while the server answers, and what of it outlives the server."""

import json
import logging
import threading
import time
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest
from docx import Document as Word
from fastapi.testclient import TestClient

from api.imports.jobs import Imports
from corpus.outline import outlined
from index.change import change
from index.encoder import Progress, SentenceEncoder, Vectors
from index.errors import IndexBusy
from index.store import current_name, writing
from tests.api.sending import NEW, OLD, awaited, ended, found_in, send, serving_here, texts
from tests.fakes import HashedEncoder


class HeldEncoder(HashedEncoder):
    """Reads texts only once it is let go, and tells when it was asked to."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.free = threading.Event()
        self.is_held = False

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if self.is_held:
            self.begun.set()
            assert self.free.wait(60)
        return super().passages(texts, progress)


@contextmanager
def lock_held(home: Path) -> Iterator[None]:
    """Hold the index as another that writes it."""
    with writing(home / "index"):
        yield


def test_a_document_added_is_answered_from_as_soon_as_it_is_done(
    home: Path, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    copytree(home, tmp_path / "home")
    with serving_here(tmp_path / "home", encoder) as client:
        standing = texts(client)
        done = ended(client, send(client, ("乙县.txt", NEW)))
        body = client.post("/ask", json={"question": "乙县开通了几条无人机物流航线"}).json()
        assert "7条" in body["answer"]["text"]
        first = body["passages"][0]
        assert (first["document_id"], NEW[first["start"] : first["end"]]) == ("乙县", first["text"])
        assert body["index"]["generation"] == done["report"]["generation"]
        assert texts(client) == standing | {"乙县": NEW}

        corrected = ended(client, send(client, ("乙县.txt", NEW.replace("7条", "19条"))))
        answer = client.post("/ask", json={"question": "乙县开通了几条无人机物流航线"}).json()["answer"]["text"]
        assert corrected["report"]["documents"][0]["action"] == "updated"
        assert "19条" in answer
        assert "7条" not in answer

        removed = ended(client, client.delete("/documents/乙县").json()["id"])
        assert removed["report"]["removed"] == ["乙县"]
        assert client.post("/ask", json={"question": "乙县开通了几条无人机物流航线"}).json()["answer"]["abstained"]
        assert texts(client) == standing


def test_a_corrected_document_leaves_nothing_of_the_old_text(serving: TestClient) -> None:
    report = ended(serving, send(serving, ("甲县.txt", OLD.replace("12个", "31个"))))["report"]
    assert [each["action"] for each in report["documents"]] == ["updated"]
    assert texts(serving) == {"甲县": OLD.replace("12个", "31个")}
    assert all("12个" not in text for _, text in found_in(serving, "养老服务中心12个"))


def test_a_document_sent_again_is_unchanged_and_read_by_no_model(serving: TestClient) -> None:
    report = ended(serving, send(serving, ("甲县.txt", OLD)))["report"]
    assert ([each["action"] for each in report["documents"]], report["embedded_count"]) == (["unchanged"], 0)


def test_no_passage_of_a_withdrawn_document_is_found(serving: TestClient) -> None:
    ended(serving, send(serving, ("乙县.txt", NEW)))
    assert ("乙县", NEW.splitlines()[1]) in found_in(serving, "无人机物流航线")
    response = serving.delete("/documents/乙县")
    assert response.status_code == 202
    assert ended(serving, response.json()["id"])["report"]["removed"] == ["乙县"]
    assert {document for document, _ in found_in(serving, "无人机物流航线")} <= {"甲县"}
    assert serving.delete("/documents/乙县").status_code == 404


def test_the_last_document_cannot_be_withdrawn(serving: TestClient) -> None:
    failed = ended(serving, serving.delete("/documents/甲县").json()["id"])
    assert (failed["status"], failed["error"]["code"]) == ("failed", "index_empty")
    assert texts(serving) == {"甲县": OLD}


def a_word_file(text: str) -> bytes:
    file = BytesIO()
    word = Word()
    for line in text.splitlines():
        word.add_paragraph(line)
    word.save(file)
    return file.getvalue()


def a_zip(**members: str) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"{name}.txt", text)
    return file.getvalue()


def test_files_of_many_kinds_in_one_import(serving: TestClient) -> None:
    line = json.dumps({"id": "一", "title": "戊县", "text": NEW.replace("乙", "戊")}, ensure_ascii=False)
    report = ended(
        serving,
        send(
            serving,
            ("文本.txt", NEW),
            ("标记.md", f"# 丙县物流\n\n{NEW.replace('乙', '丙')}"),
            ("网页.html", f"<html><body><h1>丁县</h1><p>{NEW.replace('乙', '丁')}</p></body></html>"),
            ("行.jsonl", line),
            ("公文.docx", a_word_file(NEW.replace("乙", "己"))),
            ("包.zip", a_zip(庚=NEW.replace("乙", "庚"), 辛=NEW.replace("乙", "辛"))),
        ),
    )["report"]
    assert report["faults"] == []
    assert [each["action"] for each in report["documents"]] == ["added"] * 7
    assert len(texts(serving)) == 8
    for county in "乙丙丁戊己庚辛":
        assert any(f"{county}县开通" in text for text in texts(serving).values())


def test_a_bad_file_is_told_and_the_rest_of_the_batch_imported(serving: TestClient) -> None:
    done = ended(serving, send(serving, ("坏.pdf", b"%PDF-1.7 broken"), ("乙县.txt", NEW), ("空.txt", b"")))
    assert done["status"] == "done"
    assert [each["id"] for each in done["report"]["documents"]] == ["乙县"]
    faults = {each["name"]: each for each in done["report"]["faults"]}
    assert set(faults) == {"坏.pdf", "空.txt"}
    assert all(each["code"] and each["reason"] for each in faults.values())


def test_a_batch_of_bad_files_only_fails_and_says_why(serving: TestClient, folder: Path) -> None:
    before = current_name(folder / "index")
    failed = ended(serving, send(serving, ("坏.pdf", b"%PDF-1.7 broken"), ("图.png", b"\x89PNG\r\n\x1a\n\0\0")))
    assert (failed["status"], failed["error"]["code"]) == ("failed", "nothing_to_import")
    assert "坏.pdf" in failed["error"]["message"]
    assert "图.png" in failed["error"]["message"]
    assert current_name(folder / "index") == before


def test_an_import_is_shown_from_queued_to_done(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[str, Any]] = []
    tell = Imports._tell

    def telling(imports: Imports, record: Any, *how: Any) -> None:
        tell(imports, record, *how)
        now = imports.get(record.id)
        shown.append((now.status, now.progress))

    monkeypatch.setattr(Imports, "_tell", telling)
    encoder = HeldEncoder()
    with serving_here(folder, encoder) as client:
        encoder.is_held = True
        first, second = send(client, ("乙县.txt", NEW)), send(client, ("丙县.txt", NEW.replace("乙", "丙")))
        assert encoder.begun.wait(60)
        assert awaited(client, first, "embedding")["progress"]["done"] == 0
        assert client.get(f"/imports/{second}").json()["status"] == "queued"
        encoder.free.set()
        done = ended(client, first)
        assert (done["progress"], done["error"]) == (None, None)
        ended(client, second)
        assert [each["id"] for each in client.get("/imports").json()["imports"]] == [second, first]
    statuses = [status for status, _ in shown]
    assert list(dict.fromkeys(statuses)) == ["reading", "embedding"]
    told = [each for status, each in shown if status == "embedding"]
    assert [(each.done, each.total) for each in told[:3]] == [(0, None), (0, 1), (1, 1)]
    assert told[2].per_second > 0
    assert told[2].seconds_left == 0


def test_the_report_tells_what_was_understood(serving: TestClient) -> None:
    text = "第一篇：甲市抓落实\n甲市抓好落实,效果明显。\n第十篇：乙市经验\n乙市推行“一窗通办”新机制。\n"
    report = ended(serving, send(serving, ("汇编.txt", text)))["report"]
    (document,) = report["documents"]
    assert (document["id"], document["case_count"], document["paragraph_count"]) == ("汇编", 2, 2)
    assert document["character_count"] == len(text)
    (unsure,) = [each for each in document["unsure"] if "跳到10" in each["reason"]]
    assert text[unsure["start"] : unsure["end"]].startswith("第十篇")
    assert report["embedded_count"] > 0
    assert report["passage_count"] == 3
    assert report["resegmented"]["一窗通办"] == 0


def test_every_answer_is_of_one_generation_while_twenty_changes_go_on(serving: TestClient) -> None:
    def version(number: int) -> str:
        return f"第{number}版\n" * (number % 3 + 1) + NEW.replace("7条", f"{100 + number}条")

    said: list[dict[str, Any]] = []
    is_over = threading.Event()

    def asking() -> None:
        while not is_over.is_set():
            response = serving.post("/ask", json={"question": "乙县开通无人机物流航线多少条", "top_k": 10})
            assert response.status_code == 200
            said.append(response.json())
            time.sleep(0.01)

    texts_of = {serving.get("/readyz").json()["index"]["generation"]: {"甲县": OLD}}
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(asking) for _ in range(2)]
        try:
            for number in range(20):
                done = ended(serving, send(serving, ("乙县.txt", version(number))))
                texts_of[done["report"]["generation"]] = {"甲县": OLD, "乙县": version(number)}
        finally:
            is_over.set()
        for each in asked:
            each.result()
    assert len(texts_of) == 21
    assert len({each["index"]["generation"] for each in said}) > 5
    for body in said:
        text = texts_of[body["index"]["generation"]]
        for each in body["passages"]:
            assert text[each["document_id"]][each["start"] : each["end"]] == each["text"]
        for sentence in body["answer"]["sentences"]:
            cited = body["passages"][sentence["rank"] - 1]["document_id"]
            assert text[cited][sentence["start"] : sentence["end"]] == sentence["text"]


def test_ten_imports_at_once_are_done_in_the_order_they_were_kept(serving: TestClient) -> None:
    with ThreadPoolExecutor(10) as threads:
        ids = list(threads.map(lambda n: send(serving, (f"乙{n}.txt", NEW.replace("7条", f"{n + 20}条"))), range(10)))
    done = [ended(serving, each) for each in ids]
    assert {each["status"] for each in done} == {"done"}
    kept = sorted(done, key=lambda each: each["created"])
    assert [each["report"]["generation"] for each in kept] == sorted(each["report"]["generation"] for each in done)
    assert set(texts(serving)) == {"甲县", *(f"乙{n}" for n in range(10))}


def test_what_another_process_changes_is_seen_within_two_seconds(serving: TestClient, folder: Path) -> None:
    document, _ = outlined("乙县", NEW, "乙县")
    change(folder / "index", HashedEncoder(), [document])
    changed = time.monotonic()
    while serving.get("/readyz").json()["index"]["generation"] != current_name(folder / "index"):
        assert time.monotonic() - changed < 2
        time.sleep(0.02)
    assert texts(serving)["乙县"] == NEW


def test_an_index_deleted_and_built_again_is_seen_though_its_generation_has_the_same_name(
    serving: TestClient, folder: Path
) -> None:
    before = serving.get("/readyz").json()["index"]["generation"]
    rmtree(folder / "index")
    time.sleep(0.6)
    assert texts(serving) == {"甲县": OLD}
    document, _ = outlined("乙县", NEW, "乙县")
    assert change(folder / "index", HashedEncoder(), [document]).manifest.generation == before
    until = time.monotonic() + 2
    while texts(serving) != {"乙县": NEW}:
        assert time.monotonic() < until
    assert found_in(serving, "养老服务中心") == [("乙县", NEW.splitlines()[1])]


def test_a_new_generation_that_is_damaged_is_told_once_and_the_old_one_answers_on(
    serving: TestClient, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two looks and more at one that lacks a file, then at one whose file may not be opened."""
    document, _ = outlined("乙县", NEW, "乙县")
    with caplog.at_level(logging.WARNING, "api.app"):
        change(folder / "index", HashedEncoder(), [document])
        newest = max((folder / "index" / "segments").iterdir())
        held = (newest / "documents.json").read_bytes()
        (newest / "documents.json").write_bytes(held[:-1])
        time.sleep(1.6)
        assert texts(serving) == {"甲县": OLD}
    assert len([each for each in caplog.records if "继续用原来的" in each.message]) == 1
    failed = ended(serving, send(serving, ("丙县.txt", NEW)))
    assert failed["error"]["code"] == "index_corrupt"
    (newest / "documents.json").write_bytes(held)
    until = time.monotonic() + 2
    while "乙县" not in texts(serving):
        assert time.monotonic() < until


def test_whatever_keeps_the_new_generation_from_being_opened_the_server_lives(
    serving: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("api.state.load", refused)
    document, _ = outlined("乙县", NEW, "乙县")
    change(folder / "index", HashedEncoder(), [document])
    time.sleep(1.2)
    assert texts(serving) == {"甲县": OLD}
    monkeypatch.undo()
    until = time.monotonic() + 2
    while "乙县" not in texts(serving):
        assert time.monotonic() < until


def test_an_import_waits_for_another_writer_and_goes_on_when_it_is_done(serving: TestClient, folder: Path) -> None:
    with lock_held(folder):
        waiting = send(serving, ("乙县.txt", NEW))
        assert awaited(serving, waiting, "waiting")["error"] is None
        with pytest.raises(IndexBusy):
            change(folder / "index", HashedEncoder())
    assert ended(serving, waiting)["status"] == "done"
    assert "乙县" in texts(serving)


def test_what_was_kept_is_done_by_the_next_server_in_the_order_it_came(folder: Path) -> None:
    with lock_held(folder), serving_here(folder) as client:
        under_way = send(client, ("乙县.txt", NEW))
        awaited(client, under_way, "waiting")
        ids = [send(client, ("乙县.txt", NEW.replace("7条", f"{number}条"))) for number in range(40, 46)]
    with serving_here(folder) as client:
        done = [ended(client, each) for each in (under_way, *ids)]
        assert [each["report"]["documents"][0]["action"] for each in done] == ["added", *["updated"] * 6]
        assert texts(client)["乙县"] == NEW.replace("7条", "45条")
    assert not list((folder / "imports").glob("*/files"))


def test_uploads_that_were_not_received_whole_are_cleaned_away(folder: Path) -> None:
    half = folder / "imports" / "0123456789ab" / "files" / "000000"
    half.mkdir(parents=True)
    (half / "半.txt").write_text("只到了一半", "utf-8")
    with serving_here(folder) as client:
        assert client.get("/imports").json()["imports"] == []
    assert not half.parents[1].exists()


def test_a_record_that_cannot_be_read_hinders_nothing_and_is_kept(folder: Path) -> None:
    damaged = folder / "imports" / "0123456789ab"
    damaged.mkdir(parents=True)
    (damaged / "import.json").write_bytes(b"{")
    with serving_here(folder) as client:
        assert ended(client, send(client, ("乙县.txt", NEW)))["status"] == "done"
    assert (damaged / "import.json").read_bytes() == b"{"


def test_without_an_index_what_was_kept_waits_for_a_server_that_has_one(folder: Path) -> None:
    with lock_held(folder), serving_here(folder) as client:
        kept = send(client, ("乙县.txt", NEW))
    (folder / "index").rename(folder / "away")
    with serving_here(folder) as client:
        assert client.get("/readyz").json()["error"]["code"] == "index_missing"
        response = client.post("/documents", files={"files": ("丙县.txt", NEW)})
        assert (response.status_code, response.json()["error"]["code"]) == (503, "index_missing")
    (folder / "away").rename(folder / "index")
    with serving_here(folder) as client:
        assert ended(client, kept)["status"] == "done"


def test_of_two_servers_over_one_folder_one_imports_and_both_answer(folder: Path) -> None:
    """The second neither does nor cleans away what the first has received; it takes over when the first is gone."""
    with ExitStack() as first_lives:
        first = first_lives.enter_context(serving_here(folder))
        half = folder / "imports" / "0123456789ab"
        half.mkdir()
        with serving_here(folder) as second:
            assert half.exists()
            response = second.post("/documents", files={"files": ("乙县.txt", NEW)})
            assert (response.status_code, response.json()["error"]["code"]) == (409, "imports_elsewhere")
            ended(first, send(first, ("乙县.txt", NEW)))
            until = time.monotonic() + 2
            while "乙县" not in texts(second):
                assert time.monotonic() < until
            first_lives.close()
            assert ended(second, send(second, ("丙县.txt", NEW)))["status"] == "done"
            assert not half.exists()


def test_where_nothing_can_be_kept_the_server_answers_all_the_same(folder: Path) -> None:
    (folder / "imports").write_text("这里不是文件夹", "utf-8")
    with serving_here(folder) as client:
        assert found_in(client, "养老服务中心")
        response = client.post("/documents", files={"files": ("乙县.txt", NEW)})
        assert (response.status_code, response.json()["error"]["code"]) == (500, "inaccessible")


def test_a_disk_that_is_full_is_told_and_nothing_half_is_kept(
    serving: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "乙县.txt")

    monkeypatch.setattr("api.imports.jobs.shutil.copyfileobj", full)
    response = serving.post("/documents", files={"files": ("乙县.txt", NEW)})
    assert (response.status_code, response.json()["error"]["code"]) == (507, "disk_full")
    assert list((folder / "imports").iterdir()) == []


def test_an_import_whose_end_cannot_be_written_is_written_when_there_is_room(
    serving: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, refused = Imports._kept, threading.Event()

    def full(imports: Imports, record: Any) -> None:
        if record.status == "done" and not refused.is_set():
            refused.set()
            raise OSError(28, "No space left on device")
        kept(imports, record)

    monkeypatch.setattr(Imports, "_kept", full)
    first, second = send(serving, ("乙县.txt", NEW)), send(serving, ("丙县.txt", NEW))
    assert ended(serving, second)["status"] == "done"
    assert refused.is_set()
    assert ended(serving, first)["status"] == "done"


def test_a_fault_nobody_thought_of_ends_one_import_and_not_the_next(
    serving: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    with monkeypatch.context() as patched:
        patched.setattr("api.imports.jobs.read_all", fail)
        failed = ended(serving, send(serving, ("乙县.txt", NEW)))
    assert failed["error"]["code"] == "internal"
    assert "secret" not in json.dumps(failed)
    assert ended(serving, send(serving, ("乙县.txt", NEW)))["status"] == "done"


def test_old_records_are_forgotten_and_the_newest_kept(
    serving: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.imports.jobs._KEPT", 2)
    ids = [send(serving, ("甲县.txt", OLD)) for _ in range(4)]
    ended(serving, ids[-1])
    until = time.monotonic() + 5
    while len(list((folder / "imports").iterdir())) > 2:
        assert time.monotonic() < until
    assert [each["id"] for each in serving.get("/imports").json()["imports"]] == [ids[3], ids[2]]
