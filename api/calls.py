"""What can be asked of a server: each call as a value, how its response is read, and what may go wrong.

Nothing is sent from here; `api.client` does that, waiting or awaiting. Without the model and the index, so it is light.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Generic, Literal, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError
from pydantic_core import to_jsonable_python

from api.compilation.about_schemas import AboutOut, ReadyOut
from api.compilation.outline_schemas import CaseOut, CasesOut, DocumentOut
from api.feedback.schemas import KeptOut
from api.imports.schemas import DocumentsOut, ImportOut
from api.questions.schemas import AskOut, DroppedOut, FiltersIn, Message, PieceOut, PlacedOut, SearchOut
from api.questions.table_schemas import CompareOut, FiguresOut
from qa.codes import Ignorable, Order

Given = TypeVar("Given", bound=BaseModel)
Turns = Sequence[Message | Mapping[str, str]]
Filters = FiltersIn | Mapping[str, Any]
File = Path | str | tuple[str, bytes]
"""A file on the disk, or a name and what is in it."""


class ClientError(Exception):
    """A call that was not answered: a stable code, a Chinese message, and the HTTP status where there was one."""

    def __init__(self, code: str, message: str, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.retry_after = retry_after
        """Seconds after which the server would be asked again, where it says so."""


class Unreachable(ClientError):
    """No response came: there is no server at the address, or the connection broke."""


class TimedOut(Unreachable):
    """No response came in time."""


class Unreadable(ClientError):
    """A response came that is not what this client knows: another program answers there, or another version."""


class KeyRefused(ClientError):
    """The server wants a key, or this one may not do what was asked (401, 403)."""


class NotThere(ClientError):
    """What was asked for is not there (404)."""


class Overloaded(ClientError):
    """Too much was asked at once, or the server cannot answer now (429, 503)."""


class Rejected(ClientError):
    """The server does not take what was sent (other 4xx)."""


class Failed(ClientError):
    """The server failed (other 5xx)."""


_BY_STATUS: Mapping[int, type[ClientError]] = {
    401: KeyRefused,
    403: KeyRefused,
    404: NotThere,
    429: Overloaded,
    503: Overloaded,
}


@dataclass(frozen=True, slots=True)
class Call(Generic[Given]):
    """A request, and what its response holds. What changes nothing `is_safe` to be sent again."""

    gives: type[Given]
    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    files: tuple[File, ...] = ()
    is_safe: bool = True

    @contextmanager
    def request(self) -> Iterator[dict[str, Any]]:
        """Yield the request as keyword arguments of an HTTP client; files are open meanwhile."""
        with ExitStack() as stack:
            files = [("files", _opened(each, stack)) for each in self.files]
            yield {
                "method": self.method,
                "url": self.path,
                "params": self.params,
                "json": self.body,
                "files": files or None,
            }

    def read(self, content: bytes) -> Given:
        """Return what the body of a good response holds. Raises Unreadable."""
        return _read(self.gives, content)


@dataclass(frozen=True, slots=True)
class Event:
    """A piece of an answer that comes in pieces: the passages, each sentence, and last the answer whole."""

    name: Literal["passages", "sentence", "dropped", "answer"]
    content: SearchOut | PieceOut | DroppedOut | AskOut


_EVENTS: Mapping[str, type[BaseModel]] = {
    "passages": SearchOut,
    "sentence": PieceOut,
    "dropped": DroppedOut,
    "answer": AskOut,
}


def event(name: str, data: str) -> Event | None:
    """Return an event of a stream; none where this client knows no such event. Raises Unreadable."""
    kind = _EVENTS.get(name)
    return Event(name, _read(kind, data.encode())) if kind else None  # type: ignore[arg-type]


def check_is_last(found: Event | None) -> None:
    """Let pass what ended with the answer whole. Raises Unreachable."""
    if found is None or found.name != "answer":
        raise Unreachable("broken_off", "答案没有说完，连接就断了。请再问一次。")


def failure(status: int, content: bytes, retry_after: str | None) -> ClientError:
    """Return the error that a response tells of."""
    kind = _BY_STATUS.get(status, Rejected if status < 500 else Failed)
    seconds = float(retry_after) if retry_after and retry_after.isdecimal() else None
    try:
        error = _Told.model_validate_json(content).error
    except ValidationError:
        return kind("http_error", f"服务器答复 HTTP {status}，没有说明原因。", status, seconds)
    return kind(error.code, error.message, status, seconds)


class _Error(BaseModel):
    """What a server says of an error; its code may be one that this version does not know yet."""

    code: str
    message: str


class _Told(BaseModel):
    error: _Error


def ask(
    question: str | None = None,
    *,
    messages: Turns = (),
    top_k: int = 5,
    filters: Filters | None = None,
    ignore: Collection[Ignorable | str] = (),
    explain: bool = False,
) -> Call[AskOut]:
    """Ask a question; `messages` are the turns before it."""
    return Call(AskOut, "POST", "/ask", body=_question(question, messages, top_k, filters, ignore, explain))


def stream(
    question: str | None = None,
    *,
    messages: Turns = (),
    top_k: int = 5,
    filters: Filters | None = None,
    ignore: Collection[Ignorable | str] = (),
    explain: bool = False,
) -> Call[AskOut]:
    """Ask a question and get the answer in pieces, as they come."""
    body = _question(question, messages, top_k, filters, ignore, explain)
    return Call(AskOut, "POST", "/ask", body=body | {"stream": True})


def search(
    question: str | None = None,
    *,
    messages: Turns = (),
    top_k: int = 5,
    filters: Filters | None = None,
    ignore: Collection[Ignorable | str] = (),
    explain: bool = False,
) -> Call[SearchOut]:
    """Find the passages that an answer would stand on."""
    return Call(SearchOut, "POST", "/search", body=_question(question, messages, top_k, filters, ignore, explain))


def compare(question: str, places: Iterable[str] = ()) -> Call[CompareOut]:
    """Put places side by side; without them those the question names, or all that answer."""
    return Call(CompareOut, "POST", "/compare", body={"question": question, "places": list(places)})


def figures(
    q: str = "",
    *,
    unit: str = "",
    case_number: int | str | None = None,
    city: str | None = None,
    county: str | None = None,
    document_id: str | None = None,
    articles: bool = True,
    sort: Order | str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Call[FiguresOut]:
    """List figures of the compilation."""
    return Call(FiguresOut, "GET", "/figures", _given(locals()))


def cases(*, with_all: bool = False) -> Call[CasesOut]:
    """List the numbered cases; with all, also what has no number."""
    return Call(CasesOut, "GET", "/cases", {"all": with_all})


def case(case_number: int) -> Call[CaseOut]:
    """Read a case whole."""
    return Call(CaseOut, "GET", f"/cases/{case_number}")


def documents() -> Call[DocumentsOut]:
    """List the documents."""
    return Call(DocumentsOut, "GET", "/documents")


def document(document_id: str) -> Call[DocumentOut]:
    """Read a document's raw text whole."""
    return Call(DocumentOut, "GET", f"/documents/{quote(document_id, safe='')}")


def passage(passage_id: str) -> Call[PlacedOut]:
    """Read a passage, and where it stands."""
    return Call(PlacedOut, "GET", f"/passages/{quote(passage_id, safe='')}")


def about() -> Call[AboutOut]:
    """Learn what there is to ask of."""
    return Call(AboutOut, "GET", "/about")


def ready() -> Call[ReadyOut]:
    """Learn which index answers; raises Overloaded while none does."""
    return Call(ReadyOut, "GET", "/readyz")


def import_files(*files: File) -> Call[ImportOut]:
    """Send files to be imported together; the import goes on by itself."""
    return Call(ImportOut, "POST", "/documents", files=files, is_safe=False)


def imported(import_id: str) -> Call[ImportOut]:
    """Learn how far an import is."""
    return Call(ImportOut, "GET", f"/imports/{quote(import_id, safe='')}")


def feedback(
    reply: AskOut,
    helpful: bool,
    *,
    note: str = "",
    messages: Turns = (),
    filters: Filters | None = None,
    ignore: Collection[Ignorable | str] = (),
) -> Call[KeptOut]:
    """Say whether an answer helped; `messages`, `filters` and `ignore` as they were when it was asked."""
    spans = [{"document_id": each.document_id, "start": each.start, "end": each.end} for each in reply.answer.sentences]
    asked = {"question": reply.question, "messages": _turns(messages), "filters": filters, "ignore": list(ignore)}
    said = {"sentences": spans, "abstained": reply.answer.abstained, "reason": reply.answer.reason}
    return Call(
        KeptOut, "POST", "/feedback", body=_given(asked | said | {"helpful": helpful, "note": note}), is_safe=False
    )


def _question(
    question: str | None,
    messages: Turns,
    top_k: int,
    filters: Filters | None,
    ignore: Collection[Ignorable | str],
    explain: bool,
) -> dict[str, Any]:
    asked = {"question": question, "messages": _turns(messages), "top_k": top_k, "filters": filters}
    return _given(asked | {"ignore": list(ignore), "explain": explain})


def _turns(messages: Turns) -> list[Message | Mapping[str, str]]:
    return list(messages)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was given as JSON knows it, without what was not."""
    kept = {name: value for name, value in values.items() if value is not None}
    found: dict[str, Any] = to_jsonable_python(kept, exclude_none=True)
    return found


def _opened(file: File, stack: ExitStack) -> tuple[str, IO[bytes] | bytes]:
    if isinstance(file, tuple):
        return file
    path = Path(file)
    return path.name, stack.enter_context(path.open("rb"))


def _read(kind: type[Given], content: bytes) -> Given:
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise Unreadable("unreadable_response", "服务器的答复读不懂：地址不是案问，或版本不同。") from error
