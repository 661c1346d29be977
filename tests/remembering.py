"""The real model, which reads each of our questions once for all processes that run tests."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval.topics import BUNDLED, topics
from index.encoder import SentenceEncoder, Vectors

_TOGETHER = 16


class RememberingEncoder(SentenceEncoder):
    """The real model; a question that it has read is not read again."""

    def __init__(self) -> None:
        self._known: dict[str, Vectors] = {}
        super().__init__()

    def queries(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for at in range(0, len(new), _TOGETHER):
            together = new[at : at + _TOGETHER]
            self._known.update(zip(together, super().queries(together), strict=True))
        return np.stack([self._known[text] for text in texts])

    def read_ours(self, folder: Path) -> None:
        """Read all our questions, and keep their vectors in a folder for the other processes."""
        texts = list(dict.fromkeys(topic.question for path in BUNDLED.values() for topic in topics(path)))
        # Of about one length together, so that little of it is padding.
        texts.sort(key=len)
        np.save(folder / "questions.npy", self.queries(texts))
        (folder / "questions.json").write_text(json.dumps(texts), "utf-8")

    def recall(self, folder: Path) -> None:
        """Take the vectors that are kept in a folder as read."""
        texts = json.loads((folder / "questions.json").read_text("utf-8"))
        self._known.update(zip(texts, np.load(folder / "questions.npy"), strict=True))
