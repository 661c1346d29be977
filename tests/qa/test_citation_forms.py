from dataclasses import replace
from datetime import date

import pytest

from corpus.document import Document, Passage
from corpus.outline import outlined
from corpus.passages import Cut, passages
from qa.citation import CitationError, CitationForms, citation, citation_forms

URL = "https://anwen.example/p/1"
SEEN = date(2024, 5, 1)
UNKNOWN = "[出版地不详]: [出版者不详]"


def passage_with(document: Document, words: str) -> Passage:
    return next(each for each in passages(document, Cut()) if words in document.text[each.start : each.end])


def forms(document: Document, words: str) -> CitationForms:
    return citation_forms(document, passage_with(document, words), URL, SEEN)


def test_the_plain_form_is_the_line_under_every_passage(compilation: Document) -> None:
    for passage in passages(compilation, Cut()):
        assert citation_forms(compilation, passage, URL, SEEN).plain == citation(compilation, passage)


def test_a_case_is_a_part_of_its_compilation(compilation: Document) -> None:
    assert forms(compilation, "供应土地2458.96亩").gbt7714 == (
        "周口市扶沟县树牢“项目为王”导向,狠抓重点项目建设[G/OL]//2021年河南省优化营商环境典型案例汇编. "
        f"{UNKNOWN}, [2021]: 第一百五十七篇，“强化要素保障”，第1段[2024-05-01]. {URL}."
    )


def test_a_document_by_itself_stands_alone() -> None:
    document, _ = outlined("d", "2020年关于用地的通知\n现将有关事项通知如下，请遵照执行。\n", "")
    assert forms(document, "现将").gbt7714 == (
        f"2020年关于用地的通知[Z/OL]. {UNKNOWN}, [2020]: 第1段[2024-05-01]. {URL}."
    )


def test_a_year_that_no_title_names_is_unknown() -> None:
    document, _ = outlined("d", "关于用地的通知\n2020年现将有关事项通知如下，请遵照执行。\n", "")
    assert f"{UNKNOWN}, [出版年不详]: " in forms(document, "现将").gbt7714


def test_quotation_marks_within_those_of_a_citation_are_single() -> None:
    text = "第一篇：深化改革促发展\n导语写得很长很长，说明了情况。\n一、滚动推进“三个一批”\n全年签约，逐个推进。\n"
    document, _ = outlined("d", text, "汇编")
    found = forms(document, "逐个推进")
    assert "“一、滚动推进‘三个一批’”，第1段" in found.plain
    assert "“一、滚动推进‘三个一批’”，第1段" in found.gbt7714
    assert document.cases[0].sections[-1].headings == ("一、滚动推进“三个一批”",)


def test_the_preface_is_found_in_the_compilation_too(compilation: Document) -> None:
    found = forms(compilation, "189项具体的改革举措").gbt7714
    assert "编者按" in found
    assert "2021年河南省优化营商环境典型案例汇编" in found
    assert "第2段" in found


def test_the_link_in_markdown_holds_brackets_and_backslashes() -> None:
    document, _ = outlined("d", "关于[用地]的通知\\试行\n现将有关事项通知如下，请遵照执行。\n", "")
    found = forms(document, "现将")
    assert found.plain == "《关于[用地]的通知\\试行》，第1段"
    assert found.markdown == f"[《关于\\[用地\\]的通知\\\\试行》，第1段]({URL})"


def test_a_passage_that_stands_elsewhere_has_no_form(compilation: Document) -> None:
    passage = passage_with(compilation, "供应土地2458.96亩")
    with pytest.raises(CitationError):
        citation_forms(compilation, replace(passage, start=0), URL, SEEN)
