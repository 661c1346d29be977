"""What the API takes and gives. Offsets are code points into a document's raw text, half-open."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.functional_validators import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from qa.codes import Ignorable

LONGEST_QUESTION = 1000
MOST_PASSAGES = 50
LONGEST_MESSAGE = 20_000
MOST_MESSAGES = 100
MOST_HEADINGS = 10


def not_blank(text: str) -> str:
    """Return the text. Raises the fault `blank` when there is nothing in it."""
    if not text.strip():
        raise PydanticCustomError("blank", "blank")
    return text


Question = Annotated[str, StringConstraints(max_length=LONGEST_QUESTION), AfterValidator(not_blank)]
Name = Annotated[str, StringConstraints(max_length=200)]
# Strict, a body would have to hold the very members.
Ignored = Annotated[list[Annotated[Ignorable, Field(strict=False)]], Field(max_length=len(Ignorable))]


def _written(value: object) -> object:
    return str(value) if type(value) is int else value


Number = Annotated[Name, BeforeValidator(_written, json_schema_input_type=int | Name)]
"""The number of a case, as a number or as it is printed."""


def _listed(value: object) -> object:
    return () if value is None else (value,) if isinstance(value, str) else value


Headings = Annotated[
    tuple[Name, ...],
    Field(max_length=MOST_HEADINGS, strict=False),
    BeforeValidator(_listed, json_schema_input_type=list[Name] | Name | None),
]


class FiltersIn(BaseModel):
    """What a passage must be; what is left out may be anything."""

    model_config = ConfigDict(extra="forbid", strict=True)

    city: Name | None = Field(None, examples=["周口市"])
    county: Name | None = Field(None, examples=["扶沟县"])
    case_number: Number | None = Field(None, examples=[157], description="篇号：157，或 第一百五十七篇")
    document_id: Name | None = Field(None, description="文档编号，或标题")
    headings: Headings = Field(default=(), description="小节标题，全称；给出几个的，段落要在每一个之下")
    aspect: Name | None = Field(None, description="measure / 做法，result / 成效，background / 背景")


class Message(BaseModel):
    """A turn of a conversation. Only what the person said is used, to make a follow-up whole."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["user", "assistant", "system"]
    content: str = Field(max_length=LONGEST_MESSAGE)


class SearchIn(BaseModel):
    """A question, by itself or after the turns before it; or the turns alone, of which the last of the user's asks."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: Question | None = Field(None, examples=["扶沟是怎么保障土地的?"])
    messages: list[Message] = Field(default_factory=list, max_length=MOST_MESSAGES, description="之前的对话")
    top_k: int = Field(5, ge=1, le=MOST_PASSAGES)
    filters: FiltersIn | None = None
    ignore: Ignored = Field(
        default_factory=list, description="问题里看出的哪些不算数：地点、篇号、年份、做法或成效、数据"
    )
    explain: bool = Field(False, description="在 trace 中给出每个段落的各项得分")

    @model_validator(mode="after")
    def _asks(self) -> "SearchIn":
        if self.question is None and not self.asked_before:
            raise PydanticCustomError("nothing_asked", "nothing asked")
        if len(self.asked) > LONGEST_QUESTION:
            raise PydanticCustomError("question_too_long", "too long", {"max_length": LONGEST_QUESTION})
        return self

    @property
    def asked_before(self) -> list[str]:
        """What the person said in the messages, oldest first."""
        return [message.content for message in self.messages if message.role == "user" and message.content.strip()]

    @property
    def asked(self) -> str:
        """The question that is asked now."""
        return self.asked_before[-1] if self.question is None else self.question

    @property
    def turns(self) -> list[str]:
        """The questions before it, oldest first."""
        return self.asked_before[:-1] if self.question is None else self.asked_before


class AskIn(SearchIn):
    """A question to be answered."""

    stream: bool = Field(False, description="以 server-sent events 逐句返回")


class PlaceOut(BaseModel):
    """A place that the question names."""

    mention: str
    province: str
    city: str
    county: str
    in_corpus: bool


class InterpretationOut(BaseModel):
    """How the question was understood, and where was looked because of it.

    `rewritten` tells that it was made whole from the turns before; `question` is what was searched; `ignored` are the
    parts of it that do not count, as the asker wished.
    """

    question: str
    rewritten: bool
    place: PlaceOut | None
    places: list[PlaceOut]
    case_numbers: list[int]
    years: list[int]
    aspect: str | None
    asks_figure: bool
    across: bool
    narrowed_to: list[int]
    note: str
    ignored: list[str]


class SentenceOut(BaseModel):
    """A sentence of the answer: exactly the document's characters from `start` to `end`, in the passage of `rank`."""

    rank: int
    text: str
    naming: str = Field(description="引出这句话的地名，问题里没有点名时才有")
    passage_id: str
    document_id: str
    start: int
    end: int
    passage_start: int
    passage_end: int
    aspect: str
    citation: str


class FigureOut(BaseModel):
    """A number with its unit, exactly at `start` to `end` of the document; `value` counts `unit`."""

    text: str
    value: float
    upper: float | None
    unit: str
    qualifier: str
    indicator: str
    comparison: str
    time: str
    place: str
    case_number: int | None
    document_id: str
    start: int
    end: int
    passage_id: str
    passage_start: int
    passage_end: int


class AnswerFigureOut(FigureOut):
    """A figure in the answer, in the passage of `rank`."""

    rank: int


class DroppedOut(BaseModel):
    """A sentence that the language model wrote and that did not pass the check; `reason` is a stable code."""

    text: str
    reason: str


class PieceOut(BaseModel):
    """A sentence as it comes, in a stream, and the ranks of the passages that it cites."""

    text: str
    cited_ranks: list[int]


class ComposerOut(BaseModel):
    """What the language model did: `used` tells whether the text is its; `reason` is a stable code of why not."""

    model: str
    used: bool
    reason: str | None
    message: str
    dropped: list[DroppedOut]


class AnswerOut(BaseModel):
    """Sentences of the passages with [n] markers, or why there are none (`reason` is a stable code).

    `sentences` are its sentences, or, where a language model wrote the text, what they rest on in the passages;
    `figures` are the figures in them, the one asked for first; `case_count` counts the cases that answer a question
    across cases; `remark` is what the text adds in words of ours, of a place of which nothing is said;
    `nearest_ranks` are those of passages worth reading where there is no answer. `confidence` (0 to 1) is how sure it
    is that the compilation answers. `composer` tells of the language model, where one is set.
    """

    text: str
    abstained: bool
    reason: str | None
    cited_ranks: list[int]
    sentences: list[SentenceOut]
    figures: list[AnswerFigureOut]
    case_count: int | None
    remark: str
    nearest_ranks: list[int]
    confidence: float
    composer: ComposerOut | None = None


class SpanOut(BaseModel):
    """A span of a document's raw text."""

    start: int
    end: int


class HighlightOut(SpanOut):
    """A span of a document's raw text, and where it is in the passage."""

    passage_start: int
    passage_end: int


class CaseRef(BaseModel):
    """The case in which a passage stands."""

    case_number: int | None
    title: str
    city: str | None
    county: str | None


class CitationFormsOut(BaseModel):
    """The citation as a line of text, by GB/T 7714, and as a link in Markdown."""

    plain: str
    gbt7714: str
    markdown: str


class PlacedOut(BaseModel):
    """A passage and where it stands: `text` is exactly the document's characters from `start` to `end`."""

    id: str
    document_id: str
    case: CaseRef
    headings: list[str]
    part: str
    paragraph: int
    start: int
    end: int
    text: str
    aspect: str
    citation: str
    citation_forms: CitationFormsOut
    page: int | None = Field(description="原件的页码（PDF）")
    original_paragraph: int | None = Field(description="原件的段落序号（Word），从 1 起，空段也算")
    url: str
    previous: str | None
    next: str | None


class AlsoIn(BaseModel):
    """Another volume's copy of a passage."""

    id: str
    citation: str
    url: str


class PassageOut(PlacedOut):
    """A passage that was found, and in words why.

    `also_in` are its copies in other volumes, which are not shown again.
    """

    rank: int
    score: float
    why: str = Field(examples=["正是所问的案例；问题里的词大半说到；意思很近"])
    highlights: list[HighlightOut]
    also_in: list[AlsoIn]


class IndexRef(BaseModel):
    """Which index answered."""

    generation: str
    fingerprint: str


class TraceHit(BaseModel):
    """The evidence for one passage, each 0 to 1; `place` is 1 where the question names its case."""

    rank: int
    passage_id: str
    legs: list[str]
    lexical: float
    characters: float
    dense: float
    clause: float
    centred: float
    case: float
    place: float


class Trace(BaseModel):
    """How the ranking came about: the words searched for, the weights of the evidence, the scores of each hit."""

    tokens: list[str]
    weights: dict[str, float]
    hits: list[TraceHit]


class SearchOut(BaseModel):
    """Passages without an answer."""

    question: str
    interpretation: InterpretationOut
    passages: list[PassageOut]
    index: IndexRef
    took_ms: float
    trace: Trace | None = None


class AskOut(SearchOut):
    """Passages and the answer they carry."""

    answer: AnswerOut


class ErrorDetail(BaseModel):
    """A stable code for programs and a Chinese message for people."""

    code: str
    message: str


class ErrorOut(BaseModel):
    """The body of every error."""

    error: ErrorDetail


ERRORS: dict[int | str, dict[str, Any]] = {"4XX": {"model": ErrorOut}, "5XX": {"model": ErrorOut}}
