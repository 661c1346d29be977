"""What the API takes and gives for figures, and for places side by side."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.functional_validators import AfterValidator

from api.schemas import CaseRef, FigureOut, IndexRef, Question, SentenceOut, not_blank

MOST_PLACES = 50
PlaceName = Annotated[str, StringConstraints(max_length=40), AfterValidator(not_blank)]


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
    """A question, and the places to be compared; without them all cases that answer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: Question = Field(examples=["怎么保障项目用地和资金"])
    places: list[PlaceName] = Field(default_factory=list, max_length=MOST_PLACES, examples=[["扶沟", "舞钢"]])


class RowOut(BaseModel):
    """A case: what it did, what came of it, its figures and their time. Every cell is cited."""

    case: CaseRef
    document_id: str
    measures: list[SentenceOut]
    results: list[SentenceOut]
    figures: list[FoundFigureOut]
    time: str


class CompareOut(BaseModel):
    """A row for each case that answers; `missing` are places asked for that have no case."""

    question: str
    rows: list[RowOut]
    missing: list[str]
    index: IndexRef
    took_ms: float
