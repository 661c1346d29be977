"""An import undone: what was before comes back as it was, whatever happens meanwhile, or it is said why not."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.imports.jobs import Imports
from api.settings import Settings
from api.state import Served
from corpus.document import Document
from corpus.outline import outlined
from index import durable
from index.change import change
from index.store import load_documents, writing
from tests.api.imports.test_imports import a_word_file
from tests.api.sending import (
    NEW,
    OLD,
    PATIENCE,
    awaited,
    ended,
    found_in,
    from_here,
    send,
    serving_here,
    texts,
)
from tests.fakes import HashedEncoder

OTHER = NEW.replace("乙", "丙")
CORRECTED = OLD.replace("12个", "31个")


def undo(client: TestClient, import_id: str) -> str:
    """Ask that an import be undone; return the id of the undo."""
    response = client.post(f"/imports/{import_id}/undo")
    assert response.status_code == 202, response.text
    body = response.json()
    assert (body["kind"], body["undoes"]) == ("undo", import_id)
    found: str = body["id"]
    return found


def done(client: TestClient, *files: tuple[str, str | bytes]) -> str:
    """Import files and wait until that is done; return the id of the import."""
    import_id = send(client, *files)
    assert ended(client, import_id)["status"] == "done"
    return import_id


def withdrawn(client: TestClient, document_id: str) -> str:
    """Withdraw a document and wait until that is done; return the id of the import."""
    import_id: str = client.delete(f"/documents/{document_id}").json()["id"]
    assert ended(client, import_id)["status"] == "done"
    return import_id


def undone(client: TestClient, import_id: str) -> dict[str, Any]:
    """Undo an import and wait until that is done; return the undo's report."""
    found = ended(client, undo(client, import_id))
    assert found["status"] == "done", found
    report: dict[str, Any] = found["report"]
    return report


def actions(report: dict[str, Any]) -> dict[str, str]:
    return {each["id"]: each["action"] for each in report["documents"]}


def refused(client: TestClient, import_id: str) -> str:
    """Ask for an undo that is refused, as the import says itself; return the reason."""
    assert client.get(f"/imports/{import_id}").json()["undoable"] is False
    response = client.post(f"/imports/{import_id}/undo")
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (409, "cannot_undo")
    message: str = error["message"]
    return message


def standing(folder: Path) -> dict[str, Document]:
    """Return the documents of the index on the disk, whole."""
    return {document.id: document for document in load_documents(folder / "index")}


@contextmanager
def a_crash_at(monkeypatch: pytest.MonkeyPatch, stage: str) -> Iterator[None]:
    """Let the import begun in this context reach some stage, and nothing of it the disk from there on."""

    def stop(*_: object) -> None:
        raise SystemExit

    # The last that was started: servers of other tests may be up.
    *_, worker = [each for each in threading.enumerate() if each.name == "imports"]
    with monkeypatch.context() as patched:
        patched.setattr(stage, stop)
        patched.setattr(threading, "excepthook", lambda _: None)
        yield
        worker.join(PATIENCE)
        assert not worker.is_alive()


def test_an_added_document_is_withdrawn_again_and_nothing_of_it_found(serving: TestClient) -> None:
    added = done(serving, ("乙县.txt", NEW), ("丙县.txt", OTHER))
    assert serving.get(f"/imports/{added}").json()["undoable"] is True
    report = undone(serving, added)
    assert (report["removed"], report["documents"]) == (["丙县", "乙县"], [])
    assert texts(serving) == {"甲县": OLD}
    assert {document for document, _ in found_in(serving, "无人机物流航线")} <= {"甲县"}


def test_a_replaced_document_comes_back_as_it_was_with_its_outline_origins_passages_and_answers(
    serving: TestClient, folder: Path
) -> None:
    """A Word file, whose paragraphs have origins, replaced by a text of other cases."""
    question = {"question": "乙县开通了几条无人机物流航线", "top_k": 10}
    done(serving, ("汇编.docx", a_word_file(f"第一篇：乙县经验\n{NEW}第二篇：甲县经验\n{OLD}")))
    before, found, said = standing(folder), found_in(serving, "物流航线"), serving.post("/ask", json=question).json()
    assert before["汇编"].origins
    replaced = done(serving, ("汇编.txt", "乙县开通无人机物流航线99条。\n"), ("丙县.txt", OTHER))
    assert standing(folder)["汇编"].origins == ()
    report = undone(serving, replaced)
    assert (actions(report), report["removed"]) == ({"汇编": "updated"}, ["丙县"])
    assert standing(folder) == before
    assert found_in(serving, "物流航线") == found
    again = serving.post("/ask", json=question).json()
    assert (again["answer"], again["passages"]) == (said["answer"], said["passages"])


def test_a_withdrawn_document_comes_back(serving: TestClient, folder: Path) -> None:
    done(serving, ("乙县.txt", NEW))
    before = standing(folder)
    report = undone(serving, withdrawn(serving, "乙县"))
    assert (actions(report), report["removed"]) == ({"乙县": "added"}, [])
    assert standing(folder) == before
    assert ("乙县", NEW.splitlines()[1]) in found_in(serving, "无人机物流航线")


def test_what_an_import_found_unchanged_its_undo_leaves_alone(serving: TestClient) -> None:
    both = done(serving, ("甲县.txt", OLD), ("乙县.txt", NEW))
    report = undone(serving, both)
    assert (report["documents"], report["removed"], report["embedded_count"]) == ([], ["乙县"], 0)
    assert texts(serving) == {"甲县": OLD}


def test_imports_are_undone_one_after_another_the_last_one_first(serving: TestClient) -> None:
    first = done(serving, ("甲县.txt", CORRECTED))
    second = done(serving, ("甲县.txt", OLD.replace("12个", "40个")))
    assert "请先撤销后来的那次导入" in refused(serving, first)
    undone(serving, second)
    assert texts(serving) == {"甲县": CORRECTED}
    undone(serving, first)
    assert texts(serving) == {"甲县": OLD}


def test_an_undo_is_refused_while_a_document_that_it_would_withdraw_or_bring_back_is_another_one(
    serving: TestClient,
) -> None:
    added = done(serving, ("乙县.txt", NEW))
    gone = withdrawn(serving, "乙县")
    assert "“乙县”在这次导入以后又有改动" in refused(serving, added)
    done(serving, ("乙县.txt", NEW.replace("7条", "8条")))
    assert "“乙县”在这次导入以后又有改动" in refused(serving, gone)


def test_an_import_of_other_documents_does_not_hinder_an_undo(serving: TestClient) -> None:
    first = done(serving, ("乙县.txt", NEW))
    done(serving, ("丙县.txt", OTHER))
    undone(serving, first)
    assert texts(serving) == {"甲县": OLD, "丙县": OTHER}


def test_what_was_undone_says_by_which_import_and_is_not_undone_again(serving: TestClient) -> None:
    added = done(serving, ("乙县.txt", NEW))
    first = undo(serving, added)
    assert serving.post(f"/imports/{added}/undo").status_code == 409
    ended(serving, first)
    assert "已经撤销" in refused(serving, added)
    assert serving.get(f"/imports/{added}").json()["undone_by"] == first
    shown = {each["id"]: each for each in serving.get("/imports").json()["imports"]}
    assert (shown[first]["undoes"], shown[first]["names"], shown[added]["undone_by"]) == (added, ["乙县.txt"], first)
    assert "请重新上传" in refused(serving, first)


def test_of_many_who_ask_at_once_one_undoes(serving: TestClient) -> None:
    added = done(serving, ("乙县.txt", NEW))
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda _: serving.post(f"/imports/{added}/undo").status_code, range(8)))
    assert sorted(statuses) == [202, *[409] * 7]


def test_what_failed_changed_nothing_or_is_not_there_is_not_undone(serving: TestClient) -> None:
    failed = send(serving, ("坏.pdf", b"%PDF-1.7 broken"))
    ended(serving, failed)
    assert "没有成功" in refused(serving, failed)
    assert "没有改动任何文档" in refused(serving, done(serving, ("甲县.txt", OLD)))
    assert serving.post("/imports/没有/undo").status_code == 404


def test_what_is_not_done_yet_is_not_undone(serving: TestClient, folder: Path) -> None:
    with writing(folder / "index"):
        waiting = send(serving, ("乙县.txt", NEW))
        awaited(serving, waiting, "waiting")
        assert "还没有做完" in refused(serving, waiting)
    ended(serving, waiting)


def test_an_undo_that_would_leave_the_index_empty_fails_as_the_last_withdrawal_does_and_can_be_asked_again(
    serving: TestClient,
) -> None:
    added = done(serving, ("乙县.txt", NEW))
    withdrawn(serving, "甲县")
    failed = ended(serving, undo(serving, added))
    assert (failed["status"], failed["error"]["code"]) == ("failed", "index_empty")
    assert texts(serving) == {"乙县": NEW}
    shown = serving.get(f"/imports/{added}").json()
    assert (shown["undoable"], shown["undone_by"]) == (True, None)
    done(serving, ("甲县.txt", OLD))
    undone(serving, added)
    assert texts(serving) == {"甲县": OLD}


def test_an_undo_waits_its_turn_and_fails_where_an_import_before_it_has_changed_the_document(
    serving: TestClient, folder: Path
) -> None:
    added = done(serving, ("乙县.txt", NEW))
    newer = NEW.replace("7条", "8条")
    with writing(folder / "index"):
        send(serving, ("乙县.txt", newer))
        waiting = undo(serving, added)
    failed = ended(serving, waiting)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "cannot_undo")
    assert texts(serving) == {"甲县": OLD, "乙县": newer}


def test_what_another_process_wrote_the_moment_before_is_what_an_undo_brings_back(
    serving: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at what stands and the change itself, another changes the same document."""
    meanwhile, _ = outlined("甲县", OLD.replace("12个", "25个"), "甲县")
    tell = Imports._tell

    def telling(imports: Imports, record: Any, status: str, *how: Any) -> None:
        if record.kind == "add" and status == "embedding" and not is_changed.is_set():
            is_changed.set()
            change(folder / "index", HashedEncoder(), [meanwhile])
        tell(imports, record, status, *how)

    is_changed = threading.Event()
    monkeypatch.setattr(Imports, "_tell", telling)
    monkeypatch.setattr("api.state.Served.refresh", slow_to_see(is_changed))
    corrected = done(serving, ("甲县.txt", CORRECTED))
    undone(serving, corrected)
    assert standing(folder) == {"甲县": meanwhile}


def slow_to_see(is_changed: threading.Event) -> Any:
    """Return a look at the index that misses, once, that another has changed it."""
    refresh, missed = Served.refresh, threading.Event()

    def refreshing(served: Served) -> None:
        if is_changed.is_set() and threading.current_thread().name == "imports" and not missed.is_set():
            missed.set()
            return
        refresh(served)

    return refreshing


def test_after_a_restart_an_import_can_still_be_undone(folder: Path) -> None:
    with serving_here(folder) as client:
        corrected = done(client, ("甲县.txt", CORRECTED), ("乙县.txt", NEW))
    with serving_here(folder) as client:
        assert client.get(f"/imports/{corrected}").json()["undoable"] is True
        undone(client, corrected)
        assert texts(client) == {"甲县": OLD}
    with serving_here(folder) as client:
        assert "已经撤销" in refused(client, corrected)


def test_an_undo_that_was_acknowledged_is_done_by_the_next_server(folder: Path) -> None:
    with serving_here(folder) as client:
        corrected = done(client, ("甲县.txt", CORRECTED))
    with writing(folder / "index"), serving_here(folder) as client:
        kept = undo(client, corrected)
        awaited(client, kept, "waiting")
    with serving_here(folder) as client:
        assert actions(ended(client, kept)["report"]) == {"甲县": "updated"}
        assert texts(client) == {"甲县": OLD}


@pytest.mark.parametrize(
    "stage",
    ["api.imports.jobs.Imports._ended", "index.store.Writer.commit", "api.imports.undoing.segment_files.dumped"],
    ids=["the change is made", "the change is not made", "nothing is kept yet"],
)
def test_an_import_killed_at_any_moment_is_done_and_undone_as_if_it_had_not_been(
    stage: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving_here(folder) as client, a_crash_at(monkeypatch, stage):
        killed = send(client, ("甲县.txt", CORRECTED), ("乙县.txt", NEW))
    with serving_here(folder) as client:
        report = ended(client, killed)["report"]
        assert actions(report) == {"甲县": "updated", "乙县": "added"}
        assert texts(client) == {"甲县": CORRECTED, "乙县": NEW}
        undone(client, killed)
        assert texts(client) == {"甲县": OLD}


@pytest.mark.parametrize("stage", ["api.imports.jobs.Imports._ended", "index.store.Writer.commit"])
def test_an_undo_killed_before_or_after_its_change_is_done_once_and_reports_all_of_it(
    stage: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving_here(folder) as client:
        corrected = done(client, ("甲县.txt", CORRECTED), ("乙县.txt", NEW))
        with a_crash_at(monkeypatch, stage):
            killed = undo(client, corrected)
    with serving_here(folder) as client:
        report = ended(client, killed)["report"]
        assert (actions(report), report["removed"]) == ({"甲县": "updated"}, ["乙县"])
        assert texts(client) == {"甲县": OLD}


def test_a_withdrawal_killed_after_its_change_can_be_undone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving_here(folder) as client:
        done(client, ("乙县.txt", NEW))
        with a_crash_at(monkeypatch, "api.imports.jobs.Imports._ended"):
            killed = client.delete("/documents/乙县").json()["id"]
    with serving_here(folder) as client:
        assert ended(client, killed)["report"]["removed"] == ["乙县"]
        undone(client, killed)
        assert texts(client) == {"甲县": OLD, "乙县": NEW}


def _named_as_before(report: dict[str, Any]) -> None:
    """Give what a report counts the names that it had before 0.2."""
    for counted in (report, *report["documents"]):
        for name in [name for name in counted if name.endswith("_count")]:
            earlier = name.removesuffix("_count")
            counted[earlier if earlier == "embedded" else f"{earlier}s"] = counted.pop(name)


def test_records_of_an_older_version_are_shown_and_not_undone(folder: Path) -> None:
    with serving_here(folder) as client:
        old = done(client, ("乙县.txt", NEW))
    home = folder / "imports" / old
    record = json.loads((home / "import.json").read_text("utf-8"))
    for field in ("undoes", "undone_by", "undoable"):
        del record[field]
    now = json.loads(json.dumps(record["report"]))
    _named_as_before(record["report"])
    (home / "import.json").write_text(json.dumps(record), "utf-8")
    (home / "before.jsonl").unlink()
    with serving_here(folder) as client:
        assert client.get(f"/imports/{old}").json()["report"] == now
        assert "没有留下改动以前的原文" in refused(client, old)


def test_a_text_that_was_damaged_on_the_disk_is_not_brought_back(serving: TestClient, folder: Path) -> None:
    corrected = done(serving, ("甲县.txt", CORRECTED))
    kept = folder / "imports" / corrected / "before.jsonl"
    kept.write_bytes(kept.read_bytes().replace("12个".encode(), "72个".encode()))
    failed = ended(serving, undo(serving, corrected))
    assert (failed["status"], failed["error"]["code"]) == ("failed", "cannot_undo")
    assert texts(serving) == {"甲县": CORRECTED}


def test_where_nothing_can_be_kept_to_undo_an_import_it_changes_nothing(
    serving: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("api.imports.undoing.durable.write", only_of("before.jsonl", full))
        failed = ended(serving, send(serving, ("甲县.txt", CORRECTED)))
    assert (failed["status"], failed["error"]["code"]) == ("failed", "disk_full")
    assert texts(serving) == {"甲县": OLD}


def only_of(name: str, fail: Any) -> Any:
    """Return a way to write files that fails for those of a name."""
    write = durable.write

    def writing_others(path: Path, content: bytes) -> None:
        (fail if path.name == name else write)(path, content)

    return writing_others


def test_what_is_kept_goes_with_the_record_but_not_before_an_undo_that_waits_has_used_it(
    serving: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.imports.jobs._KEPT", 2)
    corrected = done(serving, ("甲县.txt", CORRECTED))
    done(serving, ("乙县.txt", NEW))
    with writing(folder / "index"):
        for number in range(3):
            send(serving, ("丙县.txt", OTHER.replace("7条", f"{number + 50}条")))
        waiting = undo(serving, corrected)
    assert ended(serving, waiting)["status"] == "done"
    assert texts(serving)["甲县"] == OLD
    until = time.monotonic() + 5
    while len(list((folder / "imports").iterdir())) > 2:
        assert time.monotonic() < until
    assert serving.post(f"/imports/{corrected}/undo").status_code == 404


def test_only_those_who_may_import_may_undo(folder: Path) -> None:
    with serving_here(folder) as client:
        added = done(client, ("乙县.txt", NEW))
    settings = Settings.model_validate({"home": folder, "admin_key": "口令"})
    with from_here(settings, HashedEncoder(), host="192.0.2.7") as client:
        response = client.post(f"/imports/{added}/undo")
        assert (response.status_code, response.json()["error"]["code"]) == (401, "unauthorized")
        headers = {b"authorization": "Bearer 口令".encode()}
        assert client.request("POST", f"/imports/{added}/undo", headers=headers).status_code == 202
