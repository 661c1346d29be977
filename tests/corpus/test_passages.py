from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from corpus.document import Document, Passage
from corpus.outline import outlined
from corpus.passages import Cut, passages, spans


def paragraphs(document: Document) -> list[tuple[int, int]]:
    return [
        (paragraph.start, paragraph.end)
        for case in document.cases
        for section in case.sections
        for paragraph in section.paragraphs
    ]


def check(document: Document, found: tuple[Passage, ...]) -> None:
    """Every passage lies in the paragraph it names, and together they cover every paragraph."""
    covered: set[int] = set()
    for passage in found:
        case = document.cases[passage.case]
        paragraph = case.sections[passage.section].paragraphs[passage.paragraph - 1]
        assert paragraph.start <= passage.start < passage.end <= paragraph.end
        text = document.text[passage.start : passage.end]
        assert text == text.strip()
        covered |= set(range(passage.start, passage.end))
    for start, end in paragraphs(document):
        assert all(at in covered or document.text[at].isspace() for at in range(start, end))


def test_every_passage_of_the_bundled_cases_is_exact(compilation: Document) -> None:
    for cut in (Cut(), Cut(120, 0), Cut(80, 40)):
        check(compilation, passages(compilation, cut))


def test_a_short_paragraph_is_one_passage(compilation: Document) -> None:
    assert [(p.start, p.end) for p in passages(compilation, Cut(10_000))] == paragraphs(compilation)


def test_a_long_paragraph_is_cut_at_sentence_ends_into_even_pieces() -> None:
    text = "甲甲甲甲甲甲甲甲甲。" * 10
    pieces = list(spans(text, 0, len(text), Cut(60)))
    assert [text[start:end] for start, end in pieces] == [text[:50], text[50:]]


def test_pieces_overlap_by_whole_sentences() -> None:
    text = "".join(f"第{n}句话在此。" for n in range(10))
    pieces = list(spans(text, 0, len(text), Cut(30, 8)))
    assert all(right[0] < left[1] for left, right in pairwise(pieces))
    assert all(text[start:end].startswith("第") and text[start:end].endswith("。") for start, end in pieces)


def test_a_sentence_longer_than_a_passage_is_cut_at_its_commas() -> None:
    text = "一二三四五六七八九，" * 10
    pieces = [text[start:end] for start, end in spans(text, 0, len(text), Cut(40))]
    assert "".join(pieces) == text
    assert all(len(piece) <= 40 and piece.endswith("，") for piece in pieces)


def test_neighbours_stay_within_the_case(compilation: Document) -> None:
    found = passages(compilation, Cut())
    by_id = {passage.id: passage for passage in found}
    assert len(by_id) == len(found)
    for passage in found:
        for neighbour in (passage.previous, passage.next):
            assert neighbour is None or by_id[neighbour].case == passage.case
    assert sum(passage.previous is None for passage in found) == len(compilation.cases)


_LINES = st.one_of(
    st.text(alphabet="甲乙丙2.5,、。；：“”（） 项目", max_size=200),
    st.sampled_from(["第七篇:周口市扶沟县经验", "强化保障", "【编者按】"]),
)


@given(st.lists(_LINES, max_size=12), st.integers(10, 90), st.integers(0, 40))
def test_passages_of_any_case_are_exact(lines: list[str], longest: int, overlap: int) -> None:
    document, _ = outlined("any", "\n".join(lines), "任意")
    found = passages(document, Cut(longest, overlap))
    check(document, found)
    assert all(passage.end - passage.start <= longest for passage in found)
