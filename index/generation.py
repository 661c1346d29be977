"""One generation of an index: the live documents of its segments, and the legs over them. Never changed after."""

import hashlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, compress

import numpy as np

from corpus.document import Case, Document, Passage
from index.centre import Centre, questions_centre
from index.columns import Columns
from index.dense import DenseLeg, VectorRows
from index.encoder import Encoder, Progress, Vectors
from index.errors import IndexEmpty
from index.figures import PlacedFigure
from index.filters import Facets
from index.lexical import LexicalLeg
from index.lexicon import Lexicon, mined
from index.live import Live, Mask, Rows
from index.postings import Postings
from index.segment import Segment, Settings, segment_of
from index.tokenizer import Tokenizer


@dataclass(frozen=True)
class Generation:
    """Segments, and for each the ids of its documents that were withdrawn or moved to a later one.

    Rows count live passages only, segment after segment. A passage's row in `dense`, `lexical` and `characters` is its
    position in `passages`; a case's row in `case_lexical` its position in `cases`. `characters` is a lexical leg over
    single characters, which words that differ but are akin share. `questions` is the middle of all questions.
    """

    segments: tuple[Segment, ...]
    withdrawn: tuple[frozenset[str], ...]
    tokenizer: Tokenizer
    settings: Settings
    questions: Vectors

    @cached_property
    def dense(self) -> DenseLeg:
        """The leg over the vectors of passages."""
        return DenseLeg([segment.dense for segment in self.segments], self._passages)

    @cached_property
    def clauses(self) -> VectorRows:
        """The vectors of clauses, those of a passage one after another."""
        return VectorRows([segment.clauses for segment in self.segments], self._clauses)

    @cached_property
    def first_clause(self) -> Rows:
        """For each passage the row of its first clause, and at the end the number of all clauses."""
        counts = [np.diff(segment.first_clause)[self._passages.local(at)] for at, segment in enumerate(self.segments)]
        return np.cumsum(np.concatenate([[0], *counts]), dtype=np.int64)

    @cached_property
    def lexical(self) -> LexicalLeg:
        """The leg over the tokens of passages."""
        return self._lexical_leg([segment.lexical for segment in self.segments])

    @cached_property
    def characters(self) -> LexicalLeg:
        """The leg over the characters of passages."""
        return self._lexical_leg([segment.characters for segment in self.segments])

    @cached_property
    def case_lexical(self) -> LexicalLeg:
        """The leg over the tokens of cases."""
        live = Live([mask[segment.document_of_case] for segment, mask in self._masked])
        cases = [segment.cases for segment in self.segments]
        return LexicalLeg(cases, live, self.settings.case_k1, self.settings.case_b)

    @cached_property
    def centre(self) -> Centre:
        """The middle of all questions and of the passages."""
        sums = [segment.dense.vectors[self._passages.local(at)].sum(axis=0) for at, segment in enumerate(self.segments)]
        return Centre(self.questions, np.asarray(np.sum(sums, axis=0) / self._passages.size, np.float32))

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """The live documents."""
        return tuple(chain.from_iterable(compress(segment.documents, mask) for segment, mask in self._masked))

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """The passages of the live documents."""
        return tuple(
            chain.from_iterable(
                compress(segment.passages, mask[segment.document_of_passage]) for segment, mask in self._masked
            )
        )

    @cached_property
    def figures(self) -> tuple[PlacedFigure, ...]:
        """The figures of the live documents."""
        return tuple(chain.from_iterable(self._figures_of.get(document.id, ()) for document in self.documents))

    @cached_property
    def document(self) -> dict[str, Document]:
        """The documents by id."""
        return {document.id: document for document in self.documents}

    @cached_property
    def segment_of_document(self) -> dict[str, Segment]:
        """The segment in which each document lives."""
        return {
            document.id: segment for segment, mask in self._masked for document in compress(segment.documents, mask)
        }

    @cached_property
    def row(self) -> dict[str, int]:
        """The row of each passage by its id."""
        return {passage.id: row for row, passage in enumerate(self.passages)}

    @cached_property
    def facets(self) -> Facets:
        """The values by which passages can be filtered."""
        return Facets(self.document, self.passages)

    @cached_property
    def columns(self) -> Columns:
        """What is known of each passage by name."""
        return Columns(self.document, self.passages)

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The cases of all documents; a case's position is its row in `case_lexical`."""
        return tuple(case for document in self.documents for case in document.cases)

    @cached_property
    def document_of_case(self) -> tuple[str, ...]:
        """For each case the id of its document."""
        return tuple(document.id for document in self.documents for _ in document.cases)

    @cached_property
    def case_row(self) -> Rows:
        """For each passage the row of its case."""
        firsts = np.cumsum([0, *(len(document.cases) for document in self.documents)]).tolist()
        first = {document.id: at for document, at in zip(self.documents, firsts, strict=False)}
        return np.array([first[passage.document_id] + passage.case for passage in self.passages], np.int64)

    @cached_property
    def is_numbered(self) -> Mask:
        """For each passage whether it stands in a numbered case, not in a preface or a document without cases."""
        return np.array([case.number is not None for case in self.cases], np.bool_)[self.case_row]

    def clause_spans(self, row: int) -> tuple[tuple[int, int], ...]:
        """Return the spans of the clauses of a passage, as offsets into the document."""
        (at, _, (local,)) = next(self._passages.split(np.array([row])))
        segment = self.segments[at]
        spans = segment.clause_spans[segment.first_clause[local] : segment.first_clause[local + 1]]
        return tuple((start, end) for start, end in spans.tolist())

    def figures_in(self, document_id: str, start: int, end: int) -> list[PlacedFigure]:
        """Return the figures that lie in a span of a document, in reading order."""
        own = self._figures_of.get(document_id, [])
        first = bisect_left(own, start, key=lambda placed: placed.figure.start)
        last = bisect_left(own, end, key=lambda placed: placed.figure.start)
        return [placed for placed in own[first:last] if placed.figure.end <= end]

    @cached_property
    def _figures_of(self) -> dict[str, list[PlacedFigure]]:
        found: dict[str, list[PlacedFigure]] = defaultdict(list)
        for segment, withdrawn in zip(self.segments, self.withdrawn, strict=True):
            for placed in segment.figures:
                if placed.document_id not in withdrawn:
                    found[placed.document_id].append(placed)
        return found

    @cached_property
    def _masked(self) -> list[tuple[Segment, Mask]]:
        """Each segment with a mask of its live documents."""
        return [
            (segment, np.array([document.id not in withdrawn for document in segment.documents], np.bool_))
            for segment, withdrawn in zip(self.segments, self.withdrawn, strict=True)
        ]

    @cached_property
    def _passages(self) -> Live:
        return Live([mask[segment.document_of_passage] for segment, mask in self._masked])

    @cached_property
    def _clauses(self) -> Live:
        return Live(
            [
                np.repeat(mask[segment.document_of_passage], np.diff(segment.first_clause))
                for segment, mask in self._masked
            ]
        )

    def _lexical_leg(self, postings: Sequence[Postings]) -> LexicalLeg:
        return LexicalLeg(postings, self._passages, self.settings.k1, self.settings.b)

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
    """Return a generation of one segment over documents; `progress` is told of texts embedded.

    Raises IndexEmpty when there is no passage in any of them.
    """
    settings = settings or Settings()
    documents = tuple(documents)
    if not any(section.paragraphs for each in documents for case in each.cases for section in case.sections):
        raise IndexEmpty("没有可以建索引的正文。")
    tokenizer = Tokenizer(mined(documents) if settings.lexicon else Lexicon(()), settings.tokens)
    segment = segment_of(documents, tokenizer, encoder, settings, progress)
    return Generation((segment,), (frozenset(),), tokenizer, settings, questions_centre(encoder))


def corpus_hash(documents: Sequence[Document]) -> str:
    """Return a hash over the ids and raw texts of documents, in whatever order."""
    digest = hashlib.sha256()
    for document in sorted(documents, key=lambda each: each.id):
        for part in (document.id, document.text):
            data = part.encode()
            digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()
