"""Whether an index on disk is whole, checked in full, and how to mend it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.document import Document
from index import manifest as manifests
from index import seals, segment_files
from index.errors import IndexCorrupt, IndexingError, IndexMissing
from index.manifest import Manifest
from index.segment import Segment
from index.store import ASIDE, GENERATIONS, SEGMENTS, check_format, current_name, point_to, writing, written

Progress = Callable[[str], None]
"""Called with what is looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault, what is wrong, and the way out, in Chinese."""

    what: str
    way_out: str


@dataclass(frozen=True, slots=True)
class Examination:
    """The faults of the current generation, and the newest one that is whole, empty where there is none.

    `leftovers` are what writers left that were killed; the next change removes them.
    """

    current: str
    findings: tuple[Finding, ...]
    whole: str
    leftovers: tuple[str, ...]


def examined(root: Path, told: Progress | None = None) -> Examination:
    """Return what a full check of an index finds. Raises IndexMissing when there never was one."""
    seen: dict[str, tuple[Finding, ...]] = {}
    names = sorted((path.name for path in (root / GENERATIONS).glob("g*")), reverse=True)
    try:
        current = current_name(root)
        broken: tuple[Finding, ...] = ()
    except (IndexCorrupt, IndexMissing) as error:
        if not names:
            raise
        current, broken = "", (Finding(str(error), ""),)
    findings = broken or tuple(_generation(root, current, seen, told))
    whole = "" if findings else current
    for name in names:
        if not whole and name != current and not list(_generation(root, name, seen, told)):
            whole = name
    way_out = (
        f"上一个索引 {whole} 完好，运行 anwen doctor --mend 可退回到它。"
        if whole
        else "没有完好的索引可以退回，请运行 anwen index 重建，或用 anwen import 恢复备份。"
    )
    leftovers = tuple(path.relative_to(root).as_posix() for path in sorted(root.glob(f"*/{ASIDE}*")))
    return Examination(current, tuple(Finding(each.what, way_out) for each in findings), whole, leftovers)


def mended(root: Path) -> Examination:
    """Go back to the newest generation that is whole, if the current one is not; return what was found before.

    Raises IndexCorrupt when none is, IndexBusy, IndexUnwritable.
    """
    with writing(root):
        found = examined(root)
        if found.findings:
            if not found.whole:
                raise IndexCorrupt(found.findings[0].way_out)
            with written(root):
                point_to(root, found.whole)
    return found


def _generation(
    root: Path, name: str, seen: dict[str, tuple[Finding, ...]], told: Progress | None
) -> Iterator[Finding]:
    folder = root / GENERATIONS / name
    try:
        manifest = manifests.read(folder)
        check_format(manifest)
        seals.check(folder)
    except IndexingError as error:
        yield Finding(str(error), "")
        return
    documents: set[str] = set()
    for reference in manifest.segments:
        if reference.name not in seen:
            if told:
                told(f"{SEGMENTS}/{reference.name}")
            seen[reference.name] = tuple(_segment(root / SEGMENTS / reference.name, manifest))
        yield from seen[reference.name]
        if not seen[reference.name]:
            live = {each.id for each in segment_files.read_documents(root / SEGMENTS / reference.name)}
            live -= set(reference.withdrawn)
            if twice := documents & live:
                yield Finding(f"索引 {name} 里有编号相同的文档：{'、'.join(sorted(twice))}。", "")
            documents |= live
    if len(documents) != manifest.documents and not any(seen[each.name] for each in manifest.segments):
        yield Finding(f"索引 {name} 的清单记有 {manifest.documents} 份文档，实有 {len(documents)} 份。", "")


def _segment(folder: Path, manifest: Manifest) -> Iterator[Finding]:
    try:
        segment = segment_files.read(folder)
    except IndexingError as error:
        yield Finding(str(error), "")
        return
    rows, clauses = len(segment.passages), len(segment.clause_spans)
    counts = {
        "段落向量": (len(segment.dense.vectors), rows),
        "分句向量": (len(segment.clauses), clauses),
        "分句位置": (int(segment.first_clause[-1]), clauses),
        "关键词": (len(segment.lexical.lengths), rows),
        "单字": (len(segment.characters.lengths), rows),
        "案例关键词": (len(segment.cases.lengths), sum(len(document.cases) for document in segment.documents)),
        "向量维数": (segment.dense.vectors.shape[1], manifest.dimension),
    }
    for what, (found, expected) in counts.items():
        if found != expected:
            yield Finding(f"索引 {folder.name} 的{what}应为 {expected}，实为 {found}。", "")
    if not (np.isfinite(segment.dense.vectors).all() and np.isfinite(segment.clauses).all()):
        yield Finding(f"索引 {folder.name} 的向量里有无效的数。", "")
    yield from _spans(segment, folder.name)


def _spans(segment: Segment, name: str) -> Iterator[Finding]:
    """Yield a fault for each passage that does not lie in the paragraph it says it stands in."""
    documents: dict[str, Document] = {document.id: document for document in segment.documents}
    for passage in segment.passages:
        document = documents.get(passage.document_id)
        try:
            section = document.cases[passage.case].sections[passage.section] if document else None
        except IndexError:
            section = None
        if section is None or not any(
            each.number == passage.paragraph and each.start <= passage.start < passage.end <= each.end
            for each in section.paragraphs
        ):
            yield Finding(f"索引 {name} 的段落 {passage.id} 不在它所说的地方。", "")
