"""An index that answers without the model, a platform to send answers to, and answers that can be held back."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import anyio.to_thread
import pytest
import stamina
from fastapi import FastAPI

from api.app import create_app
from api.integrations.chat import desk
from api.integrations.chat.incoming import Platform
from api.questions.answering import asked_and_answered
from api.questions.gate import Gate
from api.questions.schemas import AskIn, AskOut
from api.settings import Settings
from api.state import State, opened
from index.generation import Generation
from index.store import save
from tests.api.integrations.chat.standin import StandIn, standing_in
from tests.fakes import HashedEncoder

SITE = "https://anwen.example.gov.cn"

ChatApp = Callable[..., FastAPI]


@pytest.fixture(scope="session")
def hashed_state(hashed: Generation, tmp_path_factory: pytest.TempPathFactory) -> State:
    """The bundled compilation under the fake encoder, opened."""
    home = tmp_path_factory.mktemp("chat")
    save(hashed, HashedEncoder(), home / "index")
    return opened(Settings(home=home), HashedEncoder())


@pytest.fixture(scope="session")
def standin_server() -> Iterator[StandIn]:
    with standing_in() as platform:
        yield platform


@pytest.fixture
def standin(standin_server: StandIn) -> StandIn:
    """The platform, with nothing received yet."""
    standin_server.forget()
    return standin_server


@pytest.fixture(scope="session")
def chat_app(hashed_state: State, standin_server: StandIn) -> ChatApp:
    """Make an app with settings of a platform; it sends to the stand-in and nowhere else."""

    def make(**settings: Any) -> FastAPI:
        chosen = Settings(**{"home": hashed_state.settings.home, "base_url": SITE, **settings})
        origins = dict.fromkeys(Platform, (standin_server.url,))
        return create_app(chosen, lambda: replace(hashed_state, settings=chosen, gate=Gate()), origins)

    return make


@dataclass
class Asked:
    """What was asked of the compilation; `held` keeps answers back until it is set."""

    questions: list[AskIn]
    held: threading.Event
    fault: Exception | None = None


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """Answers come without the model, whose confidence the fake encoder does not have; and without waiting."""
    monkeypatch.setattr("qa.silence.ENOUGH", 0.0)
    watched = Asked([], threading.Event())
    watched.held.set()

    async def answer(question: AskIn, state: State, base_url: str) -> AskOut:
        watched.questions.append(question)
        await anyio.to_thread.run_sync(watched.held.wait, abandon_on_cancel=True)
        if watched.fault:
            raise watched.fault
        return await asked_and_answered(question, state, base_url)

    monkeypatch.setattr(desk, "asked_and_answered", answer)
    with stamina.set_testing(True, attempts=3):
        yield watched
    # Nothing is left waiting where a test failed.
    watched.held.set()
