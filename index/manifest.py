"""What a generation says of itself: what it is made of and with."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue, TypeAdapter, ValidationError

from index.errors import IndexCorrupt

FORMAT = 4
"""Raised when the files of an index change their meaning."""

NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """A segment by the name of its folder, and the ids of those of its documents that no longer live there."""

    name: str
    withdrawn: tuple[str, ...]


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
    segments: tuple[SegmentRef, ...] = ()

    @property
    def fingerprint(self) -> str:
        """A hash of all that decides the answers; the same text, model and settings give the same one."""
        parts = (self.format, self.model, self.tokenizer, self.lexicon, self.corpus, sorted(self.settings.items()))
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


_MANIFEST = TypeAdapter(Manifest)


def write(manifest: Manifest, folder: Path) -> None:
    """Write the manifest into its generation's folder."""
    (folder / NAME).write_bytes(_MANIFEST.dump_json(manifest, indent=1))


def read(folder: Path) -> Manifest:
    """Return the manifest of a generation's folder. Raises IndexCorrupt when there is none that can be read."""
    try:
        return _MANIFEST.validate_json((folder / NAME).read_bytes())
    except (OSError, ValidationError) as error:
        raise IndexCorrupt(f"索引 {folder.name} 的清单 {NAME} 缺失或损坏。请运行 anwen index 重建。") from error
