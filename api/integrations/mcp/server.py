"""The protocol's server: lists the tools and calls them; what goes wrong is said in Chinese, to the model."""

import logging
from collections.abc import Awaitable, Callable
from importlib.metadata import version

from fastapi.exceptions import RequestValidationError
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as ListedTool
from pydantic import ValidationError
from starlette.requests import Request

from api.errors import Fault, NotFound, fault_of
from api.integrations.mcp.tools import TOOLS
from api.security.audit import note
from api.state import State

_log = logging.getLogger(__name__)

_INSTRUCTIONS = (
    "案问：地方政府案例汇编的问答。先用 ask；要读原文用 search 和 fetch；要对照用 compare。"
    "回答只用返回的原文，保留 [n]、出处和链接；没有答案时照实说没有。"
)

_LISTED = [
    ListedTool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.takes.model_json_schema(),
        output_schema=tool.gives.model_json_schema(),
        annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
    )
    for tool in TOOLS
]

_BY_NAME = {tool.name: tool for tool in TOOLS}

_Context = ServerRequestContext[object, Request]


def mcp_server(
    state: Callable[[], Awaitable[State]], base_url: Callable[[State, Request | None], str]
) -> Server[object]:
    """Return a server of the tools.

    `state` gives the index that answers, at every call, or raises why there is none; `base_url` what links begin with,
    given the HTTP request where there is one.
    """

    async def listed(_context: _Context, _asked: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=_LISTED)

    async def called(context: _Context, asked: CallToolRequestParams) -> CallToolResult:
        note(tool=asked.name)
        tool = _BY_NAME.get(asked.name)
        if tool is None:
            return _failed(fault_of(NotFound(f"没有叫“{asked.name}”的工具。可用的有：{'、'.join(_BY_NAME)}。")))
        try:
            given = tool.takes.model_validate(asked.arguments or {})
            current = await state()
            result = await tool.work(given, current, base_url(current, context.request))
        except ValidationError as error:
            return _failed(fault_of(RequestValidationError(error.errors())))
        except Exception as error:
            fault = fault_of(error)
            if fault.status == 500:
                _log.exception("MCP 工具 %s 出错", asked.name)
            return _failed(fault)
        return CallToolResult(
            content=[TextContent(type="text", text=result.model_dump_json())],
            structured_content=result.model_dump(mode="json"),
        )

    return Server(
        "anwen",
        version=version("anwen"),
        title="案问",
        instructions=_INSTRUCTIONS,
        on_list_tools=listed,
        on_call_tool=called,
    )


def _failed(fault: Fault) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=fault.message)], is_error=True)
