"""Sentences of Chinese text, as spans."""

import re
from collections import Counter
from collections.abc import Iterator

_END = re.compile(r"[。！？；!?;｡]+[”’」』）)]*|\s*\n\s*")
_PAUSE = re.compile(r"[,，;；、:：\s]")
_OPENING = {"“": "”", "‘": "’", "「": "」", "『": "』", "（": "）", "(": ")", "《": "》", "【": "】", "〔": "〕"}
_SPEECH_END = "。！？!?"


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Yield the spans of the sentences of `text[start:end]`, without white space around them.

    A sentence ends at 。！？； or a line's end, but not inside quotes or brackets, unless the closing mark stands right
    behind the stop (“……。”). An opening mark that is never closed protects nothing. The spans cover every character
    that is not white space, once.
    """
    end = len(text) if end is None else end
    protected = _protected(text, start, end)
    begin = start
    for stop in _END.finditer(text, start, end):
        closers = len(stop.group()) - len(stop.group().rstrip("”’」』）)"))
        first = stop.start() - start
        if protected[first] and not (
            closers and text[stop.end() - closers - 1] in _SPEECH_END and not _after(protected, stop.end() - start)
        ):
            continue
        yield from trimmed(text, begin, stop.end())
        begin = stop.end()
    yield from trimmed(text, begin, end)


def clauses(text: str, start: int, end: int, shortest: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the clauses of one sentence `text[start:end]`, of at least `shortest` characters each.

    A clause ends at a pause (，、；：or white space). A last piece under half of `shortest` stays with the one before.
    """
    begin = start
    for pause in _PAUSE.finditer(text, start, end):
        if pause.end() - begin >= shortest and end - pause.end() >= shortest / 2:
            yield from trimmed(text, begin, pause.end())
            begin = pause.end()
    yield from trimmed(text, begin, end)


def _after(protected: bytearray, at: int) -> bool:
    return at < len(protected) and bool(protected[at])


def _protected(text: str, start: int, end: int) -> bytearray:
    """Mark (1) the characters between an opening mark and the closing mark that belongs to it."""
    marks = bytearray(end - start)
    open_marks: list[tuple[str, int]] = []
    awaited: Counter[str] = Counter()
    for at in range(start, end):
        char = text[at]
        if char in _OPENING:
            open_marks.append((_OPENING[char], at))
            awaited[_OPENING[char]] += 1
        elif awaited[char]:
            # A stray closing mark is skipped; one that closes an outer mark drops the unclosed inner ones.
            for depth in range(len(open_marks) - 1, -1, -1):
                if open_marks[depth][0] == char:
                    opened = open_marks[depth][1]
                    marks[opened - start + 1 : at - start] = b"\x01" * (at - opened - 1)
                    awaited.subtract(expected for expected, _ in open_marks[depth:])
                    del open_marks[depth:]
                    break
    return marks


def trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield `[start, end)` without the white space at its ends, or nothing when there is nothing else."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
