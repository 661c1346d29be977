"""What the commands say at the terminal: results on standard output, everything else beside it."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.text import Text

OUT = Console(highlight=False)
BESIDE = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON，供程序读取")]


@contextmanager
def errors_told(as_json: bool = False) -> Iterator[None]:
    """Turn the errors that a user can do something about into one line and exit status 1."""
    try:
        yield
    except typer.Exit:
        raise
    except Exception as error:
        if (told := _told(error)) is None:
            raise
        fail(*told, as_json)


def _told(error: Exception) -> tuple[str, str] | None:
    """Return code and message of an error that a user can do something about."""
    # What knows the errors of the index also brings what computes; the commands that have raised one have it already.
    from api.errors import ApiError, code_and_status, of_system
    from api.settings import SettingsError
    from corpus.errors import CorpusError
    from index.errors import IndexingError

    if isinstance(error, SettingsError):
        return "invalid_setting", str(error)
    known = of_system(error) if isinstance(error, OSError) else error
    if isinstance(known, (ApiError, IndexingError, CorpusError)):
        return code_and_status(known)[0], str(known)
    return None


def fail(code: str, message: str, as_json: bool) -> NoReturn:
    """Print an error, for people or for programs, and leave with status 1."""
    if as_json:
        print_json({"error": {"code": code, "message": message}})
    else:
        tell(message)
    raise typer.Exit(1)


def print_json(content: object) -> None:
    """Print a value for programs."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def tell(words: str) -> None:
    """Print a line beside the output, for the person at the terminal."""
    BESIDE.print(Text(words), soft_wrap=True)


def say(words: str, style: str = "") -> None:
    """Print a line as it stands: text of a document is never markup."""
    OUT.print(Text(words, style=style), soft_wrap=True)
