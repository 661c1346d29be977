"""What sentences are compared by: bigrams, figures and document numbers, which need no segmenting."""

from collections import Counter
from collections.abc import Iterable

from index.generation import Generation
from index.tokenizer import bigrams, document_numbers, figures, normalised

_SATURATION = 0.5


def weights(text: str, generation: Generation) -> dict[str, float]:
    """Return the terms of a text, each with its idf in the corpus."""
    return {term: generation.lexical.idf(term) for term in _terms(text)}


def share(wanted: dict[str, float], text: str) -> float:
    """Return the share (0 to 1, a little more at most) of the wanted terms' weight that a text holds.

    A term said again counts a little more.
    """
    said = Counter(_terms(text))
    held = sum(weight * said[term] / (said[term] + _SATURATION) for term, weight in wanted.items())
    return held * (1 + _SATURATION) / (sum(wanted.values()) or 1)


def _terms(text: str) -> Iterable[str]:
    plain = normalised(text)
    yield from bigrams(plain)
    yield from figures(plain)
    yield from document_numbers(plain)
