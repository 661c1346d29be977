"""Vectors kept on disk, so that a text is embedded once by a model and never again."""

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from index.encoder import Encoder, Progress, Vectors

_BLOCK = 512
"""Texts embedded between two writes to the disk: what a crash can lose."""
_ASKED = 500
"""Keys in one SELECT; SQLite has an upper bound."""


class CachedEncoder:
    """An encoder whose vectors are kept in a SQLite file by model, role and text. Safe to call from several threads.

    `embedded` counts the texts that were not kept, which the model had to read.
    """

    def __init__(self, encoder: Encoder, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._encoder = encoder
        self._path = path
        self._turn = threading.Lock()
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint
        self.dimension = encoder.dimension
        self.embedded = 0
        with self._connection() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) vectors of questions."""
        return self._vectors("query", texts, lambda some, _progress: self._encoder.queries(some), None)

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return (len(texts), dimension) vectors of passages; `progress` counts the kept ones as done at once."""
        return self._vectors("passage", texts, self._encoder.passages, progress)

    def _vectors(
        self,
        role: str,
        texts: Sequence[str],
        embed: Callable[[Sequence[str], Progress | None], Vectors],
        progress: Progress | None,
    ) -> Vectors:
        keys = [self._key(role, text) for text in texts]
        with self._turn, self._connection() as connection:
            kept = dict(self._kept(connection, keys))
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in kept}
            done = len(keys) - len(missing)
            # Texts of about one length stand together, since those of one call share batches.
            order = sorted(missing.items(), key=lambda item: -len(item[1]))
            for start in range(0, len(order), _BLOCK):
                block = order[start : start + _BLOCK]
                vectors = embed([text for _, text in block], None)
                rows = [(key, vector) for (key, _), vector in zip(block, vectors, strict=True)]
                kept.update(rows)
                self.embedded += len(rows)
                with connection:
                    connection.executemany(
                        "INSERT OR REPLACE INTO vectors VALUES (?, ?)", [(key, row.tobytes()) for key, row in rows]
                    )
                done += len(block)
                if progress:
                    progress(done, len(keys))
        if progress and not missing:
            progress(len(keys), len(keys))
        return np.stack([kept[key] for key in keys]) if keys else np.zeros((0, self.dimension), np.float32)

    def _kept(self, connection: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, Vectors]]:
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), _ASKED):
            some = wanted[start : start + _ASKED]
            marks = ",".join("?" * len(some))
            for key, vector in connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", some):
                yield key, np.frombuffer(vector, np.float32)

    def _key(self, role: str, text: str) -> bytes:
        return hashlib.sha256("\0".join((self.fingerprint, role, text)).encode()).digest()[:16]

    def _connection(self) -> closing[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=60)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        return closing(connection)
