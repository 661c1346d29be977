"""From a text file to a Document."""

import re
import unicodedata
from importlib.resources import as_file, files
from pathlib import Path

from corpus.document import Document
from corpus.errors import Unreadable
from corpus.outline import Doubt, outlined

_ENCODINGS = ("utf-8-sig", "gb18030")


def read(path: Path) -> tuple[Document, tuple[Doubt, ...]]:
    """Return the document in a text file (UTF-8, or else GB18030) and the lines its outline is unsure of.

    The text is kept character for character as decoded, line ends included. The id comes from the file's name, so
    that reading a corrected file again gives the same document. Raises Unreadable.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"无法读取文件 {path}：{error.strerror or error}") from error
    if b"\0" in data:
        raise Unreadable(f"{path} 不是文本文件。目前只能读取 .txt 文本。")
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return outlined(document_id(path.stem), text, path.stem)
    raise Unreadable(f"{path} 的文字编码无法识别，请另存为 UTF-8 后再试。")


def document_id(name: str) -> str:
    """Return a document id from a file name: what a URL's path would escape becomes a hyphen, Chinese stays."""
    plain = unicodedata.normalize("NFKC", name).strip()
    return re.sub(r"[^\w.-]+", "-", plain).strip("-.") or "document"


def bundled() -> tuple[Document, ...]:
    """Return the documents that come with the package."""
    with as_file(files("corpus") / "data") as folder:
        return tuple(read(path)[0] for path in sorted(folder.glob("*.txt")))
