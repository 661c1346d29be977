"""One question against one generation: candidates from both legs, scored by all the evidence there is."""

from dataclasses import astuple, dataclass

import numpy as np

from corpus.document import Passage
from index.encoder import Encoder, Vectors
from index.generation import Generation
from index.live import Mask, Rows
from index.tokenizer import characters, normalised

_WORDED = 0.3
"""Share of a question's idf mass from which a passage is held to say it in its words (.2 to .4 do alike)."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each piece of evidence counts; they are used as shares of their sum.

    `lexical` and `case` are shares of the question's idf mass that the passage and its case hold, `characters` the
    same by single characters; `dense` and `clause` are the cosines with the passage under its header and with the
    nearest of its clauses. `centred` is the cosine from the middle of questions and passages, as far as the words of
    the question are not found. All lie between 0 and 1, so that none needs the others' scores to be put on a scale.
    Chosen on policies_dev and on our dev questions.
    """

    lexical: float = 1.0
    case: float = 1.0
    characters: float = 0.5
    dense: float = 2.1
    clause: float = 2.1
    centred: float = 0.8

    def combined(self, scores: "Scores") -> float:
        """Return the score of a passage: the mean of its evidence by these weights."""
        own = astuple(self)
        return float(np.dot(own, astuple(scores)) / sum(own))


@dataclass(frozen=True, slots=True)
class Scores:
    """The evidence for a passage, piece by piece, as Weights tells."""

    lexical: float
    case: float
    characters: float
    dense: float
    clause: float
    centred: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found: its rank from 1, its score (0 to 1, higher is better), where that comes from, who found it.

    `clause_scores` are the cosines of the question with each of the passage's clauses.
    """

    passage: Passage
    row: int
    rank: int
    score: float
    scores: Scores
    legs: tuple[str, ...]
    clause_scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: `text` for the dense leg, `terms` for the lexical one, among the `allowed` passages.

    `depth` is how many candidates each leg brings.
    """

    text: str
    terms: str
    allowed: Mask | None = None
    depth: int = 100


def search(generation: Generation, encoder: Encoder, query: Query, count: int, weights: Weights) -> tuple[Hit, ...]:
    """Return the best `count` passages for a query, best first; equal scores in reading order."""
    tokens = generation.tokenizer.question_tokens(query.terms)
    vector = encoder.queries([query.text])[0]
    lexical = generation.lexical.scores(tokens, query.allowed)
    by_words = np.argsort(-lexical, kind="stable")[: query.depth]
    by_words = by_words[lexical[by_words] > 0]
    by_meaning = generation.dense.best(vector, query.depth, query.allowed)
    rows = np.union1d(by_words, by_meaning)
    if not rows.size:
        return ()
    mass = max(generation.lexical.mass(tokens), 1e-6)
    cases = generation.case_lexical.scores(tokens)[generation.case_row[rows]]
    letters = list(characters(normalised(query.terms)))
    said = _clause_scores(generation, vector, rows)
    vectors = generation.dense.vectors(rows)
    words = lexical[rows] / mass
    evidence = np.stack(
        [
            words,
            np.minimum(cases / mass, 1),
            generation.characters.scores(letters)[rows] / max(generation.characters.mass(letters), 1e-6),
            vectors @ vector,
            np.array([max(each) for each in said]),
            _doubt(float(words.max())) * np.maximum(generation.centre.cosines(vector, vectors), 0),
        ],
        axis=1,
    )
    shares = np.array(astuple(weights))
    scores = evidence @ (shares / shares.sum())
    found_by = {"lexical": set(by_words.tolist()), "dense": set(by_meaning.tolist())}
    return tuple(
        Hit(
            passage=generation.passages[rows[at]],
            row=int(rows[at]),
            rank=rank,
            score=float(scores[at]),
            scores=Scores(*map(float, evidence[at])),
            legs=tuple(leg for leg, own in found_by.items() if int(rows[at]) in own),
            clause_scores=said[at],
        )
        for rank, at in enumerate(np.argsort(-scores, kind="stable")[:count].tolist(), start=1)
    )


def _doubt(share: float) -> float:
    """Return how far (0 to 1) a question is in other words than any text's: none holds more than a share of its own."""
    return max(0.0, 1 - share / _WORDED)


def _clause_scores(generation: Generation, vector: Vectors, rows: Rows) -> list[tuple[float, ...]]:
    """Return for each row the cosines of the query with the passage's clauses."""
    first = generation.first_clause
    wanted = np.concatenate([np.arange(first[row], first[row + 1]) for row in rows])
    scores = generation.clauses.scores(vector, wanted).tolist()
    lengths = (first[rows + 1] - first[rows]).tolist()
    ends = np.cumsum(lengths).tolist()
    return [tuple(scores[end - length : end]) for length, end in zip(lengths, ends, strict=True)]
