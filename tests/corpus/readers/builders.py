"""Files made for the tests: Word, PDF, zip."""

import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import docx
from docx.document import Document as WordFile
from docx.oxml import parse_xml
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import escapeOnce
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph

FONT = "STSong-Light"
HEAD = "典型案例汇编"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

pdfmetrics.registerFont(UnicodeCIDFont(FONT))


def word(path: Path, *paragraphs: str) -> Path:
    file = docx.Document()
    for paragraph in paragraphs:
        file.add_paragraph(paragraph)
    file.save(str(path))
    return path


def add_xml(file: WordFile, xml: str) -> None:
    """Append a body element written in w: names."""
    body = file.element.body
    body.insert(len(body) - 1, parse_xml(xml.replace(">", f" {W}>", 1)))


def pdf(path: Path, paragraphs: Sequence[str], *, columns: int = 1, head: str = HEAD, title: str = "") -> Path:
    """Set paragraphs as an official file does: first lines two characters in, a running head, - 1 - at the foot."""
    style = ParagraphStyle("body", fontName=FONT, fontSize=12, leading=20, wordWrap="CJK", firstLineIndent=24)

    def decorate(canvas: Canvas, _: BaseDocTemplate) -> None:
        canvas.setFont(FONT, 9)
        if head:
            canvas.drawString(250, 800, head)
            canvas.drawCentredString(297, 30, f"- {canvas.getPageNumber()} -")

    width = 480 / columns
    frames = [Frame(58 + width * column, 60, width - 14, 710, 0, 0, 0, 0) for column in range(columns)]
    file = BaseDocTemplate(str(path), title=title)
    file.addPageTemplates([PageTemplate(frames=frames, onPage=decorate)])
    file.build([Paragraph(escapeOnce(paragraph), style) for paragraph in paragraphs])
    return path


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def with_part(source: Path, target: Path, part: str, data: bytes) -> Path:
    """Copy a zip with one entry replaced or added."""
    with zipfile.ZipFile(source) as archive:
        members = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    return zipped(target, members | {part: data})


def canvas_pdf(path: Path, pages: Sequence[Sequence[tuple[float, float, str]]]) -> Path:
    """Write lines of text at places of our choosing, one list a page."""
    canvas = Canvas(str(path), pagesize=(595, 842))
    for lines in pages:
        canvas.setFont(FONT, 12)
        for x, y, text in lines:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return path


def picture() -> BytesIO:
    """Return a grey PNG."""
    from PIL import Image

    data = BytesIO()
    Image.new("RGB", (60, 80), "grey").save(data, "PNG")
    data.seek(0)
    return data
