"""Questions to begin with, for the generation that is served."""

import threading

from api.questions import schemas
from api.state import State
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
