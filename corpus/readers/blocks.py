"""From a tree of HTML to its blocks in reading order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

from corpus.errors import FaultCode, Refused
from corpus.readers.lines import join
from corpus.readers.tables import Cell, table_lines

_NO_TEXT = ("script", "style", "template", "noscript", "head", "svg", "iframe", "object")
_INLINE = frozenset(
    (
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i"),
        *("ins", "kbd", "label", "mark", "nobr", "q", "ruby", "rb", "rt", "rp", "s", "samp", "small", "span", "strike"),
        *("strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
    )
)
_BLANK = re.compile(r"[ \t\f\xa0]+")
_LINE_END = re.compile(r"[ \t\f\xa0]*[\r\n]\s*")
_HEADING = re.compile(r"h([1-6])")
_CELL_LONGEST = 300
"""Characters; a table with a longer cell lays a page out, and is read cell by cell."""
_SPAN_MOST = 100


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of a page: its words, heading level or 0, the element it stands in, how much of it is links."""

    text: str
    level: int
    element: HtmlElement
    linked: int


def parsed(text: str) -> HtmlElement:
    """Return the tree of a page or a piece of one, which may be empty. Raises Refused (unreadable)."""
    # huge_tree: without it libxml2 stops reading, silently, where elements are nested over 256 deep.
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        root: HtmlElement = lxml_html.document_fromstring(
            text.replace("\0", "").encode("utf-8", "replace"), parser=parser
        )
    except etree.ParserError:
        # Said of documents with nothing but blanks and comments.
        return lxml_html.HtmlElement()
    except (etree.LxmlError, ValueError) as error:
        raise Refused(FaultCode.UNREADABLE, "网页无法解析，请在浏览器里打开，复制正文存为 .txt 或 .docx。") from error
    return root


def blocks(root: HtmlElement) -> Iterator[Block]:
    """Yield the paragraphs, headings and table rows under `root`; scripts, styles and comments are no text."""
    # `head` inside a body is a slip of its author's and holds nothing to read either.
    etree.strip_elements(root, etree.Comment, etree.ProcessingInstruction, *_NO_TEXT, with_tail=False)
    text = _Words()
    inside: HtmlElement | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if inside is not None:
            if event == "end" and element is inside:
                inside = None
                text.add(element.tail)
            continue
        if event == "start" and element.tag == "table" and (rows := _data_rows(element)):
            yield from text.block(element.getparent())
            for line in table_lines(rows):
                yield Block(line, 0, element, 0)
            inside = element
            continue
        inline = element.tag in _INLINE
        if not inline:
            yield from text.block(element if event == "end" else element.getparent())
        if element.tag == "a":
            text.linking += 1 if event == "start" else -1
        if event == "start":
            text.add(element.text)
        elif element is not root:
            text.add(element.tail)
    yield from text.block(root)


def flat(text: str) -> str:
    """Return text with blanks as a reader of Chinese expects them: a line end of the source shows as nothing."""
    first, *rest = _LINE_END.split(text)
    for line in rest:
        first = join(first, line)
    return _BLANK.sub(" ", first)


class _Words:
    """The words since the last block began."""

    def __init__(self) -> None:
        self.linking = 0
        self._parts: list[str] = []
        self._linked = 0

    def add(self, text: str | None) -> None:
        if text:
            self._parts.append(text)
            self._linked += len("".join(text.split())) if self.linking else 0

    def block(self, element: HtmlElement | None) -> Iterator[Block]:
        words = flat("".join(self._parts)).strip()
        linked, self._parts, self._linked = self._linked, [], 0
        if words and element is not None:
            yield Block(words, _level(element), element, linked)


def _level(element: HtmlElement) -> int:
    for ancestor in (element, *element.iterancestors()):
        if found := _HEADING.fullmatch(str(ancestor.tag)):
            return int(found[1])
    return 0


def _data_rows(table: HtmlElement) -> list[list[Cell]]:
    """Return the cells of a table that holds data; nothing where it lays a page out."""
    if table.find(".//table") is not None:
        return []
    rows: list[list[Cell]] = []
    hanging: dict[int, int] = {}
    for row in table.iter("tr"):
        cells: list[Cell] = []
        column = 0
        for element in row.iterchildren("td", "th"):
            column = _hang(cells, hanging, column)
            text = flat(" ".join(part for part in element.itertext() if part.strip())).strip()
            if len(text) > _CELL_LONGEST:
                return []
            columns = _span(element, "colspan")
            if (down := _span(element, "rowspan")) > 1:
                hanging[column] = down - 1
            cells.append(Cell(text, columns, header=element.tag == "th" or _in_head(row)))
            column += columns
        _hang(cells, hanging, column)
        rows.append(cells)
    return rows if len(rows) > 1 and max(len(row) for row in rows) > 1 else []


def _hang(cells: list[Cell], hanging: dict[int, int], column: int) -> int:
    """Put in the cells that hang down from rows above, from `column` on; return the next free column."""
    while hanging.get(column):
        hanging[column] -= 1
        cells.append(Cell("", continued=True))
        column += 1
    return column


def _in_head(row: HtmlElement) -> bool:
    parent = row.getparent()
    return parent is not None and parent.tag == "thead"


def _span(element: HtmlElement, name: str) -> int:
    value = element.get(name, "1").strip()
    return min(max(int(value), 1), _SPAN_MOST) if value.isascii() and value.isdigit() and len(value) < 5 else 1
