import pytest

from corpus.document import Document, Part, Place
from corpus.outline import outlined

BOOK = """【编者按】
为推广经验,汇编了《2023年河北省典型案例汇编》。
第十二篇：周口市扶沟县狠抓落实
2021年,扶沟县认真落实各项部署,取得了良好成效。
强化保障
对重点项目实行五个优先,供应土地2458.96亩。
狠抓服务
建立台账,逐项销号,确保落实到位。
2021年,扶沟县共签约项目27个。
第十三篇 郑州市新郑市抓项目
新郑市坚持项目为王。
一、加强领导
严格落实分包机制。
（一）明确责任
每个项目都有一名领导跟踪。
二、加强调度
实行周通报制度。
"""


def outline(text: str) -> Document:
    return outlined("book", text, "文件名")[0]


def test_reads_number_label_title_and_place_of_a_case() -> None:
    case = outline(BOOK).cases[1]
    assert (case.number, case.label, case.title) == (12, "第十二篇", "周口市扶沟县狠抓落实")
    assert case.place == Place("河南省", "周口市", "扶沟县")


def test_the_preface_is_a_part_of_its_own_and_names_the_document() -> None:
    document = outline(BOOK)
    assert (document.cases[0].number, document.cases[0].title) == (None, "编者按")
    assert document.title == "2023年河北省典型案例汇编"


def test_lead_headings_and_closing_are_told_apart() -> None:
    sections = outline(BOOK).cases[1].sections
    assert [(section.part, section.headings, len(section.paragraphs)) for section in sections] == [
        (Part.LEAD, (), 1),
        (Part.BODY, ("强化保障",), 1),
        (Part.BODY, ("狠抓服务",), 1),
        (Part.CLOSING, (), 1),
    ]


def test_numbered_headings_nest() -> None:
    sections = outline(BOOK).cases[2].sections
    assert [section.headings for section in sections] == [
        (),
        ("一、加强领导",),
        ("一、加强领导", "（一）明确责任"),
        ("二、加强调度",),
    ]


def test_a_text_without_cases_is_one_case_under_its_own_title() -> None:
    document = outline("关于保障用地的通知\n各单位：\n现将有关事项通知如下。\n")
    (case,) = document.cases
    assert (case.number, case.title, document.title) == (None, "关于保障用地的通知", "关于保障用地的通知")


def test_an_empty_text_has_no_cases() -> None:
    assert outline("").cases == ()
    assert outline(" \n\u3000\n").cases == ()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("第百百篇：某地经验", "读不出数字"),
        ("第五篇：某地经验说明，这是一句正文。", "像一句正文"),
        ("第十三篇：又一次", "不止一次"),
        ("第二十篇：跳号", "不连续"),
    ],
)
def test_tells_of_the_lines_it_is_unsure_of(line: str, reason: str) -> None:
    _, doubts = outlined("book", f"{BOOK}{line}\n正文在此，写得很长很长。\n", "文件名")
    assert BOOK.count("\n") + 1 in {doubt.line for doubt in doubts if reason in doubt.reason}


def test_a_heading_with_nothing_under_it_is_kept_as_text_and_told() -> None:
    text = "第一篇：甲地经验\n导语在此，写得很长很长。\n加强领导\n"
    document, doubts = outlined("book", text, "")
    assert [doubt.reason for doubt in doubts] == ["像标题，但后面没有正文，按正文处理"]
    last = document.cases[0].sections[-1].paragraphs[-1]
    assert text[last.start : last.end] == "加强领导"


def test_the_bundled_compilation_is_understood_without_a_doubt(compilation: Document) -> None:
    _, doubts = outlined(compilation.id, compilation.text, "")
    assert doubts == ()
    assert [case.number for case in compilation.cases] == [None, 153, 154, 155, 156, 157]
    assert [case.place.name for case in compilation.cases[1:]] == [
        "郑州市新郑市",
        "洛阳市孟津区",
        "平顶山市舞钢市",
        "商丘市梁园区",
        "周口市扶沟县",
    ]
    assert compilation.title == "2021年河南省优化营商环境典型案例汇编"


def test_only_the_cases_that_have_one_get_a_closing(compilation: Document) -> None:
    closing = {case.number for case in compilation.cases for section in case.sections if section.part is Part.CLOSING}
    assert closing == {153, 155, 156, 157}
