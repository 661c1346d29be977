"""What tells figures of one kind apart: the words of a question that stand by one of them and not by the others."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set

from index.tokenizer import normalised

_HAN = re.compile(r"[\u3400-\u9fff]+")
_IDLE = frozenset("的了是在有和与及等为个多少几共一不也都就到这那其中么什怎样说按把被里头")
"""Characters that say nothing of what is counted."""
_CHARACTER = 0.5
"""What a character of the question counts against two neighbouring ones."""
_ASKING = re.compile("多少|几|多大|多久|还是")
_ASKED = 2.0
_NEAR = 8
"""What a term beside the asking word counts against one elsewhere in the question, and how far that is."""
_BEFORE = 0.2
"""What a word before a figure in its sentence counts against one beside it."""
_PIECE = re.compile(r"[^,，。;；？?!！]+[,，。;；？?!！]*")
_UNWANTED = re.compile(
    r"(?:(?<![是要])(?:不是|不含|不算|不包括|不问)|而非|(?<![分区类级个特])别(?:[报拿给把说算混]|和|跟)).*|"
    r".*(?:(?<!要)不要|不算|除外|不计)[的了啊]?[,，。;；？?!！]*$"
)
_OFFICIAL = (
    (re.compile("建完|建成|完工|建好|修完"), "竣工"),
    (re.compile("动工|开建|开始建|破土"), "开工"),
    (re.compile("签下|签了|签订|签成|谈成"), "签约"),
    (re.compile("投运|开始生产"), "投产"),
)
"""Plain words, and the word of official prose that says the same of a project."""


def parted(question: str) -> tuple[str, str]:
    """Return what a question asks for and what it says it does not mean (不是签约也不是投产), which may be empty."""
    wanted, unwanted = "", ""
    for piece in _PIECE.findall(question):
        found = _UNWANTED.search(piece) if "吗" not in piece else None
        wanted += piece[: found.start()] if found else piece
        unwanted += found[0] if found else ""
    return (wanted, unwanted) if wanted.strip() else (question, "")


def asked_terms(wanted: str, unwanted: str) -> Mapping[str, float]:
    """Return the terms of a question with what each counts, below zero for what it says it does not mean.

    Those beside the asking word (供应出去的究竟是多少) count more than those that lead to it.
    """
    asking = list(_ASKING.finditer(wanted))
    beside = wanted[max(0, asking[-1].start() - _NEAR) : asking[-1].end() + _NEAR] if asking else ""
    asked = dict.fromkeys(_terms(_official(wanted)), 1.0) | dict.fromkeys(_terms(_official(beside)), _ASKED)
    refused = dict.fromkeys(set(_terms(_official(unwanted))) - asked.keys(), -1.0)
    return {term: worth * (1.0 if len(term) > 1 else _CHARACTER) for term, worth in (asked | refused).items()}


def contrasts(asked: Mapping[str, float], contexts: Sequence[tuple[str, str]]) -> list[float]:
    """Return how far each context is the one asked for, against the others: -1 to 1, 0 where no term tells them apart.

    A context is the words that belong to a figure, and those before it in its sentence, which count less where others
    have the same beside them. A term that fewer of the contexts hold tells more; one that all hold alike tells nothing.
    """
    held = [_held(asked.keys(), own, before) for own, before in contexts]
    scores = [0.0] * len(contexts)
    whole = 0.0
    for term in set().union(*held):
        shares = [terms.get(term, 0.0) for terms in held]
        most = max(shares)
        worth = asked[term] * (1 - sum(shares) / (most * len(shares)))
        whole += abs(worth)
        scores = [score + worth * share / most for score, share in zip(scores, shares, strict=True)]
    return [score / whole for score in scores] if whole else scores


def _held(asked: Set[str], own: str, before: str) -> dict[str, float]:
    nearest, near = (asked & set(_terms(normalised(text))) for text in (own, before))
    return dict.fromkeys(near, _BEFORE) | dict.fromkeys(nearest, 1.0)


def _terms(plain: str) -> Iterator[str]:
    for run in _HAN.findall(plain):
        yield from (char for char in run if char not in _IDLE)
        yield from (run[at : at + 2] for at in range(len(run) - 1) if not _IDLE.issuperset(run[at : at + 2]))


def _official(text: str) -> str:
    return "，".join([text, *(official for plain, official in _OFFICIAL if plain.search(text))])
