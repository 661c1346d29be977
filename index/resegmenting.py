"""What a change of the lexicon means for documents that stand: which of them must be segmented again."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from corpus.document import Document
from index.generation import Generation
from index.lexical import LexicalLeg
from index.tokenizer import Kind, bigrams, characters, half_width, normalised

_BEYOND = 4
"""How many times more passages may be looked into for a word than may be segmented again."""


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
    """Return what it means that `words` come or go, for the documents `staying`: of no more than `most` passages."""
    sizes = Counter(passage.document_id for passage in generation.passages)
    reading = _Reading(generation)
    stay = frozenset(staying)
    found: dict[str, frozenset[str]] = {}
    deferred: list[str] = []
    for word in sorted(words):
        candidates = reading.candidates(word) & stay
        if most is not None and sum(sizes[key] for key in candidates) > most * _BEYOND:
            deferred.append(word)
        else:
            found[word] = reading.holding(word, candidates)
    taken: set[str] = set()
    counts: dict[str, int] = {}
    # The rarer words first: each costs less, and tells more.
    for word, holding in sorted(found.items(), key=lambda item: (len(item[1]), item[0])):
        if most is not None and sum(sizes[key] for key in taken | holding) > most:
            deferred.append(word)
        else:
            taken |= holding
            counts[word] = len(holding)
    return Resegmented(counts, tuple(sorted(taken)), tuple(sorted(deferred)))


class _Reading:
    """Looks for words in the documents of a generation, and reads each only once."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._normalised: dict[str, str] = {}

    def candidates(self, word: str) -> frozenset[str]:
        """Return documents that may hold a word: those that have each character, and each two neighbours, of it."""
        plain = normalised(word)
        found = _candidates(self._generation, plain)
        if found is None:
            documents = self._generation.documents
            return frozenset(each.id for each in documents if plain in half_width(_read(each)))
        return frozenset(found)

    def holding(self, word: str, candidates: Iterable[str]) -> frozenset[str]:
        """Return the candidates whose tokens a word can change: those that hold it."""
        plain = normalised(word)
        return frozenset(key for key in candidates if plain in self._text(key))

    def _text(self, key: str) -> str:
        if key not in self._normalised:
            self._normalised[key] = normalised(_read(self._generation.document[key]))
        return self._normalised[key]


def _read(document: Document) -> str:
    """Return all that is tokenised of a document: a title printed over two lines is one line where it is indexed."""
    parts = [document.text]
    for case in document.cases:
        parts += [case.title, *(heading for section in case.sections for heading in section.headings)]
    return "\n".join(parts)


def _candidates(generation: Generation, plain: str) -> set[str] | None:
    """Return the documents that have each character, and each two neighbours, of a word; None when it has no Chinese.

    Passages alone would not do: a word may stand where a long sentence is cut, or in a line that is in no passage.
    """
    if Kind.BIGRAMS in generation.settings.tokens and (pairs := set(bigrams(plain))):
        cases = {generation.document_of_case[row] for row in _rows_of_all(generation.case_lexical, pairs)}
        passages = _rows_of_all(generation.lexical, pairs)
    elif single := set(characters(plain)):
        cases = set()
        passages = _rows_of_all(generation.characters, single)
    else:
        return None
    return cases | {generation.passages[row].document_id for row in passages}


def _rows_of_all(leg: LexicalLeg, tokens: Iterable[str]) -> set[int]:
    return set.intersection(*(set(leg.rows_with(token).tolist()) for token in tokens))
