"""What a Word file's paragraph styles say: headings, the title, and the lists they belong to."""

import re
from dataclasses import dataclass

from docx.oxml.ns import qn
from lxml.etree import _Element as Element

from corpus.readers.word_numbers import attribute

_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_TITLE = re.compile(r"title|标题", re.IGNORECASE)
_BODY_LEVEL = 9
"""The outline level that says: no heading."""


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph style with what it takes over from those it is based on; `level` is 0 for body text."""

    id: str
    level: int
    title: bool
    list: str
    list_level: int | None


_PLAIN = Style("", 0, False, "", None)


class Styles:
    """The paragraph styles of a file by id, resolved through what they are based on."""

    def __init__(self, root: Element | None) -> None:
        self._nodes = {node.get(qn("w:styleId")): node for node in root.iter(qn("w:style"))} if root is not None else {}
        self._known: dict[str, Style] = {}
        self._default = next(
            (
                style_id
                for style_id, node in self._nodes.items()
                if node.get(qn("w:type")) == "paragraph" and node.get(qn("w:default")) in {"1", "true", "on"}
            ),
            "",
        )

    def of(self, paragraph: Element) -> Style:
        """Return a paragraph's style, with what the paragraph itself says of its level and list put over it."""
        properties = paragraph.find(qn("w:pPr"))
        if properties is None:
            return self._named(self._default)
        style = self._named(attribute(properties, "w:pStyle") or self._default)
        return _over(style, properties, style.id)

    def _named(self, style_id: str) -> Style:
        if style_id not in self._known:
            style = _PLAIN
            for node in reversed(self._chain(style_id)):
                name = attribute(node, "w:name").strip()
                properties = node.find(qn("w:pPr"))
                if properties is not None:
                    style = _over(style, properties, str(node.get(qn("w:styleId"))))
                if found := _HEADING.fullmatch(name):
                    style = Style(style.id, int(found[1]), False, style.list, style.list_level)
                elif _TITLE.fullmatch(name):
                    style = Style(style.id, 0, True, style.list, style.list_level)
            self._known[style_id] = style
        return self._known[style_id]

    def _chain(self, style_id: str) -> list[Element]:
        chain: list[Element] = []
        while (node := self._nodes.get(style_id)) is not None and node not in chain:
            chain.append(node)
            style_id = attribute(node, "w:basedOn")
        return chain


def _over(style: Style, properties: Element, style_id: str) -> Style:
    """Return `style` changed by paragraph properties; `style_id` is the style that binds a list's level."""
    level, title = style.level, style.title
    outline = attribute(properties, "w:outlineLvl")
    if outline.isascii() and outline.isdigit():
        level = int(outline) + 1 if int(outline) < _BODY_LEVEL else 0
    numbers = properties.find(qn("w:numPr"))
    if numbers is None:
        return Style(style_id, level, title, style.list, style.list_level)
    at = attribute(numbers, "w:ilvl")
    number = attribute(numbers, "w:numId") or style.list
    return Style(
        style_id,
        level,
        title,
        number if number != "0" else "",
        int(at) if at.isascii() and at.isdigit() else style.list_level,
    )
