"""The table of peers, and what they share: Chinese segmented into words before a peer's own tokenizer sees it."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TypeAlias

from eval.errors import EvaluationError
from index.encoder import Encoder, Vectors
from index.lexicon import Lexicon
from index.tokenizer import Tokenizer, normalised

Retriever: TypeAlias = Callable[[str, int], list[int]]
"""Called with (question, count); gives at most that many row numbers of the texts, best first, each once."""

PEERS: Mapping[str, str] = {name: f"eval.peers.{name}" for name in ("langchain", "haystack", "llamaindex", "txtai")}
"""The module of each peer; importing it needs the peer's library."""

_DISTRIBUTIONS = (
    "langchain-classic",
    "langchain-community",
    "rank-bm25",
    "haystack-ai",
    "llama-index-core",
    "llama-index-retrievers-bm25",
    "llama-index-vector-stores-faiss",
    "txtai",
)


class PeerMissing(EvaluationError):
    """A peer's library is not installed."""


def peer(name: str) -> Callable[[Sequence[str], Vectors, Encoder], Retriever]:
    """Return what makes the named peer's retriever of texts, their vectors and the encoder. Raises PeerMissing."""
    try:
        module = import_module(PEERS[name])
    except ModuleNotFoundError as error:
        raise PeerMissing(f"没有安装 {name} 所需的 {error.name}。请先运行 make peers 安装用作对照的库。") from error
    make: Callable[[Sequence[str], Vectors, Encoder], Retriever] = module.retriever
    return make


def versions() -> dict[str, str]:
    """Return the versions of the peers' distributions. Raises PeerMissing."""
    try:
        return {name: version(name) for name in _DISTRIBUTIONS}
    except PackageNotFoundError as error:
        raise PeerMissing(f"没有安装 {error.name}。请先运行 make peers 安装用作对照的库。") from error


def words(text: str) -> list[str]:
    """Return the words of a text as jieba has them, with no lexicon of ours."""
    return _tokenizer().words(normalised(text))


def spaced(text: str) -> str:
    """Return the words of a text with spaces between them, for tokenizers that cannot be replaced."""
    return " ".join(words(text))


@cache
def _tokenizer() -> Tokenizer:
    return Tokenizer(Lexicon(()))
