"""A part of an index: some documents with their passages, figures, postings and vectors. Never changed once made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from corpus.document import Document, Passage
from corpus.passages import Cut, passages
from corpus.sentences import clauses, sentences
from index.dense import FlatIndex
from index.encoder import Encoder, Progress, Vectors
from index.figures import PlacedFigure, collected
from index.header import DENSE, LEXICAL, Context, dense_text, lexical_texts
from index.lexicon import words_of
from index.live import Live, Mask, Rows
from index.postings import Postings
from index.tokenizer import Kind, Tokenizer, characters, normalised

_SHORTEST_CLAUSE = 25
"""Characters below which a clause is read with its neighbour (chosen on our dev questions)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How an index is built.

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

    @property
    def cut(self) -> Cut:
        """How paragraphs become passages."""
        return Cut(self.longest, self.overlap)


@dataclass(frozen=True, eq=False)
class Segment:
    """Documents one after another, and all that is computed of them.

    Passages and figures stand in the order of the documents; a passage's row in `dense`, `lexical` and `characters` is
    its position, a case's row in `cases` its place in the order of documents. The clauses of passage p are the rows
    `first_clause[p]` to `first_clause[p + 1]` of `clause_spans` (offsets into the document) and of `clauses`, their
    vectors. `words` are what each document gives to the lexicon. Once it is written, `name` is that of its folder and
    `seal` the hash of its seals: of two segments with one name, since numbers come again, only the same has the same.
    """

    documents: tuple[Document, ...]
    passages: tuple[Passage, ...]
    figures: tuple[PlacedFigure, ...]
    words: tuple[tuple[str, ...], ...]
    first_clause: Rows
    clause_spans: npt.NDArray[np.int32]
    dense: FlatIndex
    clauses: Vectors
    lexical: Postings
    characters: Postings
    cases: Postings
    name: str = ""
    seal: str = ""

    @cached_property
    def document_of_passage(self) -> Rows:
        """For each passage the position of its document."""
        position = {document.id: at for at, document in enumerate(self.documents)}
        return np.array([position[passage.document_id] for passage in self.passages], np.int64)

    @cached_property
    def document_of_case(self) -> Rows:
        """For each row of `cases` the position of its document."""
        return np.repeat(np.arange(len(self.documents)), [len(document.cases) for document in self.documents])

    def vectors_by_text(self, document_id: str, settings: Settings) -> dict[str, Vectors]:
        """Return the vectors of a document by the text that was embedded."""
        position = next(at for at, document in enumerate(self.documents) if document.id == document_id)
        document = self.documents[position]
        found: dict[str, Vectors] = {}
        for row in np.flatnonzero(self.document_of_passage == position).tolist():
            found[dense_text(document, self.passages[row], settings.dense_context)] = self.dense.vectors[row]
            for at in range(self.first_clause[row], self.first_clause[row + 1]):
                start, end = self.clause_spans[at].tolist()
                found[document.text[start:end]] = self.clauses[at]
        return found


def segment_of(
    documents: Sequence[Document],
    tokenizer: Tokenizer,
    encoder: Encoder,
    settings: Settings,
    progress: Progress | None = None,
) -> Segment:
    """Return a segment over documents, at least one passage among them; `progress` is told of texts embedded."""
    own = [passages(document, settings.cut) for document in documents]
    pairs = list(zip(documents, own, strict=True))
    spans = [list(_clause_spans(document, passage)) for document, each in pairs for passage in each]
    first_clause = np.cumsum([0, *map(len, spans)], dtype=np.int64)
    headed = [dense_text(document, passage, settings.dense_context) for document, each in pairs for passage in each]
    texts = [document.text for document, each in pairs for _ in each]
    said = [text[start:end] for text, each in zip(texts, spans, strict=True) for start, end in each]
    vectors = encoder.passages([*headed, *said], progress)
    worded = [text for document, each in pairs for text in lexical_texts(document, each, settings.lexical_context)]
    return Segment(
        documents=tuple(documents),
        passages=tuple(passage for each in own for passage in each),
        figures=tuple(collected(documents)),
        words=tuple(tuple(sorted(words_of(document))) for document in documents),
        first_clause=first_clause,
        clause_spans=np.array([span for each in spans for span in each], np.int32).reshape(-1, 2),
        dense=FlatIndex.of(vectors[: len(headed)]),
        clauses=vectors[len(headed) :],
        lexical=Postings.of(tokenizer.tokens(text) for text in worded),
        characters=Postings.of(characters(normalised(text)) for text in worded),
        cases=Postings.of(
            tokenizer.tokens(document.text[case.start : case.end]) for document in documents for case in document.cases
        ),
    )


def joined(segments: Sequence[Segment], withdrawn: Sequence[frozenset[str]]) -> Segment:
    """Return one segment with the documents of several, but those withdrawn, and all that was computed of them."""
    documents = [
        np.array([document.id not in gone for document in segment.documents], np.bool_)
        for segment, gone in zip(segments, withdrawn, strict=True)
    ]
    pairs = list(zip(segments, documents, strict=True))
    is_live = [mask[segment.document_of_passage] for segment, mask in pairs]
    passages = Live(is_live)
    counts = [np.diff(segment.first_clause) for segment in segments]
    clauses = [np.repeat(mask, count) for mask, count in zip(is_live, counts, strict=True)]
    live_counts = np.concatenate([count[mask] for count, mask in zip(counts, is_live, strict=True)])
    return Segment(
        documents=tuple(each for segment, mask in pairs for each in compress(segment.documents, mask)),
        passages=tuple(
            each for segment, mask in zip(segments, is_live, strict=True) for each in compress(segment.passages, mask)
        ),
        figures=tuple(
            each
            for segment, gone in zip(segments, withdrawn, strict=True)
            for each in segment.figures
            if each.document_id not in gone
        ),
        words=tuple(each for segment, mask in pairs for each in compress(segment.words, mask)),
        first_clause=np.cumsum(np.concatenate([[0], live_counts]), dtype=np.int64),
        clause_spans=_rows([segment.clause_spans for segment in segments], clauses),
        dense=FlatIndex.of(_rows([segment.dense.vectors for segment in segments], is_live)),
        clauses=_rows([segment.clauses for segment in segments], clauses),
        lexical=Postings.joined([segment.lexical for segment in segments], passages),
        characters=Postings.joined([segment.characters for segment in segments], passages),
        cases=Postings.joined(
            [segment.cases for segment in segments], Live([mask[segment.document_of_case] for segment, mask in pairs])
        ),
    )


_Array = TypeVar("_Array", bound=np.generic)


def _rows(arrays: Sequence[npt.NDArray[_Array]], masks: Sequence[Mask]) -> npt.NDArray[_Array]:
    return np.concatenate([array[mask] for array, mask in zip(arrays, masks, strict=True)])


class KnownVectors:
    """An encoder that has the vectors of some texts already and asks another for the rest."""

    def __init__(self, encoder: Encoder, known: Mapping[str, Vectors]) -> None:
        self._encoder = encoder
        self._known = known
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint
        self.dimension = encoder.dimension

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) vectors of questions."""
        return self._encoder.queries(texts)

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return (len(texts), dimension) vectors of passages."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        missing = [at for at, text in enumerate(texts) if text not in self._known]
        for at, text in enumerate(texts):
            if text in self._known:
                vectors[at] = self._known[text]
        if missing:
            vectors[missing] = self._encoder.passages([texts[at] for at in missing], progress)
        return vectors


def _clause_spans(document: Document, passage: Passage) -> Iterator[tuple[int, int]]:
    for start, end in sentences(document.text, passage.start, passage.end):
        yield from clauses(document.text, start, end, _SHORTEST_CLAUSE)
