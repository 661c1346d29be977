"""The routes that change the compilation: documents added and withdrawn, and how far that is."""

import secrets
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, File, Header, Request, UploadFile

from api import import_schemas, schemas
from api.errors import Forbidden, NotFound
from api.imports import Imports
from api.state import StateDep

_HERE = ("127.0.0.1", "::1", "testclient")


def _may_change(request: Request, authorization: Annotated[str, Header()] = "") -> None:
    """Let through who has the admin key; where none is set, programs on this very machine. Raises Forbidden."""
    key = request.app.state.admin_key
    if key:
        if not secrets.compare_digest(authorization.encode(), f"Bearer {key}".encode()):
            raise Forbidden("导入和移走文档需要管理口令：请求头 Authorization: Bearer <ANWEN_ADMIN_KEY>。")
        return
    # A page of another site can make a browser on this machine send a form here; it cannot hide where it comes from.
    origin = request.headers.get("origin")
    is_own = origin is None or origin == f"{request.url.scheme}://{request.headers.get('host')}"
    if request.client is None or request.client.host not in _HERE or not is_own:
        raise Forbidden("没有设置管理口令（ANWEN_ADMIN_KEY）时，只有本机可以导入和移走文档。")


def _imports(request: Request) -> Imports:
    imports: Imports = request.app.state.imports
    return imports


ImportsDep = Annotated[Imports, Depends(_imports)]

router = APIRouter(responses=schemas.ERRORS)
_changing = APIRouter(dependencies=[Depends(_may_change)])


@router.get("/documents", summary="文档目录")
async def get_documents(state: StateDep) -> import_schemas.DocumentsOut:
    """Return all the documents."""
    return import_schemas.DocumentsOut(
        documents=[
            import_schemas.DocumentSummary(
                id=document.id,
                title=document.title,
                cases=sum(case.number is not None for case in document.cases),
                paragraphs=sum(len(section.paragraphs) for case in document.cases for section in case.sections),
                characters=len(document.text),
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


@router.get("/imports", summary="导入的列表")
async def get_imports(imports: ImportsDep) -> import_schemas.ImportsOut:
    """Return the imports, the newest first."""
    return imports.all()


@router.get("/imports/{import_id}", summary="一次导入：进度和结果")
async def get_import(import_id: str, imports: ImportsDep) -> import_schemas.ImportOut:
    """Return how far an import is, and at its end what came of it."""
    return imports.get(import_id)


router.include_router(_changing)
