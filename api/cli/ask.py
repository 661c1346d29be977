"""The command that asks: what answers is here, or a server."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.text import Text

from api.cli.terminal import OUT, AsJson, errors_told, fail, print_json, say
from api.client import Client, ClientError
from api.questions.fields import LONGEST_QUESTION
from api.questions.schemas import MOST_PASSAGES, AskOut

app = typer.Typer(rich_markup_mode=None)

_NOT_SHOWN = {"took_ms", "trace"}
"""What a server tells of itself."""


@app.command("ask")
def ask_command(
    question: Annotated[str, typer.Argument(help="问题，例如：扶沟是怎么保障土地的")],
    top_k: Annotated[int, typer.Option("--top-k", "-k", min=1, max=MOST_PASSAGES, help="段落数")] = 5,
    city: Annotated[str | None, typer.Option(help="只看这个市")] = None,
    county: Annotated[str | None, typer.Option(help="只看这个县（市、区）")] = None,
    case: Annotated[str | None, typer.Option(help="只看这一篇，如 157")] = None,
    section: Annotated[str | None, typer.Option(help="只看这个小节标题")] = None,
    aspect: Annotated[str | None, typer.Option(help="只看做法、成效或背景")] = None,
    server: Annotated[
        str | None, typer.Option(envvar="ANWEN_SERVER", help="问这个地址上的服务，不在本机载入模型")
    ] = None,
    key: Annotated[str | None, typer.Option(envvar="ANWEN_KEY", help="服务要的口令")] = None,
    as_json: AsJson = False,
) -> None:
    """提一个问题。"""
    if not question.strip():
        fail("invalid_request", "问题不能为空。", as_json)
    if len(question) > LONGEST_QUESTION:
        fail("invalid_request", f"问题太长，最多 {LONGEST_QUESTION} 个字。", as_json)
    with errors_told(as_json):
        headings = (section,) if section else ()
        filters = {"city": city, "county": county, "case_number": case, "headings": headings, "aspect": aspect}
        reply = _there(question, top_k, filters, server, key, as_json) if server else _here(question, top_k, filters)
    if as_json:
        print_json(reply.model_dump(mode="json", exclude=_NOT_SHOWN))
    else:
        _print_reply(reply)


def _there(
    question: str, top_k: int, filters: Mapping[str, Any], server: str, key: str | None, as_json: bool
) -> AskOut:
    try:
        with Client(server, key) as client:
            return client.ask(question, top_k=top_k, filters=filters)
    except ClientError as error:
        fail(error.code, error.message, as_json)


def _here(question: str, top_k: int, filters: Mapping[str, Any]) -> AskOut:
    # What computes is not imported for who asks a server.
    from api.cli.library import opened_here
    from api.questions import views
    from api.settings import from_environment
    from index.filters import Filters
    from qa.asking import ask

    settings = from_environment()
    state = opened_here(settings)
    reply = ask(state.reader, question, top_k, Filters(**filters))
    documents = state.reader.generation.document
    return AskOut(
        question=question,
        interpretation=views.interpretation_out(reply.interpretation, reply.plan, rewritten=False),
        answer=views.answer_out(reply),
        passages=[views.passage_out(each, reply.plan, documents, settings.base_url) for each in reply.evidence],
        index=state.index_ref,
        took_ms=0,
    )


def _print_reply(reply: AskOut) -> None:
    note = reply.interpretation.note
    # Where the note is why there is no answer, the answer says it.
    if note and note not in reply.answer.text:
        say(note, style="dim")
    say(reply.answer.text, style="bold")
    if reply.answer.abstained and reply.passages:
        say("\n以下是最接近的段落，不是答案：", style="dim")
    for each in reply.passages:
        say(f"\n[{each.rank}] {each.citation}", style="cyan")
        shown = Text(each.text)
        for span in each.highlights:
            shown.stylize("bold yellow", span.passage_start, span.passage_end)
        OUT.print(shown, soft_wrap=True)
