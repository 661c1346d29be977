"""An index in one file, to be kept as a backup or moved to another machine."""

import os
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

from index import manifest as manifests
from index.encoder import Encoder
from index.errors import IndexCorrupt
from index.generation import Generation
from index.manifest import Manifest
from index.store import CURRENT, GENERATIONS, SEGMENTS, current_name, load, writing

_ENTRIES = 100_000


def exported(root: Path, target: Path) -> Manifest:
    """Write the current generation into a zip; what stood under that name is replaced once it is whole.

    Raises IndexMissing, IndexCorrupt, OSError.
    """
    name = current_name(root)
    manifest = manifests.read(root / GENERATIONS / name)
    folders = [root / GENERATIONS / name, *(root / SEGMENTS / each.name for each in manifest.segments)]
    handle, aside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
            for folder in folders:
                for path in sorted(each for each in folder.rglob("*") if each.is_file()):
                    out.write(path, path.relative_to(root).as_posix())
            # Last, as on the disk: a zip cut short names no generation.
            out.writestr(CURRENT, f"{name}\n")
        os.replace(aside, target)
    finally:
        Path(aside).unlink(missing_ok=True)
    return manifest


def imported(source: Path, root: Path, encoder: Encoder) -> Manifest:
    """Make the generation in an exported file the current one, once it was checked in full.

    Raises IndexCorrupt when the file is no index or is damaged, IndexMismatch, IndexBusy.
    """
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".import-") as folder, writing(root) as writer:
        _unpack(source, Path(folder))
        generation, _ = load(Path(folder), encoder)
        return writer.commit(_unnamed(generation), encoder)


def _unnamed(generation: Generation) -> Generation:
    """Return a generation whose segments are to be written anew: their names may be taken where it goes."""
    return replace(generation, segments=tuple(replace(segment, name="") for segment in generation.segments))


def _unpack(source: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            for entry in archive.infolist():
                path = PurePosixPath(entry.filename)
                if path.is_absolute() or ".." in path.parts or len(archive.infolist()) > _ENTRIES:
                    raise IndexCorrupt(f"{source} 不是案问导出的索引。")
            archive.extractall(folder)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, ValueError) as error:
        raise IndexCorrupt(f"{source} 不是完整的案问索引：{error}") from error
