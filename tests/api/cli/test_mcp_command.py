"""The tools for a program that starts them itself, over stdio."""

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import anyio
import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from mcp_types import CallToolResult

from api.cli.mcp import Opening
from api.integrations.mcp.server import mcp_server
from api.settings import Settings
from api.state import State, opened
from corpus.document import Document
from corpus.outline import outlined
from index.change import change
from index.encoder import SentenceEncoder
from index.errors import IndexMissing
from tests.api.cli.test_process import ANWEN, environment
from tests.api.sending import small_home
from tests.fakes import HashedEncoder

_SCRIPT = '"$0" mcp 2>errors | tee said'


def structured(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    found: dict[str, Any] = result.structured_content
    return found


def test_a_process_of_its_own_is_asked_follows_the_index_and_says_nothing_but_the_protocol(
    home: Path, compilation: Document, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    own = copytree(home, tmp_path / "home")
    started = StdioServerParameters(
        command="sh", args=["-c", _SCRIPT, str(ANWEN)], env=environment(own, ANWEN_PORT="8123"), cwd=tmp_path
    )

    async def spoken() -> None:
        async with Client(stdio_client(started)) as client:
            assert len((await client.list_tools()).tools) == 4
            answer = structured(await client.call_tool("ask", {"question": "扶沟是怎么保障土地的"}))
            first = answer["sentences"][0]
            assert compilation.text[first["start"] : first["end"]] == first["text"]
            assert first["url"] == f"http://127.0.0.1:8123/passages/{first['id']}"
            document, _ = outlined("丁县", "丁县低空物流\n丁县开通无人机物流航线7条。\n", "丁县")
            change(own / "index", encoder, [document])
            assert (
                structured(await client.call_tool("fetch", {"id": "丁县:7-20"}))["text"] == "丁县开通无人机物流航线7条"
            )

    anyio.run(spoken)
    said = (tmp_path / "said").read_text("utf-8").splitlines()
    assert {json.loads(line)["jsonrpc"] for line in said} == {"2.0"}
    assert "Traceback" not in (tmp_path / "errors").read_text("utf-8")


def test_an_index_that_could_not_be_opened_is_tried_again_at_the_next_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(home=tmp_path / "home")

    def load() -> State:
        return opened(settings, HashedEncoder())

    async def spoken() -> None:
        index = Opening(load)
        await index.begin()
        assert "索引" in capsys.readouterr().err
        async with Client(mcp_server(index.state, lambda _state, _request: "http://127.0.0.1:8000")) as client:
            refused = await client.call_tool("search", {"query": "养老服务"})
            assert refused.is_error
            small_home(settings.home)
            found = structured(await client.call_tool("search", {"query": "养老服务"}))
            assert found["results"][0]["url"] == "http://127.0.0.1:8000/passages/甲县:7-34"

    with pytest.raises(IndexMissing):
        load()
    anyio.run(spoken)
