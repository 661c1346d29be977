"""What a page begins with: the size of the compilation, questions to ask of it, and what the client may do."""

from typing import Literal

from fastapi import APIRouter, Request

from api.compilation.about_schemas import AboutOut, HealthOut, ReadyOut
from api.errors import Forbidden
from api.openapi import Tag
from api.security.guard import check_may_change
from api.server import Server, ServerDep, StateDep

router = APIRouter(tags=[Tag.SYSTEM])


@router.get("/about", summary="汇编的规模、可以问的问题、能做什么")
def about(request: Request, server: ServerDep, state: StateDep) -> AboutOut:
    """Return what there is to ask of, and what this client may do."""
    manifest = state.manifest
    return AboutOut(
        document_count=manifest.documents,
        case_count=manifest.cases,
        passage_count=manifest.passages,
        generation=manifest.generation,
        examples=list(server.examples.of(state)),
        imports=_imports(request, server),
        feedback=state.settings.feedback,
        composer=state.settings.llm_model if state.llm else None,
    )


@router.get("/healthz", summary="进程是否活着")
async def healthz() -> HealthOut:
    """Tell that the process answers."""
    return HealthOut()


@router.get("/readyz", summary="能否回答问题")
async def readyz(state: StateDep) -> ReadyOut:
    """Tell whether questions can be answered, by which index; 503 with the reason if not."""
    manifest = state.manifest
    return ReadyOut(
        index=state.index_ref,
        model=manifest.model_name,
        document_count=manifest.documents,
        case_count=manifest.cases,
        passage_count=manifest.passages,
    )


def _imports(request: Request, server: Server) -> Literal["key", "here", "closed"]:
    if server.settings.admin_key.get_secret_value():
        return "key"
    try:
        check_may_change(request)
    except Forbidden:
        return "closed"
    return "here"
