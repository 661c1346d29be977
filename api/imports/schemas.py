"""What the API says of imports: how far one is, and what came of it."""

from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, Field

from api.codes import ErrorCode
from api.questions.fields import EXAMPLE_DOCUMENT, End, Start
from corpus.errors import FaultCode

Action = Literal["added", "updated", "unchanged"]
Kind = Literal["add", "remove", "undo"]
Status = Literal["queued", "reading", "waiting", "embedding", "done", "failed"]

_NAMES = ["汇编.docx"]


def _count(name: str, earlier: str, description: str, example: int) -> Any:
    """Return a field that records of earlier releases, still on the disk, have under another name."""
    return Field(validation_alias=AliasChoices(name, earlier), description=description, examples=[example])


class UnsureLine(BaseModel, frozen=True):
    """A line whose part in the outline is uncertain, and what was made of it; offsets into the document's text."""

    line: int = Field(description="第几行，从 1 起", examples=[12])
    start: Start
    end: End
    text: str = Field(description="这一行，最多 200 个字", examples=["三、主要做法"])
    reason: str = Field(description="当作了什么，为什么拿不准", examples=["像标题，但没有编号，按正文处理"])


class LeftOut(BaseModel, frozen=True):
    """What of the file is not in the text (running heads, page numbers), or in the text but not in the body."""

    text: str = Field(description="没有收入正文的文字，最多 200 个字", examples=["- 12 -"])
    reason: str = Field(description="为什么", examples=["页码"])
    page: int | None = Field(None, description="原件的页码（PDF）", examples=[12])


class DocumentReport(BaseModel, frozen=True):
    """What was understood of one document."""

    id: str = Field(description="文档编号", examples=[EXAMPLE_DOCUMENT])
    title: str = Field(description="标题", examples=["2021年河南省优化营商环境典型案例汇编"])
    name: str = Field(description="在来源文件或文件夹里的名字", examples=_NAMES)
    action: Action = Field(description="added 新增，updated 更新，unchanged 没有变化", examples=["added"])
    case_count: int = _count("case_count", "cases", "有几篇案例", 5)
    section_count: int = _count("section_count", "sections", "有几个小节", 23)
    paragraph_count: int = _count("paragraph_count", "paragraphs", "有几个自然段", 32)
    character_count: int = _count("character_count", "characters", "有几个字", 5478)
    unsure: list[UnsureLine] = Field(description="拿不准的行，最多 200 行")
    left_out: list[LeftOut] = Field(description="没有收入正文的，最多 200 处")
    notes: list[str] = Field(description="说明", examples=[["原件没有留下，引用处看不到原页：磁盘已满。"]])


class FaultOut(BaseModel, frozen=True):
    """A file, or a line of one, that could not be read, and why."""

    name: str = Field(description="文件的名字", examples=_NAMES)
    code: FaultCode = Field(description="给程序看的代码，不会变", examples=["encrypted"])
    reason: str = Field(description="为什么读不了", examples=["文件有密码。请去掉密码后再试。"])


class ImportReport(BaseModel, frozen=True):
    """What an import did. `resegmented` counts for each word that came or went the standing documents that have it."""

    documents: list[DocumentReport] = Field(description="读到的各份文档")
    faults: list[FaultOut] = Field(description="没有读进来的")
    removed: list[str] = Field(description="移走的文档：编号", examples=[[EXAMPLE_DOCUMENT]])
    resegmented: dict[str, int] = Field(
        description="词典里新增或去掉的词，各涉及多少份原有文档", examples=[{"万人助万企": 2}]
    )
    deferred: list[str] = Field(description="涉及段落太多、留待 anwen lexicon 时再切分的词", examples=[["放管服"]])
    generation: str = Field(description="做完时，索引的第几代", examples=["0002"])
    passage_count: int = _count("passage_count", "passages", "做完时，汇编共有几个段落", 32)
    embedded_count: int = _count("embedded_count", "embedded", "模型读了多少段文字；没有改动的段落不再读", 96)
    seconds: float = Field(description="用时，秒", examples=[4.2])


class ProgressOut(BaseModel, frozen=True):
    """How far a stage is: files or documents read, or passages embedded."""

    done: int = Field(description="做完几个", examples=[48])
    total: int | None = Field(description="一共几个；还不知道则为空", examples=[96])
    per_second: float | None = Field(description="每秒几个", examples=[21.4])
    seconds_left: float | None = Field(description="大约还要几秒", examples=[2.2])


class ImportFailure(BaseModel, frozen=True):
    """Why an import failed."""

    code: ErrorCode = Field(description="给程序看的代码，不会变", examples=["nothing_to_import"])
    message: str = Field(description="给人看的话", examples=["没有读到可以导入的内容。"])


class ImportOut(BaseModel, frozen=True):
    """An import: what it is at, and at its end the report, or the error that ended it."""

    id: str = Field(description="导入的编号", examples=["8c1f0a6be27d"])
    kind: Kind = Field(description="add 导入，remove 移走，undo 撤销", examples=["add"])
    status: Status = Field(
        description="queued 排队，reading 读取，waiting 等别的进程改完索引，embedding 嵌入，done 做完，failed 没有成功",
        examples=["embedding"],
    )
    created: str = Field(description="什么时候收到的，ISO 8601", examples=["2026-01-01T08:00:00.000000+00:00"])
    names: list[str] = Field(
        description="要导入的文件，或要移走的文档；撤销时，是被撤销的那次导入的", examples=[_NAMES]
    )
    progress: ProgressOut | None = Field(None, description="做到哪里了；没有在做则为空")
    report: ImportReport | None = Field(None, description="做完之后的报告")
    error: ImportFailure | None = Field(None, description="没有成功的话，为什么")
    undoes: str | None = Field(None, description="撤销时，被撤销的那次导入的编号", examples=["8c1f0a6be27d"])
    undone_by: str | None = Field(None, description="撤销了它、或正在撤销它的那次导入的编号", examples=["5d20e94b71aa"])
    undoable: bool = Field(False, description="现在能否撤销", examples=[True])


class ImportsOut(BaseModel, frozen=True):
    """The imports, the newest first."""

    imports: list[ImportOut] = Field(description="各次导入，最新的在前")


class DocumentSummary(BaseModel, frozen=True):
    """A document in a list."""

    id: str = Field(description="文档编号", examples=[EXAMPLE_DOCUMENT])
    title: str = Field(description="标题", examples=["2021年河南省优化营商环境典型案例汇编"])
    case_count: int = Field(description="有几篇案例", examples=[5])
    paragraph_count: int = Field(description="有几个自然段", examples=[32])
    character_count: int = Field(description="有几个字", examples=[5478])


class DocumentsOut(BaseModel, frozen=True):
    """All the documents, by id."""

    documents: list[DocumentSummary] = Field(description="各份文档，按编号")
