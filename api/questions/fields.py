"""Fields that many schemas have: each with its bounds, what it says to a reader of the documentation, an example."""

from typing import Annotated

from pydantic import Field, StringConstraints
from pydantic.functional_validators import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from corpus.document import Aspect, Part
from qa.codes import Ignorable

LONGEST_QUESTION = 1000
MOST_HEADINGS = 10

EXAMPLE_DOCUMENT = "henan-2021-cases-153-157"
EXAMPLE_PASSAGE = f"{EXAMPLE_DOCUMENT}:5284-5478"
EXAMPLE_SENTENCE = "组卷报批用地16个批次,面积3066亩,供应土地2458.96亩,盘活土地23宗、面积1167亩。"
EXAMPLE_CITATION = "2021年河南省优化营商环境典型案例汇编 · 第一百五十七篇 · 强化要素保障 · 第1段"
EXAMPLE_URL = f"http://127.0.0.1:8000/passages/{EXAMPLE_PASSAGE}"


def not_blank(text: str) -> str:
    """Return the text. Raises the fault `blank` when there is nothing in it."""
    if not text.strip():
        raise PydanticCustomError("blank", "blank")
    return text


def _written(value: object) -> object:
    return str(value) if type(value) is int else value


def _listed(value: object) -> object:
    return () if value is None else (value,) if isinstance(value, str) else value


# What is sent.

Question = Annotated[
    str,
    StringConstraints(max_length=LONGEST_QUESTION),
    AfterValidator(not_blank),
    Field(examples=["扶沟是怎么保障土地的?"]),
]
Name = Annotated[str, StringConstraints(max_length=200)]
Ignored = Annotated[
    # Strict, a body would have to hold the very members.
    list[Annotated[Ignorable, Field(strict=False)]],
    Field(
        max_length=len(Ignorable),
        description="问题里看出的哪些不算数：地点、篇号、年份、做法或成效、数据",
        examples=[["year"]],
    ),
]
AskedCity = Annotated[Name | None, Field(description="只看这个市：全称或简称", examples=["周口市"])]
AskedCounty = Annotated[Name | None, Field(description="只看这个县（市、区）：全称或简称", examples=["扶沟县"])]
AskedCase = Annotated[
    Annotated[Name, BeforeValidator(_written, json_schema_input_type=int | Name)] | None,
    Field(description="只看这一篇：篇号，如 157，或 第一百五十七篇", examples=[157]),
]
AskedDocument = Annotated[Name | None, Field(description="只看这份文档：编号或标题", examples=[EXAMPLE_DOCUMENT])]
AskedHeadings = Annotated[
    tuple[Name, ...],
    Field(
        max_length=MOST_HEADINGS,
        strict=False,
        description="只看这个小节标题（全称）之下；给出几个的，段落要在每一个之下",
        examples=[["强化要素保障"]],
    ),
    BeforeValidator(_listed, json_schema_input_type=list[Name] | Name | None),
]
AskedAspect = Annotated[
    Name | None,
    Field(description="只看 measure（做法）、result（成效）或 background（背景）", examples=["measure", "成效"]),
]

# What is returned.

Id = Annotated[str, Field(description="段落编号：文档编号:起点-终点", examples=[EXAMPLE_PASSAGE])]
PassageId = Annotated[str, Field(description="所在段落的编号", examples=[EXAMPLE_PASSAGE])]
DocumentId = Annotated[str, Field(description="所在文档的编号", examples=[EXAMPLE_DOCUMENT])]
Start = Annotated[int, Field(description="起点：文档原文的字符序号，从 0 起，含", examples=[5442])]
End = Annotated[int, Field(description="终点：文档原文的字符序号，不含", examples=[5450])]
PassageStart = Annotated[int, Field(description="起点：段落里的字符序号，从 0 起，含", examples=[158])]
PassageEnd = Annotated[int, Field(description="终点：段落里的字符序号，不含", examples=[166])]
Rank = Annotated[int, Field(description="段落的名次，从 1 起；也是答案里的 [n]", examples=[1])]
CaseNumber = Annotated[int | None, Field(description="篇号；没有篇号的部分（前言、报告）为空", examples=[157])]
Title = Annotated[str, Field(description="案例的标题", examples=["周口市扶沟县树牢“项目为王”导向,狠抓重点项目建设"])]
City = Annotated[str | None, Field(description="市", examples=["周口市"])]
County = Annotated[str | None, Field(description="县（市、区）", examples=["扶沟县"])]
AspectOf = Annotated[Aspect, Field(description="说的是做法、成效还是背景", examples=["measure"])]
PartOf = Annotated[Part, Field(description="lead 导语，body 正文，closing 结语", examples=["body"])]
Citation = Annotated[str, Field(description="引文：标题、篇、小节、第几段", examples=[EXAMPLE_CITATION])]
Url = Annotated[str, Field(description="永久链接", examples=[EXAMPLE_URL])]
Page = Annotated[int | None, Field(description="原件的页码（PDF）", examples=[12])]
OriginalParagraph = Annotated[int | None, Field(description="原件的段落序号（Word），从 1 起，空段也算", examples=[34])]
Headings = Annotated[list[str], Field(description="所在小节的标题，由外到内", examples=[["强化要素保障"]])]
TookMs = Annotated[float, Field(description="用时，毫秒", examples=[23.5])]
