"""The routes that change the compilation: documents added and withdrawn, and how far that is."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, File, Request, UploadFile

from api.errors import NotFound
from api.imports import schemas as import_schemas
from api.imports.jobs import Imports
from api.questions import schemas
from api.security.guard import ADMIN_KEY, check_may_change, guarded_by
from api.server import StateDep, server_of


def _imports(request: Request) -> Imports:
    return server_of(request).imports


ImportsDep = Annotated[Imports, Depends(_imports)]

router = APIRouter(responses=schemas.ERRORS)
_changing = APIRouter(route_class=guarded_by(check_may_change), dependencies=[Depends(ADMIN_KEY)])


@router.get("/documents", summary="文档目录")
def get_documents(state: StateDep) -> import_schemas.DocumentsOut:
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


@_changing.post("/documents", status_code=202, summary="导入文件：txt、md、docx、pdf、html、jsonl、zip")
async def post_documents(
    files: Annotated[list[UploadFile], File(description="一个或多个文件")], imports: ImportsDep, _state: StateDep
) -> import_schemas.ImportOut:
    """Keep files to be imported together. A document of the same name is replaced. The import goes on by itself."""
    return await anyio.to_thread.run_sync(imports.add, [(each.filename or "", each.file) for each in files])


@_changing.delete("/documents/{document_id}", status_code=202, summary="移走一份文档")
async def delete_document(document_id: str, imports: ImportsDep, state: StateDep) -> import_schemas.ImportOut:
    """Keep that a document is to be withdrawn."""
    if document_id not in state.reader.generation.document:
        raise NotFound(f"没有编号为“{document_id}”的文档。")
    return await anyio.to_thread.run_sync(imports.remove, document_id)


@_changing.post("/imports/{import_id}/undo", status_code=202, summary="撤销一次导入")
async def post_undo(import_id: str, imports: ImportsDep, _state: StateDep) -> import_schemas.ImportOut:
    """Keep that all an import changed is to be as it was before: added, replaced and withdrawn documents."""
    return await anyio.to_thread.run_sync(imports.undo, import_id)


@router.get("/imports", summary="导入的列表")
def get_imports(imports: ImportsDep) -> import_schemas.ImportsOut:
    """Return the imports, the newest first."""
    return imports.all()


@router.get("/imports/{import_id}", summary="一次导入：进度和结果")
def get_import(import_id: str, imports: ImportsDep) -> import_schemas.ImportOut:
    """Return how far an import is, and at its end what came of it."""
    return imports.get(import_id)


router.include_router(_changing)
