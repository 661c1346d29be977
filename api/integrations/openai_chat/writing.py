"""An answer as a message of text: sentences with [n], and under them the sources.

Numbers count the passages in the order in which the text cites them, since clients take the n-th source for [n].
"""

import re
from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import aclosing

from api.integrations.openai_chat.schemas import Annotation, SearchResult, Sources, UrlCitation
from api.questions import views
from api.questions.answering import Told, composed
from api.questions.schemas import AnswerOut, PassageOut, PieceOut
from api.state import State

_MARKER = re.compile(r"\[(\d{1,3})\]")


class Writing:
    """The text so far, which passages it cites, and where; `nearest` are those worth reading where it cites none."""

    def __init__(self, passages: Sequence[PassageOut], nearest: Sequence[int] = ()) -> None:
        self._passages = {passage.rank: passage for passage in passages}
        self._nearest = nearest
        self._numbers: dict[int, int] = {}
        self.length = 0
        self.annotations: list[Annotation] = []

    def said(self, text: str) -> str:
        """Write text that cites nothing; return it."""
        self.length += len(text)
        return text

    def cited(self, text: str, ranks: Collection[int]) -> str:
        """Write a sentence whose [n] are ranks of passages; return it with the numbers that it has here."""
        cited: dict[int, None] = {}

        def numbered(marker: re.Match[str]) -> str:
            if (rank := int(marker[1])) not in ranks:
                return marker[0]
            cited[rank] = None
            return f"[{self._number(rank)}]"

        start = self.length
        written = self.said(_MARKER.sub(numbered, text))
        self._note(cited, start)
        return written

    def quoted(self, text: str, rank: int) -> str:
        """Write a sentence of a passage as it stands there, and its number; return both."""
        start = self.length
        written = self.said(f"{text}[{self._number(rank)}]")
        self._note([rank], start)
        return written

    def sources(self) -> str:
        """Write the list of what is cited; return it, empty where nothing is."""
        if not self._numbers:
            return ""
        lines = [f"- [{number}] {_source(self._passages[rank])}" for rank, number in self._numbers.items()]
        return self.said("\n".join(["\n\n出处：", *lines]))

    @property
    def found(self) -> Sources:
        """What is cited, in the order of the numbers."""
        cited = [self._passages[rank] for rank in self._numbers]
        shown = cited or [self._passages[rank] for rank in self._nearest]
        return Sources(
            citations=[_url(passage) for passage in cited],
            search_results=[
                SearchResult(title=passage.citation, url=_url(passage), snippet=passage.text, passage_id=passage.id)
                for passage in shown
            ],
        )

    def _number(self, rank: int) -> int:
        return self._numbers.setdefault(rank, len(self._numbers) + 1)

    def _note(self, ranks: Collection[int], start: int) -> None:
        for rank in ranks:
            passage = self._passages[rank]
            self.annotations.append(
                Annotation(
                    url_citation=UrlCitation(
                        url=_url(passage), title=passage.citation, start_index=start, end_index=self.length
                    )
                )
            )


async def written(found: Told, state: State, writing: Writing, *, at_once: bool) -> AsyncGenerator[str, None]:
    """Yield the text of an answer as it comes.

    What a language model began and broke off stands, if it is out already, and the answer from the passages follows;
    `at_once` tells that nothing goes out before the end, and then it does not stand.
    """
    answer = views.answer_out(found.reply)
    held: list[PieceOut] = []
    async with aclosing(composed(found, state)) as pieces:
        async for each in pieces:
            match each:
                case PieceOut() if at_once:
                    held.append(each)
                case PieceOut():
                    yield writing.cited(each.text, each.cited_ranks)
                case AnswerOut():
                    answer = each
    composer = answer.composer
    if composer and composer.used:
        for piece in held:
            yield writing.cited(piece.text, piece.cited_ranks)
    else:
        if composer and writing.length:
            yield writing.said(f"\n\n{composer.message}\n\n")
        for text in _extracted(answer, writing):
            yield text
    if sources := writing.sources():
        yield sources


def _extracted(answer: AnswerOut, writing: Writing) -> Iterator[str]:
    """Write an answer taken from the passages, sentence by sentence, with what stands before and behind them."""
    body = "".join(f"{each.naming}{each.text}[{each.rank}]" for each in answer.sentences)
    before, _, after = answer.text.partition(body) if body else ("", "", answer.text)
    if before:
        yield writing.said(before)
    for each in answer.sentences:
        naming = writing.said(each.naming)
        yield naming + writing.quoted(each.text, each.rank)
    if after:
        yield writing.said(after)


def _url(passage: PassageOut) -> str:
    """Return the address of a passage; its path alone where it is not known what that begins with.

    Clients tell sources apart by their address, so no two may have the same.
    """
    return passage.url or views.link_of(passage.id, "/")


def _source(passage: PassageOut) -> str:
    """Return the citation of a passage, as a link where there is one."""
    return passage.citation_forms.markdown if passage.url else passage.citation
