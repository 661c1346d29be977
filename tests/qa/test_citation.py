from dataclasses import replace

import pytest

from corpus.document import Aspect, Document, Passage
from corpus.outline import outlined
from corpus.passages import Cut, passages
from qa.citation import CitationError, citation


def cited(document: Document, words: str) -> str:
    found = passages(document, Cut())
    return citation(document, next(p for p in found if words in document.text[p.start : p.end]))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            "供应土地2458.96亩",
            "《2021年河南省优化营商环境典型案例汇编》第一百五十七篇 周口市扶沟县，“强化要素保障”，第1段",
        ),
        ("大力弘扬“三干”作风", "《2021年河南省优化营商环境典型案例汇编》第一百五十七篇 周口市扶沟县，导语，第1段"),
        ("签约招商引资项目27个", "《2021年河南省优化营商环境典型案例汇编》第一百五十七篇 周口市扶沟县，结语，第1段"),
        ("189项具体的改革举措", "《2021年河南省优化营商环境典型案例汇编》编者按，第2段"),
    ],
)
def test_the_line_an_official_pastes(compilation: Document, words: str, line: str) -> None:
    assert cited(compilation, words) == line


def test_a_case_without_a_place_is_named_by_its_title() -> None:
    document, _ = outlined("d", "第三篇：深化改革促发展\n导语写得很长很长，说明了情况。\n", "汇编")
    assert cited(document, "导语") == "《汇编》第三篇 深化改革促发展，导语，第1段"


def test_a_document_without_cases_is_cited_by_paragraph() -> None:
    document, _ = outlined("d", "关于用地的通知\n现将有关事项通知如下，请遵照执行。\n", "")
    assert cited(document, "现将") == "《关于用地的通知》，第1段"


def test_a_passage_that_stands_elsewhere_is_never_cited(compilation: Document) -> None:
    case = compilation.cases[5]
    paragraph = case.sections[2].paragraphs[0]
    passage = Passage(compilation.id, paragraph.start, paragraph.end, 5, 2, 1, Aspect.MEASURE)
    assert citation(compilation, passage)
    for moved in (replace(passage, start=0), replace(passage, end=10**6), replace(passage, section=1)):
        with pytest.raises(CitationError):
            citation(compilation, moved)
