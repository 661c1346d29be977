"""What a page begins with: the size of the compilation, questions to ask of it, and what the client may do."""

from typing import Literal

from fastapi import APIRouter, Depends, Request

from api.compilation.about_schemas import AboutOut, HealthOut, ReadyOut
from api.openapi import Tag
from api.security.guard import KEY, check_may_ask, guarded_by, may_change, needs_key_to_change
from api.server import ServerDep, StateDep

router = APIRouter(tags=[Tag.SYSTEM])
_asked = APIRouter(route_class=guarded_by(check_may_ask), dependencies=[Depends(KEY)])


@_asked.get("/about", summary="汇编的规模、可以问的问题、能做什么")
def about(request: Request, server: ServerDep, state: StateDep) -> AboutOut:
    """Return what there is to ask of, and what this client may do."""
    manifest = state.manifest
    return AboutOut(
        document_count=manifest.documents,
        case_count=manifest.cases,
        passage_count=manifest.passages,
        generation=manifest.generation,
        examples=list(server.examples.of(state)),
        imports=_imports(request),
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


def _imports(request: Request) -> Literal["key", "here", "closed"]:
    if needs_key_to_change(request):
        return "key"
    return "here" if may_change(request) else "closed"


router.include_router(_asked)
