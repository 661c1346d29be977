"""What the API takes and gives for figures, and for places side by side."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.functional_validators import AfterValidator

from api.schemas import LONGEST_QUESTION, CaseRef, FigureOut, IndexRef, Question, SentenceOut, not_blank

MOST_PLACES = 50
MOST_FIGURES = 500
PlaceName = Annotated[str, StringConstraints(max_length=40), AfterValidator(not_blank)]


class FiguresIn(BaseModel):
    """Which figures: of which case or place, with which unit, and words for what they measure."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=LONGEST_QUESTION, description="在量的是什么和所在的句子里找")
    unit: str = Field("", max_length=20, description="单位，如 亩、亿元、%")
    case: str | None = Field(None, description="篇号，如 157")
    city: str | None = None
    county: str | None = None
    document: str | None = None
    limit: int = Field(50, ge=1, le=MOST_FIGURES)
    offset: int = Field(0, ge=0)


class FoundFigureOut(FigureOut):
    """A figure of the compilation and the sentence it stands in."""

    sentence: str
    passage_id: str
    citation: str
    url: str


class FiguresOut(BaseModel):
    """Figures, the best first, of `total` that there are."""

    total: int
    figures: list[FoundFigureOut]


class CompareIn(BaseModel):
    """A question, and the places to be compared; without them those the question names, or all cases that answer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: Question = Field(examples=["怎么保障项目用地和资金"])
    places: list[PlaceName] = Field(default_factory=list, max_length=MOST_PLACES, examples=[["扶沟", "舞钢"]])


class RowOut(BaseModel):
    """A case: what it did, what came of it, its figures and their time. Every cell is cited.

    `background` is filled where the question asks for it or nothing else answers; `note` says so where the case tells
    nothing on the matter.
    """

    case: CaseRef
    document_id: str
    measures: list[SentenceOut]
    results: list[SentenceOut]
    background: list[SentenceOut]
    figures: list[FoundFigureOut]
    time: str
    note: str


class CompareOut(BaseModel):
    """A row for each case asked for, or that answers; `missing` are places and numbers asked for that have no case."""

    question: str
    rows: list[RowOut]
    missing: list[str]
    index: IndexRef
    took_ms: float
