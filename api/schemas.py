"""What the API takes and gives. Offsets are code points into a document's raw text, half-open."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.functional_validators import AfterValidator
from pydantic_core import PydanticCustomError

LONGEST_QUESTION = 1000
MOST_PASSAGES = 50


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "blank")
    return text


Question = Annotated[str, StringConstraints(max_length=LONGEST_QUESTION), AfterValidator(_not_blank)]


class FiltersIn(BaseModel):
    """What a passage must be; what is left out may be anything."""

    model_config = ConfigDict(extra="forbid", strict=True)

    city: str | None = Field(None, examples=["周口市"])
    county: str | None = Field(None, examples=["扶沟县"])
    case: int | str | None = Field(None, examples=[157])
    document: str | None = None
    section: str | None = Field(None, description="小节标题，全称")
    aspect: str | None = Field(None, description="measure / 做法，result / 成效，background / 背景")


class AskIn(BaseModel):
    """A question."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: Question = Field(examples=["扶沟是怎么保障土地的?"])
    top_k: int = Field(5, ge=1, le=MOST_PASSAGES)
    filters: FiltersIn | None = None
    explain: bool = Field(False, description="在 trace 中给出每个段落的各项得分")


class PlaceOut(BaseModel):
    """A place that the question names."""

    mention: str
    province: str
    city: str
    county: str
    in_corpus: bool


class InterpretationOut(BaseModel):
    """How the question was understood, and where was looked because of it."""

    question: str
    place: PlaceOut | None
    places: list[PlaceOut]
    case_numbers: list[int]
    aspect: str | None
    asks_figure: bool
    narrowed_to: list[int]
    note: str


class AnswerOut(BaseModel):
    """Sentences of the passages with [n] markers, or why there are none (`reason` is a stable code)."""

    text: str
    abstained: bool
    reason: str | None
    citations: list[int]


class SpanOut(BaseModel):
    """A span of a document's raw text."""

    start: int
    end: int


class CaseRef(BaseModel):
    """The case in which a passage stands."""

    number: int | None
    title: str
    city: str | None
    county: str | None


class PlacedOut(BaseModel):
    """A passage and where it stands: `text` is exactly the document's characters from `start` to `end`."""

    passage_id: str
    document_id: str
    case: CaseRef
    section: list[str]
    part: str
    paragraph: int
    start: int
    end: int
    text: str
    aspect: str
    citation: str
    url: str
    previous: str | None
    next: str | None


class PassageOut(PlacedOut):
    """A passage that was found."""

    rank: int
    score: float
    highlights: list[SpanOut]


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


class ParagraphOut(BaseModel):
    """A paragraph; `number` counts within its section."""

    number: int
    start: int
    end: int
    text: str


class SectionOut(BaseModel):
    """Paragraphs under a path of headings; `part` is lead, body or closing."""

    part: str
    headings: list[str]
    paragraphs: list[ParagraphOut]


class CaseSummary(BaseModel):
    """A case in a list."""

    number: int | None
    label: str
    title: str
    province: str | None
    city: str | None
    county: str | None
    document_id: str
    start: int
    end: int


class CaseOut(CaseSummary):
    """A case whole."""

    sections: list[SectionOut]


class CasesOut(BaseModel):
    """All the numbered cases, in order."""

    cases: list[CaseSummary]


class DocumentOut(BaseModel):
    """A document with its raw text, character for character."""

    id: str
    title: str
    text: str


class ErrorDetail(BaseModel):
    """A stable code for programs and a Chinese message for people."""

    code: str
    message: str


class ErrorOut(BaseModel):
    """The body of every error."""

    error: ErrorDetail


ERRORS: dict[int | str, dict[str, Any]] = {"4XX": {"model": ErrorOut}, "5XX": {"model": ErrorOut}}
