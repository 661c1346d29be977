"""The commands that hold the rules against labels made by hand: `anwen eval aspects`, `dialogues`, `headings`."""

from pathlib import Path
from typing import Annotated

import typer

from eval.console import errors_told

app = typer.Typer()

_REPORTS = "政府工作报告（.docx）所在的文件夹"


@app.command("aspects")
def aspects_command(
    reports: Annotated[Path | None, typer.Option(help=_REPORTS)] = None,
) -> None:
    """量“做法、成效、背景”的规则与两个人的标注是否一致。"""
    with errors_told():
        from eval import tables
        from eval.aspects import agreement

        tables.print_agreement(agreement(reports))


@app.command("dialogues")
def dialogues_command(split: Annotated[str, typer.Option(help="dev 或 held")] = "held") -> None:
    """量接着问的话补得对不对。"""
    with errors_told():
        from corpus.reader import bundled
        from eval import tables
        from eval.dialogues import dialogues, judged
        from index.lexicon import mined
        from index.tokenizer import Tokenizer
        from qa.understanding import PlaceNames

        names = PlaceNames(bundled(), Tokenizer(mined(bundled())))
        for name, found in dialogues(split).items():
            tables.print_dialogues(name, list(judged(found, names)))


@app.command("headings")
def headings_command(
    reports: Annotated[Path, typer.Argument(help=_REPORTS)],
    split: Annotated[str, typer.Option(help="dev 或 held")] = "held",
) -> None:
    """量标题认得对不对：位置和层级都要与人工标注的一致。"""
    with errors_told():
        from eval import tables
        from eval.headings import LABELS, scores

        tables.print_headings(list(scores(LABELS, reports, split)))
