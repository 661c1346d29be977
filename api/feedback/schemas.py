"""What people say of answers and the test questions they make: as sent, as kept, as exported."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.functional_validators import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from api.questions.fields import (
    EXAMPLE_DOCUMENT,
    EXAMPLE_SENTENCE,
    DocumentId,
    End,
    Ignored,
    Name,
    Question,
    Start,
    not_blank,
)
from api.questions.schemas import MOST_MESSAGES, FiltersIn, IndexRef, Message
from qa.codes import Silence

LONGEST_NOTE = 2000
MOST_SPANS = 100
MOST_ANSWERS = 20

Word = Annotated[Name, AfterValidator(not_blank)]


_EARLIER = {"case": "case_number", "document": "document_id", "section": "headings"}


def _renamed(filters: object) -> object:
    """Return filters as they are named now; lines of earlier releases, still on the disk, name some otherwise."""
    return (
        {_EARLIER.get(name, name): value for name, value in filters.items()} if isinstance(filters, dict) else filters
    )


class Span(BaseModel):
    """A piece of one paragraph of a document; its words are read from the document."""

    model_config = ConfigDict(extra="forbid", strict=True)

    document_id: Name = Field(description="所在文档的编号", examples=[EXAMPLE_DOCUMENT])
    start: int = Field(ge=0, description="起点：文档原文的字符序号，从 0 起，含", examples=[5403])
    end: int = Field(ge=0, description="终点：文档原文的字符序号，不含", examples=[5478])


class GradedSpan(Span):
    """A piece that answers, and how well."""

    grade: int = Field(1, ge=1, le=3, description="1 有关，2 答出一部分，3 完全答出", examples=[3])


class _AskedIn(BaseModel):
    """A question, by itself or after the turns before it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: Question = Field(description="问题")
    messages: list[Message] = Field(default_factory=list, max_length=MOST_MESSAGES, description="之前的对话")

    @property
    def turns(self) -> list[str]:
        """What the person asked before, oldest first."""
        return [message.content for message in self.messages if message.role == "user" and message.content.strip()]


class FeedbackIn(_AskedIn):
    """What somebody thinks of an answer: `sentences` are what it said, none where it was silent."""

    filters: FiltersIn | None = Field(None, description="只在哪里找，照提问时的")
    ignore: Ignored = Field(default_factory=list)
    helpful: bool = Field(description="有用为 true，没用为 false", examples=[True])
    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] = Field(
        "", description="附言", examples=["数字对，还想知道是哪一年的"]
    )
    sentences: list[Span] = Field(default_factory=list, max_length=MOST_SPANS, description="答案的各句在原文的位置")
    abstained: bool = Field(description="是不是没有作答", examples=[False])
    reason: Annotated[Silence, Field(strict=False)] | None = Field(
        None, description="没有作答的话，为什么", examples=["not_covered"]
    )

    @model_validator(mode="after")
    def _says_or_not(self) -> "FeedbackIn":
        if self.abstained and self.sentences:
            raise PydanticCustomError("silent_yet_said", "silent yet said")
        return self


class TopicIn(_AskedIn):
    """A test question: with the pieces that answer it, or with `why` the compilation does not."""

    evidence: list[GradedSpan] = Field(default_factory=list, max_length=MOST_SPANS, description="答出它的原文")
    answers: list[Word] = Field(
        default_factory=list,
        max_length=MOST_ANSWERS,
        description="正确的答案含其中之一；须在依据里",
        examples=[["2458.96亩"]],
    )
    kind: Word | None = Field(None, description="题目的种类", examples=["figure"])
    why: Word | None = Field(None, description="答不了的原因，如 not_covered、place_unknown", examples=["not_covered"])


class Quote(BaseModel, frozen=True):
    """A piece of a document, and the words that stood there when it was kept."""

    document_id: DocumentId
    start: Start
    end: End
    quote: str = Field(description="当时的原文", examples=[EXAMPLE_SENTENCE])
    grade: int = Field(1, description="1 有关，2 答出一部分，3 完全答出", examples=[3])


class _Entry(BaseModel, frozen=True):
    """What is kept of any entry. `whole` is the question made whole from the turns; `place` the one it names."""

    id: str = Field(description="编号", examples=["fb-001"])
    time: str = Field(description="什么时候收到的，ISO 8601", examples=["2026-01-01T08:00:00+00:00"])
    question: str = Field(description="问题，照提问时的", examples=["那孟津呢？"])
    turns: list[str] = Field(description="之前问过的", examples=[["扶沟是怎么保障土地的?"]])
    whole: str = Field(description="补全了的问题", examples=["孟津是怎么保障土地的?"])
    place: str | None = Field(description="问到的地方", examples=["孟津区"])
    index: IndexRef = Field(description="当时由哪个索引作答")


class AnswerEntry(_Entry):
    """What somebody thought of an answer."""

    sort: Literal["answer"] = Field("answer", description="对答案的反馈", examples=["answer"])
    filters: Annotated[FiltersIn | None, BeforeValidator(_renamed)] = Field(description="只在哪里找，照提问时的")
    ignore: Ignored = Field(default_factory=list)
    helpful: bool = Field(description="有用没用", examples=[True])
    note: str = Field(description="附言", examples=["数字对，还想知道是哪一年的"])
    sentences: list[Quote] = Field(description="答案的各句")
    abstained: bool = Field(description="是不是没有作答", examples=[False])
    reason: Silence | None = Field(description="没有作答的话，为什么", examples=["not_covered"])


class TopicEntry(_Entry):
    """A test question."""

    sort: Literal["topic"] = Field("topic", description="测试题", examples=["topic"])
    evidence: list[Quote] = Field(description="答出它的原文")
    answers: list[str] = Field(description="正确的答案含其中之一", examples=[["2458.96亩"]])
    kind: str = Field(description="题目的种类", examples=["figure"])
    why: str | None = Field(description="答不了的原因", examples=["not_covered"])


Entry = Annotated[AnswerEntry | TopicEntry, Field(discriminator="sort")]


class EntriesOut(BaseModel, frozen=True):
    """Entries, the newest first; `total` counts all there are."""

    entries: list[Entry] = Field(description="各条，最新的在前")
    total: int = Field(description="一共有几条", examples=[12])


class KeptOut(BaseModel, frozen=True):
    """The id of what was kept."""

    id: str = Field(description="编号", examples=["fb-001"])


class TopicKeptOut(KeptOut):
    """The id of a test question, and its line in a file of evaluation topics."""

    line: str = Field(
        description="在评测题目文件里的一行", examples=['{"id": "fb-001", "split": "dev", "kind": "figure"}']
    )


class TopicSpan(BaseModel, frozen=True):
    """A piece that answers, as evaluation topics have it."""

    document: str
    start: int
    end: int
    quote: str
    grade: int


class Topic(BaseModel, frozen=True):
    """A line of a file of evaluation topics."""

    id: str
    split: Literal["dev", "held"]
    kind: str
    question: str
    place: str | None
    evidence: list[TopicSpan]
    answers: list[str]
    why: str | None
