"""One configuration on one collection, measured in full: ranking, answers, citations, silence, time."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

from eval.answers import asks_for_figure, case_scores, exactness, figure_is_right, holds, is_complete, said
from eval.bench import Bench
from eval.fingerprint import fingerprint
from eval.judgements import RIGHT, judged
from eval.left_out import apart, looked_up_without
from eval.measures import DEPTH, measured
from eval.result import Abstention, Evaluation, Result, Shown
from eval.statistics import Estimate, estimate
from eval.topics import Topic
from eval.variant import Variant
from qa.asking import Reply, reply_of, retrieve

SHOWN = 5
"""Passages of a whole answer, as the product gives by default."""
_PERCENTILES = (50, 95, 99)
_WARM_UP = 3


def evaluated(
    bench: Bench,
    variant: Variant,
    advance: Callable[[], None] = lambda: None,
    command: str = "",
    left_out: bool = False,
) -> tuple[Evaluation, dict[str, list[str]]]:
    """Return the figures of a configuration that answers questions (no peer, no run), and its ranking.

    Every question of the collection is asked once, with the model at work, and timed; `advance` is called after each.
    `command` is the line that was given, for the record. With `left_out` each answerable question is asked once more
    with its documents hidden, as one that cannot be answered.
    """
    topics = bench.collection.topics
    generation = bench.generation(variant)
    reader = bench.reader(variant, bench.encoder(variant.model))
    for topic in topics[:_WARM_UP]:
        retrieve(reader, topic.question, SHOWN)
    run: dict[str, list[str]] = {}
    replies: dict[str, Reply] = {}
    milliseconds: dict[str, float] = {}
    for topic in topics:
        began = time.perf_counter()
        found = retrieve(reader, topic.question, DEPTH)
        replies[topic.id] = reply_of(reader, found, SHOWN)
        milliseconds[topic.id] = (time.perf_counter() - began) * 1000
        run[topic.id] = [hit.passage.id for hit in found.hits]
        advance()
    if left_out:
        for topic in bench.collection.answerable:
            hidden = apart(topic)
            replies[hidden.id] = reply_of(reader, looked_up_without(reader, topic, SHOWN), SHOWN)
            topics = (*topics, hidden)
            advance()
    grades = judged(topics, generation.passages)
    values = measured(grades, run)
    results = tuple(
        _result(
            topic,
            replies[topic.id],
            run.get(topic.id, []),
            grades.get(topic.id, {}),
            values,
            milliseconds.get(topic.id, 0.0),
        )
        for topic in topics
    )
    evaluation = Evaluation(
        fingerprint=fingerprint(bench, variant, command),
        measures={name: estimate(list(of.values())) for name, of in values.items()},
        kinds=_by_kind(results),
        answers=_answers(results),
        citations=exactness(replies.values(), generation),
        abstention=_abstention(results),
        latency=percentiles(list(milliseconds.values())),
        results=results,
    )
    return evaluation, {key: found for key, found in run.items() if key in grades}


def percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99 of times."""
    found = np.percentile(milliseconds, _PERCENTILES)
    return {f"p{rank}": float(value) for rank, value in zip(_PERCENTILES, found, strict=True)}


def _result(
    topic: Topic,
    reply: Reply,
    ranking: Sequence[str],
    grades: Mapping[str, int],
    values: Mapping[str, Mapping[str, float]],
    milliseconds: float,
) -> Result:
    right = {passage for passage, grade in grades.items() if grade >= RIGHT}
    return Result(
        id=topic.id,
        split=topic.split,
        kind=topic.kind,
        question=topic.question,
        why=topic.why,
        gold=tuple(span.quote for span in topic.evidence),
        answers=topic.answers,
        values={name: of[topic.id] for name, of in values.items()} if grades else {},
        found_at=tuple(rank for rank, passage in enumerate(ranking, start=1) if passage in right),
        right=len(right),
        answer=reply.answer.text,
        silence=reply.answer.silence,
        confidence=reply.confidence,
        shares=_shares(topic, reply) if topic.evidence else {},
        milliseconds=milliseconds,
        passages=tuple(
            Shown(
                id=each.passage.id,
                citation=each.citation,
                text=each.text,
                marks=tuple((start - each.passage.start, end - each.passage.start) for start, end in each.highlights),
                grade=grades.get(each.passage.id, 0),
                score=each.hit.score,
                holds_answer=holds(each.text, topic.answers),
            )
            for each in reply.evidence
        ),
    )


def _by_kind(results: Sequence[Result]) -> dict[str, dict[str, Estimate]]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        if result.values and result.kind:
            groups[result.kind].append(result)
    return {
        kind: {name: estimate([each.values[name] for each in group]) for name in group[0].values}
        for kind, group in sorted(groups.items())
    }


def _shares(topic: Topic, reply: Reply) -> dict[str, float]:
    """Return what an answer is worth, by the names that Evaluation.answers has."""
    found: dict[str, float] = {}
    if topic.answers:
        found["answer"] = holds(said(reply), topic.answers)
        found["string S@1"] = any(holds(each.text, topic.answers) for each in reply.evidence[:1])
        found["string S@5"] = any(holds(each.text, topic.answers) for each in reply.evidence)
    if asks_for_figure(topic.answers):
        found["figure"] = figure_is_right(reply, topic.answers)
    if topic.items:
        found["list"] = is_complete(reply, topic.items)
    if topic.cases:
        found["case precision"], found["case recall"] = case_scores(reply, topic.cases)
    return {name: float(value) for name, value in found.items()}


def _answers(results: Sequence[Result]) -> dict[str, Estimate]:
    names = dict.fromkeys(name for result in results for name in result.shares)
    return {name: estimate([result.shares[name] for result in results if name in result.shares]) for name in names}


def _abstention(results: Sequence[Result]) -> Abstention:
    answerable = [result for result in results if result.gold]
    unanswerable = [result for result in results if not result.gold]
    both = [*answerable, *unanswerable]
    return Abstention(
        auroc=float(roc_auc_score([bool(each.gold) for each in both], [each.confidence for each in both]))
        if answerable and unanswerable
        else None,
        false_answers=estimate([float(each.silence is None) for each in unanswerable]) if unanswerable else None,
        false_silences=estimate([float(each.silence is not None) for each in answerable]) if answerable else None,
    )
