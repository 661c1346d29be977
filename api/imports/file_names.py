"""Names of files as clients send them."""

import hashlib
from pathlib import PurePosixPath

_LONGEST = 255
"""Bytes of a file's name that file systems take."""


def plain(name: str) -> str:
    """Return a file's name without folders, and short enough for a file system; a client may send anything."""
    last = "".join(char for char in name.replace("\\", "/").rsplit("/", 1)[-1] if char.isprintable()).strip()
    if len(last.encode()) > _LONGEST:
        path = PurePosixPath(last)
        # Two long names may differ at their ends only.
        ending = f"-{hashlib.sha256(last.encode()).hexdigest()[:8]}{path.suffix[:10]}"
        room = _LONGEST - len(ending.encode())
        last = path.stem.encode()[:room].decode(errors="ignore") + ending
    return last if last.strip(". ") else "未命名"
