"""Questions to vectors for a server: those that come together are encoded together, and the latest are remembered."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.encoder import Encoder, Progress, Vectors

_TOGETHER = 16
"""Questions that the model reads at once; 16 take half the time of 16 one by one, and more gain nothing."""
_REMEMBERED = 4096
"""Vectors kept: 6 MB of the bundled model's."""


@dataclass(slots=True)
class _Asked:
    """A question on its way: in the end `vector` is its row, or `error` why there is none."""

    text: str
    vector: Vectors | None = None
    error: Exception | None = None


class QuestionEncoder:
    """An encoder that is called from many threads at once. Passages are encoded as by the encoder underneath.

    There is no wait for company: whoever comes while the model is at work is encoded with all who came meanwhile.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.fingerprint, self.dimension = encoder.name, encoder.fingerprint, encoder.dimension
        self._waiting: list[_Asked] = []
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._model = threading.Lock()
        self._lists = threading.Lock()

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) vectors of questions."""
        asked = [self._asked(text) for text in texts]
        return np.stack([self._vector(each) for each in asked])

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return (len(texts), dimension) vectors of passages."""
        return self._encoder.passages(texts, progress)

    def _asked(self, text: str) -> _Asked:
        with self._lists:
            if text in self._known:
                self._known.move_to_end(text)
                return _Asked(text, self._known[text])
            asked = _Asked(text)
            self._waiting.append(asked)
            return asked

    def _vector(self, asked: _Asked) -> Vectors:
        while asked.vector is None:
            if asked.error:
                raise asked.error
            with self._model:
                if asked.vector is None and not asked.error:
                    self._encode()
        return asked.vector

    def _encode(self) -> None:
        """Encode those who have waited longest."""
        with self._lists:
            together, self._waiting = self._waiting[:_TOGETHER], self._waiting[_TOGETHER:]
        try:
            vectors = self._encoder.queries([each.text for each in together])
        except Exception as error:  # whatever a foreign model raises, each who asked is to hear of it
            for each in together:
                each.error = error
            return
        with self._lists:
            for each, vector in zip(together, vectors, strict=True):
                each.vector = self._known[each.text] = vector
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
