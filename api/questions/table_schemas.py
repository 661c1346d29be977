"""What the API takes and gives for figures, and for places side by side."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.functional_validators import AfterValidator
from pydantic_core import PydanticCustomError

from api.questions.fields import (
    EXAMPLE_SENTENCE,
    LONGEST_QUESTION,
    AskedCase,
    AskedCity,
    AskedCounty,
    AskedDocument,
    CaseNumber,
    Citation,
    DocumentId,
    End,
    PassageEnd,
    PassageId,
    PassageStart,
    Start,
    Title,
    TookMs,
    Url,
    not_blank,
)
from api.questions.schemas import Asked, CaseRef, FigureOut, IndexRef, SentenceOut
from corpus.figures import Qualifier
from qa.codes import Order

MOST_PLACES = 50
MOST_FIGURES = 500
PlaceName = Annotated[str, StringConstraints(max_length=40), AfterValidator(not_blank)]


class FiguresIn(BaseModel):
    """Which figures: of which case or place, with which unit, and words for what they measure."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=LONGEST_QUESTION, description="在量的是什么和所在的句子里找", examples=["供应土地"])
    unit: str = Field("", max_length=20, description="单位，如 亩、亿元、%", examples=["亩"])
    case_number: AskedCase = None
    city: AskedCity = None
    county: AskedCounty = None
    document_id: AskedDocument = None
    articles: bool = Field(True, description="连同“一个”“一名”这类", examples=[False])
    sort: Order | None = Field(
        None,
        description="次序；不填时按原文，有检索词时最相符的在前。value 先按单位分组，最常见的单位在前",
        examples=["-value"],
    )
    limit: int = Field(50, ge=1, le=MOST_FIGURES, description="最多要几个", examples=[50])
    offset: int = Field(0, ge=0, description="跳过前几个", examples=[0])


class FoundFigureOut(FigureOut):
    """A figure of the compilation and the sentence it stands in."""

    sentence: str = Field(description="所在的句子", examples=[EXAMPLE_SENTENCE])
    citation: Citation
    url: Url


class UnitOut(BaseModel, frozen=True):
    """A unit, and how many figures have it."""

    unit: str = Field(description="单位", examples=["亩"])
    count: int = Field(description="有几个数据用它", examples=[3])


class FiguresOut(BaseModel, frozen=True):
    """Figures in the order asked for, of `total` that there are.

    `units` are those of what the other filters leave, the most frequent first, at most 50.
    """

    total: int = Field(description="一共有几个", examples=[126])
    units: list[UnitOut] = Field(description="有哪些单位，最常见的在前")
    figures: list[FoundFigureOut] = Field(description="数据")


class CompareIn(Asked):
    """A question, and the places to be compared; without them those the question names, or all cases that answer."""

    places: list[PlaceName] = Field(
        default_factory=list,
        max_length=MOST_PLACES,
        description="比较哪些地方；不填时，取问题里说到的，没有说到就取所有写到的",
        examples=[["扶沟", "舞钢"]],
    )

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if not self.asked:
            raise PydanticCustomError("nothing_asked", "nothing asked")
        return self

    @property
    def asked(self) -> str:
        """The question."""
        return self.named or ""


class RowOut(BaseModel, frozen=True):
    """A case: what it did, what came of it, its figures and their time. Every cell is cited.

    `background` is filled where the question asks for it or nothing else answers; `note` says so where the case tells
    nothing on the matter.
    """

    case: CaseRef = Field(description="哪一篇")
    document_id: DocumentId
    measures: list[SentenceOut] = Field(description="做法")
    results: list[SentenceOut] = Field(description="成效")
    background: list[SentenceOut] = Field(description="背景；问到它、或没有别的可说时才有")
    figures: list[FoundFigureOut] = Field(description="数据")
    time: str = Field(description="时间", examples=["2021年以来"])
    note: str = Field(description="没有写到的话，一句说明", examples=["汇编里没有写到。"])


class BarOut(BaseModel, frozen=True):
    """A figure in a chart: exactly `text` at `start` to `end` of the document, in the row at position `row`.

    `value` counts the chart's unit; `converted` tells that the text counts another one (万元, not 亿元). `time` is
    empty where nothing tells it.
    """

    row: int = Field(description="在 rows 里的位置，从 0 起", examples=[0])
    place: str = Field(description="哪里的", examples=["周口市扶沟县"])
    title: Title
    case_number: CaseNumber
    value: float = Field(description="数值，以图的单位计", examples=[2458.96])
    converted: bool = Field(description="原文用的是不是另一个单位", examples=[False])
    time: str = Field(description="什么时候的；没有写则为空", examples=["2021年以来"])
    text: str = Field(description="原文的写法", examples=["2458.96亩"])
    qualifier: Qualifier = Field(description="exact 正好，about 约，over 以上，under 不足", examples=["exact"])
    sentence: str = Field(description="所在的句子", examples=[EXAMPLE_SENTENCE])
    passage_id: PassageId
    citation: Citation
    url: Url
    document_id: DocumentId
    start: Start
    end: End
    passage_start: PassageStart
    passage_end: PassageEnd


class ChartOut(BaseModel, frozen=True):
    """Figures of several cases that can be compared, the greatest first: same indicator, unit, comparison and time.

    `planned` tells that they are targets, not results.
    """

    indicator: str = Field(description="量的是什么", examples=["供应土地"])
    unit: str = Field(description="单位", examples=["亩"])
    comparison: str = Field(description="与什么相比", examples=["上年同期"])
    planned: bool = Field(description="是不是目标，而不是结果", examples=[False])
    bars: list[BarOut] = Field(description="各篇的数据，最大的在前")


class CompareOut(BaseModel, frozen=True):
    """A row for each case asked for, or that answers; `missing` are places and numbers asked for that have no case.

    `charts` are few and often none: only figures that can be compared are drawn side by side.
    """

    question: str = Field(description="问题", examples=["怎么保障项目用地和资金"])
    rows: list[RowOut] = Field(description="一篇一行")
    charts: list[ChartOut] = Field(description="可比的数据；常常没有")
    missing: list[str] = Field(description="要比较、而汇编里没有的地方和篇号", examples=[["兰考县"]])
    index: IndexRef = Field(description="由哪个索引作答")
    took_ms: TookMs
