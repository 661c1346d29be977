"""What the API tells of itself, for a page to begin with, and whether it can answer."""

from typing import Literal

from pydantic import BaseModel, Field

from api.questions.schemas import IndexRef


class _Counted(BaseModel, frozen=True):
    """How large the compilation is."""

    document_count: int = Field(description="有几份文档", examples=[1])
    case_count: int = Field(description="有几篇案例", examples=[5])
    passage_count: int = Field(description="有几个段落", examples=[32])


class AboutOut(_Counted):
    """What there is to ask of, and what this client may do.

    `imports` is `key` where an admin key is needed, `here` where none is set and this client may import without, and
    `closed` where it may not. `composer` is the name of the language model that writes answers, where one is set.
    """

    generation: str = Field(description="索引的第几代", examples=["0001"])
    examples: list[str] = Field(description="从汇编里取的问题，都答得上", examples=[["扶沟供应了多少亩土地？"]])
    imports: Literal["key", "here", "closed"] = Field(
        description="能不能导入：key 要管理口令，here 在本机可以，closed 不能", examples=["key"]
    )
    feedback: bool = Field(description="收不收反馈", examples=[True])
    composer: str | None = Field(description="写答案的大模型；没有设置则为空", examples=["qwen3-8b"])


class HealthOut(BaseModel, frozen=True):
    """That the process answers."""

    status: Literal["ok"] = Field("ok", description="进程活着", examples=["ok"])


class ReadyOut(_Counted):
    """Which index answers, and how large it is."""

    status: Literal["ready"] = Field("ready", description="可以提问", examples=["ready"])
    index: IndexRef = Field(description="由哪个索引作答")
    model: str = Field(description="嵌入模型", examples=["multilingual-e5-small"])
