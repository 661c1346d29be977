"""The OpenAI-compatible interface, asked by OpenAI's own client over a real socket."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from api.app import create_app
from api.integrations.openai_chat import routes
from api.integrations.openai_chat.writing import Writing, written
from api.questions import answering
from api.questions.llm import Llm, LlmSettings
from api.questions.schemas import AskIn
from api.settings import Settings
from api.state import State, opened
from corpus.document import Document
from index.encoder import SentenceEncoder
from index.errors import IndexMissing
from qa.asking import ask as reader_ask
from tests.api.live import live
from tests.api.questions import test_llm
from tests.api.questions.test_llm import KEY, Server, cut, says

MODEL = "anwen"
QUESTION = "扶沟是怎么保障土地的?"
ACROSS = "哪些地方建立了联审联批机制?"
SILENT = "孟津供应土地多少亩"
MARKER = re.compile(r"\[(\d{1,3})\]")

llm = test_llm.server
"""A server of a language model."""


@pytest.fixture(scope="module")
def state(home: Path, encoder: SentenceEncoder) -> State:
    return opened(Settings(home=home, llm_model="m"), encoder)


@pytest.fixture(scope="module")
def address(state: State) -> Iterator[str]:
    with live(create_app(state.settings, lambda: state)) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        yield client


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def completed(client: openai.OpenAI, *messages: Any, **more: Any) -> ChatCompletion:
    """The answer to a conversation; a text is what the user says."""
    sent: Any = [user(each) if isinstance(each, str) else each for each in messages]
    answer: ChatCompletion = client.chat.completions.create(model=MODEL, messages=sent, **more)
    return answer


def streamed(client: openai.OpenAI, *messages: Any, **more: Any) -> list[ChatCompletionChunk]:
    sent: Any = [user(each) if isinstance(each, str) else each for each in messages]
    return list(client.chat.completions.create(model=MODEL, messages=sent, stream=True, **more))


def joined(chunks: list[ChatCompletionChunk]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def content_of(answer: ChatCompletion) -> str:
    content = answer.choices[0].message.content
    assert content
    return content


def ask(address: str, question: str, **more: Any) -> dict[str, Any]:
    """What `/ask` says."""
    body: dict[str, Any] = httpx2.post(f"{address}/ask", json={"question": question, **more}).json()
    return body


def test_there_is_one_model(client: openai.OpenAI) -> None:
    (model,) = client.models.list()
    assert (model.id, model.object) == (MODEL, "model")
    assert client.models.retrieve(MODEL) == model
    assert model.created > 1_600_000_000


def test_the_answer_is_that_of_ask_with_its_sources_under_it(client: openai.OpenAI, address: str) -> None:
    answer = completed(client, QUESTION)
    asked = ask(address, QUESTION)
    text, _, sources = content_of(answer).partition("\n\n出处：\n")
    numbers = iter(MARKER.findall(text))
    assert MARKER.sub("", text) == MARKER.sub("", asked["answer"]["text"])
    url = {passage["rank"]: passage["url"] for passage in asked["passages"]}
    assert answer.model_extra
    citations = answer.model_extra["citations"]
    assert [citations[int(number) - 1] for number in numbers] == [
        url[each["rank"]] for each in asked["answer"]["sentences"]
    ]
    for number, (line, link) in enumerate(zip(sources.splitlines(), citations, strict=True), start=1):
        assert line.startswith(f"- [{number}] [《2021年河南省优化营商环境典型案例汇编》第一百五十七篇")
        assert line.endswith(f"]({link})")
    assert answer.choices[0].finish_reason == "stop"
    assert answer.object == "chat.completion"
    assert answer.system_fingerprint == asked["index"]["fingerprint"]


@pytest.mark.parametrize("question", [QUESTION, ACROSS])
def test_each_sentence_leads_to_the_passage_it_stands_in(
    client: openai.OpenAI, compilation: Document, question: str
) -> None:
    answer = completed(client, question)
    content, extra = content_of(answer), answer.model_extra
    assert extra
    annotations = answer.choices[0].message.annotations
    assert annotations
    assert len(annotations) == len(MARKER.findall(content.partition("\n\n出处：")[0]))
    for annotation in annotations:
        cited = annotation.url_citation
        span = content[cited.start_index : cited.end_index]
        marker = MARKER.search(span)
        assert marker
        assert marker.end() == len(span)
        result = extra["search_results"][int(marker[1]) - 1]
        assert (result["url"], result["title"]) == (cited.url, cited.title)
        assert span[: marker.start()] in result["snippet"]
        assert result["snippet"] in compilation.text
        passage = httpx2.get(cited.url, headers={"accept": "application/json"}).json()
        assert passage["id"] == result["passage_id"]
        assert passage["text"] == result["snippet"]
    assert extra["citations"] == [result["url"] for result in extra["search_results"]]
    # A client that takes the n-th different source for [n] is right.
    assert list(dict.fromkeys(each.url_citation.url for each in annotations)) == extra["citations"]


@pytest.mark.parametrize("question", [QUESTION, ACROSS, SILENT])
def test_a_stream_says_piece_by_piece_what_is_otherwise_said_at_once(client: openai.OpenAI, question: str) -> None:
    chunks, answer = streamed(client, question), completed(client, question)
    first, *_, last = chunks
    assert first.choices[0].delta.role == "assistant"
    assert joined(chunks) == content_of(answer)
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert last.model_extra
    assert answer.model_extra
    assert last.model_extra["citations"] == answer.model_extra["citations"]
    assert last.model_extra["search_results"] == answer.model_extra["search_results"]
    annotations = [
        note for chunk in chunks for note in (chunk.choices[0].delta.model_extra or {}).get("annotations", [])
    ]
    assert annotations == [note.model_dump() for note in answer.choices[0].message.annotations or []]
    assert len({(chunk.id, chunk.model, chunk.object, chunk.created) for chunk in chunks}) == 1
    assert all(chunk.usage is None for chunk in chunks)


def test_sentences_of_a_stream_come_one_by_one(client: openai.OpenAI, address: str) -> None:
    sentences = ask(address, ACROSS)["answer"]["sentences"]
    pieces = [chunk.choices[0].delta.content or "" for chunk in streamed(client, ACROSS)]
    said = [piece for piece in pieces if MARKER.search(piece) and not piece.startswith("\n\n出处")]
    assert [MARKER.sub("", piece) for piece in said] == [each["naming"] + each["text"] for each in sentences]
    assert len(said) > 1


def test_the_stream_ends_as_openai_says(address: str) -> None:
    body = {"model": MODEL, "messages": [user(QUESTION)], "stream": True}
    response = httpx2.post(f"{address}/v1/chat/completions", json=body)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-accel-buffering"] == "no"
    assert response.text.endswith("\n\ndata: [DONE]\n\n")
    assert all(line.startswith("data: ") for line in response.text.split("\n") if line)


def test_usage_counts_characters_and_comes_with_a_stream_where_it_is_asked_for(client: openai.OpenAI) -> None:
    answer = completed(client, {"role": "system", "content": "简短"}, QUESTION)
    assert answer.usage
    usage = (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens)
    assert usage == (2 + len(QUESTION), len(content_of(answer)), 2 + len(QUESTION) + len(content_of(answer)))
    *chunks, last = streamed(
        client, {"role": "system", "content": "简短"}, QUESTION, stream_options={"include_usage": True}
    )
    assert last.choices == []
    assert last.usage == answer.usage
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)


def test_a_follow_up_is_resolved_from_the_turns_before(client: openai.OpenAI) -> None:
    before = ["扶沟是怎么推进项目的?", {"role": "assistant", "content": None}]
    answer = completed(client, *before, "那孟津呢？")
    whole = completed(client, "孟津是怎么推进项目的?")
    titles = [note.url_citation.title for note in answer.choices[0].message.annotations or []]
    assert titles
    assert all("孟津区" in title for title in titles)
    assert content_of(answer) == content_of(whole)


def test_a_conversation_as_a_chat_holds_it(client: openai.OpenAI) -> None:
    """What was answered goes back as the client has it, sources and all."""
    messages: list[Any] = [{"role": "system", "content": "你是一个乐于助人的助手，只谈开封。"}]
    contents = []
    for question in ("扶沟是怎么推进项目的?", "那孟津呢？", "扶沟县供应土地多少亩?"):
        messages.append(user(question))
        contents.append(content_of(completed(client, *messages)))
        messages.append({"role": "assistant", "content": contents[-1]})
    assert ["扶沟县" in contents[0], "孟津区" in contents[1], "2458.96亩" in contents[2]] == [True] * 3


def test_parts_and_fields_that_say_nothing_here_are_ignored(client: openai.OpenAI) -> None:
    parts = [
        {"type": "text", "text": "扶沟是怎么"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "text", "text": "保障土地的?"},
    ]
    answer = completed(
        client,
        {"role": "developer", "content": "Answer in English."},
        {"role": "tool", "tool_call_id": "1", "content": "孟津"},
        user(parts),
        n=3,
        temperature=1.5,
        top_p=0.1,
        max_tokens=5,
        seed=7,
        stop=["。"],
        user="somebody",
        tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}],
        extra_body={"chat_id": "x", "files": None},
    )
    assert len(answer.choices) == 1
    assert "2458.96亩" in content_of(answer)


def test_a_very_long_history_is_cut_and_not_refused(client: openai.OpenAI) -> None:
    turns = [user("项目" * 15_000), *[user("谢谢")] * 300]
    answer = completed(client, *turns, "扶沟是怎么推进项目的?", "那孟津呢？")
    assert content_of(answer) == content_of(completed(client, "孟津是怎么推进项目的?"))


def test_silence_is_told_with_what_is_nearest_and_cites_nothing(client: openai.OpenAI, address: str) -> None:
    answer, asked = completed(client, SILENT), ask(address, SILENT)
    assert asked["answer"]["abstained"]
    assert content_of(answer) == asked["answer"]["text"]
    assert answer.choices[0].message.annotations == []
    assert answer.model_extra
    assert answer.model_extra["citations"] == []
    nearest = [asked["passages"][rank - 1]["url"] for rank in asked["answer"]["nearest_ranks"]]
    assert nearest
    assert [result["url"] for result in answer.model_extra["search_results"]] == nearest


async def _both(address: str) -> tuple[str, str]:
    sent: Any = [user(QUESTION)]
    async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        stream = await client.chat.completions.create(model=MODEL, messages=sent, stream=True)
        pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]
        answer = await client.chat.completions.create(model=MODEL, messages=sent)
        return "".join(pieces), content_of(answer)


def test_the_async_client_hears_the_same(client: openai.OpenAI, address: str) -> None:
    pieces, content = asyncio.run(_both(address))
    assert pieces == content == content_of(completed(client, QUESTION))


@pytest.mark.parametrize(
    ("messages", "kind", "code", "param", "told"),
    [
        ([], openai.BadRequestError, "invalid_request", None, "缺少问题"),
        ([user("  ")], openai.BadRequestError, "invalid_request", None, "缺少问题"),
        ([user("扶沟"), user(None)], openai.BadRequestError, "invalid_request", None, "缺少问题"),
        ([{"role": "system", "content": "扶沟"}], openai.BadRequestError, "invalid_request", None, "缺少问题"),
        ([user("问" * 1001)], openai.BadRequestError, "invalid_request", None, "最多 1000 个字"),
        ([{"content": "扶沟"}], openai.BadRequestError, "invalid_request", "messages.0.role", "缺少角色"),
        ("扶沟", openai.BadRequestError, "invalid_request", "messages", "列表"),
    ],
)
def test_what_cannot_be_asked_is_told(
    client: openai.OpenAI, messages: Any, kind: type[openai.APIStatusError], code: str, param: str | None, told: str
) -> None:
    for stream in (False, True):
        with pytest.raises(kind) as error:
            client.chat.completions.create(model=MODEL, messages=messages, stream=stream)
        assert (error.value.code, error.value.param) == (code, param)
        assert error.value.type == "invalid_request_error"
        assert told in str(error.value)


def test_another_model_is_not_here(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="gpt-4o") as asked:
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": QUESTION}])
    with pytest.raises(openai.NotFoundError, match="gpt-4o") as looked_up:
        client.models.retrieve("gpt-4o")
    assert asked.value.code == looked_up.value.code == "model_not_found"


def test_a_body_that_is_no_json_is_told(address: str) -> None:
    response = httpx2.post(f"{address}/v1/chat/completions", content=b"{", headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json()["error"].keys() == {"message", "type", "param", "code"}


def test_without_an_index_it_is_unavailable(tmp_path: Path) -> None:
    def missing() -> State:
        raise IndexMissing("还没有索引。")

    with (
        live(create_app(Settings(home=tmp_path), missing)) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client,
    ):
        for stream in (False, True):
            with pytest.raises(openai.InternalServerError, match="还没有索引") as error:
                client.chat.completions.create(
                    model=MODEL, messages=[{"role": "user", "content": "扶沟"}], stream=stream
                )
            assert (error.value.status_code, error.value.code, error.value.type) == (
                503,
                "index_missing",
                "server_error",
            )


def test_what_breaks_in_the_middle_of_a_stream_is_an_error_of_the_client(
    client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_arguments: Any, **_more: Any) -> Any:
        yield "说到一半"
        raise RuntimeError("secret")

    monkeypatch.setattr(routes, "written", broken)
    heard: list[ChatCompletionChunk] = []
    with pytest.raises(openai.APIError, match="服务内部出错") as error:
        heard.extend(
            client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": QUESTION}], stream=True)
        )
    assert joined(heard) == "说到一半"
    assert "secret" not in str(error.value)


def test_what_a_language_model_writes_is_numbered_in_the_order_of_the_text(state: State, llm: Server) -> None:
    """Clients take the n-th source for [n]; the model cites by rank."""
    llm.behave = says("孟津区召开联审联批会议7次。[2]", "材料里没有的话9999亩。[1]", "扶沟县供应土地2458.96亩。[1]")
    with composing(state, llm) as client:
        question = "孟津召开联审联批会议多少次，扶沟供应土地多少亩"
        ranks = _ranks(state, question, "联审联批会议7次", "2458.96亩")
        first, second = sorted(ranks, reverse=True)
        sentences = dict(zip(ranks, ("孟津区召开联审联批会议7次。", "扶沟县供应土地2458.96亩。"), strict=True))
        llm.behave = says(f"{sentences[first]}[{first}]", f"编造的9999亩。[{first}]", f"{sentences[second]}[{second}]")
        answer, chunks = completed(client, question), streamed(client, question)
    content = content_of(answer)
    assert content.startswith(f"{sentences[first]}[1]{sentences[second]}[2]\n\n出处：\n- [1] ")
    assert joined(chunks) == content
    notes = answer.choices[0].message.annotations or []
    spans = [content[note.url_citation.start_index : note.url_citation.end_index] for note in notes]
    assert spans == [f"{sentences[first]}[1]", f"{sentences[second]}[2]"]
    assert answer.model_extra
    assert answer.model_extra["citations"] == [note.url_citation.url for note in notes]


def test_a_language_model_that_breaks_off_is_followed_by_the_answer_from_the_passages(
    state: State, client: openai.OpenAI, llm: Server
) -> None:
    llm.behave = cut
    extracted = content_of(completed(client, QUESTION)).partition("\n\n出处：")[0]
    with composing(state, llm) as with_model:
        assert content_of(completed(with_model, QUESTION)).partition("\n\n出处：")[0] == extracted
        begun, told, rest = joined(streamed(with_model, QUESTION)).partition("\n\n出处：")[0].split("\n\n")
    assert begun.endswith("[1]")
    assert "已改用从原文摘出的答案" in told
    assert MARKER.sub("", rest) == MARKER.sub("", extracted)


@contextmanager
def composing(state: State, llm: Server) -> Iterator[openai.OpenAI]:
    """A client of a server with a language model set."""
    with_model = replace(state, llm=Llm(LlmSettings(llm.url, "m", KEY)))
    with (
        live(create_app(state.settings, lambda: with_model)) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client,
    ):
        yield client


def _ranks(state: State, question: str, *words: str) -> tuple[int, ...]:
    """The rank of the first passage found for a question that says each of some words."""
    found = reader_ask(state.reader, question, 5).evidence
    return tuple(next(each.hit.rank for each in found if word in each.text) for word in words)


def test_without_links_sources_are_told_apart_by_their_paths(state: State) -> None:
    """Where nobody knows under which address the server is reached: the text has no link, and nothing is empty."""
    found = asyncio.run(answering.told(AskIn(question=ACROSS), state, "https://anwen.example/"))
    passages = [passage.model_copy(update={"url": ""}) for passage in found.found.passages]
    writing = Writing(passages)
    text = "".join(asyncio.run(_written(found, state, writing)))
    assert "](" not in text
    cited = writing.found.citations
    assert len(cited) == len(set(cited)) > 1
    assert all(url.startswith("/passages/") for url in cited)
    assert [note.url_citation.url for note in writing.annotations] == cited


async def _written(found: answering.Told, state: State, writing: Writing) -> list[str]:
    return [text async for text in written(found, state, writing, at_once=True)]
