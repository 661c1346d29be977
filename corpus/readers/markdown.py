"""Markdown: its text block by block, without the marks."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.extracted import Extracted
from corpus.readers.blocks import blocks, parsed
from corpus.readers.lines import Lines, one_line
from corpus.readers.tables import Cell, table_lines
from corpus.readers.text import decoded

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r"^title:[ \t]*[\"']?(.*?)[\"']?[ \t]*$", re.MULTILINE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_HEADING_LONGEST = 60
"""Characters of a heading made by a line of --- under it; a longer one is a paragraph above a ruler."""

# Four blanks indent a Chinese paragraph, they do not make it source code; a definition of a reference is text.
_PARSER = MarkdownIt("commonmark").enable("table").disable(["code", "reference"])


def read(data: bytes, name: str) -> Extracted:
    """Return the text of a Markdown file. Raises Refused (unreadable, unsupported).

    A line of the source stays a line: Chinese Markdown rarely wraps. Marks of emphasis, headings and lists go, numbers
    of lists stay; where links lead, source of HTML tags and front matter are dropped.
    """
    text = decoded(data)
    lines = Lines()
    title = ""
    if front := _FRONT_MATTER.match(text):
        declared = _TITLE.search(front[1])
        title = declared[1] if declared else ""
        lines.drop(front[1], "文件头部的属性")
        text = text[front.end() :]
    _Walk(lines).walk(_PARSER.parse(text))
    return lines.extracted(name, title)


class _Walk:
    """Goes through the tokens, keeping in mind the heading, list item or table they stand in."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._heading: Token | None = None
        self._mark = ""
        self._rows: list[list[Cell]] | None = None

    def walk(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            match token.type:
                case "heading_open" | "heading_close":
                    self._heading = token if token.nesting > 0 else None
                case "list_item_open":
                    self._mark = f"{token.info}{token.markup} " if token.info else ""
                case "table_open":
                    self._rows = []
                case "table_close":
                    for line in table_lines(self._rows or []):
                        self._lines.add(line)
                    self._rows = None
                case "tr_open" if self._rows is not None:
                    self._rows.append([])
                case "inline" if self._rows is not None:
                    self._rows[-1].append(Cell(one_line(self._words(token)), header=len(self._rows) == 1))
                case "inline":
                    self._paragraph(self._words(token))
                case "fence":
                    self._paragraph(token.content)
                case "html_block":
                    for block in blocks(parsed(token.content)) if token.content.strip() else ():
                        self._lines.add(block.text, level=block.level)

    def _paragraph(self, text: str) -> None:
        level = int(self._heading.tag[1:]) if self._heading else 0
        if self._heading and self._heading.markup in "-=" and (len(text) > _HEADING_LONGEST or "\n" in text):
            level = 0
        for line in text.split("\n"):
            self._lines.add(self._mark + line, level=level)
            self._mark = ""

    def _words(self, token: Token) -> str:
        words = []
        for child in token.children or []:
            match child.type:
                case "softbreak" | "hardbreak":
                    words.append("\n")
                case "html_inline":
                    words.append("\n" if _BREAK.fullmatch(child.content) else "")
                case "image":
                    words.append(child.content)
                    self._lines.note("图片没有读出，只保留了图片的说明文字。")
                case "link_open":
                    self._lines.drop(str(child.attrs.get("href", "")), "链接的网址")
                case _:
                    words.append(child.content)
        return "".join(words)
