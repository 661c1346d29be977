"""The routes that change the compilation: documents added and withdrawn, and how far that is."""

import secrets
from collections.abc import Callable, Coroutine
from ipaddress import IPv6Address, ip_address
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, File, Request, Response, UploadFile
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from api import import_schemas, schemas
from api.errors import Forbidden, NotFound
from api.imports import Imports
from api.state import StateDep

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""What a proxy says of whom it speaks for; who comes through one is not known to be on this machine."""


class _Guarded(APIRoute):
    """A route only for those who may change the compilation; nothing of what others send is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            _check_may_change(request)
            return await handle(request)

        return guarded


def _check_may_change(request: Request) -> None:
    """Let through who has the admin key; where none is set, programs on this very machine. Raises Forbidden."""
    if key := request.app.state.admin_key:
        # Headers are bytes; what they decode to is Latin-1 whatever the client wrote.
        given = request.headers.get("authorization", "").encode("latin-1")
        if not secrets.compare_digest(given, f"Bearer {key}".encode()):
            raise Forbidden("导入和移走文档需要管理口令：请求头 Authorization: Bearer <ANWEN_ADMIN_KEY>。")
    elif not _is_from_here(request):
        raise Forbidden("没有设置管理口令（ANWEN_ADMIN_KEY）时，只有本机可以导入和移走文档。")


def _is_from_here(request: Request) -> bool:
    # A page of another site can make a browser on this machine send a form here; it cannot hide where it comes from.
    # One whose name was made to lead to this machine is of the same origin, by a name that is not this machine's.
    origin = request.headers.get("origin")
    is_own = origin is None or origin == f"{request.url.scheme}://{request.headers.get('host')}"
    is_forwarded = any(header in request.headers for header in _FORWARDED)
    named = request.url.hostname or ""
    return (
        is_own
        and not is_forwarded
        and (named == "localhost" or _is_loopback(named))
        and request.client is not None
        and _is_loopback(request.client.host)
    )


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _imports(request: Request) -> Imports:
    imports: Imports = request.app.state.imports
    return imports


ImportsDep = Annotated[Imports, Depends(_imports)]

router = APIRouter(responses=schemas.ERRORS)
# For the pages of the documentation, which send the key only by a scheme that they know.
_key = HTTPBearer(auto_error=False, description="管理口令 ANWEN_ADMIN_KEY；没有设置时，本机不需要。")
_changing = APIRouter(route_class=_Guarded, dependencies=[Depends(_key)])


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
