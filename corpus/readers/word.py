"""Word files: paragraphs, tables, notes and text boxes in the order they are read in."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
from docx.document import Document as WordFile
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.oxml.ns import qn
from lxml import etree
from lxml.etree import _Element as Element

from corpus.errors import FaultCode, Refused
from corpus.extracted import Extracted
from corpus.readers.lines import Lines, one_line
from corpus.readers.safety import Limits, opened, unpacked, without_entities
from corpus.readers.tables import Cell, table_lines
from corpus.readers.word_numbers import Numbering, attribute
from corpus.readers.word_styles import Style, Styles

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_PIC = "{http://schemas.openxmlformats.org/drawingml/2006/picture}pic"
_VML_PICTURE = "{urn:schemas-microsoft-com:vml}imagedata"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_TEXT_BOX = qn("w:txbxContent")
_AS_TEXT = {
    qn("w:tab"): "\t",
    qn("w:ptab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
}
_REMOVED = (qn("w:del"), qn("w:moveFrom"))
_PASSED_OVER = frozenset({qn("w:pPr"), qn("w:rPr"), qn("w:instrText"), _MC + "Fallback", _TEXT_BOX})
_WRAPPERS = frozenset(
    {qn("w:sdt"), qn("w:sdtContent"), qn("w:customXml"), qn("w:smartTag"), qn("w:ins"), qn("w:moveTo")}
)
_P, _TBL, _TR, _TC = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_TEXTS = frozenset({qn("w:t"), _MATH_TEXT})
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_PICTURES = frozenset({_PIC, _VML_PICTURE, _CHART, _DIAGRAM, qn("w:object")})
_REL = RT.FOOTNOTES.rpartition("/")[0]
_SPAN_MOST = 100
_NOTES = {qn("w:footnoteReference"): ("footnotes", "注"), qn("w:endnoteReference"): ("endnotes", "尾注")}
_NO_TITLES = {"", "Word Document", "Microsoft Word 文档", "PowerPoint 演示文稿"}


def read(path: Path, name: str, limits: Limits) -> Extracted:
    """Return the text of a .docx file; origins count the paragraphs and tables of its body from 1.

    A table of one cell is a frame around paragraphs. Footnotes follow the paragraph that refers to them. Raises
    Refused (unreadable, zip_bomb, xml_entities, encrypted, too_large, too_many_entries).
    """
    _check(path, limits)
    try:
        file = docx.Document(str(path))
    except (KeyError, ValueError, AttributeError, zipfile.BadZipFile, etree.LxmlError) as error:
        raise _damaged() from error
    return _Walk(file).extracted(name)


def _check(path: Path, limits: Limits) -> None:
    """Read every part once, counting, before a library holds them all."""
    with opened(path, limits) as archive:
        for entry in archive.infolist():
            pieces = unpacked(archive, entry, limits)
            without_entities(pieces)
            for _ in pieces:
                pass


def _damaged() -> Refused:
    return Refused(FaultCode.UNREADABLE, "Word 文件已损坏，请用 Word 打开并另存后再试。")


class _Walk:
    """Goes through a file in reading order; what stands beside a paragraph waits until the paragraph is written."""

    def __init__(self, file: WordFile) -> None:
        self._file = file
        self._lines = Lines()
        self._styles = Styles(_related(file, RT.STYLES))
        self._numbering = Numbering(_related(file, RT.NUMBERING))
        self._notes = {kind: _by_id(_related(file, f"{_REL}/{kind}")) for kind, _ in _NOTES.values()}
        self._noted = dict.fromkeys(self._notes, 0)
        self._boxes: list[Element] = []
        self._references: list[tuple[str, str, str]] = []
        self._pictures = 0
        self._place = 0
        titled = [p for p in file.element.body.iter(_P) if self._styles.of(p).title and any(p.itertext(qn("w:t")))]
        # One title is the file's, and its headings are below; several are what a compilation is made of.
        self._shift = 1 if len(titled) > 1 else 0
        self._title = ""

    def extracted(self, name: str) -> Extracted:
        for block in _blocks(self._file.element.body):
            self._place += 1
            self._block(block)
        self._around()
        if self._pictures:
            self._lines.note(f"有 {self._pictures} 处图片或图表没有读出，其中的文字不在内。")
        if self._file.element.body.find(f".//{qn('w:altChunk')}") is not None:
            self._lines.note("文件里嵌入了其他文件，没有读出。请用 Word 打开并另存后再试。")
        if self._numbering.unknown:
            self._lines.note("有的自动编号格式无法识别，已按阿拉伯数字读出，请与原文核对。")
        title = self._title or (self._file.core_properties.title or "").strip()
        return self._lines.extracted(name, "" if title in _NO_TITLES else title)

    def _block(self, block: Element) -> None:
        if block.tag == _TBL:
            self._table(block)
        else:
            self._paragraph(block)
        self._beside()

    def _paragraph(self, paragraph: Element) -> None:
        style = self._styles.of(paragraph)
        text = "".join(self._words(paragraph))
        # Word counts a paragraph without words too.
        number = self._number(style)
        if not text.strip():
            return
        level = style.level + self._shift if style.level else self._shift * style.title
        text = number + text
        if style.title and not self._title:
            self._title = one_line(text).strip()
        self._lines.add(text, level=level, paragraph=self._place)

    def _number(self, style: Style) -> str:
        if not style.list:
            return ""
        at = style.list_level
        return self._numbering.count(
            style.list, self._numbering.level_of_style(style.list, style.id) if at is None else at
        )

    def _table(self, table: Element) -> None:
        rows = [list(row.iterchildren(_TC, *_WRAPPERS)) for row in _within(table, _TR)]
        if all(len(cells) == 1 for cells in rows):
            for (cell,) in rows:
                for block in _blocks(cell):
                    self._block(block)
            return
        for line in table_lines(self._rows(table)):
            self._lines.add(line, paragraph=self._place)

    def _rows(self, table: Element) -> list[list[Cell]]:
        return [[self._cell(cell, row) for cell in _within(row, _TC)] for row in _within(table, _TR)]

    def _cell(self, cell: Element, row: Element) -> Cell:
        texts = []
        for block in _blocks(cell):
            if block.tag == _TBL:
                texts.extend(table_lines(self._rows(block)))
            elif words := "".join(self._words(block)):
                texts.append(self._number(self._styles.of(block)) + words)
        properties = cell.find(qn("w:tcPr"))
        merge = properties.find(qn("w:vMerge")) if properties is not None else None
        span = attribute(properties, "w:gridSpan") if properties is not None else ""
        return Cell(
            " ".join(" ".join(texts).split()),
            columns=min(int(span), _SPAN_MOST) if span.isascii() and span.isdigit() and len(span) < 5 else 1,
            continued=merge is not None and merge.get(qn("w:val"), "continue") == "continue",
            header=row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None,
        )

    def _words(self, element: Element) -> Iterator[str]:
        """Yield the text of what stands in a paragraph, setting aside what has its place elsewhere."""
        for child in element:
            tag = child.tag
            if tag in _TEXTS:
                yield child.text or ""
            elif tag in _AS_TEXT:
                yield _AS_TEXT[tag]
            elif tag == qn("w:sym"):
                symbol = _symbol(child)
                if not symbol:
                    self._lines.note("有符号字体里的特殊符号没有读出。")
                yield symbol
            elif tag in _REMOVED:
                self._lines.drop("".join(child.itertext(qn("w:delText"), qn("w:t"))), "修订中删去的文字")
            elif tag == qn("w:rt"):
                self._lines.drop("".join(child.itertext(qn("w:t"))), "注音")
            elif tag == qn("w:r") and child.find(f"{qn('w:rPr')}/{qn('w:vanish')}") is not None:
                self._lines.drop("".join(child.itertext(qn("w:t"))), "隐藏的文字")
            elif tag in _NOTES:
                self._references.append((*_NOTES[tag], child.get(qn("w:id"), "")))
            elif tag == _TEXT_BOX:
                self._boxes.append(child)
            elif tag in _PICTURES:
                self._pictures += 1
            elif tag not in _PASSED_OVER:
                yield from self._words(child)

    def _beside(self) -> None:
        """Write the text boxes and notes that the last paragraph or table has."""
        boxes, self._boxes = self._boxes, []
        references, self._references = self._references, []
        for box in boxes:
            for block in _blocks(box):
                self._block(block)
        for kind, label, note_id in references:
            note = self._notes[kind].get(note_id)
            if note is None:
                continue
            self._noted[kind] += 1
            text = " ".join("".join(self._words(paragraph)).strip() for paragraph in note.iter(_P)).strip()
            self._lines.add(f"〔{label}{self._noted[kind]}〕{text}", paragraph=self._place)

    def _around(self) -> None:
        """Set down what stands around the text: heads and feet of pages, comments."""
        for relation, reason in ((RT.HEADER, "页眉"), (RT.FOOTER, "页脚"), (RT.COMMENTS, "批注")):
            said = set()
            for root in _all_related(self._file, relation):
                text = "\n".join(filter(str.strip, ("".join(self._words(p)) for p in root.iter(_P))))
                if text not in said:
                    said.add(text)
                    self._lines.drop(text, reason)
        for box in self._boxes:
            self._lines.drop("\n".join("".join(self._words(p)) for p in box.iter(_P)), "页眉页脚里的文本框")


def _blocks(container: Element) -> Iterator[Element]:
    """Yield paragraphs and tables in order, also those inside content controls."""
    yield from _within(container, _P, _TBL)


def _within(container: Element, *tags: str) -> Iterator[Element]:
    for child in container:
        if child.tag in tags:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _within(child, *tags)


def _all_related(file: WordFile, relation: str) -> Iterator[Element]:
    for relationship in file.part.rels.values():
        if relationship.reltype == relation and not relationship.is_external:
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            try:
                yield etree.fromstring(relationship.target_part.blob, parser)
            except etree.LxmlError as error:
                raise _damaged() from error


def _related(file: WordFile, relation: str) -> Element | None:
    return next(_all_related(file, relation), None)


def _by_id(root: Element | None) -> dict[str, Element]:
    return {note.get(qn("w:id"), ""): note for note in root} if root is not None else {}


def _symbol(element: Element) -> str:
    code = element.get(qn("w:char"), "")
    try:
        point = int(code, 16)
    except ValueError:
        return ""
    # Symbol fonts sit in the private use area, where a character says nothing without its font.
    return "" if 0xE000 <= point <= 0xF8FF or not 0x20 <= point < 0xD800 else chr(point)
