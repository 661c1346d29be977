"""Tables as lines of text: each row by itself, every value under the name of its column."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_NAME_LONGEST = 20
"""Characters of a column's name; a longer cell in the first row is a value."""

_SENTENCE = re.compile("[。；！？]")
_VALUE = re.compile(r"[\d.,%％+\-—/~～ ]+")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text on one line, the columns it spans, whether it continues the cell above it (vertical merge).

    `header` is set where the file itself declares the cell's row or the cell to be a header.
    """

    text: str
    columns: int = 1
    continued: bool = False
    header: bool = False


def table_lines(rows: Sequence[Sequence[Cell]]) -> list[str]:
    """Return a table's lines: 表头甲：值；表头乙：值 for a row, cells joined by ； where there is no header.

    A value merged over rows is said in each of them, one merged over columns once. A first row that is one cell over
    all columns is a caption, and stays a line. Names of columns that no row says stay a line too: nothing is lost.
    """
    width = max((sum(cell.columns for cell in row) for row in rows), default=0)
    grid = [row for row in _filled(rows) if any(cell.text for cell in row)]
    lines = []
    while len(grid) > 1 and width > 1 and len(grid[0]) == 1:
        lines.append(grid.pop(0)[0].text)
    depth = _header_depth(grid, width)
    names = _names(grid[:depth], width)
    said: set[str] = set()
    body = [_row_line(row, names, said) for row in grid[depth:]]
    if any(cell.text not in said for row in grid[:depth] for cell in row if cell.text):
        lines.extend("；".join(cell.text for cell in row if cell.text) for row in grid[:depth])
    return lines + body


def _filled(rows: Sequence[Sequence[Cell]]) -> Iterator[list[Cell]]:
    """Give a cell that continues the one above it that one's text."""
    above: dict[int, str] = {}
    for row in rows:
        filled = []
        column = 0
        for cell in row:
            text = above.get(column, "") if cell.continued and not cell.text else cell.text
            filled.append(Cell(text, cell.columns, cell.continued, cell.header))
            above[column] = text
            column += cell.columns
        yield filled


def _header_depth(grid: Sequence[Sequence[Cell]], width: int) -> int:
    """Return how many rows at the top name the columns: those declared so, or else a first row that looks it."""
    declared = 0
    while declared < len(grid) and grid[declared] and all(cell.header for cell in grid[declared]):
        declared += 1
    if 0 < declared < len(grid):
        return declared
    if len(grid) < 2 or width < 2:
        return 0
    first = grid[0]
    if len({cell.text for cell in first}) < len(first) or sum(cell.columns for cell in first) < width:
        return 0
    if not all(_is_name(cell.text) for cell in first):
        return 0
    # A name merged over columns is divided by the row below, where the others are merged downwards.
    divided = any(cell.columns > 1 for cell in first) and any(cell.continued for cell in grid[1])
    return 2 if divided and len(grid) > 2 else 1


def _is_name(text: str) -> bool:
    return bool(text) and len(text) <= _NAME_LONGEST and not _SENTENCE.search(text) and not _VALUE.fullmatch(text)


def _names(header: Sequence[Sequence[Cell]], width: int) -> list[tuple[str, ...]]:
    names: list[tuple[str, ...]] = [()] * width
    for row in header:
        column = 0
        for cell in row:
            for position in range(column, min(column + cell.columns, width)):
                if cell.text and cell.text not in names[position]:
                    names[position] += (cell.text,)
            column += cell.columns
    return names


def _row_line(row: Sequence[Cell], names: Sequence[tuple[str, ...]], said: set[str]) -> str:
    values = []
    column = 0
    for cell in row:
        name = names[column] if column < len(names) else ()
        column += cell.columns
        if not cell.text:
            continue
        said.update(name)
        values.append(f"{' '.join(name)}：{cell.text}" if name else cell.text)
    return "；".join(values)
