"""Reads one file in a process of its own, which a hostile file may exhaust or crash without harm.

Run as `python -m corpus.readers.worker KIND PATH LIMITS`, with a number behind for the picture of that page of a PDF;
prints an Extracted or a Picture, else a Fault, as JSON, all without a name.
"""

import math
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter

from corpus.errors import FaultCode, Refused
from corpus.extracted import Extracted, Picture
from corpus.readers.fault import Fault
from corpus.readers.kinds import Kind
from corpus.readers.safety import Limits, checked_length

Reply = Extracted | Picture | Fault
REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)
LIMITS = TypeAdapter(Limits)


def main(kind: Kind, path: Path, limits: Limits, page: int | None = None) -> None:
    """Print what a reader takes out of a file, or the picture of a page, or why it does not."""
    # Libraries may print; what goes to the first output is the reply alone.
    reply = os.dup(1)
    os.dup2(2, 1)
    reader = _reader(kind) if page is None else _drawer(page)
    _bind(limits)
    with os.fdopen(reply, "wb") as output:
        output.write(REPLY.dump_json(_read(reader, path, limits)))


def _read(reader: Callable[[Path, Limits], Extracted | Picture], path: Path, limits: Limits) -> Reply:
    try:
        found = reader(path, limits)
        if isinstance(found, Extracted):
            checked_length(len(found.text) + sum(len(dropped.text) for dropped in found.dropped), limits)
    except Refused as refusal:
        return Fault("", refusal.code, str(refusal))
    except MemoryError:
        return Fault("", FaultCode.OUT_OF_MEMORY, "读取文件时内存不够，请拆分后再试。")
    except Exception:
        # Whatever a library stumbles over in a damaged file, it is the file that cannot be read.
        return Fault("", FaultCode.UNREADABLE, "文件已损坏或不合规范，无法读出。请用原来的软件打开并另存后再试。")
    return found


def _drawer(page: int) -> Callable[[Path, Limits], Picture]:
    from corpus.readers import picture

    return lambda path, _: picture.drawn(path, page)


def _reader(kind: Kind) -> Callable[[Path, Limits], Extracted]:
    # Each reader's libraries are imported only where it is used: a page needs no Word, and start-up counts.
    match kind:
        case Kind.WORD:
            from corpus.readers import word

            return lambda path, limits: word.read(path, "", limits)
        case Kind.PDF:
            from corpus.readers import pdf

            return lambda path, limits: pdf.read(path, "", limits)
        case Kind.HTML:
            from corpus.readers import html

            return lambda path, _: html.read(path.read_bytes(), "")
        case Kind.MARKDOWN:
            from corpus.readers import markdown

            return lambda path, _: markdown.read(path.read_bytes(), "")
    raise ValueError(kind)


def _bind(limits: Limits) -> None:
    """Bound this process's memory and time, and forbid it to write files."""
    seconds = math.ceil(limits.seconds)
    for bound, value in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(bound)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(bound, (value, value))


if __name__ == "__main__":
    main(Kind(sys.argv[1]), Path(sys.argv[2]), LIMITS.validate_json(sys.argv[3]), *map(int, sys.argv[4:]))
