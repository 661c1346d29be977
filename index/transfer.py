"""An index in one file, to be kept as a backup or moved to another machine."""

import errno
import os
import shutil
import tempfile
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path, PurePosixPath

from index import manifest as manifests
from index import seals
from index.doctor import examined
from index.encoder import Encoder
from index.errors import IndexCorrupt, IndexMissing
from index.generation import Generation
from index.manifest import Manifest
from index.store import ASIDE, CURRENT, GENERATIONS, SEGMENTS, current_name, load, unwritable, writing, written

_ENTRIES = 100_000


def exported(root: Path, target: Path) -> Manifest:
    """Write the current generation into a zip; what stood under that name is replaced once it is whole.

    Raises IndexMissing, IndexCorrupt, OSError.
    """
    name = current_name(root)
    manifest = manifests.read(root / GENERATIONS / name)
    folders = [root / GENERATIONS / name, *(root / SEGMENTS / each.name for each in manifest.segments)]
    for folder in folders:
        seals.check(folder)
    handle, aside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
                for folder in folders:
                    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
                        out.write(path, path.relative_to(root).as_posix())
                # Last, as on the disk: a zip cut short names no generation.
                out.writestr(CURRENT, f"{name}\n")
            file.flush()
            os.fsync(handle)
        os.replace(aside, target)
    finally:
        Path(aside).unlink(missing_ok=True)
    return manifest


def imported(source: Path, root: Path, encoder: Encoder) -> Manifest:
    """Make the generation in an exported file the current one, once it was checked in full.

    Raises IndexCorrupt when the file is no index or is damaged, IndexMismatch, IndexBusy, IndexUnwritable.
    """
    with writing(root) as writer:
        with written(root):
            (root / SEGMENTS).mkdir(exist_ok=True)
            # Where the next change clears away what a writer left that was killed.
            aside = Path(tempfile.mkdtemp(dir=root / SEGMENTS, prefix=ASIDE))
        try:
            _unpack(source, aside)
            return writer.commit(_unnamed(_checked(source, aside, encoder)), encoder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _checked(source: Path, folder: Path, encoder: Encoder) -> Generation:
    """Return the generation of an unpacked file. Raises IndexCorrupt, IndexMismatch."""
    try:
        generation, _ = load(folder, encoder)
        findings = examined(folder).findings
    except IndexMissing as error:
        raise IndexCorrupt(f"{source} 不是案问导出的索引。") from error
    if findings:
        raise IndexCorrupt(f"{source} 里的索引有损坏：{findings[0].what}")
    return generation


def _unnamed(generation: Generation) -> Generation:
    """Return a generation whose segments are to be written anew: their names may be taken where it goes."""
    return replace(generation, segments=tuple(replace(segment, name="") for segment in generation.segments))


def _unpack(source: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            paths = [PurePosixPath(entry.filename) for entry in entries]
            if len(entries) > _ENTRIES or any(path.is_absolute() or ".." in path.parts for path in paths):
                raise IndexCorrupt(f"{source} 不是案问导出的索引。")
            if sum(entry.file_size for entry in entries) > shutil.disk_usage(folder).free:
                raise unwritable(folder.parent.parent, OSError(errno.ENOSPC, ""))
            archive.extractall(folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        # RuntimeError is how zipfile says that an archive is encrypted, or packed in a way it does not know.
        raise IndexCorrupt(f"{source} 不是完整的案问索引：{error}") from error
