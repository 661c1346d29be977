"""The route that shows a page of the file that a document was read out of."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Response

from api.compilation.paths import DocumentPath
from api.errors import NotFound
from api.openapi import BINARY, Tag, failing
from api.security.guard import KEY, check_may_ask, guarded_by
from api.server import ServerDep, StateDep
from corpus.errors import Refused

router = APIRouter(route_class=guarded_by(check_may_ask), dependencies=[Depends(KEY)], tags=[Tag.COMPILATION])

_HEADERS = {
    # Asked for again each time, answered with 304 as long as the document is the same.
    "cache-control": "private, no-cache",
    "content-security-policy": "sandbox",
    "x-content-type-options": "nosniff",
}


@router.get(
    "/documents/{document_id}/pages/{page}",
    summary="原件（PDF）的一页，图片",
    response_class=Response,
    responses={
        **failing(NotFound, Refused),
        200: {"content": {"image/png": BINARY}},
        304: {"description": "没有变化"},
    },
)
async def get_page(
    document_id: DocumentPath,
    page: Annotated[int, Path(description="第几页，从 1 起", examples=[1])],
    server: ServerDep,
    state: StateDep,
    if_none_match: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """Return a page of the PDF that a document was read out of, counted from 1, as a PNG about 1400 pixels wide."""
    document = state.reader.generation.document.get(document_id)
    if document is None:
        raise NotFound(f"没有编号为“{document_id}”的文档。")
    headers = _HEADERS | {"etag": f'"{server.pictures.name(document, page)}"'}
    if if_none_match == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(await server.pictures.png(document, page), media_type="image/png", headers=headers)
