"""The command `anwen`."""

import logging
import socket
from dataclasses import asdict
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from api.app import create_app
from api.cli import feedback as feedback_cli
from api.cli import library as library_cli
from api.cli.library import ensure_index, indexed_documents, loaded_encoder
from api.cli.terminal import OUT, AsJson, errors_told, fail, print_json, say, tell
from api.compilation import originals, outline_views
from api.observability import logs
from api.questions import schemas, views
from api.settings import Settings, SettingsError, from_environment
from api.state import State, opened
from corpus.document import Case, Document
from corpus.numerals import case_number
from corpus.reader import Reading, read
from index.errors import IndexLoading
from index.filters import Filters
from qa.asking import Reply, ask
from qa.citation import PART_NAMES

_log = logging.getLogger(__name__)

app = typer.Typer(
    help="案问：向地方政府案例汇编提问，得到可逐字核对的答案。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(library_cli.app)
app.add_typer(feedback_cli.app)
for _command in entry_points(group="anwen.commands"):
    # What other rooms add (anwen eval) is found by name, since api and eval do not know one another.
    app.add_typer(_command.load(), name=_command.name)


_SHOWN = 40
"""Characters of a paragraph that an outline shows."""


@app.command("ask")
def ask_command(
    question: Annotated[str, typer.Argument(help="问题，例如：扶沟是怎么保障土地的")],
    top_k: Annotated[int, typer.Option("--top-k", "-k", min=1, max=schemas.MOST_PASSAGES, help="段落数")] = 5,
    city: Annotated[str | None, typer.Option(help="只看这个市")] = None,
    county: Annotated[str | None, typer.Option(help="只看这个县（市、区）")] = None,
    case: Annotated[str | None, typer.Option(help="只看这一篇，如 157")] = None,
    section: Annotated[str | None, typer.Option(help="只看这个小节标题")] = None,
    aspect: Annotated[str | None, typer.Option(help="只看做法、成效或背景")] = None,
    as_json: AsJson = False,
) -> None:
    """提一个问题。"""
    if not question.strip():
        fail("invalid_request", "问题不能为空。", as_json)
    if len(question) > schemas.LONGEST_QUESTION:
        fail("invalid_request", f"问题太长，最多 {schemas.LONGEST_QUESTION} 个字。", as_json)
    with errors_told(as_json):
        settings = from_environment()
        state = _opened(settings)
        headings = (section,) if section else ()
        filters = Filters(city=city, county=county, case_number=case, headings=headings, aspect=aspect)
        reply = ask(state.reader, question, top_k, filters)
    if as_json:
        print_json(
            {
                "question": question,
                "interpretation": views.interpretation_out(
                    reply.interpretation, reply.plan, rewritten=False
                ).model_dump(),
                "answer": views.answer_out(reply).model_dump(),
                "passages": [
                    views.passage_out(
                        each, reply.plan, state.reader.generation.document, settings.base_url
                    ).model_dump()
                    for each in reply.evidence
                ],
                "index": {"generation": state.manifest.generation, "fingerprint": state.manifest.fingerprint},
            }
        )
    else:
        _print_reply(reply)


@app.command("serve")
def serve_command(
    host: Annotated[str | None, typer.Option(help="监听地址，默认取 ANWEN_HOST 或 127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="端口，默认取 ANWEN_PORT 或 8000；0 为任选")
    ] = None,
) -> None:
    """启动服务。还没有索引时，先用内置的汇编建一个。"""
    import uvicorn

    failures: list[Exception] = []

    def load() -> State:
        try:
            state = _opened(settings)
        except Exception as error:
            # Told below, as all errors of the command are, once the server has stopped.
            failures.append(error)
            server.should_exit = True
            raise IndexLoading("索引或模型没能载入，服务正在停止。") from error
        ready = f"案问已就绪：{address}  （接口说明在 {address}/docs，按 Ctrl+C 停止）"
        # Who collects the log as JSON wants no other lines in it.
        if settings.log == "json":
            _log.info(ready)
        else:
            tell(ready)
        return state

    with errors_told():
        settings = from_environment()
        bound = (host or settings.host, settings.port if port is None else port)
        listener = _listening(*bound)
        listener.listen(socket.SOMAXCONN)
        address = f"http://{bound[0]}:{listener.getsockname()[1]}"
        application = create_app(settings, load, at_once=True)
        server = uvicorn.Server(uvicorn.Config(application, log_config=None, access_log=False))
        logs.configure(settings)
        server.run(sockets=[listener])
        if failures:
            raise failures[0]


@app.command("show")
def show_command(
    number: Annotated[str | None, typer.Argument(help="篇号，如 157；不给则列出全部案例")] = None,
    check: Annotated[Path | None, typer.Option("--check", help="检查一个文件：读懂了什么，哪些行拿不准")] = None,
    as_json: AsJson = False,
) -> None:
    """看一篇案例的提纲，或检查一个文件读得对不对。"""
    with errors_told(as_json):
        if check:
            _print_check(read(check), as_json)
            return
        settings = from_environment()
        documents = indexed_documents(settings)
    cases = [(case, document) for document in documents for case in document.cases if case.number is not None]
    if number is None:
        if as_json:
            print_json([outline_views.case_summary(case, document).model_dump() for case, document in cases])
        for case, _ in [] if as_json else cases:
            OUT.print(f"{case.label}  {case.title}")
        return
    wanted = case_number(number)
    chosen = [(case, document) for case, document in cases if case.number == wanted]
    if not chosen:
        fail("not_found", f"汇编里没有第{number}篇。可用 anwen show 列出全部案例。", as_json)
    for case, document in chosen:
        if as_json:
            pages = originals.pages(settings.originals_root, document)
            print_json(outline_views.case_out(case, document, pages).model_dump())
        else:
            _print_case(case, document)


def _opened(settings: Settings) -> State:
    encoder = loaded_encoder(settings)
    ensure_index(settings, encoder)
    return opened(settings, encoder)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, asyncio turns Nagle's algorithm off; else every answer on a kept connection waits 40 ms more.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"无法监听 {host}:{port}（{error.strerror}）。请换一个端口，例如 make serve PORT=8080。"
        ) from error
    return listener


def _print_reply(reply: Reply) -> None:
    if reply.plan.note and not reply.plan.silence:
        say(reply.plan.note, style="dim")
    say(reply.answer.text, style="bold")
    if reply.answer.silence and reply.evidence:
        say("\n以下是最接近的段落，不是答案：", style="dim")
    for each in reply.evidence:
        say(f"\n[{each.hit.rank}] {each.citation}", style="cyan")
        shown = Text(each.text)
        for start, end in each.highlights:
            shown.stylize("bold yellow", start - each.passage.start, end - each.passage.start)
        OUT.print(shown, soft_wrap=True)


def _print_case(case: Case, document: Document) -> None:
    say(f"{case.label}  {case.title}", style="bold")
    say(
        f"地点：{case.place.province}{case.place.name}   文档：{document.id}   位置：{case.start}–{case.end}",
        style="dim",
    )
    for section in case.sections:
        say("")
        say("  " + (" / ".join(section.headings) or PART_NAMES[section.part]), style="cyan")
        for paragraph in section.paragraphs:
            words = document.text[paragraph.start : paragraph.end]
            opening = words if len(words) <= _SHOWN else words[:_SHOWN] + "……"
            say(f"    第{paragraph.number}段 [{paragraph.start}, {paragraph.end})  {opening}")


def _print_check(reading: Reading, as_json: bool) -> None:
    document, doubts = reading.document, reading.doubts
    sections = [section for case in document.cases for section in case.sections]
    counts = {
        "case_count": sum(case.number is not None for case in document.cases),
        "section_count": len(sections),
        "paragraph_count": sum(len(section.paragraphs) for section in sections),
    }
    if as_json:
        report = {"id": document.id, "title": document.title, **counts, "doubts": [asdict(doubt) for doubt in doubts]}
        print_json(report)
        return
    say(f"《{document.title}》（{document.id}）", style="bold")
    say(f"案例 {counts['case_count']} 篇，小节 {counts['section_count']} 个，段落 {counts['paragraph_count']} 个。")
    for case in document.cases:
        place = f"（{case.place.name}）" if case.place.name else ""
        say(f"  {case.label or '（无篇号）'} {case.title}{place}：{len(case.sections)} 节")
    say(f"拿不准的行：{len(doubts)}" if doubts else "没有拿不准的行。")
    for doubt in doubts:
        line = document.text[doubt.start : doubt.end].split("\n", 1)[0][:_SHOWN]
        say(f"  第{doubt.line}行  {doubt.reason}：{line}", style="yellow")
