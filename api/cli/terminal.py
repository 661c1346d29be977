"""What the commands say at the terminal: results on standard output, everything else beside it."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from api.errors import ApiError, body, code_and_status, of_system
from api.settings import SettingsError
from corpus.errors import CorpusError
from index.errors import IndexingError

OUT = Console(highlight=False)
BESIDE = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON，供程序读取")]


@contextmanager
def errors_told(as_json: bool = False) -> Iterator[None]:
    """Turn the errors that a user can do something about into one line and exit status 1."""
    try:
        yield
    except SettingsError as error:
        fail("invalid_setting", str(error), as_json)
    except (ApiError, IndexingError, CorpusError) as error:
        fail(code_and_status(error)[0], str(error), as_json)
    except OSError as error:
        told = of_system(error)
        fail(code_and_status(told)[0], str(told), as_json)


def fail(code: str, message: str, as_json: bool) -> NoReturn:
    """Print an error, for people or for programs, and leave with status 1."""
    if as_json:
        print_json(body(code, message))
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
