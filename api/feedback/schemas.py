"""What people say of answers and the test questions they make: as sent, as kept, as exported."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.functional_validators import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from api.questions.schemas import MOST_MESSAGES, FiltersIn, Ignored, IndexRef, Message, Name, Question, not_blank
from qa.codes import Silence

LONGEST_NOTE = 2000
MOST_SPANS = 100
MOST_ANSWERS = 20

_EARLIER = {"case": "case_number", "document": "document_id", "section": "headings"}

Word = Annotated[Name, AfterValidator(not_blank)]


class Span(BaseModel):
    """A piece of one paragraph of a document; its words are read from the document."""

    model_config = ConfigDict(extra="forbid", strict=True)

    document_id: Name
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class GradedSpan(Span):
    """A piece that answers, and how well."""

    grade: int = Field(1, ge=1, le=3, description="1 有关，2 答出一部分，3 完全答出")


class _AskedIn(BaseModel):
    """A question, by itself or after the turns before it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: Question = Field(examples=["扶沟是怎么保障土地的?"])
    messages: list[Message] = Field(default_factory=list, max_length=MOST_MESSAGES, description="之前的对话")

    @property
    def turns(self) -> list[str]:
        """What the person asked before, oldest first."""
        return [message.content for message in self.messages if message.role == "user" and message.content.strip()]


class FeedbackIn(_AskedIn):
    """What somebody thinks of an answer: `sentences` are what it said, none where it was silent."""

    filters: FiltersIn | None = None
    ignore: Ignored = Field(default_factory=list, description="问题里看出的哪些不算数，照提问时的")
    helpful: bool = Field(description="有用为 true，没用为 false")
    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] = ""
    sentences: list[Span] = Field(default_factory=list, max_length=MOST_SPANS)
    abstained: bool
    reason: Annotated[Silence, Field(strict=False)] | None = None

    @model_validator(mode="after")
    def _says_or_not(self) -> "FeedbackIn":
        if self.abstained and self.sentences:
            raise PydanticCustomError("silent_yet_said", "silent yet said")
        return self


class TopicIn(_AskedIn):
    """A test question: with the pieces that answer it, or with `why` the compilation does not."""

    evidence: list[GradedSpan] = Field(default_factory=list, max_length=MOST_SPANS)
    answers: list[Word] = Field(
        default_factory=list, max_length=MOST_ANSWERS, description="正确的答案含其中之一；须在依据里"
    )
    kind: Word | None = Field(None, examples=["figure"])
    why: Word | None = Field(None, description="答不了的原因，如 not_covered、place_unknown")


class Quote(BaseModel):
    """A piece of a document, and the words that stood there when it was kept."""

    document_id: str
    start: int
    end: int
    quote: str
    grade: int = 1


class _Entry(BaseModel):
    """What is kept of any entry. `whole` is the question made whole from the turns; `place` the one it names."""

    id: str
    time: str
    question: str
    turns: list[str]
    whole: str
    place: str | None
    index: IndexRef


def _renamed(filters: object) -> object:
    """Return filters as they are named now; lines of earlier releases, still on the disk, name some otherwise."""
    return (
        {_EARLIER.get(name, name): value for name, value in filters.items()} if isinstance(filters, dict) else filters
    )


class AnswerEntry(_Entry):
    """What somebody thought of an answer."""

    sort: Literal["answer"] = "answer"
    filters: Annotated[FiltersIn | None, BeforeValidator(_renamed)]
    ignore: Ignored = Field(default_factory=list)
    helpful: bool
    note: str
    sentences: list[Quote]
    abstained: bool
    reason: Silence | None


class TopicEntry(_Entry):
    """A test question."""

    sort: Literal["topic"] = "topic"
    evidence: list[Quote]
    answers: list[str]
    kind: str
    why: str | None


Entry = Annotated[AnswerEntry | TopicEntry, Field(discriminator="sort")]


class EntriesOut(BaseModel):
    """Entries, the newest first; `total` counts all there are."""

    entries: list[Entry]
    total: int


class KeptOut(BaseModel):
    """The id of what was kept."""

    id: str


class TopicKeptOut(KeptOut):
    """The id of a test question, and its line in a file of evaluation topics."""

    line: str


class TopicSpan(BaseModel):
    """A piece that answers, as evaluation topics have it."""

    document: str
    start: int
    end: int
    quote: str
    grade: int


class Topic(BaseModel):
    """A line of a file of evaluation topics."""

    id: str
    split: Literal["dev", "held"]
    kind: str
    question: str
    place: str | None
    evidence: list[TopicSpan]
    answers: list[str]
    why: str | None
