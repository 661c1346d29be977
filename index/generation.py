"""One generation of the index: documents, passages, and the legs over them. Built whole, never changed after."""

import hashlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from corpus.document import Case, Document, Passage
from corpus.passages import Cut, passages
from corpus.sentences import clauses, sentences
from index.centre import Centre
from index.dense import DenseLeg, Rows
from index.encoder import Encoder, Progress
from index.errors import IndexEmpty
from index.figures import PlacedFigure, collected
from index.filters import Facets, Mask
from index.header import DENSE, LEXICAL, Context, dense_text, lexical_texts
from index.lexical import LexicalLeg
from index.lexicon import Lexicon, mined
from index.tokenizer import Kind, Tokenizer, characters, normalised

_SHORTEST_CLAUSE = 25
"""Characters below which a clause is read with its neighbour (chosen on our dev questions)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a generation is built.

    The cut into passages, BM25's saturation (k1) and length (b) terms, what each leg reads a passage with, the kinds of
    tokens, and whether the lexicon of the corpus is mined.
    """

    longest: int = 400
    overlap: int = 0
    k1: float = 0.4
    b: float = 0.2
    case_k1: float = 1.2
    case_b: float = 1.0
    lexical_context: tuple[Context, ...] = LEXICAL
    dense_context: tuple[Context, ...] = DENSE
    tokens: tuple[Kind, ...] = tuple(Kind)
    lexicon: bool = True


@dataclass(frozen=True)
class Generation:
    """Documents and passages with all legs.

    A passage's row in `dense` and `lexical` is its position in `passages`; a case's row in `case_lexical` its place
    in the order of documents; `clauses` holds the clauses of all passages one after another. `characters` is a
    lexical leg over single characters, which words that differ but are akin share.
    """

    documents: tuple[Document, ...]
    passages: tuple[Passage, ...]
    figures: tuple[PlacedFigure, ...]
    tokenizer: Tokenizer
    settings: Settings
    dense: DenseLeg
    clauses: DenseLeg
    lexical: LexicalLeg
    characters: LexicalLeg
    case_lexical: LexicalLeg
    centre: Centre

    @cached_property
    def document(self) -> dict[str, Document]:
        """The documents by id."""
        return {document.id: document for document in self.documents}

    @cached_property
    def row(self) -> dict[str, int]:
        """The row of each passage by its id."""
        return {passage.id: row for row, passage in enumerate(self.passages)}

    @cached_property
    def facets(self) -> Facets:
        """The values by which passages can be filtered."""
        return Facets(self.document, self.passages)

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The cases of all documents; a case's position is its row in `case_lexical`."""
        return tuple(case for document in self.documents for case in document.cases)

    @cached_property
    def case_row(self) -> Rows:
        """For each passage the row of its case."""
        keys = ((document.id, at) for document in self.documents for at in range(len(document.cases)))
        rows = {key: row for row, key in enumerate(keys)}
        return np.array([rows[passage.document_id, passage.case] for passage in self.passages], np.int64)

    @cached_property
    def is_numbered(self) -> Mask:
        """For each passage whether it stands in a numbered case, not in a preface or a document without cases."""
        return np.array([case.number is not None for case in self.cases], np.bool_)[self.case_row]

    @cached_property
    def clause_spans(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """For each passage the spans of its clauses, as offsets into the document."""
        return tuple(_clause_spans(self.document[passage.document_id], passage) for passage in self.passages)

    @cached_property
    def first_clause(self) -> Rows:
        """For each passage the row of its first clause, and at the end the number of all clauses."""
        return np.cumsum([0, *map(len, self.clause_spans)], dtype=np.int64)

    @cached_property
    def _figures_of(self) -> dict[str, list[PlacedFigure]]:
        found: dict[str, list[PlacedFigure]] = defaultdict(list)
        for placed in self.figures:
            found[placed.document_id].append(placed)
        return found

    def figures_in(self, document_id: str, start: int, end: int) -> list[PlacedFigure]:
        """Return the figures that lie in a span of a document, in reading order."""
        own = self._figures_of.get(document_id, [])
        first = bisect_left(own, start, key=lambda placed: placed.figure.start)
        last = bisect_left(own, end, key=lambda placed: placed.figure.start)
        return [placed for placed in own[first:last] if placed.figure.end <= end]

    def cases_numbered(self, numbers: Iterable[int]) -> frozenset[tuple[str, int]]:
        """Return the cases with one of the numbers, as (document id, position in the document)."""
        wanted = set(numbers)
        return frozenset(
            (document.id, at)
            for document in self.documents
            for at, case in enumerate(document.cases)
            if case.number in wanted
        )

    def text(self, passage: Passage) -> str:
        """Return the passage's own characters."""
        return self.document[passage.document_id].text[passage.start : passage.end]

    def case(self, passage: Passage) -> Case:
        """Return the case in which a passage stands."""
        return self.document[passage.document_id].cases[passage.case]


def built(
    documents: Iterable[Document], encoder: Encoder, settings: Settings | None = None, progress: Progress | None = None
) -> Generation:
    """Return a generation over documents; `progress` is told of texts embedded.

    Raises IndexEmpty when there is no passage in any of them.
    """
    settings = settings or Settings()
    documents = tuple(documents)
    cut = Cut(settings.longest, settings.overlap)
    own = [passages(document, cut) for document in documents]
    found = tuple(passage for each in own for passage in each)
    if not found:
        raise IndexEmpty("没有可以建索引的正文。")
    tokenizer = Tokenizer(mined(documents) if settings.lexicon else Lexicon(()), settings.tokens)
    pairs = tuple(zip(documents, own, strict=True))
    headed = [dense_text(document, passage, settings.dense_context) for document, each in pairs for passage in each]
    worded = [text for document, each in pairs for text in lexical_texts(document, each, settings.lexical_context)]
    said = [
        document.text[start:end]
        for document, each in pairs
        for passage in each
        for start, end in _clause_spans(document, passage)
    ]
    vectors = encoder.passages([*headed, *said], progress)
    return Generation(
        documents=documents,
        passages=found,
        figures=tuple(collected(documents)),
        tokenizer=tokenizer,
        settings=settings,
        dense=DenseLeg.build(vectors[: len(headed)]),
        clauses=DenseLeg.build(vectors[len(headed) :]),
        lexical=LexicalLeg.build([tokenizer.tokens(text) for text in worded], settings.k1, settings.b),
        characters=LexicalLeg.build([list(characters(normalised(text))) for text in worded], settings.k1, settings.b),
        case_lexical=LexicalLeg.build(
            [
                tokenizer.tokens(document.text[case.start : case.end])
                for document in documents
                for case in document.cases
            ],
            settings.case_k1,
            settings.case_b,
        ),
        centre=Centre.of(encoder, vectors[: len(headed)]),
    )


def corpus_hash(documents: Sequence[Document]) -> str:
    """Return a hash over the ids and raw texts of documents."""
    digest = hashlib.sha256()
    for document in documents:
        for part in (document.id, document.text):
            data = part.encode()
            digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def _clause_spans(document: Document, passage: Passage) -> tuple[tuple[int, int], ...]:
    return tuple(
        clause
        for start, end in sentences(document.text, passage.start, passage.end)
        for clause in clauses(document.text, start, end, _SHORTEST_CLAUSE)
    )
