"""From the id of a passage to where it stands."""

import re

from api.errors import NotFound
from corpus.document import Document, Passage
from index.generation import Generation
from qa.locate import located

_PASSAGE_ID = re.compile(r"(?P<document>.+):(?P<start>\d{1,12})-(?P<end>\d{1,12})")


def document_named(generation: Generation, document_id: str) -> Document:
    """Return a document by its id. Raises NotFound."""
    document = generation.document.get(document_id)
    if document is None:
        raise NotFound(f"没有编号为“{document_id}”的文档。")
    return document


def passage_named(generation: Generation, passage_id: str) -> tuple[Document, Passage]:
    """Return the span that a passage id names, also one that an earlier index had cut otherwise. Raises NotFound."""
    match = _PASSAGE_ID.fullmatch(passage_id)
    if not match:
        raise NotFound("段落编号应为“文档编号:起点-终点”。")
    document = document_named(generation, match["document"])
    passage = located(generation, document, int(match["start"]), int(match["end"]))
    if passage is None:
        raise NotFound("这个位置不在任何一个段落之内。")
    return document, passage
