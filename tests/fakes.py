"""Stand-ins where a test is not about the part, derived from the text."""

import zlib
from collections.abc import Sequence

import numpy as np

from index.encoder import Progress, Vectors


class HashedEncoder:
    """Vectors of hashed character bigrams: texts that share words are near, with no model and no randomness."""

    name = "hashed-bigrams"
    fingerprint = "hashed-bigrams-256"
    dimension = 256

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self.passages(texts)

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        vectors = np.full((len(texts), self.dimension), 1e-6, np.float32)
        for row, text in enumerate(texts):
            for at in range(len(text) - 1):
                vectors[row, zlib.crc32(text[at : at + 2].encode()) % self.dimension] += 1
        if progress:
            progress(len(texts), len(texts))
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
