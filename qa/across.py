"""Questions across cases (哪些地方…, 各地怎么…): all cases that answer, each with the passage that answers best."""

import re
from collections.abc import Sequence

from index.generation import Generation
from index.search import Hit
from index.tokenizer import normalised
from qa.understanding import Interpretation

_AS_MUCH = 0.5
"""A case matches when a passage of it holds at least this share of what the best passage holds of the question's words
(.4 to .7 do alike on our dev questions)."""
_QUOTED = re.compile(r"[“\"「『《]([^“”\"×…]+?)[”\"」』》]")
"""A term in quotes, but for a pattern (“××工作法”)."""


def best_of_each_case(hits: Sequence[Hit], interpretation: Interpretation, generation: Generation) -> tuple[Hit, ...]:
    """Return the best hit of each numbered case that answers, best first; the hits come best first too.

    A case answers when it says about as many of the question's words as any, and all terms that the asker quotes.
    """
    numbered = [hit for hit in hits if generation.is_numbered[hit.row]]
    enough = _AS_MUCH * max((hit.scores.lexical for hit in numbered), default=0)
    saying = _cases_saying(list(map(normalised, _QUOTED.findall(interpretation.text))), generation)
    best: dict[int, Hit] = {}
    for hit in numbered:
        case = int(generation.case_row[hit.row])
        if hit.scores.lexical >= enough > 0 and (saying is None or case in saying):
            best.setdefault(case, hit)
    return tuple(best.values())


def _cases_saying(terms: Sequence[str], generation: Generation) -> set[int] | None:
    """Return the rows of the cases that say all the terms somewhere, None when there are no terms."""
    if not terms:
        return None
    cases = [(document, case) for document in generation.documents for case in document.cases]
    texts = (normalised(document.text[case.start : case.end]) for document, case in cases)
    return {row for row, text in enumerate(texts) if all(term in text for term in terms)}
