"""The command that shows the outline of a case, or of a file that is to be added."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.cli.library import indexed_documents
from api.cli.terminal import OUT, AsJson, errors_told, fail, print_json, say
from api.compilation import originals, outline_views
from api.settings import from_environment
from corpus.document import Case, Document
from corpus.numerals import case_number
from corpus.reader import Reading, read
from qa.citation import PART_NAMES

app = typer.Typer(rich_markup_mode=None)

_SHOWN = 40
"""Characters of a paragraph that an outline shows."""


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
