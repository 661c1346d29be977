"""What people say of answers becomes evaluation topics that the evaluation reads and finds in the documents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from corpus.document import Document
from eval.errors import TopicWrong
from eval.topics import Topic, checked, topics
from index.generation import Generation
from index.store import load_documents, save
from tests.api.sending import ended, send, serving_here
from tests.fakes import HashedEncoder


@pytest.fixture
def serving(hashed: Generation, tmp_path: Path) -> Iterator[TestClient]:
    save(hashed, HashedEncoder(), tmp_path / "home" / "index")
    with serving_here(tmp_path / "home") as client:
        yield client


def said(client: TestClient, question: str, helpful: bool = True, **more: Any) -> dict[str, Any]:
    """Ask, and say of the answer, as it came, whether it was of use; return the answer."""
    answer: dict[str, Any] = client.post("/ask", json={"question": question, **more}).json()["answer"]
    sentences = [{name: each[name] for name in ("document_id", "start", "end")} for each in answer["sentences"]]
    body = {
        "question": question,
        "helpful": helpful,
        "sentences": sentences,
        "abstained": answer["abstained"],
        "reason": answer["reason"],
        **more,
    }
    response = client.post("/feedback", json=body)
    assert response.status_code == 201, response.text
    return answer


def read(client: TestClient, folder: Path) -> dict[str, Topic]:
    """Return the topics of the export by their question, as the evaluation reads them."""
    path = folder / "anwen-topics.jsonl"
    path.write_bytes(client.get("/feedback/topics").content)
    return {topic.question: topic for topic in topics(path)}


def test_answers_that_helped_and_silences_become_topics_that_stand_in_the_documents(
    serving: TestClient, compilation: Document, tmp_path: Path
) -> None:
    whole = "孟津有哪些成效"
    answer = said(serving, whole)
    said(serving, "那新郑呢？", messages=[{"role": "user", "content": whole}])
    silence = said(serving, "新疆喀什是怎么招商的")
    assert silence["reason"] == "place_unknown"
    said(serving, "扶沟是怎么保障土地的?", helpful=False)
    found = read(serving, tmp_path)
    checked(found.values(), [compilation])
    assert [topic.id for topic in found.values()] == ["fb-001", "fb-002", "fb-003"]
    first, second, third = found.values()
    assert (first.question, first.place, first.kind) == (whole, "孟津区", "asked")
    assert [span.quote for span in first.evidence] == [each["text"] for each in answer["sentences"]]
    assert second.place == "新郑市"
    assert "新郑" in second.question
    assert "成效" in second.question
    assert (third.evidence, third.why, third.kind) == ((), "place_unknown", "unanswerable")


def test_a_test_question_is_read_as_it_was_made(serving: TestClient, compilation: Document, tmp_path: Path) -> None:
    (given,) = (topic for topic in topics() if topic.id == "hn-001")
    (span,) = given.evidence
    body = {
        "question": given.question,
        "evidence": [{"document_id": span.document, "start": span.start, "end": span.end}],
        "answers": list(given.answers),
        "kind": given.kind,
    }
    assert serving.post("/feedback/topics", json=body).status_code == 201
    (topic,) = read(serving, tmp_path).values()
    assert (topic.evidence, topic.answers, topic.kind, topic.place) == (
        given.evidence,
        given.answers,
        given.kind,
        given.place,
    )
    checked([topic], [compilation])


def test_every_paragraph_of_the_compilation_can_be_evidence(serving: TestClient, compilation: Document) -> None:
    spans = [
        {"document_id": compilation.id, "start": paragraph.start, "end": paragraph.end}
        for case in compilation.cases
        for section in case.sections
        for paragraph in section.paragraphs
    ]
    assert len(spans) == 32
    response = serving.post("/feedback/topics", json={"question": "汇编说了什么", "evidence": spans})
    assert response.status_code == 201, response.text


def test_text_with_line_ends_of_every_sort_is_one_line_to_the_evaluation(serving: TestClient, tmp_path: Path) -> None:
    question = '<script>alert("扶沟")</script>\u2028一\u2029二\x85三\x0b四\x0c五\x1c六\r\n七\\u2028'
    response = serving.post("/feedback/topics", json={"question": question, "why": "not_covered"})
    assert response.status_code == 201
    (topic,) = read(serving, tmp_path).values()
    assert topic.question == question


def test_evidence_that_documents_no_longer_have_would_be_refused_and_is_left_out(
    serving: TestClient, tmp_path: Path
) -> None:
    said(serving, "孟津有哪些成效")
    before = read(serving, tmp_path)
    home = tmp_path / "home"
    (document,) = load_documents(home / "index")
    (topic,) = before.values()
    first, *others = topic.evidence
    assert others
    # One sentence is written anew, and what stands behind it moves.
    changed = document.text.replace(first.quote, f"{first.quote[:5]}另外{first.quote[5:]}")
    ended(serving, send(serving, (f"{document.id}.txt", changed)))
    documents = load_documents(home / "index")
    with pytest.raises(TopicWrong):
        checked(before.values(), documents)
    after = read(serving, tmp_path)
    checked(after.values(), documents)
    assert [span.quote for span in after[topic.question].evidence] == [span.quote for span in others]
