"""PDF files with text in them."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from corpus.errors import FaultCode, Refused
from corpus.extracted import Extracted
from corpus.readers.lines import Lines
from corpus.readers.pdf_furniture import furniture
from corpus.readers.pdf_lines import Line, page_lines
from corpus.readers.pdf_paragraphs import paragraphs
from corpus.readers.safety import Limits, checked_length

_MADE_FROM = re.compile(r"^(?:Microsoft Word\s*[-–]\s*)|\.(?:docx?|wps|pdf|rtf|txt)$", re.IGNORECASE)
_NO_TITLE = re.compile(r"(?:untitled|anonymous|无标题|文档\s*\d*|幻灯片\s*\d*)?", re.IGNORECASE)
_FEW = 20
"""Characters on a page that shows a picture of half its size: a scan with a stamp or a page number."""
_MUTE_SHARE = 0.1
"""Share of a page's characters without a code in their font from which it is worth a remark."""


def read(path: Path, name: str, limits: Limits) -> Extracted:
    """Return the text of a PDF file; origins say where each page begins in it, and the page of each paragraph.

    Bookmarks that repeat a line of the page they lead to declare it a heading. Raises Refused (encrypted, unreadable,
    too_large, no_text).
    """
    with opened(path) as file:
        if len(file) > limits.pages:
            raise Refused(FaultCode.TOO_LARGE, f"PDF 有 {len(file)} 页，超过上限 {limits.pages} 页，请拆分后再试。")
        lines = Lines()
        pages = list(_pages(file, limits, lines))
        title = _title(file)
        bookmarks = _bookmarks(file)
    unwanted = furniture(pages)
    for (page, index), reason in sorted(unwanted.items()):
        lines.drop(pages[page][index].text, reason, page + 1)
    kept = [
        line
        for page, members in enumerate(pages)
        for index, line in enumerate(members)
        if (page, index) not in unwanted
    ]
    for paragraph in paragraphs(kept):
        level = bookmarks.get((paragraph.pages[0][1], _bare(paragraph.text)), 0)
        lines.add(paragraph.text, level=level, pages=paragraph.pages)
    if lines.blank:
        raise Refused(
            FaultCode.NO_TEXT, "PDF 里没有文字，可能是扫描件。请先做文字识别（OCR），存为带文字的 PDF 或 .docx 后再试。"
        )
    return lines.extracted(name, title)


def opened(path: Path) -> pypdfium2.PdfDocument:
    """Return a PDF file. Raises Refused (encrypted, unreadable)."""
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}:
            raise Refused(FaultCode.ENCRYPTED, "PDF 加了密码，请取消密码后再试。") from error
        raise Refused(FaultCode.UNREADABLE, "PDF 已损坏或不完整，请重新获取后再试。") from error


def _pages(file: pypdfium2.PdfDocument, limits: Limits, lines: Lines) -> Iterator[list[Line]]:
    """Yield the lines of each page, with remarks on pages that have none or cannot be read."""
    scanned, broken, mute = [], [], []
    characters, gutter = 0, None
    for number in range(1, len(file) + 1):
        try:
            page = file[number - 1]
            found = page_lines(page, number, gutter)
            pictured = _pictured(page)
            page.close()
        except pypdfium2.PdfiumError:
            broken.append(number)
            yield []
            continue
        gutter = found.gutter
        count = sum(len(line.text) for line in found.lines)
        characters += count
        checked_length(characters, limits)
        if count < _FEW and pictured:
            scanned.append(number)
        if found.mute > (count + found.mute) * _MUTE_SHARE:
            mute.append(number)
        yield found.lines
    for numbers, remark in (
        (scanned, "没有文字（可能是扫描件），未读出"),
        (broken, "已损坏，未读出"),
        (mute, "有字体没有对应的文字编码，部分文字未读出"),
    ):
        if numbers:
            lines.note(f"第{_listed(numbers)}页{remark}。")


def _pictured(page: pypdfium2.PdfPage) -> bool:
    """Tell whether pictures or drawings cover half a page."""
    width, height = page.get_size()
    for item in page.get_objects((pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH), max_depth=3):
        left, bottom, right, top = item.get_bounds()
        if abs((right - left) * (top - bottom)) * 2 >= width * height:
            return True
    return False


def _title(file: pypdfium2.PdfDocument) -> str:
    title = _MADE_FROM.sub("", str(file.get_metadata_dict().get("Title", "")).strip()).strip()
    return "" if _NO_TITLE.fullmatch(title) else title


def _bookmarks(file: pypdfium2.PdfDocument) -> dict[tuple[int, str], int]:
    """Return the levels of headings that the file's bookmarks declare, by page and words."""
    levels: dict[tuple[int, str], int] = {}
    for bookmark in file.get_toc(max_depth=9):
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        if index is not None:
            levels.setdefault((index + 1, _bare(bookmark.get_title())), bookmark.level + 1)
    return levels


def _listed(numbers: Sequence[int]) -> str:
    """Return page numbers as 3、5-8."""
    runs = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        runs.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return "、".join(runs)


def _bare(text: str) -> str:
    return "".join(text.split())
