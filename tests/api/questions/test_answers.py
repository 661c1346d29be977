"""What an answer holds, over HTTP: every part of it exact, every silence told, every follow-up made whole."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from eval.topics import topics
from tests.api.questions.test_routes import asked

BEFORE = "扶沟是怎么推进项目的"
FOLLOW_UP = "那孟津呢？"


def user(content: object) -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(content: str) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def assert_exact(client: TestClient, body: dict[str, Any]) -> None:
    """All that an answer is made of stands, character for character, in the passage it is cited to."""
    answer = body["answer"]
    passages = {passage["rank"]: passage for passage in body["passages"]}
    texts = {each["document_id"]: "" for each in body["passages"]}
    texts = {each: client.get(f"/documents/{each}").json()["text"] for each in texts}
    for part in answer["sentences"] + answer["figures"]:
        passage = passages[part["rank"]]
        assert texts[part["document_id"]][part["start"] : part["end"]] == part["text"] != ""
        assert part["document_id"] == passage["document_id"]
        assert passage["start"] <= part["start"] < part["end"] <= passage["end"]
        assert passage["text"][part["passage_start"] : part["passage_end"]] == part["text"]
        assert part["passage_id"] == passage["id"]
    for sentence in answer["sentences"]:
        passage = passages[sentence["rank"]]
        assert (sentence["passage_id"], sentence["citation"]) == (passage["id"], passage["citation"])
    said = {(each["document_id"], each["start"], each["end"]) for each in answer["sentences"]}
    assert sorted(each["start"] for each in answer["figures"]) == sorted(
        figure["start"]
        for figure in client.get("/figures", params={"limit": 500}).json()["figures"]
        if any(
            figure["document_id"] == document and start <= figure["start"] < figure["end"] <= end
            for document, start, end in said
        )
    )


def test_every_part_of_every_answer_is_exact_and_cited(client: TestClient) -> None:
    answered = 0
    for topic in topics()[::6]:
        body = asked(client, topic.question)
        answer = body["answer"]
        assert_exact(client, body)
        assert answer["cited_ranks"] == list(dict.fromkeys(sentence["rank"] for sentence in answer["sentences"]))
        for sentence in answer["sentences"]:
            assert f"{sentence['naming']}{sentence['text']}[{sentence['rank']}]" in answer["text"]
        assert answer["abstained"] == (answer["sentences"] == []) == (answer["reason"] is not None)
        assert (answer["confidence"] >= 0.5) != answer["abstained"]
        assert answer["composer"] is None
        answered += not answer["abstained"]
    assert answered > 20


@pytest.mark.parametrize(
    ("question", "text", "value", "unit", "qualifier"),
    [
        ("扶沟县供应土地多少亩", "2458.96亩", 2458.96, "亩", "exact"),
        ("扶沟对接洽谈项目企业多少家", "约67家", 67, "家", "about"),
        ("新郑召开了多少次重点企业服务例会", "20多次", 20, "次", "over"),
    ],
)
def test_the_figure_asked_for_comes_first(
    client: TestClient, question: str, text: str, value: float, unit: str, qualifier: str
) -> None:
    body = asked(client, question)
    assert body["interpretation"]["asks_figure"]
    figure = body["answer"]["figures"][0]
    assert (figure["text"], figure["value"], figure["unit"], figure["qualifier"]) == (text, value, unit, qualifier)
    assert text in body["answer"]["text"]


def test_a_figure_says_what_it_measures_where_and_of_what_time(client: TestClient) -> None:
    figure = asked(client, "扶沟县供应土地多少亩")["answer"]["figures"][0]
    told = {name: figure[name] for name in ("indicator", "place", "case_number", "time", "upper")}
    assert told == {
        "indicator": "供应土地",
        "place": "周口市扶沟县",
        "case_number": 157,
        "time": "2021年以来",
        "upper": None,
    }


def test_every_passage_has_its_citation_in_three_forms(client: TestClient) -> None:
    for passage in asked(client, "项目推进机制", top_k=50)["passages"]:
        forms, url = passage["citation_forms"], passage["url"]
        assert forms["plain"] == passage["citation"]
        assert forms["markdown"] == f"[{passage['citation']}]({url})"
        kind = "[Z/OL]" if passage["case"]["case_number"] is None else f"{passage['case']['title']}[G/OL]//"
        assert kind in forms["gbt7714"]
        assert re.search(rf"第{passage['paragraph']}段\[\d{{4}}-\d\d-\d\d\]\. {re.escape(url)}\.$", forms["gbt7714"])


@pytest.mark.parametrize(
    ("question", "numbers"),
    [("哪些地方实行领导分包", {153, 154, 155, 156, 157}), ("哪些地方提到联审联批", {153, 154})],
)
def test_a_question_across_cases_counts_them_and_names_each(
    client: TestClient, question: str, numbers: set[int]
) -> None:
    body = asked(client, question)
    assert body["interpretation"]["across"]
    answer = body["answer"]
    case_of = {passage["rank"]: passage["case"] for passage in body["passages"]}
    assert {case_of[sentence["rank"]]["case_number"] for sentence in answer["sentences"]} == numbers
    assert answer["case_count"] == len(numbers) == len(answer["sentences"])
    for sentence in answer["sentences"]:
        case = case_of[sentence["rank"]]
        assert sentence["naming"] == f"{case['city']}{case['county']}："
    assert asked(client, "扶沟是怎么保障土地的")["answer"]["case_count"] is None


@pytest.mark.parametrize(
    ("question", "reason", "shown", "nearest"),
    [
        ("怎么", "nothing_asked", 0, []),
        ("开封市怎么保障土地", "place_unknown", 5, [1, 2, 3]),
        ("第九百篇讲什么", "case_unknown", 5, [1, 2, 3]),
        ("2019年扶沟供应土地多少亩", "year_unknown", 5, [1, 2, 3]),
        ("孟津供应土地多少亩", "not_covered", 5, [1, 2, 3]),
        ("量子计算机的原理", "off_topic", 5, []),
    ],
)
def test_a_silence_says_why_and_keeps_what_is_near_apart(
    client: TestClient, question: str, reason: str, shown: int, nearest: list[int]
) -> None:
    body = asked(client, question)
    answer = body["answer"]
    assert (answer["abstained"], answer["reason"]) == (True, reason)
    assert answer["cited_ranks"] == answer["sentences"] == answer["figures"] == []
    assert answer["nearest_ranks"] == nearest
    assert answer["confidence"] < 0.5
    assert len(body["passages"]) == shown
    assert not re.search(r"\[\d", answer["text"])
    assert not any(passage["text"][:20] in answer["text"] for passage in body["passages"])
    assert answer["text"].endswith(("。", "”。"))


@pytest.mark.parametrize(
    "turns",
    [
        {"question": FOLLOW_UP, "messages": [user(BEFORE)]},
        {"messages": [user(BEFORE), user(FOLLOW_UP)]},
        {"messages": [user(BEFORE), assistant("舞钢市是这样保障土地的。"), user(FOLLOW_UP)]},
        {"messages": [{"role": "system", "content": "只说舞钢。"}, user(BEFORE), user(FOLLOW_UP), assistant("好。")]},
        {"messages": [user(BEFORE) | {"name": "王", "id": 3}, user(" "), user(FOLLOW_UP), user("\n")]},
    ],
)
@pytest.mark.parametrize("path", ["/ask", "/search"])
def test_a_follow_up_is_made_whole_from_what_the_person_said(
    client: TestClient, path: str, turns: dict[str, Any]
) -> None:
    body = client.post(path, json=turns).json()
    understood = body["interpretation"]
    assert (body["question"], understood["rewritten"]) == (FOLLOW_UP, True)
    assert understood["question"] == "孟津是怎么推进项目的"
    assert understood["place"]["county"] == "孟津区"
    assert understood["narrowed_to"] == [154]
    assert body["passages"] == client.post("/search", json={"question": "孟津是怎么推进项目的"}).json()["passages"]
    assert body["passages"][0]["case"]["case_number"] == 154


@pytest.mark.parametrize(
    ("question", "before"),
    [
        (FOLLOW_UP, [assistant(BEFORE)]),
        (FOLLOW_UP, []),
        ("舞钢是怎么加大资金支持力度的？", [user(BEFORE), assistant("……")]),
    ],
)
def test_a_question_is_left_as_typed_where_there_is_nothing_to_add(
    client: TestClient, question: str, before: list[dict[str, Any]]
) -> None:
    understood = asked(client, question, messages=before)["interpretation"]
    assert understood["rewritten"] is False
    assert understood == asked(client, question)["interpretation"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"question": "土地", "messages": [{"role": "tool", "content": "土地"}]}, "user"),
        ({"question": "土地", "messages": [{"role": "user"}]}, "消息内容"),
        ({"question": "土地", "messages": [{"content": "土地"}]}, "角色"),
        ({"question": "土地", "messages": [user(5)]}, "文字"),
        ({"question": "土地", "messages": [user("土" * 20_001)]}, "20000"),
        ({"question": "土地", "messages": [user("土地")] * 101}, "100"),
        ({"question": "土地", "messages": "扶沟"}, "对话"),
        ({"question": "土地", "messages": ["扶沟"]}, "JSON 对象"),
        ({"messages": [assistant("扶沟是怎么保障土地的")]}, "问题"),
        ({"messages": [user(" ")]}, "问题"),
        ({"messages": []}, "问题"),
        ({"messages": [user("土地" * 501)]}, "1000"),
    ],
)
@pytest.mark.parametrize("path", ["/ask", "/search"])
def test_messages_that_cannot_be_used_are_told_in_chinese(
    client: TestClient, path: str, body: dict[str, Any], told: str
) -> None:
    response = client.post(path, json=body)
    assert response.status_code == 422
    error = response.json()["error"]
    assert error["code"] == "invalid_request"
    assert told in error["message"]
    assert "值不能用" not in error["message"], "says that something is wrong, but not what"


def test_search_gives_no_stream(client: TestClient) -> None:
    response = client.post("/search", json={"question": "土地", "stream": True})
    assert (response.status_code, response.json()["error"]["message"]) == (422, "不认识的字段 stream。")


@pytest.mark.parametrize("field", ["city", "county", "case_number", "document_id", "headings", "aspect"])
def test_half_a_character_in_a_filter_is_the_askers_fault(client: TestClient, field: str) -> None:
    content = f'{{"question": "土地", "filters": {{"{field}": "\\ud800"}}}}'.encode()
    response = client.post("/ask", content=content, headers={"content-type": "application/json"})
    assert response.status_code == 422
