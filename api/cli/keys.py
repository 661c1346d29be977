"""The commands that give out keys, list them, take them back and renew them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

import typer

from api.cli.terminal import OUT, AsJson, errors_told, print_json, say, tell
from api.security import keys
from api.security.keys import Key, Made, Scope
from api.settings import from_environment

_keys = typer.Typer(
    rich_markup_mode=None,
    help="口令：发给谁、能做什么、用多少；正在运行的服务随即照办，不必重启。",
    no_args_is_help=True,
)

app = typer.Typer(rich_markup_mode=None)
app.add_typer(_keys, name="key")

_SCOPES = {Scope.ASK: "提问和查阅", Scope.ADMIN: "管理（导入、移走、看反馈，也能提问）"}

Name = Annotated[str, typer.Argument(help="给谁用的，如 办公室、oa-系统")]


@_keys.command("add")
def add_command(
    name: Name,
    scope: Annotated[Scope, typer.Option(help="ask 只能提问和查阅；admin 还能导入、移走文档和查看反馈")],
    rate: Annotated[int | None, typer.Option(min=1, help="一分钟最多几次请求，不给则不限")] = None,
    quota: Annotated[int | None, typer.Option(min=1, help="一天最多几次请求，不给则不限")] = None,
    as_json: AsJson = False,
) -> None:
    """发一个口令。口令只显示这一次，存下来的只是它的散列值。"""
    with errors_told(as_json):
        made = keys.add(from_environment().keys_file, name, scope, rate, quota)
    _show(made, as_json)


@_keys.command("list")
def list_command(as_json: AsJson = False) -> None:
    """列出全部口令：名字、能做什么、限额、何时失效。口令本身看不到。"""
    with errors_told(as_json):
        found = keys.read(from_environment().keys_file)
    if as_json:
        print_json([_described(key) for key in found])
        return
    if not found:
        say("还没有口令。用 anwen key add 名字 --scope ask 发一个。")
    for key in found:
        say(f"{key.name}  {_SCOPES[key.scope]}  {'，'.join(_terms(key))}")


@_keys.command("remove")
def remove_command(name: Name, as_json: AsJson = False) -> None:
    """收回一个口令，立刻生效；换新时留着的旧口令也一并收回。"""
    with errors_told(as_json):
        keys.remove(from_environment().keys_file, name)
    if as_json:
        print_json({"removed": name})
    else:
        say(f"已收回“{name}”的口令。")


@_keys.command("rotate")
def rotate_command(
    name: Name,
    grace: Annotated[float, typer.Option(min=0, max=8760, help="旧口令还能用几个小时，0 为立刻失效")] = 24,
    as_json: AsJson = False,
) -> None:
    """给一个口令换新：范围和限额照旧，旧的过了宽限期失效。新口令只显示这一次。"""
    with errors_told(as_json):
        made = keys.rotate(from_environment().keys_file, name, timedelta(hours=grace))
    _show(made, as_json)
    if not as_json:
        tell(f"旧口令{f'还能用 {grace:g} 小时' if grace else '已经失效'}。")


def _show(made: Made, as_json: bool) -> None:
    if as_json:
        print_json({"key": made.text} | _described(made.key))
        return
    # The key alone on standard output, so that a script can take it.
    OUT.print(made.text, markup=False, soft_wrap=True)
    tell(f"“{made.key.name}”的口令，能{_SCOPES[made.key.scope]}。请现在收好，以后不会再显示。")
    tell("用法：请求头 Authorization: Bearer <口令>；网页上在“口令”一栏填入。")


def _described(key: Key) -> dict[str, object]:
    return key.model_dump(mode="json", exclude={"salt", "hash"})


def _terms(key: Key) -> Sequence[str]:
    bounds = [
        key.rate and f"每分钟 {key.rate} 次",
        key.quota and f"每天 {key.quota} 次",
        f"发于 {_shown(key.created)}",
        key.expires and f"用到 {_shown(key.expires)}",
    ]
    return [bound for bound in bounds if bound]


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
