"""Quality and speed of retrieval on a set of questions: python -m eval.measure SET.

SET is `ours` or a folder in BEIR form. With --own-passages the folder's undivided documents are cut our way, and a
passage counts when it holds the answer.
"""

import argparse
import re
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import RR, R, Success, nDCG

from corpus.outline import outlined
from corpus.reader import bundled
from eval.beir import collection, whole_documents
from eval.topics import topics
from index.encoder import Encoder, SentenceEncoder
from index.generation import Generation, Settings, built
from index.search import Weights
from qa.asking import Reader, ask

MEASURES = (nDCG @ 10, Success @ 1, Success @ 5, RR @ 10, R @ 20)
_DEPTH = 50
_UNCUT = 10**9

Judged = Mapping[str, Mapping[str, int]]
Run = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Task:
    """A generation, and questions judged on its passages: query id → passage id → grade; each query has a kind."""

    generation: Generation
    questions: Mapping[str, str]
    kinds: Mapping[str, str]
    judged: Judged


def ours(encoder: Encoder, split: str | None = None) -> Task:
    """Return our answerable questions on the bundled compilation; a passage is right that covers an evidence span."""
    generation = built(bundled(), encoder)
    chosen = [topic for topic in topics() if topic.evidence and split in (None, topic.split)]
    judged = {
        topic.id: {
            passage.id: 1
            for passage in generation.passages
            for span in topic.evidence
            if passage.document_id == span.document and passage.start <= span.start and span.end <= passage.end
        }
        for topic in chosen
    }
    return Task(generation, {t.id: t.question for t in chosen}, {t.id: t.kind for t in chosen}, judged)


def given_chunks(folder: Path, encoder: Encoder) -> Task:
    """Return a BEIR collection with its own chunks as passages and its own judgements."""
    given = collection(folder)
    generation = built(given.documents, encoder, Settings(longest=_UNCUT), _progress)
    ids = {given.chunk[passage.document_id, passage.start]: passage.id for passage in generation.passages}
    judged = {query: {ids[chunk]: grade for chunk, grade in of.items()} for query, of in given.judged.items()}
    return Task(generation, given.queries, dict.fromkeys(given.queries, ""), judged)


def own_passages(folder: Path, encoder: Encoder) -> Task:
    """Return a collection's undivided documents cut our way; a passage is right that holds the answer.

    Of an answer that no passage holds whole, the passages count that hold at least half of it.
    """
    given = collection(folder)
    documents = [outlined(key, text, "")[0] for key, text in whole_documents(folder).items()]
    generation = built(documents, encoder, None, _progress)
    bare = {passage.id: _bare(generation.text(passage)) for passage in generation.passages}
    judged: dict[str, dict[str, int]] = {}
    for query, (document_id, answer) in given.answers.items():
        whole = {key for key, text in bare.items() if _bare(answer) in text}
        judged[query] = dict.fromkeys(whole or _halves(generation, document_id, answer), 1)
    return Task(generation, given.queries, dict.fromkeys(given.queries, ""), judged)


def _halves(generation: Generation, document_id: str, answer: str) -> set[str]:
    start = generation.document[document_id].text.index(answer.strip())
    end = start + len(answer.strip())
    own = [passage for passage in generation.passages if passage.document_id == document_id]
    held = {passage.id: min(passage.end, end) - max(passage.start, start) for passage in own}
    enough = {key for key, length in held.items() if 2 * length >= end - start}
    return enough or {max(held, key=lambda key: held[key])}


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def measured(task: Task, encoder: Encoder, weights: Weights | None = None) -> tuple[Run, list[float]]:
    """Return the run of all questions, and the seconds that each took."""
    reader = Reader(task.generation, encoder, weights or Weights())
    run: Run = {}
    seconds: list[float] = []
    for query, question in task.questions.items():
        began = time.perf_counter()
        reply = ask(reader, question, _DEPTH)
        seconds.append(time.perf_counter() - began)
        run[query] = {each.passage.id: 1.0 / each.hit.rank for each in reply.evidence}
    return run, seconds


def report(task: Task, run: Run, seconds: list[float]) -> str:
    """Return a table of the measures, by kind of question where there are kinds, and the times."""
    values: dict[str, dict[str, float]] = defaultdict(dict)
    for metric in ir_measures.iter_calc(MEASURES, task.judged, run):
        values[metric.query_id][str(metric.measure)] = metric.value
    groups: dict[str, list[str]] = defaultdict(list)
    for query in task.judged:
        groups["全部"].append(query)
        if task.kinds[query]:
            groups[task.kinds[query]].append(query)
    lines = [f"{'':12}" + "".join(f"{measure!s:>12}" for measure in MEASURES) + f"{'n':>8}"]
    for group, queries in groups.items():
        # A question that found nothing has no value of its own; it counts as 0.
        means = [np.mean([values[query].get(str(measure), 0.0) for query in queries]) for measure in MEASURES]
        lines.append(f"{group:12}" + "".join(f"{mean:12.4f}" for mean in means) + f"{len(queries):8}")
    p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95])
    lines.append(f"{len(task.generation.passages)} 个段落；每问 p50 {p50:.1f} ms，p95 {p95:.1f} ms")
    return "\n".join(lines)


def ladder(task: Task, encoder: Encoder) -> str:
    """Return the first line of the table for all the evidence, for all but one piece, and for each leg alone."""
    every = Weights()
    rungs = {"全部证据": every}
    rungs |= {f"去掉 {piece.name}": replace(every, **{piece.name: 0.0}) for piece in fields(every)}
    rungs["只用词"] = replace(every, dense=0.0, clause=0.0)
    rungs["只用向量"] = replace(every, lexical=0.0, case=0.0, characters=0.0)
    lines = [report(task, *measured(task, encoder, weights)).splitlines()[:2] for weights in rungs.values()]
    return "\n".join([lines[0][0], *(f"{line[1]}  {name}" for name, line in zip(rungs, lines, strict=True))])


def _progress(done: int, total: int) -> None:
    sys.stderr.write(f"\r嵌入 {done}/{total}" + ("\n" if done == total else ""))


def main() -> None:
    """Measure the set named on the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", help="ours，或一个 BEIR 文件夹")
    parser.add_argument("--split", choices=("dev", "held"), help="只用 ours 的这一半")
    parser.add_argument("--own-passages", action="store_true", help="用自己切的段落，含有答案即算对")
    parser.add_argument("--ladder", action="store_true", help="再逐项去掉证据，看各自的贡献")
    arguments = parser.parse_args()
    encoder = SentenceEncoder()
    if arguments.set == "ours":
        task = ours(encoder, arguments.split)
    elif arguments.own_passages:
        task = own_passages(Path(arguments.set), encoder)
    else:
        task = given_chunks(Path(arguments.set), encoder)
    sys.stdout.write(report(task, *measured(task, encoder)) + "\n")
    if arguments.ladder:
        sys.stdout.write(ladder(task, encoder) + "\n")


if __name__ == "__main__":
    main()
