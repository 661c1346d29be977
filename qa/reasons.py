"""Why a passage was found, in words for a reader who knows nothing of scores."""

from index.search import Scores

_WORDS = (
    (0.55, "问题里的词几乎都说到"),
    (0.35, "问题里的词大半说到"),
    (0.22, "说到问题里约一半的词"),
    (0.06, "说到问题里的个别词"),
    (0.0, "字面上几乎没有相同的词"),
)
"""By the share of the question's idf mass that a passage holds. Saying every word once comes to about .65 of it.

On our dev questions the passages of each step hold, at the median, .9, .8, .5, .25 and none of the question's words.
"""
_MEANING = (
    (0.93, "意思非常接近"),
    (0.91, "意思很近"),
    (0.89, "意思接近"),
    (0.87, "意思有些接近"),
    (-1.0, "意思不大相近"),
)
"""By the cosine of the nearest clause. Of the hits in each step .9, .5, .3, .1 and a fiftieth are right."""
_SAID, _NEAR, _CASE = 0.35, 0.89, 0.15
"""The share of the words from which a passage is found by them, whatever its case says, and however far it is in
meaning when not near; and that of a case that holds, at the median, .85 of the question's words."""


def reasons(scores: Scores, is_asked: bool) -> str:
    """Return in a few words why a passage was found; `is_asked` tells that the question names its case or place."""
    told = ["正是所问的案例"] if is_asked else []
    told.append(_step(_WORDS, scores.lexical))
    by_words = scores.lexical >= _SAID
    if not is_asked and not by_words and scores.case >= _CASE:
        told.append("整篇说到问题里大部分的词")
    if not by_words or scores.clause >= _NEAR:
        told.append(_step(_MEANING, scores.clause))
    return "；".join(told)


def _step(steps: tuple[tuple[float, str], ...], value: float) -> str:
    return next((words for least, words in steps if value >= least), steps[-1][1])
