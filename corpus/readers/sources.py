"""From files, folders and zips of any kind to texts, one by one: what cannot be read is said, and the rest goes on."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO

from corpus.errors import FaultCode, Refused
from corpus.extracted import Extracted
from corpus.readers import isolation, jsonl, text
from corpus.readers.archive import members, on_disk, skipped
from corpus.readers.fault import Fault
from corpus.readers.kinds import Kind, kind
from corpus.readers.safety import DEFAULT, Limits, checked_length, opened, too_large

_SUFFIXES = frozenset(
    {
        ".txt",
        ".md",
        ".markdown",
        ".jsonl",
        ".ndjson",
        ".json",
        ".html",
        ".htm",
        ".shtml",
        ".xhtml",
        ".docx",
        ".pdf",
        ".zip",
    }
)


def sources(paths: Sequence[Path], limits: Limits = DEFAULT) -> Iterator[Extracted | Fault]:
    """Yield the text of every document in files, folders and zips, and a Fault for each that was not read.

    In the order of their paths, one at a time. A document is named by its path inside its folder or zip, without
    extension, one in a jsonl file by that and its id; a name met before gets its extension back, or a number. Hidden
    files, __MACOSX and lock files are passed over; so are links within a folder, whose targets are read anyway.
    """
    names: set[str] = set()
    for path in sorted(paths):
        for found, suffix in _all(path, limits):
            if isinstance(found, Extracted):
                found = replace(found, name=_unused(found.name, suffix, names))
                names.add(found.name)
            yield found


_Found = Iterator[tuple[Extracted | Fault, str]]
"""What was found, and the extension of the file it was in."""


def _all(path: Path, limits: Limits) -> _Found:
    if not path.is_dir():
        yield from _file(path, PurePosixPath(path.name), path.name, limits)
        return
    count = 0
    for file in _files(path):
        inside = PurePosixPath(file.relative_to(path).as_posix())
        label = f"{path.name}/{inside}"
        if skipped(inside):
            continue
        count += 1
        if count > limits.entries:
            reason = f"文件夹里的文件超过 {limits.entries} 个，其余没有读取，请分批导入。"
            yield Fault(path.name, FaultCode.TOO_MANY_ENTRIES, reason), ""
            return
        if not file.is_symlink():
            yield from _file(file, inside, label, limits, below=True)
        elif not file.resolve().is_relative_to(path.resolve()):
            reason = "是指向文件夹之外的链接，未读取。请放入文件本身后再试。"
            yield Fault(label, FaultCode.PATH_TRAVERSAL, reason), ""


def _files(folder: Path) -> Iterator[Path]:
    """Yield everything below a folder that is no folder itself, links among it, in the order of paths."""
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        if (path.is_symlink() and path != folder) or not path.is_dir():
            yield path
            continue
        try:
            waiting.extend(sorted(path.iterdir(), reverse=True))
        except OSError:
            # _file says why it cannot be opened.
            yield path


def _file(path: Path, inside: PurePosixPath, label: str, limits: Limits, *, below: bool = False) -> _Found:
    """Yield what is in a file, and what is in it where it is a zip.

    `inside` names it, `label` tells the user which it is; `below` says that it stands in a folder, and what is in it
    bears its name.
    """
    try:
        what = _kind(path, inside.name, limits)
        if what is Kind.ARCHIVE:
            yield from _archive(path, f"{_name(inside)}/" if below else "", label, limits)
        else:
            yield from _documents(what, path, inside, label, limits)
    except Refused as refusal:
        yield Fault(label, refusal.code, str(refusal)), ""
    except OSError as error:
        reason = f"无法读取：{error.strerror or error}。请检查文件是否存在、有无权限。"
        yield Fault(label, FaultCode.UNREADABLE, reason), ""


def _archive(path: Path, prefix: str, label: str, limits: Limits) -> _Found:
    with opened(path, limits) as archive:
        for inside, entry in members(archive):
            inner = f"{label}/{inside}"
            try:
                with on_disk(archive, inside, entry, limits) as held:
                    what = _kind(held, inside.name, limits)
                    if what is Kind.ARCHIVE:
                        reason = "是压缩文件里的压缩文件，未读取。请先解开，或单独导入。"
                        yield Fault(inner, FaultCode.NESTED_ARCHIVE, reason), ""
                    else:
                        yield from _documents(what, held, PurePosixPath(f"{prefix}{inside}"), inner, limits)
            except Refused as refusal:
                yield Fault(inner, refusal.code, str(refusal)), ""


def _kind(path: Path, name: str, limits: Limits) -> Kind:
    with _opened(path) as file:
        what = kind(file, name)
        # These two are never in memory at once.
        most = limits.unpacked if what in {Kind.JSONL, Kind.ARCHIVE} else limits.file_size
        if os.fstat(file.fileno()).st_size > most:
            raise too_large(most)
        return what


def _documents(what: Kind, path: Path, inside: PurePosixPath, label: str, limits: Limits) -> _Found:
    name = _name(inside)
    if what is Kind.JSONL:
        with _opened(path) as file:
            for found in jsonl.read(file, name, limits):
                # The user knows the file by its label; the reason says which line.
                yield (replace(found, name=label) if isinstance(found, Fault) else found), ""
    else:
        yield _document(what, path, name, limits), inside.suffix


def _document(what: Kind, path: Path, name: str, limits: Limits) -> Extracted:
    if what is Kind.TEXT:
        extracted = text.read(path.read_bytes(), name)
        checked_length(len(extracted.text), limits)
    else:
        extracted = isolation.read(what, path, name, limits)
    if not extracted.text.strip():
        said = "".join(extracted.notes)
        raise Refused(FaultCode.NO_TEXT, f"没有读出文字。{said}图片里的文字请先做文字识别（OCR）后再试。")
    return extracted


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    # Without O_NONBLOCK, opening a pipe waits for somebody to write into it.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Refused(FaultCode.UNREADABLE, "不是普通文件，无法读取。")
        yield file


def _name(inside: PurePosixPath) -> str:
    """Return a path without the extension of a known kind: in 第1.2节 the dot is the name's own."""
    return str(inside.with_suffix("") if inside.suffix.lower() in _SUFFIXES else inside)


def _unused(name: str, suffix: str, names: set[str]) -> str:
    if name not in names:
        return name
    number = 2
    candidate = name + suffix if suffix else f"{name}-{number}"
    while candidate in names:
        candidate = f"{name}-{number}"
        number += 1
    return candidate
