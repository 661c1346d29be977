"""Zip files: what is in them, one file after another, each on disk only while it is read."""

import re
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from corpus.errors import FaultCode, Refused
from corpus.readers.safety import Limits, unpacked

_UTF8_NAME = 0x800
"""Flag bit of a zip entry: its name is UTF-8."""
_DRIVE = re.compile(r"[A-Za-z]:")


def members(archive: zipfile.ZipFile) -> list[tuple[PurePosixPath, zipfile.ZipInfo]]:
    """Return the files in a zip worth looking at, with their paths, in the order of these."""
    named = [(PurePosixPath(_name(entry)), entry) for entry in archive.infolist() if not entry.is_dir()]
    return sorted((pair for pair in named if not skipped(pair[0])), key=lambda pair: pair[0].parts)


def skipped(path: PurePosixPath) -> bool:
    """Tell files that systems and editors leave behind: hidden ones, __MACOSX, Office's lock files."""
    return any(
        (part.startswith(".") and part != "..") or part.startswith("~$") or part == "__MACOSX" for part in path.parts
    ) or path.name in {"Thumbs.db", "desktop.ini"}


@contextmanager
def on_disk(archive: zipfile.ZipFile, path: PurePosixPath, entry: zipfile.ZipInfo, limits: Limits) -> Iterator[Path]:
    """Hold an entry's bytes in a file of our own naming. Raises Refused."""
    if path.is_absolute() or ".." in path.parts or _DRIVE.match(str(path)):
        raise Refused(FaultCode.PATH_TRAVERSAL, "压缩文件里这个文件的路径指向别处，疑似恶意文件，未读取。")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused(FaultCode.PATH_TRAVERSAL, "压缩文件里这是一个指向别处的链接，未读取。请放入文件本身后再试。")
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder) / "held"
        with held.open("wb") as file:
            for piece in unpacked(archive, entry, limits):
                file.write(piece)
        yield held


def _name(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name; one not marked as UTF-8 is UTF-8 all the same, or GBK as Windows in China writes it."""
    name = entry.filename
    if not entry.flag_bits & _UTF8_NAME:
        raw = name.encode("cp437", errors="replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")
