"""What the API takes and gives for figures, and for places side by side."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.functional_validators import AfterValidator

from api.questions.schemas import LONGEST_QUESTION, CaseRef, FigureOut, IndexRef, Question, SentenceOut, not_blank
from qa.codes import Order

MOST_PLACES = 50
MOST_FIGURES = 500
PlaceName = Annotated[str, StringConstraints(max_length=40), AfterValidator(not_blank)]


class FiguresIn(BaseModel):
    """Which figures: of which case or place, with which unit, and words for what they measure."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=LONGEST_QUESTION, description="在量的是什么和所在的句子里找")
    unit: str = Field("", max_length=20, description="单位，如 亩、亿元、%")
    case_number: str | None = Field(None, description="篇号，如 157")
    city: str | None = None
    county: str | None = None
    document_id: str | None = None
    articles: bool = Field(True, description="连同“一个”“一名”这类")
    sort: Order | None = Field(
        None, description="次序；不填时按原文，有检索词时最相符的在前。value 先按单位分组，最常见的单位在前"
    )
    limit: int = Field(50, ge=1, le=MOST_FIGURES)
    offset: int = Field(0, ge=0)


class FoundFigureOut(FigureOut):
    """A figure of the compilation and the sentence it stands in."""

    sentence: str
    citation: str
    url: str


class UnitOut(BaseModel):
    """A unit, and how many figures have it."""

    unit: str
    count: int


class FiguresOut(BaseModel):
    """Figures in the order asked for, of `total` that there are.

    `units` are those of what the other filters leave, the most frequent first, at most 50.
    """

    total: int
    units: list[UnitOut]
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


class BarOut(BaseModel):
    """A figure in a chart: exactly `text` at `start` to `end` of the document, in the row at position `row`.

    `value` counts the chart's unit; `converted` tells that the text counts another one (万元, not 亿元). `time` is
    empty where nothing tells it.
    """

    row: int
    place: str
    title: str
    case_number: int | None
    value: float
    converted: bool
    time: str
    text: str
    qualifier: str
    sentence: str
    passage_id: str
    citation: str
    url: str
    document_id: str
    start: int
    end: int
    passage_start: int
    passage_end: int


class ChartOut(BaseModel):
    """Figures of several cases that can be compared, the greatest first: same indicator, unit, comparison and time.

    `planned` tells that they are targets, not results.
    """

    indicator: str
    unit: str
    comparison: str
    planned: bool
    bars: list[BarOut]


class CompareOut(BaseModel):
    """A row for each case asked for, or that answers; `missing` are places and numbers asked for that have no case.

    `charts` are few and often none: only figures that can be compared are drawn side by side.
    """

    question: str
    rows: list[RowOut]
    charts: list[ChartOut]
    missing: list[str]
    index: IndexRef
    took_ms: float
