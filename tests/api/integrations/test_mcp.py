"""The tools over a real socket, with the protocol's own client, which speaks as old clients do and as new ones do."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp.client import Client
from mcp_types import CallToolResult, TextContent
from pydantic import SecretStr

from api.app import create_app
from api.settings import Settings
from api.state import opened
from corpus.document import Document
from corpus.outline import outlined
from index.change import change
from index.errors import IndexMissing
from tests.api.live import live
from tests.api.sending import small_home
from tests.fakes import HashedEncoder

QUESTION = "扶沟是怎么保障土地的"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}
JSON = {"accept": "application/json, text/event-stream", "content-type": "application/json"}

Call = Callable[..., CallToolResult]


def connected(base_url: str, mode: str = "auto") -> Call:
    """Return what calls a tool of a server, each time as another client."""

    def call(name: str, **arguments: Any) -> CallToolResult:
        async def once() -> CallToolResult:
            async with Client(f"{base_url}/mcp", mode=mode) as client:
                return await client.call_tool(name, arguments)

        return anyio.run(once)

    return call


@pytest.fixture(params=["legacy", "auto"])
def call(request: pytest.FixtureRequest, base_url: str) -> Call:
    return connected(base_url, request.param)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[str]:
    """A small server, and its data folder beside."""
    settings = Settings(home=small_home(tmp_path / "home"))
    with live(create_app(settings, lambda: opened(settings, HashedEncoder()))) as address:
        yield address


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small server that has a name of its own."""
    home = small_home(tmp_path_factory.mktemp("named"))
    settings = Settings(home=home, base_url="https://anwen.example.gov.cn", allowed_hosts=("10.1.2.3",))
    with live(create_app(settings, lambda: opened(settings, HashedEncoder()))) as address:
        yield address


def content(result: CallToolResult) -> dict[str, Any]:
    """Return the JSON of a result, which is there once as text and once as a structure."""
    (item,) = result.content
    assert isinstance(item, TextContent)
    assert not result.is_error, item.text
    found: dict[str, Any] = json.loads(item.text)
    assert found == result.structured_content
    return found


def refusal(result: CallToolResult) -> str:
    (item,) = result.content
    assert isinstance(item, TextContent)
    assert result.is_error
    assert result.structured_content is None
    return item.text


def spans_stand(quotes: list[dict[str, Any]], text: str) -> bool:
    return all(text[each["start"] : each["end"]] == each["text"] for each in quotes)


def test_the_tools_say_in_chinese_what_each_is_for_and_what_it_takes(base_url: str) -> None:
    async def listed() -> dict[str, Any]:
        async with Client(f"{base_url}/mcp") as client:
            return {tool.name: tool for tool in (await client.list_tools()).tools}

    tools = anyio.run(listed)
    assert set(tools) == {"search", "fetch", "ask", "compare"}
    for tool in tools.values():
        assert "案例汇编" in tool.description or "段落" in tool.description or "几个地方" in tool.description
        assert all("description" in given for given in tool.input_schema["properties"].values())
        assert tool.annotations.read_only_hint


def test_what_is_found_can_be_fetched_and_is_the_text_itself(call: Call, compilation: Document, base_url: str) -> None:
    results = content(call("search", query=QUESTION))["results"]
    assert len(results) > 1
    assert all(set(each) == {"id", "title", "url"} for each in results)
    first = content(call("fetch", id=results[0]["id"]))
    assert set(first) == {"id", "title", "text", "url", "metadata"}
    assert "扶沟" in first["title"]
    assert first["url"] == results[0]["url"] == f"{base_url}/passages/{first['id']}"
    assert httpx2.get(first["url"]).json()["text"] == first["text"]
    where = first["metadata"]
    assert spans_stand([{"text": first["text"]} | where], compilation.text)
    assert where["case"]["case_number"] == 157
    neighbour = content(call("fetch", id=where["next"]))
    assert neighbour["metadata"]["previous"] == first["id"]


def test_an_answer_cites_each_sentence_to_the_letter(call: Call, compilation: Document) -> None:
    answer = content(call("ask", question=QUESTION))
    assert not answer["abstained"]
    assert "2458.96亩" in answer["answer"]
    assert "[1]" in answer["answer"]
    assert spans_stand(answer["sentences"], compilation.text)
    assert all(each["text"] in answer["answer"] and each["url"].startswith("http://") for each in answer["sentences"])
    again = content(call("fetch", id=answer["sentences"][0]["id"]))
    assert answer["sentences"][0]["text"] in again["text"]


def test_silence_is_told_as_such_with_what_is_worth_reading(call: Call) -> None:
    answer = content(call("ask", question="兰考县是怎么保障土地的"))
    assert answer["abstained"]
    assert answer["reason"] == "place_unknown"
    assert "兰考" in answer["answer"]
    assert answer["sentences"] == []


def test_a_follow_up_is_understood_from_the_turns_before(call: Call) -> None:
    turns = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "供应土地。"}]
    answer = content(call("ask", question="那孟津呢", messages=turns))
    assert "孟津" in answer["question"]
    assert "土地" in answer["question"]
    assert all("孟津" in each["citation"] for each in answer["sentences"])


def test_filters_narrow_and_an_unknown_one_is_refused_in_chinese(call: Call) -> None:
    answer = content(call("ask", question="怎么保障土地", filters={"county": "舞钢市"}))
    assert answer["sentences"]
    assert all("舞钢" in each["citation"] for each in answer["sentences"])
    assert "西湖区" in refusal(call("ask", question="怎么保障土地", filters={"county": "西湖区"}))


def test_places_are_put_side_by_side_also_where_the_list_comes_as_a_string(call: Call, compilation: Document) -> None:
    places = ["扶沟", "舞钢", "杭州"]
    table = content(call("compare", question="怎么保障土地", places=places))
    assert [row["case"]["county"] for row in table["rows"]] == ["舞钢市", "扶沟县"]
    assert table["missing"] == ["杭州"]
    for row in table["rows"]:
        assert row["measures"]
        assert spans_stand([*row["measures"], *row["results"], *row["figures"]], compilation.text)
    as_text = json.dumps(places, ensure_ascii=False)
    assert content(call("compare", question="怎么保障土地", places=as_text)) == table


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("fetch", {"id": "没有这份:0-10"}, "没有编号为“没有这份”的文档"),
        ("fetch", {"id": "157"}, "段落编号应为"),
        ("fetch", {}, "缺少"),
        ("search", {"query": "  "}, "不能为空"),
        ("search", {"query": "地" * 1001}, "太长"),
        ("ask", {"question": QUESTION, "temperature": 1}, "不认识的字段 temperature"),
        ("ask", {"question": QUESTION, "messages": "以前的话"}, "应为列表"),
        ("compare", {"question": QUESTION, "places": [""]}, "不能为空"),
        ("answer", {}, "没有叫“answer”的工具。可用的有：ask、search、fetch、compare"),
    ],
)
def test_what_cannot_be_done_is_said_in_chinese_to_the_model(
    base_url: str, tool: str, arguments: dict[str, Any], said: str
) -> None:
    message = refusal(connected(base_url)(tool, **arguments))
    assert said in message
    assert message.endswith("。")


def test_a_fault_inside_is_told_without_its_insides(
    small: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: object) -> None:
        raise ValueError("/secret/path")

    monkeypatch.setattr("api.integrations.mcp.tools.passage_named", broken)
    message = refusal(connected(small)("fetch", id="甲县:7-34"))
    assert message == "服务内部出错，已记入日志。请稍后再试。"
    assert "/secret/path" in caplog.text


def test_without_an_index_the_tools_are_listed_and_say_why_they_cannot_answer(tmp_path: Path) -> None:
    def missing() -> Any:
        raise IndexMissing("还没有索引。")

    with live(create_app(Settings(home=tmp_path), missing)) as address:
        assert refusal(connected(address)("search", query=QUESTION)) == "还没有索引。"


def test_an_index_that_is_replaced_meanwhile_answers_the_next_call(small: str, tmp_path: Path) -> None:
    call = connected(small)
    assert "没有编号为“乙县”的文档" in refusal(call("fetch", id="乙县:7-20"))
    document, _ = outlined("乙县", "乙县低空物流\n乙县开通无人机物流航线7条。\n", "乙县")
    change(tmp_path / "home" / "index", HashedEncoder(), [document])

    async def followed() -> str:
        with anyio.fail_after(10):
            async with Client(f"{small}/mcp") as client:
                while (found := await client.call_tool("fetch", {"id": "乙县:7-20"})).is_error:
                    await anyio.sleep(0.05)
                return str(content(found)["text"])

    assert anyio.run(followed) == "乙县开通无人机物流航线7条"


def test_many_clients_at_once_get_each_their_own(base_url: str) -> None:
    wanted = ["扶沟", "孟津", "舞钢", "新郑"] * 2

    async def answered() -> dict[int, str]:
        found: dict[int, str] = {}

        async def one(at: int) -> None:
            async with Client(f"{base_url}/mcp") as client:
                result = content(await client.call_tool("search", {"query": f"{wanted[at]}做了什么"}))
                found[at] = result["results"][0]["title"]

        async with anyio.create_task_group() as tasks:
            for at in range(len(wanted)):
                tasks.start_soon(one, at)
        return found

    titles = anyio.run(answered)
    assert all(wanted[at] in titles[at] for at in range(len(wanted)))


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({"host": "evil.example"}, 421, "ANWEN_ALLOWED_HOSTS"),
        ({"origin": "https://evil.example"}, 403, "这个网页不能使用"),
        ({"content-type": "text/plain"}, 415, "JSON"),
        ({"origin": "http://127.0.0.1:8000"}, 200, "案问"),
        ({"host": "localhost:8000"}, 200, "案问"),
        ({"host": "anwen.example.gov.cn", "origin": "https://anwen.example.gov.cn"}, 200, "案问"),
        ({"host": "10.1.2.3:8000"}, 200, "案问"),
    ],
)
def test_only_a_name_of_this_server_is_answered(named: str, headers: dict[str, str], status: int, said: str) -> None:
    response = httpx2.post(f"{named}/mcp", json=INITIALIZE, headers=JSON | headers)
    assert response.status_code == status
    assert said in response.text


def test_links_begin_with_the_address_in_the_settings(named: str) -> None:
    links = content(connected(named)("search", query="甲县养老服务"))["results"]
    assert links[0]["url"] == "https://anwen.example.gov.cn/passages/甲县:7-34"


def test_who_asked_what_by_which_tool_is_written_down(tmp_path: Path) -> None:
    settings = Settings(home=small_home(tmp_path / "home"))
    with live(create_app(settings, lambda: opened(settings, HashedEncoder()))) as address:
        call = connected(address)
        content(call("ask", question="甲县建了几个养老服务中心"))
        content(call("compare", question="甲县养老服务", places=["甲县"]))
        refusal(call("fetch", id="没有:0-9"))
    lines = [json.loads(line) for line in settings.audit_file.read_text("utf-8").splitlines()]
    told = [(line["tool"], line.get("question")) for line in lines if "tool" in line]
    assert told == [("ask", "甲县建了几个养老服务中心"), ("compare", "甲县养老服务"), ("fetch", None)]


def test_a_key_is_needed_where_the_settings_ask_for_one(tmp_path: Path) -> None:
    settings = Settings(home=small_home(tmp_path / "home"), require_key=True, admin_key=SecretStr("k" * 32))
    with live(create_app(settings, lambda: opened(settings, HashedEncoder()))) as address:
        refused = httpx2.post(f"{address}/mcp", json=INITIALIZE, headers=JSON)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        let_in = httpx2.post(f"{address}/mcp", json=INITIALIZE, headers=JSON | {"authorization": f"Bearer {'k' * 32}"})
        assert let_in.json()["result"]["serverInfo"]["name"] == "anwen"


def test_there_are_no_streams_and_no_sessions(base_url: str) -> None:
    response = httpx2.get(f"{base_url}/mcp", headers={"accept": "text/event-stream"})
    assert response.status_code == 405
    opened_one = httpx2.post(f"{base_url}/mcp", json=INITIALIZE, headers=JSON)
    assert opened_one.json()["result"]["serverInfo"]["title"] == "案问"
    assert "mcp-session-id" not in opened_one.headers
