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
    """Check every file against its seal. Raises IndexCorrupt, naming the first file that is missing or differs."""
    try:
        seals = _SEALS.validate_json((folder / NAME).read_bytes())
    except (OSError, ValidationError) as error:
        raise IndexCorrupt(f"索引 {folder.name} 的清单 {NAME} 缺失或损坏。请运行 anwen doctor 查看。") from error
    for name, expected in seals.items():
        path = folder / name
        if not path.is_file():
            fault = "缺失"
        elif path.stat().st_size != expected.size:
            fault = f"不完整（应为 {expected.size} 字节，实为 {path.stat().st_size} 字节）"
        elif _seal(path) != expected:
            fault = "校验和不符"
        else:
            continue
        raise IndexCorrupt(f"索引 {folder.name} 的文件 {name} {fault}。请运行 anwen doctor 查看。")


def _seal(path: Path) -> FileSeal:
    with path.open("rb") as file:
        return FileSeal(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
