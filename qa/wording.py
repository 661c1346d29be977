"""Words that the user says mean the same: a question is asked in the compilation's own."""

import re
from collections.abc import Iterable

from corpus.document import Document
from index.tokenizer import normalised


class Wording:
    """Groups of words that mean the same, and which of each the compilation says."""

    def __init__(self, documents: Iterable[Document], synonyms: Iterable[tuple[str, ...]]) -> None:
        texts = [document.text for document in documents] if synonyms else []
        self._groups = [
            [(normalised(word), any(word in text for text in texts)) for word in group] for group in synonyms
        ]

    def asked(self, text: str) -> str:
        """Return a normalised question with words that the compilation does not say replaced by those that it does.

        Where it says none of them (a nickname of a place), the last of the group stands for all.
        """
        for group in self._groups:
            instead = next((word for word, is_said in group if is_said), group[-1][0])
            told = {word: word if is_said else instead for word, is_said in group}
            # The longer first, so that none is taken for a part of another.
            any_of = "|".join(map(re.escape, sorted(told, key=len, reverse=True)))
            text = re.sub(any_of, lambda match, told=told: told[match[0]], text)  # type: ignore[misc]
        return text

    def besides(self, text: str) -> tuple[str, ...]:
        """Return the other words of the compilation for those of a normalised question."""
        return tuple(
            word
            for group in self._groups
            if any(asked in text for asked, _ in group)
            for word, is_said in group
            if is_said and word not in text
        )
