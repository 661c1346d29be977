"""A comparison as a file that is filed: CSV for a spreadsheet, Word, Markdown; every statement with its citation."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import docx
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Pt

from api.questions.views import permanent_link
from api.security.links import citable
from corpus.document import Document, Passage
from qa.citation import citation_forms
from qa.compare import Comparison, Row

COLUMNS = ("案例", "做法", "成效", "数据", "时间")
_WITH_BACKGROUND = ("案例", "背景", *COLUMNS[1:])
_FONT = "宋体"
_TITLE_SIZE, _TEXT_SIZE = Pt(16), Pt(10.5)
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
"""What a spreadsheet would take for a formula; a text that begins so is led in by an apostrophe."""


@dataclass(frozen=True, slots=True)
class Table:
    """A comparison laid out: its title, the cells of each row in the order of the columns, and the citations [1], …"""

    title: str
    rows: tuple[tuple[str, ...], ...]
    citations: tuple[str, ...]
    notes: tuple[str, ...]
    columns: tuple[str, ...] = COLUMNS


def laid_out(comparison: Comparison, base_url: str, accessed: date) -> Table:
    """Return the table of a comparison; each statement ends with the [n] of its citation by GB/T 7714.

    None of them has a link that leads only to the machine it was made on. There is a column for the background where
    some row tells of it.
    """
    with_background = any(row.background for row in comparison.rows)
    numbers: dict[str, int] = {}
    lines: list[str] = []

    def marker(document: Document, passage: Passage) -> str:
        if passage.id not in numbers:
            url = citable(permanent_link(passage, base_url))
            numbers[passage.id] = len(lines) + 1
            lines.append(citation_forms(document, passage, url, accessed).gbt7714)
        return f"[{numbers[passage.id]}]"

    def cells(row: Row) -> tuple[str, ...]:
        told = [
            "".join(f"{said.quote}{marker(row.document, said.evidence.passage)}" for said in sentences)
            for sentences in (*([row.background] if with_background else []), row.measures, row.results)
        ]
        figures = "；".join(
            f"{each.placed.figure.measure}{each.text}{marker(row.document, each.evidence.passage)}"
            for each in row.figures
        )
        name = " ".join(filter(None, (row.case.label, row.case.place.name or row.case.title)))
        return (name or row.document.title, row.note or told[0], *told[1:], figures, row.time)

    rows = tuple(map(cells, comparison.rows))
    columns = _WITH_BACKGROUND if with_background else COLUMNS
    notes = tuple(f"汇编里没有{name}的案例。" for name in comparison.missing)
    return Table(comparison.interpretation.text, rows, tuple(lines), notes, columns)


def to_csv(table: Table) -> bytes:
    """Return the table as CSV in UTF-8 with a byte order mark, which spreadsheets need to read Chinese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.columns)
    writer.writerows([_harmless(cell) for cell in row] for row in table.rows)
    writer.writerow([])
    writer.writerows([_harmless(f"[{at}] {line}")] for at, line in enumerate(table.citations, start=1))
    writer.writerows([note] for note in table.notes)
    return out.getvalue().encode("utf-8-sig")


def to_markdown(table: Table) -> bytes:
    """Return the table as Markdown."""
    lines = [f"# {_inline(table.title)}", "", _line(table.columns), _line(["---"] * len(table.columns))]
    lines += [_line(map(_inline, row)) for row in table.rows]
    lines += ["", *(f"{_inline(note)}\n" for note in table.notes)]
    lines += [f"[{at}] {_inline(line)}\n" for at, line in enumerate(table.citations, start=1)]
    return "\n".join(lines).encode()


def to_docx(table: Table) -> bytes:
    """Return the table as a Word document, landscape, the citations below it."""
    document = docx.Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = _FONT, _TEXT_SIZE
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    title = document.add_paragraph().add_run(_NOT_IN_XML.sub("", table.title))
    title.bold, title.font.size = True, _TITLE_SIZE
    grid = document.add_table(rows=1, cols=len(table.columns), style="Table Grid")
    for cell, name in zip(grid.rows[0].cells, table.columns, strict=True):
        cell.paragraphs[0].add_run(name).bold = True
    for row in table.rows:
        for cell, words in zip(grid.add_row().cells, row, strict=True):
            cell.text = _NOT_IN_XML.sub("", words)
    for note in table.notes:
        document.add_paragraph(_NOT_IN_XML.sub("", note))
    document.add_paragraph().add_run("引文").bold = True
    for at, line in enumerate(table.citations, start=1):
        document.add_paragraph(_NOT_IN_XML.sub("", f"[{at}] {line}"))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _inline(words: str) -> str:
    """Return words that Markdown shows as they are, in one line."""
    for mark in ("\\", "|", "<", "*", "_", "`"):
        words = words.replace(mark, f"\\{mark}")
    # No link of a document's own; the [n] of our citations stays.
    return " ".join(words.replace("](", "]\\(").splitlines())
