"""Questions across cases (哪些地方…, 各地怎么…): all cases that answer, each with the passage that answers best."""

import math
import re
from collections import defaultdict
from collections.abc import Sequence

from corpus.aspects import sentence_aspect
from corpus.document import Case, Document
from corpus.sentences import sentences
from index.generation import Generation
from index.search import Hit, Weights
from index.tokenizer import normalised
from qa.figures import LIKELY, unit_fit
from qa.titled import titled_place
from qa.understanding import Interpretation

_AS_MUCH = 0.5
"""A case matches when a passage of it holds at least this share of what the best passage holds of the question's words
(.4 to .7 do alike on our dev questions)."""
_AS_GOOD = 0.02
"""Or, of all cases, when its best passage scores no less than this below the best (.015 to .025 do alike)."""
_LACKING = 0.5
"""Share of the weight of the words asked for from which a case that lacks them says nothing on the matter."""
_TELLS, _NEARLY = 0.03, 0.8
"""How much lower the score of a passage may be that tells what is asked for, and what share of the words it says."""
_WHICH_CASES = re.compile(r"哪几[个家]?|(?:几|多少)个?(?:地[方区]|县|市|区|城市|案例|篇)")
_NUMBER = re.compile(r"多少|几|多大|百分|比例|占比|[率额]|面积|总投资")
_QUOTED = re.compile(r"[“\"「『《]([^“”\"×…]+?)[”\"」』》]")
"""A term in quotes, but for a pattern (“××工作法”)."""


def best_of_each_case(hits: Sequence[Hit], interpretation: Interpretation, generation: Generation) -> tuple[Hit, ...]:
    """Return the best hit of each case that answers, best first; the hits come best first too.

    A document whose title names its place counts as a case.

    A case answers when it says about as many of the question's words as any, or is nearly as good as the best, and says
    all terms that the asker quotes; one of several that are named must also say most of what is asked for, where the
    best one does.
    """
    numbered = [
        hit
        for hit in hits
        if generation.is_numbered[hit.row] or titled_place(generation.document[hit.passage.document_id]).name
    ]
    enough = _AS_MUCH * max((hit.scores.lexical for hit in numbered), default=0)
    # Not the score itself: a reranker's has another scale.
    scores = [Weights().combined(hit.scores) for hit in numbered]
    good = max(scores, default=0) - _AS_GOOD if interpretation.across else math.inf
    saying = _cases_saying(list(map(normalised, _QUOTED.findall(interpretation.text))), generation)
    own: dict[int, list[Hit]] = defaultdict(list)
    for hit, score in zip(numbered, scores, strict=True):
        case = int(generation.case_row[hit.row])
        if (hit.scores.lexical >= enough > 0 or score >= good) and (saying is None or case in saying):
            own[case].append(hit)
    telling = (_telling(of_case, interpretation, generation) for of_case in own.values())
    best = sorted(telling, key=lambda hit: -hit.score)
    if interpretation.across or not best:
        return tuple(best)
    return tuple(hit for hit in best if _lacks_little(hit, best[0], interpretation, generation))


def asks_figure_of_each(interpretation: Interpretation) -> bool:
    """Tell whether a question across cases asks for a figure of each, not only how many cases there are (哪几个县)."""
    return interpretation.figure and bool(_NUMBER.search(_WHICH_CASES.sub("", interpretation.text)))


def missing_words(case: Case, document: Document, best: Hit, matter: str, generation: Generation) -> tuple[str, ...]:
    """Return the words of what is asked for that the best hit says and a case of the document says nowhere.

    Words that stand side by side in the matter are one (联审联批).
    """
    there, plain = normalised(document.text[case.start : case.end]), normalised(matter)
    spans = [
        found.span()
        for word in _words_said(best, matter, generation)
        if word not in there
        for found in re.finditer(re.escape(word), plain)
    ]
    marked = "".join(char if any(start <= at < end for start, end in spans) else " " for at, char in enumerate(plain))
    return tuple(dict.fromkeys(marked.split()))


def _lacks_little(hit: Hit, best: Hit, interpretation: Interpretation, generation: Generation) -> bool:
    document = generation.document[hit.passage.document_id]
    case = document.cases[hit.passage.case]
    there = normalised(document.text[case.start : case.end])
    idf = {word: generation.lexical.idf(word) for word in _words_said(best, interpretation.matter, generation)}
    return sum(idf[word] for word in idf if word not in there) <= _LACKING * sum(idf.values())


def _words_said(hit: Hit, matter: str, generation: Generation) -> list[str]:
    text = normalised(generation.text(hit.passage))
    words = dict.fromkeys(generation.tokenizer.words(normalised(matter)))
    return [word for word in words if len(word) > 1 and word in text]


def _telling(hits: Sequence[Hit], interpretation: Interpretation, generation: Generation) -> Hit:
    """Return the best hit of a case, or one nearly as good that tells what is asked for: measures, or a figure."""
    near = [
        hit
        for hit in hits
        if hit.score >= hits[0].score - _TELLS and hit.scores.lexical >= _NEARLY * hits[0].scores.lexical
    ]
    return next((hit for hit in near if _tells(hit, interpretation, generation)), hits[0])


def _tells(hit: Hit, interpretation: Interpretation, generation: Generation) -> bool:
    passage, text = hit.passage, generation.document[hit.passage.document_id].text
    if asks_figure_of_each(interpretation):
        inside = generation.figures_in(passage.document_id, passage.start, passage.end)
        return any(unit_fit(each.figure.unit, interpretation.text) >= LIKELY for each in inside)
    spans = sentences(text, passage.start, passage.end)
    return any(sentence_aspect(text[start:end]) is interpretation.aspect for start, end in spans)


def _cases_saying(terms: Sequence[str], generation: Generation) -> set[int] | None:
    """Return the rows of the cases that say all the terms somewhere, None when there are no terms."""
    if not terms:
        return None
    cases = [(document, case) for document in generation.documents for case in document.cases]
    texts = (normalised(document.text[case.start : case.end]) for document, case in cases)
    return {row for row, text in enumerate(texts) if all(term in text for term in terms)}
