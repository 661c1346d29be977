"""What a page begins with: the size of the compilation, questions to ask of it, and what the client may do."""

import threading
from typing import Literal

from fastapi import APIRouter, Request

from api.compilation.about_schemas import AboutOut
from api.errors import Forbidden
from api.questions import schemas
from api.security.guard import check_may_change
from api.state import State, StateDep
from qa.examples import examples


class Examples:
    """The questions to begin with, found once for each generation, when they are first asked for."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._of: schemas.IndexRef | None = None
        self._found: tuple[str, ...] = ()

    def of(self, state: State) -> tuple[str, ...]:
        """Return those of the state's generation."""
        with self._turn:
            if self._of != state.index_ref:
                self._found = examples(state.reader)
                self._of = state.index_ref
            return self._found


router = APIRouter(responses=schemas.ERRORS)


@router.get("/about", summary="汇编的规模、可以问的问题、能做什么")
def get_about(request: Request, state: StateDep) -> AboutOut:
    """Return what there is to ask of, and what this client may do."""
    manifest = state.manifest
    known: Examples = request.app.state.examples
    return AboutOut(
        documents=manifest.documents,
        cases=manifest.cases,
        passages=manifest.passages,
        generation=manifest.generation,
        examples=list(known.of(state)),
        imports=_imports(request),
        feedback=state.settings.feedback,
        composer=state.settings.llm_model if state.llm else None,
    )


def _imports(request: Request) -> Literal["key", "here", "closed"]:
    if request.app.state.admin_key:
        return "key"
    try:
        check_may_change(request)
    except Forbidden:
        return "closed"
    return "here"
