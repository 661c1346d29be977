"""What sentences are compared by: bigrams, figures and document numbers, which need no segmenting."""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain

from index.generation import Generation
from index.tokenizer import bigrams, document_numbers, figures, normalised

_SATURATION = 0.5
_REMEMBERED = 1 << 12
"""Texts whose terms are kept: the same sentences are weighed for many a question."""


def weights(text: str, generation: Generation) -> dict[str, float]:
    """Return the terms of a text, each with its idf in the corpus."""
    return {term: generation.lexical.idf(term) for term in _terms(text)}


def share(wanted: dict[str, float], text: str) -> float:
    """Return the share (0 to 1, a little more at most) of the wanted terms' weight that a text holds.

    A term said again counts a little more.
    """
    said = _terms(text)
    held = sum(weight * said[term] / (said[term] + _SATURATION) for term, weight in wanted.items() if term in said)
    return held * (1 + _SATURATION) / (sum(wanted.values()) or 1)


@lru_cache(_REMEMBERED)
def _terms(text: str) -> Mapping[str, int]:
    """Return the terms of a text, each with how often it says them."""
    plain = normalised(text)
    return Counter(chain(bigrams(plain), figures(plain), document_numbers(plain)))
