"""What a change of the lexicon means for documents that stand: which of them must be segmented again."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from index.generation import Generation
from index.live import Rows
from index.tokenizer import Kind, bigrams, characters, normalised

_BEYOND = 4
"""How many more documents may be looked into for a word than may be segmented again."""


@dataclass(frozen=True, slots=True)
class Resegmented:
    """`words` came to the lexicon or left it, and in how many standing documents each occurs.

    `documents` are those, to be segmented again; `deferred` are words that occur in too many, which wait.
    """

    words: dict[str, int]
    documents: tuple[str, ...]
    deferred: tuple[str, ...]


def resegmented(
    generation: Generation, words: Iterable[str], staying: Collection[str], most: int | None
) -> Resegmented:
    """Return what it means that `words` come or go, for the documents `staying`: no more than `most`, if given."""
    found: dict[str, frozenset[str]] = {}
    deferred: list[str] = []
    for word in sorted(words):
        holding = _holding(generation, word, None if most is None else most * _BEYOND)
        if holding is None:
            deferred.append(word)
        else:
            found[word] = holding & frozenset(staying)
    taken: set[str] = set()
    counts: dict[str, int] = {}
    # The rarer words first: each costs less, and tells more.
    for word, holding in sorted(found.items(), key=lambda item: (len(item[1]), item[0])):
        if most is not None and len(taken | holding) > most:
            deferred.append(word)
        else:
            taken |= holding
            counts[word] = len(holding)
    return Resegmented(counts, tuple(sorted(taken)), tuple(sorted(deferred)))


def _holding(generation: Generation, word: str, most: int | None) -> frozenset[str] | None:
    """Return the documents whose tokens a word can change: those that hold it. None if they are more than `most`."""
    plain = normalised(word)
    rows = _rows_of_all(generation, plain)
    if rows is None:
        candidates = set(generation.document)
    else:
        candidates = {generation.passages[row].document_id for row in rows.tolist()}
        if most is not None and len(candidates) > most:
            return None
    texts = ((key, generation.document[key]) for key in candidates)
    return frozenset(key for key, each in texts if plain in normalised(f"{each.title}\n{each.text}"))


def _rows_of_all(generation: Generation, plain: str) -> Rows | None:
    """Return the passages that have each character, and each two neighbours, of a word; None when it has no Chinese."""
    found = [set(generation.characters.rows_with(char).tolist()) for char in set(characters(plain))]
    if Kind.BIGRAMS in generation.settings.tokens:
        found += [set(generation.lexical.rows_with(pair).tolist()) for pair in set(bigrams(plain))]
    if not found:
        return None
    return np.array(sorted(set.intersection(*found)), np.int64)
