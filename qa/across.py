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
_QUOTED = re.compile(r"[“\"「『《](.+?)[”\"」』》]")


def best_of_each_case(hits: Sequence[Hit], interpretation: Interpretation, generation: Generation) -> tuple[Hit, ...]:
    """Return the best hit of each numbered case that answers, best first; the hits come best first too.

    A case answers when it says about as many of the question's words as any; where the asker quotes a term that some
    case has, only when it says the term.
    """
    numbered = [hit for hit in hits if generation.is_numbered[hit.row]]
    terms = list(map(normalised, _QUOTED.findall(interpretation.text)))
    saying = [hit for hit in numbered if all(term in normalised(generation.text(hit.passage)) for term in terms)]
    numbered = saying or numbered
    enough = _AS_MUCH * max((hit.scores.lexical for hit in numbered), default=0)
    best: dict[int, Hit] = {}
    for hit in numbered:
        if hit.scores.lexical >= enough > 0:
            best.setdefault(int(generation.case_row[hit.row]), hit)
    return tuple(best.values())
