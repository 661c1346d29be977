"""The routes that change the compilation: documents added and withdrawn, and how far that is."""

from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, File, Path, Request, UploadFile

from api.compilation.paths import DocumentPath
from api.errors import CannotUndo, DiskFull, ImportsElsewhere, Inaccessible, NotFound
from api.imports import schemas as import_schemas
from api.imports.jobs import Imports
from api.openapi import Tag, failing, link
from api.security.guard import KEY, check_may_ask, check_may_change, guarded_by
from api.server import StateDep, server_of


def _imports(request: Request) -> Imports:
    return server_of(request).imports


ImportPath = Annotated[str, Path(description="导入的编号", examples=["8c1f0a6be27d"])]
ImportsDep = Annotated[Imports, Depends(_imports)]

router = APIRouter(route_class=guarded_by(check_may_ask), dependencies=[Depends(KEY)], tags=[Tag.IMPORTS])
_changing = APIRouter(route_class=guarded_by(check_may_change))


@router.get("/documents", summary="文档目录")
def list_documents(state: StateDep) -> import_schemas.DocumentsOut:
    """Return all the documents."""
    return import_schemas.DocumentsOut(
        documents=[
            import_schemas.DocumentSummary(
                id=document.id,
                title=document.title,
                case_count=sum(case.number is not None for case in document.cases),
                paragraph_count=sum(len(section.paragraphs) for case in document.cases for section in case.sections),
                character_count=len(document.text),
            )
            for document in sorted(state.reader.generation.documents, key=lambda each: each.id)
        ]
    )


_KEEPING = failing(ImportsElsewhere, DiskFull, Inaccessible)
_KEPT: dict[int | str, dict[str, Any]] = {202: {"links": link("get_import", "import_id", "/id", "进度和结果")}}


@_changing.post(
    "/documents",
    status_code=202,
    summary="导入文件：txt、md、docx、pdf、html、jsonl、zip",
    responses={**_KEEPING, **_KEPT},
)
async def add_documents(
    files: Annotated[list[UploadFile], File(description="一个或多个文件", examples=[["汇编.docx"]])],
    imports: ImportsDep,
    _state: StateDep,
) -> import_schemas.ImportOut:
    """Keep files to be imported together. A document of the same name is replaced. The import goes on by itself."""
    return await anyio.to_thread.run_sync(imports.add, [(each.filename or "", each.file) for each in files])


@_changing.delete(
    "/documents/{document_id}",
    status_code=202,
    summary="移走一份文档",
    responses={**failing(NotFound), **_KEEPING, **_KEPT},
)
async def remove_document(document_id: DocumentPath, imports: ImportsDep, state: StateDep) -> import_schemas.ImportOut:
    """Keep that a document is to be withdrawn."""
    if document_id not in state.reader.generation.document:
        raise NotFound(f"没有编号为“{document_id}”的文档。")
    return await anyio.to_thread.run_sync(imports.remove, document_id)


@_changing.post(
    "/imports/{import_id}/undo",
    status_code=202,
    summary="撤销一次导入",
    responses={**failing(NotFound, CannotUndo, ImportsElsewhere, DiskFull, Inaccessible), **_KEPT},
)
async def undo_import(import_id: ImportPath, imports: ImportsDep, _state: StateDep) -> import_schemas.ImportOut:
    """Keep that all an import changed is to be as it was before: added, replaced and withdrawn documents."""
    return await anyio.to_thread.run_sync(imports.undo, import_id)


@_changing.get("/imports", summary="导入的列表")
def list_imports(imports: ImportsDep) -> import_schemas.ImportsOut:
    """Return the imports, the newest first."""
    return imports.all()


@_changing.get("/imports/{import_id}", summary="一次导入：进度和结果", responses=failing(NotFound))
def get_import(import_id: ImportPath, imports: ImportsDep) -> import_schemas.ImportOut:
    """Return how far an import is, and at its end what came of it."""
    return imports.get(import_id)


router.include_router(_changing)
