"""What the API tells of itself, for a page to begin with."""

from typing import Literal

from pydantic import BaseModel, Field

from api.questions.schemas import IndexRef


class AboutOut(BaseModel):
    """What there is to ask of, and what this client may do.

    `imports` is `key` where an admin key is needed, `here` where none is set and this client may import without, and
    `closed` where it may not. `composer` is the name of the language model that writes answers, where one is set.
    """

    document_count: int
    case_count: int
    passage_count: int
    generation: str
    examples: list[str] = Field(description="从汇编里取的问题，都答得上", examples=[["扶沟供应了多少亩土地？"]])
    imports: Literal["key", "here", "closed"]
    feedback: bool
    composer: str | None


class ReadyOut(BaseModel):
    """That questions can be answered, by which index, and how much is in it."""

    status: Literal["ready"] = "ready"
    index: IndexRef
    model: str
    document_count: int
    case_count: int
    passage_count: int
