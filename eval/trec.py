"""Judgements and runs in TREC's files, which every evaluation tool reads."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import ir_measures

from eval.errors import SetUnreadable
from eval.judgements import Qrels

Run: TypeAlias = Mapping[str, Sequence[str]]
"""Question id → passage ids, best first."""


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Return the judgements in a qrels file (question, 0, passage, grade). Raises SetUnreadable."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    try:
        for each in ir_measures.read_trec_qrels(str(path)):  # type: ignore[no-untyped-call]
            found[each.query_id][each.doc_id] = each.relevance
    except (OSError, ValueError) as error:
        raise SetUnreadable(f"{path} 不是 TREC 的 qrels 文件（每行：问题 0 段落 等级）。") from error
    return dict(found)


def write_qrels(qrels: Qrels, path: Path) -> None:
    """Write judgements to a qrels file."""
    lines = [f"{query} 0 {passage} {grade}\n" for query, grades in qrels.items() for passage, grade in grades.items()]
    path.write_text("".join(lines), "utf-8")


def read_run(path: Path) -> dict[str, list[str]]:
    """Return the run in a file (question, Q0, passage, rank, score, tag), ordered as trec_eval orders it.

    That is by score, and equal scores by passage id, the greater first; ranks are not looked at. Raises SetUnreadable.
    """
    found: dict[str, list[tuple[float, str]]] = defaultdict(list)
    try:
        for each in ir_measures.read_trec_run(str(path)):  # type: ignore[no-untyped-call]
            found[each.query_id].append((each.score, each.doc_id))
    except (OSError, ValueError) as error:
        raise SetUnreadable(f"{path} 不是 TREC 的 run 文件（每行：问题 Q0 段落 名次 分数 名称）。") from error
    return {query: [passage for _, passage in sorted(scored, reverse=True)] for query, scored in found.items()}


def write_run(run: Run, path: Path, tag: str) -> None:
    """Write a run to a file. The score is minus the rank: what is measured is the order, ties already broken."""
    lines = [
        f"{query} Q0 {passage} {rank} {-rank} {tag}\n"
        for query, passages in run.items()
        for rank, passage in enumerate(passages, start=1)
    ]
    path.write_text("".join(lines), "utf-8")
