"""The commands that change the compilation and look after its index."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.cli.terminal import BESIDE, AsJson, errors_told, print_json, say, tell
from api.imports.importing import Batch, apply, read_all
from api.imports.schemas import ImportReport
from api.imports.sweeping import sweep
from api.settings import Settings, from_environment
from api.state import State, opened
from corpus.document import Document
from corpus.reader import Reading, bundled
from index import doctor, transfer
from index.encoder import Encoder, SentenceEncoder
from index.errors import IndexingError
from index.store import exists, first_build, load_documents, manifest_of_current

app = typer.Typer(rich_markup_mode=None)

_SHOWN = 5
"""Unsure lines of a document that are printed; --json gives all."""

_ACTIONS = {"added": "新增", "updated": "更新", "unchanged": "没有变化"}


@app.command("index")
def index_command(
    paths: Annotated[list[Path] | None, typer.Argument(help="文件或文件夹；不给则用现有的文档")] = None,
    as_json: AsJson = False,
) -> None:
    """从头建索引：只收给出的文件；不给则重建现有的文档，没有时用内置的汇编。建好之前，原来的索引照常使用。"""
    with errors_told(as_json):
        settings = from_environment()
        batch = _read(settings, paths) if paths else _of(_standing(settings))
        report = _applied(settings, loaded_encoder(settings), batch, afresh=True)
    _print_report(report, as_json)


@app.command("add")
def add_command(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹：txt、md、docx、pdf、html、jsonl、zip")],
    as_json: AsJson = False,
) -> None:
    """加入文件；同名的文档被替换，没有改动的段落不再嵌入。中断后再运行一次，会接着做。"""
    with errors_told(as_json):
        settings = from_environment()
        batch = _read(settings, paths)
        encoder = loaded_encoder(settings)
        ensure_index(settings, encoder)
        report = _applied(settings, encoder, batch)
    _print_report(report, as_json)


@app.command("remove")
def remove_command(
    ids: Annotated[list[str], typer.Argument(help="文档编号，见 anwen status")], as_json: AsJson = False
) -> None:
    """移走文档。"""
    with errors_told(as_json):
        settings = from_environment()
        report = _applied(settings, loaded_encoder(settings), Batch((), ()), ids)
    _print_report(report, as_json)


@app.command("lexicon")
def lexicon_command(as_json: AsJson = False) -> None:
    """让 lexicon.txt 生效：每行一个词，或用 = 连起来的同义词；报告哪些文档因此重新切分。"""
    with errors_told(as_json):
        settings = from_environment()
        if not settings.lexicon_file.exists():
            tell(f"{settings.lexicon_file} 不存在，按没有自定义的词处理。")
        encoder = loaded_encoder(settings)
        ensure_index(settings, encoder)
        report = _applied(settings, encoder, Batch((), ()))
    _print_report(report, as_json)


@app.command("status")
def status_command(as_json: AsJson = False) -> None:
    """索引里有什么。"""
    with errors_told(as_json):
        settings = from_environment()
        manifest = manifest_of_current(settings.index_root)
        documents = load_documents(settings.index_root)
    rows = [
        {
            "id": document.id,
            "title": document.title,
            "case_count": sum(case.number is not None for case in document.cases),
            "character_count": len(document.text),
        }
        for document in sorted(documents, key=lambda each: each.id)
    ]
    if as_json:
        print_json({"generation": manifest.generation, "passage_count": manifest.passages, "documents": rows})
        return
    say(f"索引 {manifest.generation}（{manifest.created}，模型 {manifest.model_name}）", style="bold")
    say(f"{manifest.documents} 份文档，{manifest.cases} 篇案例，{manifest.passages} 个段落。")
    for row in rows:
        say(f"  {row['id']}  《{row['title']}》  案例 {row['case_count']} 篇，{row['character_count']} 字")


@app.command("doctor")
def doctor_command(
    mend: Annotated[bool, typer.Option("--mend", help="索引损坏时，退回到上一个完好的索引")] = False,
    as_json: AsJson = False,
) -> None:
    """全面检查索引，并说明怎样修复。有问题时退出码为 1。"""
    with errors_told(as_json):
        root = from_environment().index_root
        with BESIDE.status("检查……") as status:
            found = doctor.mended(root) if mend else doctor.examined(root, lambda what: status.update(f"检查 {what}"))
    if as_json:
        print_json(asdict(found))
    else:
        for finding in found.findings:
            say(finding.what, style="red")
        if found.findings:
            say(f"已退回到索引 {found.whole}。" if mend else found.findings[0].way_out)
        else:
            say(f"索引 {found.current} 完好。")
        if found.leftovers:
            say(f"有 {len(found.leftovers)} 处被中断的写入留下的文件，下次改动时会自动清除。", style="dim")
    if found.findings and not mend:
        raise typer.Exit(1)


@app.command("export")
def export_command(target: Annotated[Path, typer.Argument(help="要写的 .zip 文件")], as_json: AsJson = False) -> None:
    """把索引连同原文写成一个文件，用来备份或搬到另一台机器。"""
    with errors_told(as_json):
        settings = from_environment()
        with BESIDE.status("写出……"):
            manifest = transfer.exported(settings.index_root, target)
        size = target.stat().st_size
    if as_json:
        print_json({"generation": manifest.generation, "file": str(target), "bytes": size})
    else:
        say(f"索引 {manifest.generation} 已写入 {target}（{size / 2**20:.1f} MB）。")


@app.command("import")
def import_command(
    source: Annotated[Path, typer.Argument(help="anwen export 写出的文件")], as_json: AsJson = False
) -> None:
    """换上 anwen export 写出的索引，全面检查之后才生效。"""
    with errors_told(as_json):
        settings = from_environment()
        encoder = loaded_encoder(settings)
        with BESIDE.status("检查并换上……"):
            manifest = transfer.imported(source, settings.index_root, encoder)
    if as_json:
        print_json(
            {
                "generation": manifest.generation,
                "document_count": manifest.documents,
                "passage_count": manifest.passages,
            }
        )
    else:
        say(f"已换上：索引 {manifest.generation}，{manifest.documents} 份文档，{manifest.passages} 个段落。")


def loaded_encoder(settings: Settings) -> Encoder:
    """Return the embedding model of the settings. Raises ModelError."""
    with BESIDE.status("载入嵌入模型……"):
        return SentenceEncoder(settings.model)


def ensure_index(settings: Settings, encoder: Encoder) -> None:
    """Build the index over the bundled compilation when there is none yet."""
    with first_build(settings.index_root):
        if not exists(settings.index_root):
            tell("还没有索引，先用内置的汇编建一个。")
            _applied(settings, encoder, _of(bundled()))


def opened_here(settings: Settings) -> State:
    """Return what answers, with an index built first when there is none yet. Raises IndexingError."""
    encoder = loaded_encoder(settings)
    ensure_index(settings, encoder)
    return opened(settings, encoder)


def indexed_documents(settings: Settings) -> tuple[Document, ...]:
    """Return the documents of the index, those of the bundled compilation when there is none."""
    return load_documents(settings.index_root) if exists(settings.index_root) else bundled()


def _standing(settings: Settings) -> tuple[Document, ...]:
    try:
        return indexed_documents(settings)
    except IndexingError as error:
        tell(f"{error} 现有的文档读不出来，改用内置的汇编；其他文件请再用 anwen add 加入。")
        return bundled()


def _of(documents: Sequence[Document]) -> Batch:
    return Batch(tuple(Reading(document, document.id, (), (), ()) for document in documents), ())


def _read(settings: Settings, paths: list[Path]) -> Batch:
    with BESIDE.status("读取……") as status:
        batch = read_all(settings, paths, lambda done: status.update(f"读取……已读 {done} 份"))
    for fault in batch.faults:
        tell(f"{fault.name}：{fault.reason}")
    return batch


def _applied(
    settings: Settings, encoder: Encoder, batch: Batch, removed: Sequence[str] = (), *, afresh: bool = False
) -> ImportReport:
    with _progress() as told:
        report = apply(settings, encoder, batch, removed, afresh=afresh, told=told)
    sweep(settings)
    return report


@contextmanager
def _progress() -> Iterator["_Told"]:
    columns = (
        TextColumn("嵌入"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("剩余"),
        TimeRemainingColumn(),
    )
    # Where nobody watches, it would leave an empty line.
    with Progress(*columns, console=BESIDE, transient=True, disable=not BESIDE.is_terminal) as progress:
        yield _Told(progress)


class _Told:
    """Shows passages done, how many a second, and the time left."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None, rate="")

    def __call__(self, done: int, total: int) -> None:
        speed = self._progress.tasks[0].speed
        self._progress.update(self._task, completed=done, total=total, rate=f"{speed:.0f} 段/秒" if speed else "")


def _print_report(report: ImportReport, as_json: bool) -> None:
    if as_json:
        print_json(report.model_dump())
        return
    for document in report.documents:
        say(f"{_ACTIONS[document.action]}  {document.id}  《{document.title}》", style="bold")
        say(
            f"    案例 {document.case_count} 篇，小节 {document.section_count} 个，段落 {document.paragraph_count} 个。"
        )
        for note in document.notes:
            say(f"    {note}", style="yellow")
        if document.left_out:
            reasons = "、".join(dict.fromkeys(each.reason for each in document.left_out))
            say(f"    未收入正文 {len(document.left_out)} 处：{reasons}", style="dim")
        for line in document.unsure[:_SHOWN]:
            say(f"    第{line.line}行拿不准：{line.reason}", style="yellow")
        if len(document.unsure) > _SHOWN:
            say(f"    …… 共 {len(document.unsure)} 行拿不准，--json 可看全部。", style="yellow")
    for removed in report.removed:
        say(f"移走  {removed}", style="bold")
    if report.resegmented:
        words = "、".join(f"{word}（{count}）" for word, count in report.resegmented.items() if count)
        if words:
            say(f"词典有变，相关的原有文档已重新切分：{words}", style="dim")
    if report.deferred:
        say(f"涉及段落太多、留待 anwen lexicon 时再切分的词：{'、'.join(report.deferred)}", style="dim")
    say(
        f"索引 {report.generation} 已建好：共 {report.passage_count} 个段落，模型读了 {report.embedded_count} 段文字，"
        f"用时 {report.seconds} 秒。"
    )
    if report.faults:
        say(f"有 {len(report.faults)} 处没有读取，原因见上。", style="red")
