"""What a generation says of itself: what it was made of and with, and the checksum of each of its files."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import JsonValue, TypeAdapter, ValidationError

from index.errors import IndexCorrupt

FORMAT = 3
"""Raised when the files of a generation change their meaning."""

NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class FileSeal:
    """Size in bytes and SHA-256 of a file."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The making of a generation. `corpus` is a hash over the raw texts, `model` and the like are fingerprints."""

    format: int
    generation: str
    created: str
    model: str
    model_name: str
    dimension: int
    tokenizer: str
    lexicon: str
    corpus: str
    settings: dict[str, JsonValue]
    documents: int
    cases: int
    passages: int
    files: dict[str, FileSeal]

    @property
    def fingerprint(self) -> str:
        """A hash of all that decides the answers; the same text, model and settings give the same one."""
        parts = (self.format, self.model, self.tokenizer, self.lexicon, self.corpus, sorted(self.settings.items()))
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def sealed(folder: Path) -> dict[str, FileSeal]:
    """Return the seals of all files below a folder, the manifest left out, by path relative to it."""
    return {
        path.relative_to(folder).as_posix(): _seal(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != NAME
    }


def write(manifest: Manifest, folder: Path) -> None:
    """Write the manifest into its generation's folder."""
    (folder / NAME).write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1), "utf-8")


def read(folder: Path) -> Manifest:
    """Return the manifest of a generation's folder. Raises IndexCorrupt when there is none that can be read."""
    try:
        return TypeAdapter(Manifest).validate_json((folder / NAME).read_bytes())
    except (OSError, ValidationError) as error:
        raise IndexCorrupt(f"索引 {folder.name} 的清单 {NAME} 缺失或损坏。请运行 anwen index 重建。") from error


def check_files(manifest: Manifest, folder: Path) -> None:
    """Check every file against its seal. Raises IndexCorrupt, naming the first file that is missing or differs."""
    for name, seal in manifest.files.items():
        path = folder / name
        if not path.is_file():
            fault = "缺失"
        elif path.stat().st_size != seal.size:
            fault = f"不完整（应为 {seal.size} 字节，实为 {path.stat().st_size} 字节）"
        elif _seal(path) != seal:
            fault = "校验和不符"
        else:
            continue
        raise IndexCorrupt(f"索引 {folder.name} 的文件 {name} {fault}。请运行 anwen index 重建。")


def _seal(path: Path) -> FileSeal:
    with path.open("rb") as file:
        return FileSeal(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
