"""What people say of answers, and the test questions they make: what is kept, what is refused, who may see it."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from filelock import FileLock
from typer.testing import CliRunner

from api.cli.main import app
from api.errors import FeedbackBusy
from api.feedback.entries import appended, entries
from api.feedback.schemas import TopicEntry
from api.questions.schemas import IndexRef
from api.settings import Settings
from corpus.outline import outlined
from index.change import change
from index.generation import Generation
from index.store import save
from tests.api.sending import OLD, ended, from_here, send, serving_here, small_home
from tests.fakes import HashedEncoder

_FACT = "甲县建成养老服务中心12个，老人在家门口就能吃上热饭。"
_AT = OLD.index(_FACT)
_SPAN = {"document_id": "甲县", "start": _AT, "end": _AT + len(_FACT)}
_GOOD: dict[str, Any] = {
    "question": "甲县建成多少个养老服务中心？",
    "helpful": True,
    "sentences": [_SPAN],
    "abstained": False,
}
_TEST: dict[str, Any] = {"question": "甲县建成多少个养老服务中心？", "evidence": [_SPAN], "answers": ["12个"]}
_SILENT: dict[str, Any] = {"question": "甲县的地铁", "helpful": True, "abstained": True, "reason": "not_covered"}
_KEY = "口令-secret"

_WRITER = """
import sys
from pathlib import Path
from api.feedback.entries import appended
from api.feedback.schemas import TopicEntry
for line in sys.stdin.buffer:
    appended(Path(sys.argv[1]), TopicEntry.model_validate_json(line))
"""


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a server that refuses all it is sent."""
    return small_home(tmp_path_factory.mktemp("untouched"))


@pytest.fixture(scope="module")
def refusing(untouched: Path) -> Iterator[TestClient]:
    with serving_here(untouched) as client:
        yield client


def entry(question: str = "甲县的地铁") -> TopicEntry:
    """A test question that nothing answers."""
    return TopicEntry(
        id="",
        time="2026-01-01T00:00:00+00:00",
        question=question,
        turns=[],
        whole=question,
        place=None,
        index=IndexRef(generation="0001", fingerprint="f"),
        evidence=[],
        answers=[],
        kind="unanswerable",
        why="not_covered",
    )


def given(client: TestClient, **changed: Any) -> str:
    """Send feedback that is taken; return its id."""
    response = client.post("/feedback", json=_GOOD | changed)
    assert response.status_code == 201, response.text
    found: str = response.json()["id"]
    return found


def lines(client: TestClient) -> list[dict[str, Any]]:
    """Return the topics of the export."""
    response = client.get("/feedback/topics")
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


def refused(response: Any) -> tuple[int, str]:
    error = response.json()["error"]
    assert any("一" <= char <= "鿿" for char in error["message"]), error
    return response.status_code, error["code"]


def test_feedback_is_kept_with_the_words_of_the_document_and_the_index_that_answered(
    serving: TestClient, folder: Path
) -> None:
    assert given(serving, note="很准", filters={"document_id": "甲县"}, ignore=["place"]) == "fb-001"
    index = serving.get("/readyz").json()["index"]
    (line,) = (folder / "feedback.jsonl").read_text("utf-8").splitlines()
    kept = json.loads(line)
    assert kept.pop("time").endswith("+00:00")
    assert kept.pop("filters")["document_id"] == "甲县"
    assert kept == {
        "id": "fb-001",
        "sort": "answer",
        "question": _GOOD["question"],
        "turns": [],
        "whole": _GOOD["question"],
        "place": None,
        "index": index,
        "ignore": ["place"],
        "helpful": True,
        "note": "很准",
        "sentences": [_SPAN | {"quote": _FACT, "grade": 1}],
        "abstained": False,
        "reason": None,
    }


def test_a_follow_up_is_kept_as_it_was_typed_and_as_it_was_made_whole(hashed: Generation, tmp_path: Path) -> None:
    save(hashed, HashedEncoder(), tmp_path / "index")
    asked = {
        "question": "那孟津呢？",
        "messages": [
            {"role": "user", "content": "扶沟是怎么保障土地的?"},
            {"role": "assistant", "content": "扶沟县……[1]"},
        ],
    }
    with serving_here(tmp_path) as client:
        searched = client.post("/search", json=asked).json()["interpretation"]
        assert searched["rewritten"]
        assert client.post("/feedback", json=asked | {"helpful": False, "abstained": True}).status_code == 201
        assert client.post("/feedback/topics", json=asked | {"why": "not_covered"}).status_code == 201
        found = client.get("/feedback").json()["entries"]
        assert [each["sort"] for each in found] == ["topic", "answer"]
        for kept in found:
            assert (kept["question"], kept["turns"]) == ("那孟津呢？", ["扶沟是怎么保障土地的?"])
            assert kept["whole"] == searched["question"]
            assert kept["place"] == searched["place"]["county"] == "孟津区"
        assert [each["question"] for each in lines(client)] == [searched["question"]]


def test_all_that_was_kept_is_given_newest_first_by_the_page(serving: TestClient) -> None:
    assert serving.get("/feedback").json() == {"entries": [], "total": 0}
    for helpful in (True, False, True):
        given(serving, helpful=helpful)
    serving.post("/feedback/topics", json=_TEST)
    found = serving.get("/feedback").json()
    assert found["total"] == 4
    assert [(each["id"], each["sort"], each.get("helpful")) for each in found["entries"]] == [
        ("fb-004", "topic", None),
        ("fb-003", "answer", True),
        ("fb-002", "answer", False),
        ("fb-001", "answer", True),
    ]
    page = serving.get("/feedback", params={"limit": 2, "offset": 1}).json()
    assert [each["id"] for each in page["entries"]] == ["fb-003", "fb-002"]
    assert refused(serving.get("/feedback", params={"limit": 0})) == (422, "invalid_request")
    assert refused(serving.get("/feedback", params={"offset": -1})) == (422, "invalid_request")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (_AT, len(OLD) + 100),
        (0, len(OLD)),
        (_AT - 2, _AT + 4),
        (_AT, _AT),
        (_AT + 5, _AT),
        (10**30, 10**30 + 1),
        (len(OLD) - 1, len(OLD)),
    ],
    ids=["beyond the end", "across paragraphs", "out of a paragraph", "empty", "backwards", "huge", "line end"],
)
def test_a_span_that_is_no_piece_of_one_paragraph_is_refused_and_nothing_kept(
    start: int, end: int, refusing: TestClient, untouched: Path
) -> None:
    span = {"document_id": "甲县", "start": start, "end": end}
    assert refused(refusing.post("/feedback", json=_GOOD | {"sentences": [_SPAN, span]})) == (422, "span_unknown")
    assert refused(refusing.post("/feedback/topics", json=_TEST | {"evidence": [span]})) == (422, "span_unknown")
    assert not (untouched / "feedback.jsonl").exists()


def test_a_span_across_two_paragraphs_of_one_section_is_refused(tmp_path: Path) -> None:
    text = "甲县养老服务\n甲县建成养老服务中心12个。\n乡镇敬老院全部改造完成。\n"
    document, _ = outlined("甲县", text, "甲县")
    change(tmp_path / "index", HashedEncoder(), [document])
    start = text.index("养老服务中心")
    span = {"document_id": "甲县", "start": start, "end": text.index("全部")}
    with serving_here(tmp_path) as client:
        assert refused(client.post("/feedback", json=_GOOD | {"sentences": [span]})) == (422, "span_unknown")
        span["end"] = text.index("。")
        given(client, sentences=[span])


def test_a_document_that_is_not_there_is_refused(refusing: TestClient) -> None:
    span = _SPAN | {"document_id": "../../etc/passwd"}
    assert refused(refusing.post("/feedback", json=_GOOD | {"sentences": [span]})) == (422, "span_unknown")


@pytest.mark.parametrize(
    "wrong",
    [
        {"helpful": "yes"},
        {"helpful": 1},
        {"helpful": None},
        {"abstained": "false"},
        {"abstained": True},
        {"question": ""},
        {"question": "  \n"},
        {"question": 7},
        {"question": "问" * 1001},
        {"question": "\ud800"},
        {"note": "长" * 2001},
        {"note": ["a"]},
        {"reason": "because"},
        {"sentences": {}},
        {"sentences": [_SPAN] * 101},
        {"sentences": [_SPAN | {"start": "0"}]},
        {"sentences": [_SPAN | {"start": 0.5}]},
        {"sentences": [_SPAN | {"start": -1}]},
        {"sentences": [_SPAN | {"quote": "甲县建成99个"}]},
        {"sentences": [{"document_id": "甲县"}]},
        {"messages": [{"role": "user", "content": "问"}] * 101},
        {"messages": [{"role": "root", "content": "问"}]},
        {"filters": {"planet": "火星"}},
        {"ignore": ["planet"]},
        {"ignore": "place"},
        {"ignore": ["place"] * 6},
        {"id": "fb-999"},
        {"time": "2020-01-01"},
    ],
    ids=lambda wrong: json.dumps(wrong)[:40],
)
def test_what_is_no_feedback_is_refused_in_chinese_and_nothing_kept(
    wrong: dict[str, Any], refusing: TestClient, untouched: Path
) -> None:
    body = json.dumps(_GOOD | wrong)
    response = refusing.post("/feedback", content=body, headers={"content-type": "application/json"})
    assert refused(response) == (422, "invalid_request")
    assert not (untouched / "feedback.jsonl").exists()


@pytest.mark.parametrize("missing", ["question", "helpful", "abstained"])
def test_what_says_too_little_is_refused(missing: str, refusing: TestClient) -> None:
    body = {name: value for name, value in _GOOD.items() if name != missing}
    assert refused(refusing.post("/feedback", json=body)) == (422, "invalid_request")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"evidence": []}, "topic_unfit"),
        ({"why": "not_covered"}, "topic_unfit"),
        ({"answers": ["13个"]}, "topic_unfit"),
        ({"evidence": [], "why": "not_covered"}, "topic_unfit"),
        ({"why": " "}, "invalid_request"),
        ({"answers": [""]}, "invalid_request"),
        ({"answers": ["12个"] * 21}, "invalid_request"),
        ({"kind": "长" * 201}, "invalid_request"),
        ({"evidence": [_SPAN | {"grade": 0}]}, "invalid_request"),
        ({"evidence": [_SPAN | {"grade": 4}]}, "invalid_request"),
        ({"evidence": [_SPAN | {"grade": True}]}, "invalid_request"),
        ({"split": "dev"}, "invalid_request"),
    ],
    ids=lambda wrong: json.dumps(wrong, ensure_ascii=False)[:40],
)
def test_what_is_no_test_question_is_refused_in_chinese_and_nothing_kept(
    wrong: dict[str, Any], code: str, refusing: TestClient, untouched: Path
) -> None:
    assert refused(refusing.post("/feedback/topics", json=_TEST | wrong)) == (422, code)
    assert not (untouched / "feedback.jsonl").exists()


@pytest.mark.parametrize(
    "content_type", ["text/plain", "text/plain; application/json", "application/x-www-form-urlencoded", None, ""]
)
@pytest.mark.parametrize(("path", "body"), [("/feedback", _GOOD), ("/feedback/topics", _TEST)])
def test_a_form_on_a_page_of_another_site_cannot_write(
    content_type: str | None, path: str, body: dict[str, Any], refusing: TestClient, untouched: Path
) -> None:
    headers = {"origin": "https://evil.example"} | ({} if content_type is None else {"content-type": content_type})
    response = refusing.post(path, content=json.dumps(body).encode(), headers=headers)
    assert refused(response) == (415, "unsupported_media_type")
    assert not (untouched / "feedback.jsonl").exists()
    # What a browser asks first, where a script of that page says that it sends JSON, is not granted.
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    granted = refusing.options(path, headers=asked)
    assert (granted.status_code, granted.headers.get("access-control-allow-origin")) == (405, None)


def test_a_form_with_a_file_cannot_write(refusing: TestClient, untouched: Path) -> None:
    response = refusing.post("/feedback", files={"question": ("q", json.dumps(_GOOD))})
    assert refused(response) == (415, "unsupported_media_type")
    assert not (untouched / "feedback.jsonl").exists()


def test_a_hostile_note_is_one_line_of_text_and_comes_back_as_it_was(serving: TestClient, folder: Path) -> None:
    note = '</script><script>alert(1)</script>\n{"id":"fb-900","sort":"topic"}\r\n\u2028\u2029\x85\x00\x1b[31m‮"\\😀'
    assert given(serving, note=note, question=f"问{note}") == "fb-001"
    assert given(serving, question=f"再问{note}") == "fb-002"
    assert (folder / "feedback.jsonl").read_bytes().count(b"\n") == 2
    response = serving.get("/feedback")
    assert response.headers["content-type"] == "application/json"
    first, second = response.json()["entries"][::-1]
    assert (first["note"], first["question"], second["note"]) == (note, f"问{note}", "")
    assert [each["question"][0] for each in lines(serving)] == ["问", "再"]


def test_an_entry_that_is_too_long_as_a_whole_is_refused(serving: TestClient, folder: Path) -> None:
    turns = [{"role": "user", "content": "长" * 20_000}] * 2
    assert refused(serving.post("/feedback", json=_GOOD | {"messages": turns})) == (413, "too_large")
    assert (folder / "feedback.jsonl").read_bytes() == b""
    said_to_us = [{"role": "assistant", "content": "长" * 20_000}] * 10
    given(serving, messages=said_to_us)


def test_a_body_larger_than_any_feedback_is_refused_before_it_is_read(refusing: TestClient) -> None:
    assert refused(refusing.post("/feedback", json=_GOOD | {"note": "a" * (1 << 20)})) == (413, "too_large")


def test_a_full_file_is_told_and_stays_as_it_is(
    serving: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(serving)
    before = (folder / "feedback.jsonl").read_bytes()
    monkeypatch.setattr("api.feedback.entries.LARGEST_FILE", len(before) + 100)
    for path, body in (("/feedback", _GOOD), ("/feedback/topics", _TEST)):
        assert refused(serving.post(path, json=body)) == (507, "feedback_full")
    assert (folder / "feedback.jsonl").read_bytes() == before
    monkeypatch.setattr("api.feedback.entries.LARGEST_FILE", 2 * len(before))
    assert given(serving) == "fb-002"


def test_more_than_people_give_in_a_minute_is_refused_until_the_minute_is_over(
    serving: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [given(serving) for _ in range(60)][-1] == "fb-060"
    for path, body in (("/feedback", _GOOD), ("/feedback/topics", _TEST)):
        assert refused(serving.post(path, json=body)) == (429, "feedback_too_often")
    assert len(entries(folder / "feedback.jsonl")) == 60
    monkeypatch.setattr("api.feedback.routes.monotonic", lambda: time.monotonic() + 60)
    assert given(serving) == "fb-061"


@pytest.mark.parametrize("cut", [1, 8, 20, 300, -2, -1])
def test_a_line_cut_short_by_a_crash_is_passed_over_and_harms_no_later_one(
    cut: int, serving: TestClient, folder: Path
) -> None:
    file = folder / "feedback.jsonl"
    given(serving, note="一")
    whole = file.read_bytes()
    second = whole.replace(b"fb-001", b"fb-002")
    file.write_bytes(whole + second[:cut])
    # All but the line's end is a whole entry.
    standing = ["fb-001", "fb-002"] if cut == -1 else ["fb-001"]
    assert [each.id for each in entries(file)] == standing
    third = given(serving, note="三")
    assert third not in standing
    assert [each["id"] for each in serving.get("/feedback").json()["entries"]] == [third, *standing[::-1]]
    assert file.read_bytes().startswith(whole + second[:cut] + b"\n")


def test_a_line_cut_within_a_character_and_lines_of_garbage_are_passed_over(serving: TestClient, folder: Path) -> None:
    (folder / "feedback.jsonl").write_bytes(
        '{"id":"fb-007","note":"县'.encode()[:-1] + b'\n\xff\xfe\n[]\n{"sort":"x"}\n'
    )
    assert given(serving) == "fb-008"
    assert [each["id"] for each in serving.get("/feedback").json()["entries"]] == ["fb-008"]


def test_threads_of_one_server_each_have_their_line(serving: TestClient) -> None:
    ids: list[str] = []
    threads = [threading.Thread(target=lambda: ids.extend(given(serving) for _ in range(5))) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    expected = [f"fb-{number:03d}" for number in range(1, 31)]
    assert sorted(ids) == expected
    assert [each["id"] for each in serving.get("/feedback").json()["entries"]] == expected[::-1]


def test_two_processes_over_one_folder_each_have_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    sent = {name: [f"{name}{number}" * 500 for number in range(15)] for name in "甲乙"}
    writers = []
    for questions in sent.values():
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(file)], stdin=subprocess.PIPE)
        assert writer.stdin
        with writer.stdin as pipe:
            pipe.write(b"".join(entry(question).model_dump_json().encode() + b"\n" for question in questions))
        writers.append(writer)
    assert [each.wait(120) for each in writers] == [0, 0]
    found = entries(file)
    assert [each.id for each in found] == [f"fb-{number:03d}" for number in range(1, 31)]
    assert file.read_bytes().count(b"\n") == 30
    for name, questions in sent.items():
        assert [each.question for each in found if each.question[0] == name] == questions


def test_a_file_that_another_process_holds_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.feedback.entries._PATIENCE", 0.1)
    with FileLock(tmp_path / "feedback.lock"), pytest.raises(FeedbackBusy, match="没有记下"):
        appended(tmp_path / "feedback.jsonl", entry())
    assert appended(tmp_path / "feedback.jsonl", entry()).id == "fb-001"


def test_a_file_that_cannot_be_written_is_told(serving: TestClient, folder: Path) -> None:
    (folder / "feedback.jsonl").mkdir()
    assert refused(serving.post("/feedback", json=_GOOD)) == (500, "inaccessible")
    assert refused(serving.get("/feedback")) == (500, "inaccessible")


@pytest.mark.parametrize("path", ["/feedback", "/feedback/topics"])
def test_what_others_asked_is_only_for_who_may_change_the_compilation(path: str, folder: Path) -> None:
    with from_here(Settings(home=folder), HashedEncoder(), "192.0.2.7") as far:
        assert given(far)
        assert far.post("/feedback/topics", json=_TEST).status_code == 201
        assert refused(far.get(path)) == (403, "forbidden")
    with serving_here(folder) as here:
        assert here.get(path).status_code == 200
        assert refused(here.get(path, headers={"origin": "https://evil.example"})) == (403, "forbidden")
        assert refused(here.get(path, headers={"x-forwarded-for": "127.0.0.1"})) == (403, "forbidden")
    with serving_here(folder, admin_key=_KEY) as keyed:
        assert given(keyed)
        assert refused(keyed.get(path)) == (401, "unauthorized")
        assert keyed.get(path, headers={b"authorization": f"Bearer {_KEY}".encode()}).status_code == 200


def test_turned_off_no_address_takes_or_gives_anything(folder: Path) -> None:
    with serving_here(folder) as client:
        given(client)
    before = (folder / "feedback.jsonl").read_bytes()
    with serving_here(folder, feedback="off") as client:
        for path, body in (("/feedback", _GOOD), ("/feedback/topics", _TEST), ("/feedback", {"wrong": 1})):
            assert refused(client.post(path, json=body)) == (404, "feedback_off")
            assert refused(client.get(path)) == (404, "feedback_off")
        assert client.post("/feedback", content=b"{").json()["error"]["code"] == "feedback_off"
        assert client.post("/ask", json={"question": "养老服务中心"}).status_code == 200
    assert (folder / "feedback.jsonl").read_bytes() == before


@pytest.mark.parametrize(("value", "is_on"), [("off", False), ("0", False), ("on", True), (None, True)])
def test_one_variable_turns_it_off(value: str | None, is_on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANWEN_FEEDBACK", raising=False)
    if value:
        monkeypatch.setenv("ANWEN_FEEDBACK", value)
    assert Settings().feedback is is_on


def test_a_test_question_is_told_as_the_line_that_is_exported(serving: TestClient) -> None:
    kept = serving.post("/feedback/topics", json=_TEST | {"kind": "figure", "evidence": [_SPAN | {"grade": 3}]}).json()
    assert kept["id"] == "fb-001"
    response = serving.get("/feedback/topics")
    assert response.text == kept["line"] + "\n"
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.headers["content-disposition"] == 'attachment; filename="anwen-topics.jsonl"'
    (line,) = lines(serving)
    assert line.pop("split") in ("dev", "held")
    assert line == {
        "id": "fb-001",
        "kind": "figure",
        "question": _TEST["question"],
        "place": None,
        "evidence": [{"document": "甲县", "start": _AT, "end": _AT + len(_FACT), "quote": _FACT, "grade": 3}],
        "answers": ["12个"],
        "why": None,
    }


def test_the_last_word_on_a_question_counts(serving: TestClient) -> None:
    half = _SPAN | {"end": _AT + 12}
    given(serving)
    given(serving, sentences=[half])
    assert [(each["id"], each["evidence"][0]["quote"]) for each in lines(serving)] == [("fb-002", _FACT[:12])]
    given(serving, helpful=False, question="甲县建成多少个养老服务中心?")
    assert lines(serving) == []
    given(serving)
    assert [each["id"] for each in lines(serving)] == ["fb-004"]


def test_what_others_think_of_an_answer_does_not_undo_a_test_question(serving: TestClient) -> None:
    serving.post("/feedback/topics", json=_TEST)
    given(serving, helpful=False)
    given(serving, sentences=[_SPAN | {"end": _AT + 12}])
    assert [(each["id"], each["answers"]) for each in lines(serving)] == [("fb-001", ["12个"])]
    serving.post("/feedback/topics", json={"question": _TEST["question"], "why": "not_covered"})
    assert [(each["id"], each["kind"], each["why"]) for each in lines(serving)] == [
        ("fb-004", "unanswerable", "not_covered")
    ]


def test_a_question_asked_within_filters_is_no_test_question_without_them(serving: TestClient) -> None:
    given(serving, filters={"document_id": "甲县"})
    given(serving, filters={})
    response = serving.get("/feedback/topics")
    assert [json.loads(line)["id"] for line in response.text.splitlines()] == ["fb-002"]
    assert response.headers["anwen-left-out"] == "1"


def test_lines_of_an_older_version_are_read_with_the_names_that_filters_had(serving: TestClient, folder: Path) -> None:
    given(serving, filters={"document_id": "甲县", "case_number": 1, "headings": ["做法"]})
    file = folder / "feedback.jsonl"
    line = file.read_text("utf-8")
    earlier = line
    for now, then in (("document_id", "document"), ("case_number", "case"), ("headings", "section")):
        earlier = earlier.replace(f'"{now}":', f'"{then}":', 1)
    assert '"case":"1","document":"甲县","section":["做法"]' in earlier
    file.write_text(earlier.replace('["做法"]', '"做法"'), "utf-8")
    (entry,) = serving.get("/feedback").json()["entries"]
    assert entry == json.loads(line)


def test_a_question_asked_without_a_part_of_what_it_says_is_no_test_question_with_it(serving: TestClient) -> None:
    given(serving, ignore=["place", "figure"])
    given(serving, ignore=["figure", "place"], helpful=False)
    given(serving, ignore=["figure"])
    given(serving)
    response = serving.get("/feedback/topics")
    assert [json.loads(line)["id"] for line in response.text.splitlines()] == ["fb-004"]
    assert response.headers["anwen-left-out"] == "1"


def test_feedback_kept_before_there_was_anything_to_take_away_is_read(serving: TestClient, folder: Path) -> None:
    given(serving)
    file = folder / "feedback.jsonl"
    older = json.loads(file.read_bytes())
    del older["ignore"]
    file.write_text(json.dumps(older) + "\n", "utf-8")
    assert serving.get("/feedback").json()["entries"][0]["ignore"] == []
    assert [each["id"] for each in lines(serving)] == ["fb-001"]


def test_a_question_stays_in_its_split_and_both_splits_have_some(serving: TestClient) -> None:
    for number in range(20):
        given(serving, question=f"甲县第{number}个养老服务中心")
    before = {each["question"]: each["split"] for each in lines(serving)}
    assert set(before.values()) == {"dev", "held"}
    for number in range(0, 20, 3):
        given(serving, question=f"甲县第{number}个养老服务中心", sentences=[_SPAN | {"end": _AT + 12}])
    assert {each["question"]: each["split"] for each in lines(serving)} == before


def test_evidence_moves_with_its_words_and_goes_with_them(serving: TestClient) -> None:
    given(serving)
    given(serving, question="老人吃饭", sentences=[_SPAN | {"start": OLD.index("老人")}, _SPAN])
    ended(serving, send(serving, ("甲县.txt", OLD.replace("甲县养老服务", "甲县的养老服务", 1))))
    assert [(each["start"], each["quote"]) for each in lines(serving)[0]["evidence"]] == [(_AT + 1, _FACT)]
    ended(serving, send(serving, ("甲县.txt", OLD.replace("12个", "13个"))))
    response = serving.get("/feedback/topics")
    (line,) = map(json.loads, response.text.splitlines())
    assert [each["quote"] for each in line["evidence"]] == ["老人在家门口就能吃上热饭。"]
    assert (response.headers["anwen-evidence-gone"], response.headers["anwen-left-out"]) == ("2", "1")
    assert serving.get("/feedback").json()["entries"][1]["sentences"][0]["quote"] == _FACT


def test_the_command_counts_and_writes_the_export_of_the_server(
    serving: TestClient, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANWEN_HOME", str(folder))
    run = CliRunner()
    assert run.invoke(app, ["feedback"]).stdout == "反馈 0 条：有用 0 条，没用 0 条；测试题 0 道。\n"
    given(serving, question="老人在哪里吃饭")
    given(serving, question="没用的", helpful=False)
    assert serving.post("/feedback", json=_SILENT).status_code == 201
    serving.post("/feedback/topics", json=_TEST)
    assert run.invoke(app, ["feedback"]).stdout == "反馈 3 条：有用 2 条，没用 1 条；测试题 1 道。\n"
    target = tmp_path / "topics.jsonl"
    result = run.invoke(app, ["feedback", "--topics", str(target), "--json"])
    assert json.loads(result.stdout) == {
        "helpful": 2,
        "unhelpful": 1,
        "topics": 1,
        "written": 3,
        "gone": 0,
        "left_out": 0,
    }
    assert target.read_text("utf-8") == serving.get("/feedback/topics").text
    failed = run.invoke(app, ["feedback", "--topics", str(tmp_path), "--json"])
    assert (failed.exit_code, json.loads(failed.stdout)["error"]["code"]) == (1, "inaccessible")
