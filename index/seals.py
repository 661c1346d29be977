"""Seals: the size and SHA-256 of every file of a folder, written into it last."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from index.errors import IndexCorrupt

NAME = "seals.json"


@dataclass(frozen=True, slots=True)
class FileSeal:
    """Size in bytes and SHA-256 of a file."""

    size: int
    sha256: str


_SEALS = TypeAdapter(dict[str, FileSeal])


def seal(folder: Path) -> None:
    """Seal all files below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    seals = {path.relative_to(folder).as_posix(): _seal(path) for path in files}
    (folder / NAME).write_bytes(_SEALS.dump_json(seals, indent=1))


def check(folder: Path) -> None:
    """Check every file against its seal.

    Raises IndexCorrupt, naming the first file that is missing, differs or cannot be read.
    """
    try:
        seals = _SEALS.validate_json((folder / NAME).read_bytes())
    except (OSError, ValidationError) as error:
        raise IndexCorrupt(f"索引 {folder.name} 的清单 {NAME} 缺失或损坏。请运行 anwen doctor 查看。") from error
    for name, expected in seals.items():
        if fault := _fault(folder / name, expected):
            raise IndexCorrupt(f"索引 {folder.name} 的文件 {name} {fault}。请运行 anwen doctor 查看。")


def digest(folder: Path) -> str:
    """Return a hash of a folder's seals, and so of all that is sealed in it. Raises IndexCorrupt when it has none."""
    try:
        return hashlib.sha256((folder / NAME).read_bytes()).hexdigest()
    except OSError as error:
        raise IndexCorrupt(f"索引 {folder.name} 的清单 {NAME} 缺失或损坏。请运行 anwen doctor 查看。") from error


def _fault(path: Path, expected: FileSeal) -> str:
    """Return what is wrong with a file, empty when nothing is."""
    try:
        found = _seal(path)
    except FileNotFoundError:
        return "缺失"
    except OSError as error:
        return f"无法读取（{error.strerror}）"
    if found.size != expected.size:
        return f"不完整（应为 {expected.size} 字节，实为 {found.size} 字节）"
    return "校验和不符" if found != expected else ""


def _seal(path: Path) -> FileSeal:
    with path.open("rb") as file:
        return FileSeal(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
