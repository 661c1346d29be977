"""The command `anwen`. A command is read in when it is called: who asks a server waits for no model to be imported."""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoints, entry_points
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

_MODULES: Mapping[str, str] = {
    "ask": "ask",
    "serve": "serve",
    "mcp": "mcp",
    "show": "show",
    "index": "library",
    "add": "library",
    "remove": "library",
    "lexicon": "library",
    "status": "library",
    "doctor": "library",
    "export": "library",
    "import": "library",
    "feedback": "feedback",
    "key": "keys",
}
"""The module of `api.cli` that holds each command."""


class _Commands(TyperGroup):
    """The commands of this room, and those that others add."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002
        return [*_MODULES, *(each.name for each in _added())]

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]
        if module := _MODULES.get(cmd_name):
            return get_group(import_module(f"api.cli.{module}").app).get_command(ctx, cmd_name)
        # What other rooms add (anwen eval) is found by name, since api and eval do not know one another.
        return next((get_group(each.load()) for each in _added() if each.name == cmd_name), None)


def _added() -> EntryPoints:
    return entry_points(group="anwen.commands")


app = typer.Typer(
    cls=_Commands,
    help="案问：向地方政府案例汇编提问，得到可逐字核对的答案。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _main() -> None:
    pass
