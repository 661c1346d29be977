"""What a file may cost to read, and how much of a zip is read."""

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from corpus.errors import FaultCode, Refused

_MIB = 1 << 20
_CHUNK = 1 << 16

_ENCRYPTED = 0x1
"""Flag bit of a zip entry."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on hostile or runaway files: sizes and memory in bytes, `seconds` of a reader's time for one file.

    `file_size` bounds one file, on disk or unpacked; `unpacked` what one archive or office file holds in all, and a
    jsonl file, which is never in memory at once; `ratio` unpacked to packed size of one entry; `characters` the text
    of one document.
    """

    file_size: int = 100 * _MIB
    unpacked: int = 1024 * _MIB
    entries: int = 10_000
    ratio: int = 100
    pages: int = 2_000
    seconds: float = 120
    memory: int = 2048 * _MIB
    characters: int = 20_000_000


DEFAULT = Limits()


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """Open a zip whose declared sizes keep to the limits.

    Raises Refused (unreadable, too_many_entries, zip_bomb).
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise _damaged() from error
    with archive:
        entries = archive.infolist()
        if len(entries) > limits.entries:
            raise Refused(
                FaultCode.TOO_MANY_ENTRIES,
                f"压缩文件里有 {len(entries)} 个文件，超过上限 {limits.entries} 个，请拆分后再试。",
            )
        if sum(entry.file_size for entry in entries) > limits.unpacked:
            raise Refused(
                FaultCode.ZIP_BOMB,
                f"压缩文件解开后超过 {_mib(limits.unpacked)} MB，请拆分后再试。",
            )
        yield archive


def unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits) -> Iterator[bytes]:
    """Yield an entry's bytes piece by piece, counting what really comes.

    Raises Refused (encrypted, too_large, zip_bomb, unreadable).
    """
    if entry.flag_bits & _ENCRYPTED:
        raise Refused(FaultCode.ENCRYPTED, "压缩文件加了密码，请解密后再试。")
    # Small entries compress well without being bombs: blank XML parts do.
    bound = max(entry.compress_size * limits.ratio, _MIB)
    size = 0
    try:
        with archive.open(entry) as stream:
            while piece := stream.read(_CHUNK):
                size += len(piece)
                if size > limits.file_size:
                    raise too_large(limits.file_size)
                if size > bound:
                    raise Refused(
                        FaultCode.ZIP_BOMB,
                        f"压缩文件里有一个文件解开后膨胀了 {limits.ratio} 倍以上，疑似恶意文件，未读取。",
                    )
                yield piece
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError) as error:
        raise _damaged() from error


def _damaged() -> Refused:
    return Refused(FaultCode.UNREADABLE, "压缩文件已损坏或不完整，请重新获取后再试。")


def too_large(limit: int) -> Refused:
    """Return the refusal of a file of more than `limit` bytes."""
    return Refused(FaultCode.TOO_LARGE, f"文件超过 {_mib(limit)} MB，请拆分后再试。")


def checked_length(count: int, limits: Limits) -> None:
    """Raise Refused (too_large) where a text has more characters than the limits allow."""
    if count > limits.characters:
        raise Refused(FaultCode.TOO_LARGE, f"文字超过 {limits.characters} 字，请拆分后再试。")


def without_entities(part: Iterable[bytes]) -> None:
    """Raise Refused (xml_entities) for XML with a document type declaration, which office files never have.

    Parses only as far as the root element, since entities are declared before it; what is no XML passes.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = _root_reached
    try:
        for piece in part:
            parser.Parse(piece, False)
    except (_RootReachedError, expat.ExpatError):
        return


class _RootReachedError(Exception):
    pass


def _root_reached(*_: object) -> None:
    raise _RootReachedError


def _refuse(*_: object) -> None:
    raise Refused(FaultCode.XML_ENTITIES, "文件内部含有 XML 实体声明，疑似恶意文件，未读取。请用 Word 另存后再试。")


def _mib(size: int) -> int:
    return max(size // _MIB, 1)
