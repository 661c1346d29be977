"""Answers with a language model set: what it may say, and that whatever it does wrong, there is an answer."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import create_app
from api.questions.llm import Llm, LlmSettings
from api.settings import Settings
from api.state import State, opened
from index.encoder import SentenceEncoder
from tests.api.questions import test_llm
from tests.api.questions.test_answers import assert_exact, user
from tests.api.questions.test_llm import KEY, Handler, Server, cut, gives, hangs, hung_up, never_ends, says, stalls
from tests.api.questions.test_routes import asked
from tests.api.questions.test_stream import streamed

QUESTION = "扶沟是怎么保障土地的"
GOOD = ("扶沟县供应土地2458.96亩。[1]", "对重点项目实行“五个优先”，优先配置土地资源。[1]")
INVENTED = "扶沟县供应土地9999亩。[1]"

model = test_llm.server
"""A server of a language model."""


@pytest.fixture(scope="module")
def state(home: Path, encoder: SentenceEncoder) -> State:
    return opened(Settings(home=home, llm_model="m"), encoder)


@contextmanager
def with_model(state: State, url: str, **limits: float) -> Iterator[TestClient]:
    llm = LlmSettings(url, "m", KEY, **limits)
    with TestClient(create_app(state.settings, lambda: replace(state, llm=Llm(llm)))) as client:
        yield client


@pytest.fixture
def composing(state: State, model: Server) -> Iterator[TestClient]:
    """A client of the application over the real index, with a language model set."""
    with with_model(state, model.url) as client:
        yield client


def test_a_good_answer_is_used(composing: TestClient, model: Server, client: TestClient) -> None:
    model.behave = says(*GOOD)
    body, extracted = asked(composing, QUESTION), asked(client, QUESTION)
    answer = body["answer"]
    assert answer["composer"] == {"model": "m", "used": True, "reason": None, "message": "", "dropped": []}
    assert answer["text"] == "".join(GOOD)
    assert (answer["cited_ranks"], answer["abstained"]) == ([1], False)
    assert_exact(composing, body)
    supports = [sentence["text"] for sentence in answer["sentences"]]
    assert "2458.96亩" in supports
    assert any("五个优先" in support for support in supports)
    assert [figure["text"] for figure in answer["figures"]] == ["2458.96亩"]
    assert body["passages"] == extracted["passages"]
    assert body["interpretation"] == extracted["interpretation"]


def test_figures_are_those_in_what_the_answer_rests_on_wherever_that_is(
    composing: TestClient, model: Server, client: TestClient
) -> None:
    """Also in a passage that the answer without a model does not draw from."""
    question = "扶沟怎么招商"
    extracted = asked(client, question, top_k=10)
    rank = next(passage["rank"] for passage in extracted["passages"] if "2458.96亩" in passage["text"])
    assert rank not in extracted["answer"]["cited_ranks"]
    model.behave = says(f"扶沟县供应土地2458.96亩。[{rank}]")
    body = asked(composing, question, top_k=10)
    assert body["answer"]["composer"]["used"]
    assert [figure["text"] for figure in body["answer"]["figures"]] == ["2458.96亩"]
    assert_exact(composing, body)


def test_an_invention_is_dropped_and_told_and_the_rest_stands(composing: TestClient, model: Server) -> None:
    model.behave = says(GOOD[0], INVENTED, GOOD[1])
    body = asked(composing, QUESTION)
    answer = body["answer"]
    assert answer["text"] == "".join(GOOD)
    assert answer["composer"]["used"]
    assert answer["composer"]["dropped"] == [{"text": INVENTED, "reason": "figure_not_found"}]
    assert_exact(composing, body)


def assert_extracted(answer: dict[str, Any], reason: str, client: TestClient) -> None:
    """The answer is the one without a model, and says why."""
    composer = answer["composer"]
    assert answer == asked(client, QUESTION)["answer"] | {"composer": composer}
    assert (composer["model"], composer["used"], composer["reason"]) == ("m", False, reason)
    assert "大模型" in composer["message"]
    assert composer["message"].endswith("。")


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (hung_up, "unreachable"),
        (cut, "unreachable"),
        (hangs, "timeout"),
        (stalls, "timeout"),
        (gives(401, "{}"), "refused"),
        (gives(500, "{}"), "server_error"),
        (gives(200, "<html>登录</html>", "text/html"), "nonsense"),
        (says(INVENTED), "nonsense"),
        (says("材料中没有。"), "no_answer"),
        (never_ends, "too_long"),
    ],
)
def test_a_model_that_fails_leaves_the_answer_from_the_passages(
    behave: Callable[[Handler], None], reason: str, state: State, model: Server, client: TestClient
) -> None:
    model.behave = behave
    limits = {"first_seconds": 0.3, "total_seconds": 0.6} if reason == "timeout" else {}
    with with_model(state, model.url, **limits) as composing:
        answer = asked(composing, QUESTION)["answer"]
    assert_extracted(answer, reason, client)


def test_a_model_that_is_not_there_leaves_the_answer_from_the_passages(state: State, client: TestClient) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with with_model(state, f"http://127.0.0.1:{closed.getsockname()[1]}/v1") as composing:
            assert_extracted(asked(composing, QUESTION)["answer"], "unreachable", client)


@pytest.mark.parametrize("question", ["怎么", "开封市怎么保障土地", "孟津供应土地多少亩", "量子计算机的原理"])
def test_a_silence_never_asks_the_model(composing: TestClient, model: Server, question: str) -> None:
    model.behave = says(*GOOD)
    assert asked(composing, question)["answer"]["abstained"]
    assert streamed(composing, question=question)[-1][1]["answer"]["composer"] is None
    assert composing.post("/search", json={"question": QUESTION}).status_code == 200
    assert model.asked == []
    asked(composing, QUESTION)
    assert len(model.asked) == 1


def test_the_model_is_asked_the_question_made_whole_and_not_told_the_turns(
    composing: TestClient, model: Server
) -> None:
    model.behave = says("孟津区召开联审联批会议7次。[1]")
    turns = [user("扶沟是怎么推进项目的"), {"role": "assistant", "content": "他们说过的话"}]
    asked(composing, "那孟津呢？", messages=turns)
    ((_, _, sent),) = model.asked
    told = "".join(message["content"] for message in sent["messages"])
    assert "孟津是怎么推进项目的" in told
    assert "他们说过的话" not in told
    assert "2458.96亩" not in told


def test_a_composed_answer_is_streamed_sentence_by_sentence(composing: TestClient, model: Server) -> None:
    model.behave = says(GOOD[0], INVENTED, GOOD[1])
    (first, _), *between, (last, answer) = streamed(composing, question=QUESTION)
    assert (first, last) == ("passages", "answer")
    assert between == [
        ("sentence", {"text": GOOD[0], "cited_ranks": [1]}),
        ("dropped", {"text": INVENTED, "reason": "figure_not_found"}),
        ("sentence", {"text": GOOD[1], "cited_ranks": [1]}),
    ]
    assert answer["answer"] == asked(composing, QUESTION)["answer"]


def test_a_stream_that_the_model_breaks_off_ends_with_the_answer_from_the_passages(
    composing: TestClient, model: Server, client: TestClient
) -> None:
    model.behave = cut
    (_, _), *between, (last, answer) = streamed(composing, question=QUESTION)
    assert [name for name, _ in between] == ["sentence"]
    assert last == "answer"
    assert_extracted(answer["answer"], "unreachable", client)


def test_set_in_the_settings_and_its_key_is_told_to_the_model_alone(
    home: Path, encoder: SentenceEncoder, model: Server
) -> None:
    settings = Settings(home=home, llm_base_url=model.url, llm_model="m", llm_key=SecretStr(KEY))
    told = []
    with TestClient(create_app(settings, lambda: opened(settings, encoder))) as composing:
        for behave in (says(*GOOD), cut, gives(401, f'{{"error": {{"message": "Incorrect API key: {KEY}"}}}}')):
            model.behave = behave
            told += [composing.post("/ask", json={"question": QUESTION, "stream": stream}) for stream in (False, True)]
        told += [composing.get(path) for path in ("/readyz", "/healthz", "/openapi.json", "/docs", "/figures")]
        told += [composing.post("/compare", json={"question": QUESTION})]
    assert [headers["authorization"] for _, headers, _ in model.asked] == [f"Bearer {KEY}"] * 6
    for response in told:
        assert response.status_code == 200
        assert KEY not in response.text + str(response.headers)
        assert model.url not in response.text
