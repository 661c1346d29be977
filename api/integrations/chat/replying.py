"""An answer as a message in a chat: sentences with their [n], and the line of each source; cut at whole ones.

What comes from documents is text to whoever reads it: it calls nobody, leads nowhere, and draws no card.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from api.questions.schemas import AskOut, PassageOut

_ENDED = re.compile(r"(?P<text>.*?)(?P<marks>(?:\[\d{1,2}\])+)", re.DOTALL)
_RANK = re.compile(r"\[(\d+)\]")
_HARMFUL = str.maketrans({"@": "＠", "<": "＜", ">": "＞"})
"""What begins a mention (@all, <@id>, <at …>) or a tag on one platform or another; the full-width form never does."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
"""Characters that no XML may hold and no screen shows."""
_ADDRESS = re.compile(r"(?i)(?<=[a-z0-9])://")
_BARE_ADDRESS = re.compile(r"(?i)\bwww\.")
_LINK = re.compile(r"\](?=[(\[])")
_MARKDOWN = re.compile(r"([\\`*_~\[\]|#])")
_ESCAPED = r"\\\1"

_NOT_IN_LINKS = re.compile(r"[\s()<>\[\]{}\"'\\`@|*\x00-\x1f]")
"""What would end a link or begin something else; a passage's address holds the name of its document."""

_SOURCES, _NEAREST = "依据", "可以看看"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A part of an answer and the ranks of the passages that it cites; the words of a silence cite none."""

    text: str
    ranks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A passage by its citation; `url` is empty where no address of this server is set."""

    rank: int
    citation: str
    url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said in a chat. `heading` stands over the sources."""

    sentences: tuple[Sentence, ...]
    sources: tuple[Source, ...] = ()
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """How a platform wants a message: at most so many bytes of UTF-8, what came from a document made harmless.

    `link` makes a link of a text made harmless and an address. `title` sets a heading off.
    """

    most_bytes: int
    escape: Callable[[str], str]
    link: Callable[[str, str], str]
    title: Callable[[str], str]


def plain_form(most_bytes: int) -> Form:
    """Return the form of plain text: the address stands behind the citation."""
    return Form(most_bytes, harmless, lambda text, url: f"{text} {url}", lambda text: f"{text}：")


def markdown_form(most_bytes: int, escape: Callable[[str], str] | None = None) -> Form:
    """Return the form of Markdown; `escape` is for platforms that escape otherwise than by backslashes."""
    escape = escape or backslashed
    return Form(most_bytes, escape, lambda text, url: f"[{text}]({url})", lambda text: f"**{text}**")


def harmless(text: str) -> str:
    """Return text of a document so that no platform finds a mention, a tag or an address in it; on one line."""
    line = " ".join(_CONTROL.sub("", text).split()).translate(_HARMFUL)
    return _LINK.sub("] ", _BARE_ADDRESS.sub("www．", _ADDRESS.sub("：//", line)))


def backslashed(text: str) -> str:
    """Return text of a document that is also no Markdown."""
    return _MARKDOWN.sub(_ESCAPED, harmless(text))


def said(text: str) -> Reply:
    """Return a reply of our own words."""
    return Reply((Sentence(text),))


def reply_to(answered: AskOut, linked: bool) -> Reply:
    """Return the reply that an answer makes; `linked` tells whether the passages' addresses can be reached."""
    answer = answered.answer
    sentences = (Sentence(answer.text),) if answer.abstained else tuple(_sentences(answer.text))
    cited = dict.fromkeys(rank for sentence in sentences for rank in sentence.ranks)
    by_rank = {passage.rank: passage for passage in answered.passages}
    sources = (by_rank[rank] for rank in (answer.nearest_ranks if answer.abstained else cited) if rank in by_rank)
    return Reply(
        sentences, tuple(_source(each, linked) for each in sources), _NEAREST if answer.abstained else _SOURCES
    )


def laid_out(reply: Reply, form: Form) -> str:
    """Return a reply in a form. Too long, it loses whole sentences from the end, then sources, and says so."""
    for count in range(len(reply.sentences), 0, -1):
        shown = reply.sentences[:count]
        cited = {rank for sentence in shown for rank in sentence.ranks}
        # The nearest passages of a silence are cited by no sentence.
        sources = [each for each in reply.sources if each.rank in cited] if cited else list(reply.sources)
        text = _text(shown, sources, count < len(reply.sentences), reply, form)
        if _fits(text, form):
            return text
    for count in range(len(reply.sources), -1, -1):
        text = _text((), reply.sources[:count], True, reply, form)
        if _fits(text, form):
            return text
    raise AssertionError(form.most_bytes)


def _fits(text: str, form: Form) -> bool:
    return len(text.encode()) <= form.most_bytes


def _text(sentences: Sequence[Sentence], sources: Sequence[Source], is_cut: bool, reply: Reply, form: Form) -> str:
    parts = ["".join(_with_marks(each, form) for each in sentences).strip()]
    if is_cut:
        parts[0] += _cut(reply)
    if sources:
        lines = [form.title(reply.heading), *(_line(each, form) for each in sources)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _cut(reply: Reply) -> str:
    return "……（更多见链接）" if any(each.url for each in reply.sources) else "……（太长，没有列全）"


def _with_marks(sentence: Sentence, form: Form) -> str:
    # Behind a mark a bracket would make a link of it.
    return form.escape(sentence.text) + "".join(f"[{rank}]" for rank in sentence.ranks) + " " * bool(sentence.ranks)


def _line(source: Source, form: Form) -> str:
    text = form.escape(source.citation)
    return f"[{source.rank}] {form.link(text, source.url) if source.url else text}"


def _source(passage: PassageOut, linked: bool) -> Source:
    url = _NOT_IN_LINKS.sub(lambda found: quote(found[0], safe=""), passage.url)
    return Source(passage.rank, passage.citation, url if linked else "")


def _sentences(text: str) -> Iterator[Sentence]:
    end = 0
    for found in _ENDED.finditer(text):
        yield Sentence(found["text"], tuple(map(int, _RANK.findall(found["marks"]))))
        end = found.end()
    if rest := text[end:].strip():
        yield Sentence(rest)
