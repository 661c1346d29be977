"""The same case in two volumes: its passages are shown once, with where else they stand."""

from collections.abc import Sequence

from corpus.document import Passage
from index.generation import Generation
from index.search import Hit
from index.tokenizer import bigrams, normalised

_ALIKE = 0.8
"""Share of two passages' bigrams, of all that either has, from which they say the same."""
_SAME_CASE = 0.6
"""The same of two whole cases, from which they are one case: what another year's volume added or cut is in between."""
_LENGTHS = 1.5
"""How many times longer one of two passages may be that say the same."""

_CaseKey = tuple[str, int]


class Twins:
    """Which cases of different documents are one, found out as they meet in an answer."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._same: dict[tuple[_CaseKey, _CaseKey], bool] = {}

    def once(self, hits: Sequence[Hit]) -> tuple[tuple[Hit, ...], dict[str, tuple[Passage, ...]]]:
        """Return the hits, best first, without passages that say again what a better one says in its own case's twin.

        And by the id of the passage shown, the passages left out for it.
        """
        if len(self._generation.documents) < 2:
            return tuple(hits), {}
        shown: list[tuple[Hit, frozenset[str]]] = []
        also: dict[str, tuple[Passage, ...]] = {}
        for hit in hits:
            own = self._bigrams(hit.passage)
            first = next((other for other, said in shown if self._again(hit.passage, own, other.passage, said)), None)
            if first is None:
                shown.append((hit, own))
            else:
                also[first.passage.id] = (*also.get(first.passage.id, ()), hit.passage)
        return tuple(hit for hit, _ in shown), also

    def _bigrams(self, passage: Passage) -> frozenset[str]:
        return frozenset(bigrams(normalised(self._generation.text(passage))))

    def _again(self, passage: Passage, own: frozenset[str], other: Passage, said: frozenset[str]) -> bool:
        if passage.document_id == other.document_id or not _near(len(own), len(said)):
            return False
        return _alike(own, said) >= _ALIKE and self._is_same_case(passage, other)

    def _is_same_case(self, passage: Passage, other: Passage) -> bool:
        one, two = sorted(((passage.document_id, passage.case), (other.document_id, other.case)))
        if (one, two) not in self._same:
            self._same[one, two] = _alike(self._bigrams_of_case(one), self._bigrams_of_case(two)) >= _SAME_CASE
        return self._same[one, two]

    def _bigrams_of_case(self, key: _CaseKey) -> frozenset[str]:
        document = self._generation.document[key[0]]
        case = document.cases[key[1]]
        return frozenset(bigrams(normalised(document.text[case.start : case.end])))


def _near(one: int, two: int) -> bool:
    return max(one, two) <= _LENGTHS * max(min(one, two), 1)


def _alike(one: frozenset[str], two: frozenset[str]) -> float:
    return len(one & two) / max(len(one | two), 1)
