"""Configurations under test, written as words: hybrid, lexical, `hybrid,clause=0,header=off`, langchain, run:FILE."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from eval.errors import VariantUnknown
from eval.peers.peer import PEERS
from index.encoder import BUNDLED
from index.header import Context
from index.search import Weights
from index.segment import Settings
from index.tokenizer import Kind


class Fusion(StrEnum):
    """How pieces of evidence become one score: shares of fixed scales, min-max per question, or reciprocal ranks."""

    SHARES = "shares"
    MINMAX = "minmax"
    RRF = "rrf"


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to index and ask. `settings` None takes the collection's own; `peer` or `run` stand for all the rest."""

    name: str = "hybrid"
    changes: tuple[Callable[[Settings], Settings], ...] = ()
    weights: Weights = field(default_factory=Weights)
    fusion: Fusion = Fusion.SHARES
    place: bool = True
    aspect: float = 0.0
    model: str = BUNDLED
    reranker: str = ""
    peer: str = ""
    run: Path | None = None

    def settings(self, base: Settings) -> Settings:
        """Return the settings of the index, made from the collection's."""
        for change in self.changes:
            base = change(base)
        return base


_LEGS = {
    "hybrid": Weights(),
    "lexical": replace(Weights(), dense=0.0, clause=0.0, centred=0.0),
    "dense": replace(Weights(), lexical=0.0, case=0.0, characters=0.0),
}
_PIECES = tuple(piece.name for piece in fields(Weights))
_NUMBERS: dict[str, Callable[[str], int | float]] = {
    "longest": int,
    "overlap": int,
    "k1": float,
    "b": float,
    "case_k1": float,
    "case_b": float,
}
GRAMMAR = (
    f"{'、'.join(_LEGS)}，后面可加改动，用逗号隔开：权重 {'、'.join(_PIECES)}=数；{'、'.join(_NUMBERS)}=数；"
    "header、title、headings、before、bigrams、lexicon、place=off；fusion=minmax 或 rrf；aspect=数；model=名称；"
    f"reranker=名称。或者：{'、'.join(PEERS)}（同类工具），run:文件（TREC run）"
)


def variant(words: str) -> Variant:
    """Return the configuration that a line describes. Raises VariantUnknown, saying what can be written."""
    if words in PEERS:
        return Variant(words, peer=words)
    if words.startswith("run:"):
        return Variant(words, run=Path(words.removeprefix("run:")))
    first, *changes = words.split(",")
    if first not in _LEGS:
        raise VariantUnknown(f"不认识的配置“{words}”。可用：{GRAMMAR}。")
    found = Variant(words, weights=_LEGS[first])
    for change in changes:
        key, _, value = change.partition("=")
        try:
            found = _changed(found, key.strip(), value.strip())
        except ValueError as error:
            raise VariantUnknown(f"配置“{words}”里的“{change}”不能用。可用：{GRAMMAR}。") from error
    return found


def _changed(found: Variant, key: str, value: str) -> Variant:
    """Return the variant with one change. Raises ValueError for what is not known."""
    if key in _PIECES:
        return replace(found, weights=replace(found.weights, **{key: float(value)}))
    if key == "fusion":
        return replace(found, fusion=Fusion(value))
    if key == "aspect":
        return replace(found, aspect=float(value))
    if key in ("model", "reranker") and value:
        named: dict[str, Any] = {key: value}
        return replace(found, **named)
    if key in _NUMBERS:
        number: dict[str, Any] = {key: _NUMBERS[key](value)}
        return replace(found, changes=(*found.changes, lambda base: replace(base, **number)))
    if key == "place" and value == "off":
        return replace(found, place=False)
    if key in _SWITCHES and value == "off":
        return replace(found, changes=(*found.changes, _SWITCHES[key]))
    raise ValueError(key)


def _without(*pieces: Context) -> Callable[[Settings], Settings]:
    def change(base: Settings) -> Settings:
        return replace(
            base,
            lexical_context=tuple(piece for piece in base.lexical_context if piece not in pieces),
            dense_context=tuple(piece for piece in base.dense_context if piece not in pieces),
        )

    return change


def _without_bigrams(base: Settings) -> Settings:
    return replace(base, tokens=tuple(kind for kind in base.tokens if kind is not Kind.BIGRAMS))


def _without_lexicon(base: Settings) -> Settings:
    return replace(base, lexicon=False)


_SWITCHES: dict[str, Callable[[Settings], Settings]] = {
    "header": _without(*Context),
    "title": _without(Context.TITLE),
    "headings": _without(Context.HEADINGS),
    "before": _without(Context.BEFORE),
    "bigrams": _without_bigrams,
    "lexicon": _without_lexicon,
}
