"""What the API says of imports: how far one is, and what came of it."""

from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, Field

Action = Literal["added", "updated", "unchanged"]
Status = Literal["queued", "reading", "waiting", "embedding", "done", "failed"]


def _once(name: str, earlier: str, description: str | None = None) -> Any:
    """Return a field that records of earlier releases, still on the disk, have under another name."""
    return Field(validation_alias=AliasChoices(name, earlier), description=description)


class UnsureLine(BaseModel):
    """A line whose part in the outline is uncertain, and what was made of it; offsets into the document's text."""

    line: int
    start: int
    end: int
    text: str
    reason: str


class LeftOut(BaseModel):
    """What of the file is not in the text (running heads, page numbers), or in the text but not in the body."""

    text: str
    reason: str
    page: int | None = None


class DocumentReport(BaseModel):
    """What was understood of one document."""

    id: str
    title: str
    name: str = Field(description="在来源文件或文件夹里的名字")
    action: Action
    case_count: int = _once("case_count", "cases")
    section_count: int = _once("section_count", "sections")
    paragraph_count: int = _once("paragraph_count", "paragraphs")
    character_count: int = _once("character_count", "characters")
    unsure: list[UnsureLine]
    left_out: list[LeftOut]
    notes: list[str]


class FaultOut(BaseModel):
    """A file, or a line of one, that could not be read, and why."""

    name: str
    code: str
    reason: str


class ImportReport(BaseModel):
    """What an import did. `resegmented` counts for each word that came or went the standing documents that have it."""

    documents: list[DocumentReport]
    faults: list[FaultOut]
    removed: list[str]
    resegmented: dict[str, int] = Field(description="词典里新增或去掉的词，各涉及多少份原有文档")
    deferred: list[str] = Field(description="涉及段落太多、留待 anwen lexicon 时再切分的词")
    generation: str
    passage_count: int = _once("passage_count", "passages")
    embedded_count: int = _once("embedded_count", "embedded", description="模型读了多少段文字；没有改动的段落不再读")
    seconds: float


class ProgressOut(BaseModel):
    """How far a stage is: files or documents read, or passages embedded."""

    done: int
    total: int | None
    per_second: float | None
    seconds_left: float | None


class ErrorOut(BaseModel):
    """Why an import failed."""

    code: str
    message: str


Kind = Literal["add", "remove", "undo"]


class ImportOut(BaseModel):
    """An import: what it is at, and at its end the report, or the error that ended it."""

    id: str
    kind: Kind
    status: Status
    created: str
    names: list[str] = Field(description="要导入的文件，或要移走的文档；撤销时，是被撤销的那次导入的")
    progress: ProgressOut | None = None
    report: ImportReport | None = None
    error: ErrorOut | None = None
    undoes: str | None = Field(None, description="撤销时，被撤销的那次导入的编号")
    undone_by: str | None = Field(None, description="撤销了它、或正在撤销它的那次导入的编号")
    undoable: bool = Field(False, description="现在能否撤销")


class ImportsOut(BaseModel):
    """The imports, the newest first."""

    imports: list[ImportOut]


class DocumentSummary(BaseModel):
    """A document in a list."""

    id: str
    title: str
    case_count: int
    paragraph_count: int
    character_count: int


class DocumentsOut(BaseModel):
    """All the documents, by id."""

    documents: list[DocumentSummary]
