"""What the commands show while they work, and how they end when they cannot."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text

from corpus.errors import CorpusError
from eval.errors import EvaluationError
from index.encoder import Progress
from index.errors import IndexingError

_err = Console(stderr=True, highlight=False)


def progress_bars() -> Bars:
    """Return bars beside the output; they are gone when the work is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("剩余"))
    return Bars(*columns, TimeRemainingColumn(), console=_err, transient=True)


def embedding_told(bars: Bars) -> Callable[[str], Progress]:
    """Return what begins a bar for texts to be embedded."""

    def begin(words: str) -> Progress:
        task = bars.add_task(f"嵌入 {words}", total=None)
        return lambda done, total: bars.update(task, completed=done, total=total)

    return begin


def counter(bars: Bars, words: str, total: int) -> Callable[[], None]:
    """Begin a bar over so many steps, and return what is called after each."""
    task = bars.add_task(words, total=total)
    return lambda: bars.advance(task)


@contextmanager
def errors_told() -> Iterator[None]:
    """Turn the errors that a user can do something about into one line and exit status 1."""
    try:
        yield
    except (EvaluationError, IndexingError, CorpusError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"读写 {error.filename or ''} 失败（{error.strerror or error}）。")


def fail(message: str) -> NoReturn:
    """Say why, and end with status 1."""
    tell(message)
    raise typer.Exit(1)


def tell(words: str) -> None:
    """Print a line beside the output, for the person at the terminal."""
    _err.print(Text(words), soft_wrap=True)
