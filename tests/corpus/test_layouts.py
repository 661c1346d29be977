"""The ways in which compilations are laid out; each has a text of its own in layouts/."""

import json
import time
from itertools import pairwise
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.document import Document, Origin, Part, Place
from corpus.extracted import Hint
from corpus.outline import Doubt, outlined

LAYOUTS = Path(__file__).parent / "layouts"
SHARED = Path(__file__).parents[3] / "shared" / "data"


def layout(name: str) -> tuple[Document, tuple[Doubt, ...]]:
    return outlined(name, (LAYOUTS / f"{name}.txt").read_text(encoding="utf-8"), "文件名")


def cases(document: Document) -> list[tuple[int | None, str, str]]:
    return [(case.number, case.label, case.title) for case in document.cases]


def headings(document: Document, case: int = 0) -> list[tuple[str, ...]]:
    return [section.headings for section in document.cases[case].sections]


def heading_words(document: Document) -> list[str]:
    spans = [section.heading for case in document.cases for section in case.sections if section.heading]
    return [document.text[start:end] for start, end in spans]


def check(document: Document) -> None:
    """Every character is kept; paragraphs, headings and asides are spans of the text; paragraphs do not overlap."""
    text = document.text
    every = [section for case in document.cases for section in case.sections]
    paragraphs = [(paragraph.start, paragraph.end) for section in every for paragraph in section.paragraphs]
    headings = [case.heading for case in document.cases] + [section.heading for section in every]
    asides = [(aside.start, aside.end) for aside in document.asides]
    spans = paragraphs + asides + [heading for heading in headings if heading]
    covered = bytearray(len(text))
    for start, end in spans:
        assert 0 <= start < end <= len(text)
        covered[start:end] = b"\x01" * (end - start)
    assert not [at for at, char in enumerate(text) if not covered[at] and not char.isspace()]
    ordered = sorted(paragraphs + asides)
    assert all(before[1] <= after[0] for before, after in pairwise(ordered))
    for section in every:
        assert [paragraph.number for paragraph in section.paragraphs] == list(range(1, len(section.paragraphs) + 1))
        assert (section.heading is None) == (not section.headings)
        if section.heading and section.paragraphs and section.heading[0] >= section.paragraphs[0].start:
            first = section.paragraphs[0]
            assert first.start == section.heading[0] < section.heading[1] <= first.end


@pytest.mark.parametrize("path", sorted(LAYOUTS.glob("*.txt")), ids=lambda path: path.stem)
def test_no_layout_loses_a_character(path: Path) -> None:
    check(layout(path.stem)[0])


def test_one_marker_on_two_levels_titles_cases_and_heads_sections() -> None:
    document, doubts = layout("one_marker_two_levels")
    assert cases(document) == [
        (1, "一", "创新打造“共享菜园”激活闲置土地"),
        (2, "二", "创新推行“一码找师傅”便民服务"),
    ]
    assert headings(document) == [
        (),
        ("一、背景介绍",),
        ("二、主要做法",),
        ("二、主要做法", "（一）摸清底数建台账"),
        ("二、主要做法", "（二）线上认领建平台"),
        ("三、取得成效",),
    ]
    assert doubts == ()


def test_the_unit_below_a_title_gives_the_case_its_place() -> None:
    text = "一、创新打造共享电源\n许昌供电公司\n一、背景介绍\n电动车充电难的问题由来已久。\n二、主要做法\n安装插座。\n"
    (case,) = outlined("d", text, "")[0].cases
    assert case.place == Place("河南省", "许昌市")


def test_a_number_that_a_broken_line_begins_with_is_text_and_told() -> None:
    document, doubts = layout("false_marker")
    assert headings(document) == [
        (),
        ("一、主要做法",),
        ("一、主要做法", "（一）更换表箱"),
        ("一、主要做法", "（二）公开收费"),
        ("二、工作成效",),
    ]
    assert [(doubt.line, "断行" in doubt.reason) for doubt in doubts] == [(5, True)]


def test_circled_numbers_of_the_contents_number_the_cases_of_the_body() -> None:
    document, _ = layout("circled_contents")
    assert cases(document)[1:] == [
        (31, "㉛", "江北省税务局：深化数据共享推动办税一次办成"),
        (32, "㉜", "临河市：建立企业诉求直通车"),
        (33, "㉝", "山阳：推行工程建设项目联合验收一天办结"),
        (34, "㉞", "让老年人办事不再跑腿"),
    ]
    first = document.cases[1]
    assert first.heading is not None
    assert document.text[slice(*first.heading)] == "江北省税务局\n深化数据共享推动办税一次办成"
    assert [aside.reason for aside in document.asides] == ["目录"]


def test_a_list_of_contents_is_set_aside_and_its_titles_open_cases_once() -> None:
    document, doubts = layout("dotted_contents")
    assert [case.number for case in document.cases] == [None, None, 1, 2]
    assert [aside.reason for aside in document.asides] == ["目录"]
    assert doubts == ()


def test_a_preface_needs_no_name_and_cases_no_volume_numbers() -> None:
    document, _ = layout("preface_without_name")
    assert cases(document) == [
        (None, "", "海西州典型经验"),
        (1, "案例一", "东湖县推行不见面开标"),
        (2, "案例二", "西岭区建立零工驿站"),
        (3, "【案例三】", "南坪市开展上门审图"),
    ]
    assert [len(section.paragraphs) for section in document.cases[0].sections] == [2]


def test_run_in_and_standing_headings_mix_on_every_level() -> None:
    document, doubts = layout("run_in_headings")
    assert headings(document)[1:] == [
        ("一、过去一年的工作",),
        ("一、过去一年的工作", "（一）经济运行平稳向好"),
        ("一、过去一年的工作", "（二）城市面貌明显改善"),
        ("二、今年的工作安排",),
        ("二、今年的工作安排", "（一）多措并举扩大投资"),
        ("二、今年的工作安排", "（二）持续办好民生实事"),
        ("三、加强自身建设",),
        ("四、强化风险防控",),
        ("四、强化风险防控", "1.管好债务"),
        ("四、强化风险防控", "2.守住安全"),
    ]
    assert heading_words(document) == [path[-1] for path in headings(document)[1:]]
    assert doubts == ()


def test_a_heading_may_run_into_its_text_at_a_colon_or_a_space() -> None:
    goal = "二、工作目标：到2025年，全县建成标准化车间120个，产值翻一番。"
    means = "三、保障措施　成立专班，按月调度，对进度滞后的单位进行约谈。"
    text = f"某县方案\n一、总体要求\n坚持稳字当头，一件一件抓好落实。\n{goal}\n{means}\n"
    assert headings(outlined("d", text, "")[0]) == [("一、总体要求",), ("二、工作目标",), ("三、保障措施",)]


def test_a_number_given_twice_makes_no_case() -> None:
    long = "去年全县上下齐心协力，经济社会发展取得了新的成绩，" * 4 + "群众比较满意。"
    text = f"某县报告\n一、工作回顾\n{long}\n一、工作安排\n{long}\n二、自身建设\n{long}\n"
    assert [case.number for case in outlined("d", text, "")[0].cases] == [None]


def test_a_run_in_heading_and_its_text_are_one_paragraph() -> None:
    document, _ = layout("run_in_headings")
    section = document.cases[0].sections[2]
    (paragraph,) = section.paragraphs
    assert document.text[paragraph.start : paragraph.end].startswith("（一）经济运行平稳向好。全年生产总值增长5.1%")
    assert section.heading == (paragraph.start, paragraph.start + len("（一）经济运行平稳向好"))


def test_a_report_without_styles_is_one_case_with_bare_headings_above_numbered_ones() -> None:
    document, doubts = layout("no_styles")
    assert cases(document) == [(None, "", "2024年长宁县政府工作报告")]
    assert headings(document) == [
        (),
        ("2023年工作回顾",),
        ("2023年工作回顾", "（一）产业发展有新进步"),
        ("2023年工作回顾", "（二）乡村面貌有新变化"),
        ("2024年工作安排",),
        ("2024年工作安排", "（一）抓好项目建设"),
        ("2024年工作安排", "（二）抓好民生保障"),
        ("名词解释",),
    ]
    assert doubts == ()


def test_where_nothing_else_heads_a_case_its_measures_one_by_one_do() -> None:
    document, _ = layout("skipped_levels")
    assert headings(document) == [(), ("一是摸清企业用工需求",), ("二是打通校企合作渠道",), ("三是优化员工生活服务",)]


def test_where_something_else_heads_a_case_its_measures_one_by_one_are_text() -> None:
    text = (LAYOUTS / "skipped_levels.txt").read_text(encoding="utf-8").replace("一是摸", "主要做法\n一是摸")
    document, _ = outlined("d", text, "")
    assert headings(document) == [(), ("主要做法",)]


def test_numbering_that_restarts_in_an_appendix_belongs_to_the_appendix() -> None:
    document, _ = layout("restarting_numbers")
    assert headings(document)[1:] == [
        ("一、总体要求",),
        ("二、重点任务",),
        ("二、重点任务", "1.改造管网"),
        ("二、重点任务", "2.修缮校舍"),
        ("附件1",),
        ("附件1", "丰泽县民生实事清单"),
        ("附件1", "丰泽县民生实事清单", "一、建设停车场"),
        ("附件1", "丰泽县民生实事清单", "二、增设老年餐桌"),
        ("附件2 名词解释",),
    ]
    assert len(document.cases[0].sections[-1].paragraphs) == 2


def test_a_dash_below_a_title_continues_it_and_elsewhere_begins_a_paragraph() -> None:
    document, _ = layout("dashes")
    heading = document.cases[0].heading
    assert heading is not None
    assert document.text[slice(*heading)] == "小窗口里的大服务\n——某市政务服务中心的探索"
    assert headings(document) == [(), ("一、坚持三个导向",), ("二、探索建立长效机制",)]
    assert len(document.cases[0].sections[1].paragraphs) == 3


def test_leads_that_are_like_one_another_head_their_paragraphs() -> None:
    document, _ = layout("unnumbered_leads")
    assert headings(document) == [(), ("突出重点事项攻坚",), ("强化督查考核问效",), ("健全容错激励机制",)]


def test_a_lead_without_its_like_is_text() -> None:
    lead = "突出重点事项攻坚。制定重点事项清单，明确牵头领导和完成时限。"
    text = f"第一篇：甲县经验\n甲县认真部署，抓出了成效，群众普遍满意。\n{lead}\n"
    assert headings(outlined("d", text, "")[0]) == [()]


def test_white_space_and_half_width_marks_change_nothing() -> None:
    document, _ = layout("white_space")
    assert cases(document) == [(7, "第七篇", "白水市 提升供水服务")]
    assert headings(document) == [(), ("(一) 减少停水时间",), ("（ 二 ） 公开水质信息",), ("（三）缩短报装流程",)]


def test_what_a_web_page_wraps_an_article_in_is_set_aside() -> None:
    document, _ = layout("web_page")
    assert document.title == "关于清溪县推进社区养老服务的报道"
    assert {aside.reason for aside in document.asides} == {"网页附属文字"}
    (section,) = document.cases[0].sections
    kept = "".join(document.text[paragraph.start : paragraph.end] for paragraph in section.paragraphs)
    assert kept.startswith("清溪县今年新建")
    assert "来源于财政的补助" in kept
    assert "3409" not in kept


def test_damaged_lines_stay_as_they_are_and_are_told() -> None:
    document, doubts = layout("damaged")
    assert [doubt.line for doubt in doubts] == [1, 2, 3]
    assert document.cases[0].title == "玉泉县優(yōu)化营商环境"
    assert len(document.cases[0].sections[0].paragraphs) == 3


def test_an_article_of_a_law_heads_its_own_paragraph_and_its_clauses_are_text() -> None:
    document, doubts = layout("law")
    assert headings(document) == [
        ("第一章 总则",),
        ("第一章 总则", "第一条"),
        ("第一章 总则", "第二条"),
        ("第二章 服务要求",),
        ("第二章 服务要求", "第三条【公开】"),
        ("第二章 服务要求", "第四条"),
    ]
    assert [len(section.paragraphs) for section in document.cases[0].sections] == [0, 1, 2, 0, 3, 1]
    assert doubts == ()


def test_the_cells_of_a_table_are_no_headings() -> None:
    document, doubts = layout("table_cells")
    assert headings(document) == [()]
    assert ["分不清标题和正文" in doubt.reason for doubt in doubts] == [True]


def test_a_heading_broken_over_two_lines_is_one_and_told() -> None:
    broken = "一、持续提升政府\n治理效能和服务水平\n要把群众满意作为衡量工作的根本标准。\n"
    text = f"某市工作报告\n{broken}二、其他工作\n照常进行，不再赘述。\n"
    document, doubts = outlined("d", text, "")
    assert headings(document) == [("一、持续提升政府治理效能和服务水平",), ("二、其他工作",)]
    assert [doubt.line for doubt in doubts] == [3]


def test_clauses_that_are_sentences_are_text() -> None:
    clause = "（一）申请人应当年满十八周岁。未成年人由监护人代为申请，并出具证明。"
    text = f"某市办法\n一、申请条件\n{clause}\n（二）在本市有固定住所；\n"
    assert headings(outlined("d", text, "")[0]) == [("一、申请条件",)]


def test_numbers_that_are_counted_on_in_a_sentence_mark_nothing() -> None:
    text = "某市工作报告\n一、二、三产业增加值分别增长3%、5%和7%，总体平稳。\n3、4月份受天气影响，增速一度放缓。\n"
    assert headings(outlined("d", text, "")[0]) == [()]


def hinted(text: str, *levels: tuple[str, int]) -> tuple[Document, tuple[Doubt, ...]]:
    hints = [Hint(text.index(words), text.index(words) + len(words), level) for words, level in levels]
    return outlined("d", text, "文件名", hints)


def test_declared_headings_of_the_first_level_title_the_cases_when_there_are_several() -> None:
    text = "2023年经验集\n甲县的做法\n甲县这样做。\n乙县的做法\n背景\n乙县原来那样做。\n"
    document, _ = hinted(text, ("甲县的做法", 1), ("乙县的做法", 1), ("背景", 2))
    assert cases(document) == [(None, "", "2023年经验集"), (None, "", "甲县的做法"), (None, "", "乙县的做法")]
    assert headings(document, 2) == [("背景",)]


def test_declared_headings_with_numbers_leave_a_report_one_case() -> None:
    text = "某县报告\n一、回顾\n去年做得很好。\n（一）工业\n工业增长。\n二、安排\n今年继续努力。\n"
    document, _ = hinted(text, ("一、回顾", 1), ("二、安排", 1))
    assert len(document.cases) == 1
    assert headings(document) == [("一、回顾",), ("一、回顾", "（一）工业"), ("二、安排",)]


def test_a_declared_heading_counts_however_it_looks_but_a_long_sentence_does_not() -> None:
    sentence = "这一句话很长很长，说的是去年全县各项工作取得的成绩，怎么看也不像一个标题，倒像是正文里的一句话。"
    text = f"某县报告\n总的来看，\n去年做得很好。\n{sentence}\n今年继续努力。\n"
    document, doubts = hinted(text, ("总的来看，", 2), (sentence, 2))
    assert headings(document) == [("总的来看，",)]
    assert [doubt.reason for doubt in doubts] == ["文件标为标题，但像一句正文，按正文处理"]


def test_a_declared_heading_may_be_broken_over_two_lines() -> None:
    text = "某县报告\n加强自身\n建设的工作\n今年继续努力。\n安排\n明年再努力。\n"
    document, _ = hinted(text, ("加强自身\n建设的工作", 2), ("安排", 2))
    assert headings(document) == [("加强自身建设的工作",), ("安排",)]
    check(document)


def test_a_list_of_titles_without_the_word_contents_is_set_aside_too() -> None:
    titles = ["第一篇：甲县抓项目", "第二篇：乙县促改革", "第三篇：丙县保民生"]
    body = [f"{title}\n这里说的是具体做法，写得很详细。" for title in titles]
    document, doubts = outlined("d", "\n".join(["经验汇编", *titles, *body]), "")
    assert [case.number for case in document.cases] == [None, 1, 2, 3]
    assert [aside.reason for aside in document.asides] == ["目录"]
    assert doubts == ()


def test_origins_pass_into_the_document() -> None:
    origins = (Origin(0, page=1), Origin(5, page=2))
    assert outlined("d", "某县报告\n去年做得很好。\n", "", (), origins)[0].origins == origins


def test_a_summing_up_closes_a_case_whose_headings_run_in() -> None:
    project = "（一）抓项目。项目很多，都在推进，进度符合预期。"
    text = f"第一篇：郑州市新郑市经验\n新郑市部署。\n{project}\n2021年，新郑市完成投资328亿元。\n"
    assert [section.part for section in outlined("d", text, "")[0].cases[0].sections] == [
        Part.LEAD,
        Part.BODY,
        Part.CLOSING,
    ]


_CHINESE = st.text(
    alphabet="甲乙丙丁扶沟县项目建设一二三是第条章篇2.5,、。；：:（）()“”—…①㉛丨 \u3000\x0b", max_size=60
)
_LINE = st.one_of(
    _CHINESE,
    st.tuples(
        st.sampled_from(
            [
                "一、",
                "二、",
                "（一）",
                "(二)",
                "1.",
                "2、",
                "（1）",
                "①",
                "第一条 ",
                "第一章 ",
                "一是",
                "二是",
                "第1篇:",
                "案例一：",
            ]
        ),
        _CHINESE,
    ).map("".join),
    st.sampled_from(
        [
            *(
                "",
                "目录",
                "编者按",
                "名词解释",
                "附件1",
                "来源：某报",
                "——某县的探索",
                "加强领导",
                "目录……1",
                "加强领导……3",
            ),
            *(
                "㉛丨加强领导",
                "某县公司",
                "2021年3月1日",
                "一、加强领导",
                "突出重点。制定清单，明确时限，每周调度一次，说明原因。",
            ),
        ]
    ),
)


@st.composite
def _texts(draw: st.DrawFn) -> tuple[str, list[Hint]]:
    text = draw(st.sampled_from(["\n", "\r\n"])).join(draw(st.lists(_LINE, max_size=30)))
    spans = draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(1, 40), st.integers(1, 4)), max_size=4))
    return text, [
        Hint(start, min(start + length, len(text)), level) for start, length, level in spans if start < len(text)
    ]


@given(_texts())
def test_nothing_is_ever_dropped(given_text: tuple[str, list[Hint]]) -> None:
    text, hints = given_text
    check(outlined("any", text, "任意", hints)[0])


def test_half_a_million_characters_take_two_seconds() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(LAYOUTS.glob("*.txt")))
    began = time.process_time()
    outlined("large", text * (500_000 // len(text)), "任意")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "text",
    [
        "项目建设取得成效，" * 600_000,
        "（一）推进项目。建设成效明显，群众满意，社会稳定。\n" * 10_000,
        "一、二、三、" * 180_000,
        "一、某某\n某某\n" * 30_000,
        "目录\n" + "……………1\n" * 30_000,
        "㉛丨甲乙丙丁\n" * 30_000,
        "第一篇：甲\n" * 30_000,
        ("." * 119 + "\n") * 2_000,
        ("." * 118 + "1\n") * 2_000,
    ],
    ids=["one line", "run-in", "numbers", "broken", "contents", "circles", "cases", "dots", "leaders"],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    outlined("large", text, "任意")
    assert time.process_time() - began < 5


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not beside this checkout")
def test_reports_and_policies_lose_no_character() -> None:
    for path in sorted((SHARED / "gov_work_reports").glob("*.docx")):
        text = "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)
        document, _ = outlined(path.stem, text, path.stem)
        check(document)
        assert [case.number for case in document.cases] == [None]
        assert len(document.cases[0].sections) > 15
    with (SHARED / "policies_dev" / "documents.jsonl").open(encoding="utf-8") as entries:
        for entry in list(entries)[:300]:
            text = json.loads(entry)["text"]
            check(outlined("policy", text, "")[0])
            check(outlined("policy", text.replace(" ", "\n"), "")[0])
