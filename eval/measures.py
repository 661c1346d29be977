"""The measures of a ranking, question by question, as trec_eval computes them."""

from collections.abc import Mapping

import ir_measures
from ir_measures import RR, R, Success, nDCG

from eval.judgements import RIGHT, Qrels
from eval.trec import Run

DEPTH = 100
"""Passages of a ranking that are looked at."""

NAMES = ("nDCG@10", "MRR", "S@1", "S@5", "R@5", "R@20", "R@100")
"""Gain by place and grade; one by the place of the first right passage; whether the first, or one of the first five, is
right; the share of the right ones among the first 5, 20 and 100."""

Values = Mapping[str, Mapping[str, float]]
"""Measure → question id → value."""


def measured(qrels: Qrels, run: Run, right: int = RIGHT) -> dict[str, dict[str, float]]:
    """Return each measure's value for every judged question.

    A question that the run lacks, or for which nothing was found, has 0 in all. A passage that the run names twice
    counts once, at its better rank. `right` is the grade from which a passage counts where a measure knows only right
    and wrong; nDCG@10 takes grades as gains.
    """
    measures = (
        nDCG @ 10,
        RR(rel=right),
        Success(rel=right) @ 1,
        Success(rel=right) @ 5,
        R(rel=right) @ 5,
        R(rel=right) @ 20,
        R(rel=right) @ 100,
    )
    name = dict(zip(measures, NAMES, strict=True))
    values = {each: dict.fromkeys(qrels, 0.0) for each in NAMES}
    scored = {
        query: {passage: -float(rank) for rank, passage in enumerate(dict.fromkeys(run[query]))}
        for query in qrels
        if run.get(query)
    }
    for metric in ir_measures.iter_calc(measures, qrels, scored) if scored else ():
        values[name[metric.measure]][metric.query_id] = float(metric.value)
    return values
