"""What a running server holds beside the index: one value, made with the app, that every route is given."""

from collections import deque
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.compilation.examples import Examples
from api.compilation.originals import Pictures
from api.imports.jobs import Imports
from api.integrations.chat.desk import Desk
from api.observability.watch import Watch
from api.security.audit import AuditLog
from api.settings import Settings
from api.state import Served, State
from index.errors import IndexingError


@dataclass(slots=True)
class Server:
    """The parts of a server; `feedback_times` are the moments at which the latest feedback came."""

    settings: Settings
    served: Served
    imports: Imports
    pictures: Pictures
    examples: Examples
    feedback_times: deque[float]
    audit: AuditLog
    chats: Desk
    watch: Watch


def server_of(connection: HTTPConnection) -> Server:
    """Return the server that a request came to."""
    server: Server = connection.app.state.server
    return server


ServerDep = Annotated[Server, Depends(server_of)]


def state_of(server: ServerDep) -> State:
    """Return the index and model that answer. Raises the error that kept them from being loaded."""
    # Read once: it may be replaced meanwhile.
    current = server.served.current
    if isinstance(current, IndexingError):
        raise current
    return current


StateDep = Annotated[State, Depends(state_of)]
