"""What a running server holds: the index and the model, loaded once, or why they could not be."""

import threading
from dataclasses import dataclass, field, replace

from fastapi import Request

from api.observability.watch import Watch
from api.questions.gate import Gate
from api.questions.llm import Llm, LlmSettings
from api.questions.schemas import IndexRef
from api.security import links
from api.settings import Settings
from index.encoder import Encoder, SentenceEncoder
from index.errors import IndexingError
from index.manifest import Manifest
from index.question_encoder import QuestionEncoder
from index.reranker import CrossReader
from index.store import current_name, load, manifest_of_current
from qa.asking import Reader, ask

_FIRST_QUESTION = "有哪些做法和成效"
"""Asked once while starting, so that nobody waits for what is made at first use."""


@dataclass(frozen=True, slots=True)
class State:
    """A reader over the current generation, its manifest, the language model if one is set, and what counts.

    All questions pass the gate.
    """

    settings: Settings
    reader: Reader
    manifest: Manifest
    llm: Llm | None = None
    watch: Watch = field(default_factory=Watch)
    gate: Gate = field(default_factory=Gate)

    @property
    def index_ref(self) -> IndexRef:
        """Which index answers."""
        return IndexRef(generation=self.manifest.generation, fingerprint=self.manifest.fingerprint)

    def base_url(self, request: Request) -> str:
        """Return the address that permanent links begin with: never one that a stranger made up."""
        return links.base_url(request, self.settings)


def opened(settings: Settings, encoder: Encoder | None = None) -> State:
    """Load the current generation, the model unless it is given, the reranker if one is set. Raises IndexingError."""
    encoder = encoder or SentenceEncoder(settings.model)
    generation, manifest = load(settings.index_root, encoder)
    reranker = CrossReader(settings.reranker) if settings.reranker else None
    reader = Reader(generation, QuestionEncoder(encoder), reranker=reranker)
    ask(reader, _FIRST_QUESTION, 1)
    return State(settings, reader, manifest, _llm(settings))


class Served:
    """What requests are answered from: a state, replaced whole when another generation is current.

    Or why there is none. A request keeps the state that it found.
    """

    def __init__(self, current: State | IndexingError) -> None:
        self.current = current
        self._turn = threading.Lock()

    def refresh(self) -> None:
        """Open the generation that is current on the disk, if it is another one.

        Raises IndexingError, OSError; then all stays as it was.
        """
        with self._turn:
            while not isinstance(state := self.current, IndexingError):
                root = state.settings.index_root
                name = current_name(root)
                try:
                    # An index that was deleted and built again counts its generations anew.
                    if manifest_of_current(root) == state.manifest:
                        return
                    self.current = _renewed(state)
                except (IndexingError, OSError):
                    # One that was replaced twice while it was opened is gone from the disk.
                    if current_name(root) == name:
                        raise


def _renewed(state: State) -> State:
    known = state.reader
    generation, manifest = load(state.settings.index_root, known.encoder, known.generation)
    reader = replace(known, generation=generation)
    ask(reader, _FIRST_QUESTION, 1)
    return replace(state, reader=reader, manifest=manifest)


def _llm(settings: Settings) -> Llm | None:
    """Return a client of the language model, if one is set. Raises SettingsError."""
    if not settings.llm_base_url:
        return None
    return Llm(LlmSettings(settings.llm_base_url, settings.llm_model, settings.llm_key.get_secret_value()))
