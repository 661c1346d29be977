from pathlib import Path
from tempfile import TemporaryDirectory

import docx
import pytest
from docx.shared import Inches
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import Origin
from corpus.extracted import Extracted
from corpus.readers import word
from corpus.readers.safety import DEFAULT
from tests.corpus.readers import builders

REPORTS = Path(__file__).parents[4] / "shared" / "data" / "gov_work_reports"
CHINESE = st.text(
    st.sampled_from("扶沟县认真落实各项部署，成效很好。（一）2021年3.5％“做法”《意见》Ab \t"), max_size=60
)


def read(path: Path) -> Extracted:
    return word.read(path, path.stem, DEFAULT)


def hints(extracted: Extracted) -> list[tuple[str, int]]:
    return [(extracted.text[hint.start : hint.end], hint.level) for hint in extracted.hints]


def bare(text: str) -> str:
    return "".join(text.split())


@given(st.lists(CHINESE, max_size=8))
@settings(max_examples=40, deadline=None)
def test_every_paragraph_comes_out_in_order_and_nothing_else(paragraphs: list[str]) -> None:
    with TemporaryDirectory() as folder:
        path = builders.word(Path(folder) / "案例.docx", *paragraphs)
        extracted = read(path)
    assert [line.strip() for line in extracted.text.splitlines()] == [p.strip() for p in paragraphs if p.strip()]
    places = [number for number, paragraph in enumerate(paragraphs, start=1) if paragraph.strip()]
    assert [origin.paragraph for origin in extracted.origins] == places
    starts = [origin.start for origin in extracted.origins]
    assert all(start == 0 or extracted.text[start - 1] == "\n" for start in starts)


@pytest.mark.skipif(not REPORTS.exists(), reason="the reports are not beside this checkout")
def test_real_reports_lose_no_character() -> None:
    files = sorted(REPORTS.glob("*.docx"))
    assert len(files) == 31
    for path in files:
        paragraphs = docx.Document(str(path)).paragraphs
        assert bare(read(path).text) == bare("".join(paragraph.text for paragraph in paragraphs)), path.name


def test_styles_declare_headings_also_by_what_they_are_based_on(tmp_path: Path) -> None:
    file = docx.Document()
    own = file.styles.add_style("案例小标题", 1)
    own.base_style = file.styles["Heading 2"]
    file.add_paragraph("一、做法", style="Heading 1")
    file.add_paragraph("（一）优化环境", style=own)
    file.add_paragraph("正文。")
    builders.add_xml(file, '<w:p><w:pPr><w:outlineLvl w:val="2"/></w:pPr><w:r><w:t>大纲级别三</w:t></w:r></w:p>')
    file.save(str(tmp_path / "a.docx"))
    assert hints(read(tmp_path / "a.docx")) == [("一、做法", 1), ("（一）优化环境", 2), ("大纲级别三", 3)]


def test_one_title_is_the_files_and_several_are_headings_above_the_others(tmp_path: Path) -> None:
    file = docx.Document()
    file.add_paragraph("扶沟经验", style="Title")
    file.add_paragraph("一、做法", style="Heading 1")
    file.save(str(tmp_path / "one.docx"))
    file.add_paragraph("西华经验", style="Title")
    file.save(str(tmp_path / "two.docx"))
    one, two = read(tmp_path / "one.docx"), read(tmp_path / "two.docx")
    assert (one.title, hints(one)) == ("扶沟经验", [("一、做法", 1)])
    assert hints(two) == [("扶沟经验", 1), ("一、做法", 2), ("西华经验", 1)]


def test_the_title_in_a_files_properties_counts_where_no_style_says_one(tmp_path: Path) -> None:
    file = docx.Document()
    file.add_paragraph("正文。")
    file.core_properties.title = "扶沟县典型案例"
    file.save(str(tmp_path / "a.docx"))
    assert read(tmp_path / "a.docx").title == "扶沟县典型案例"


def test_tables_are_read_row_by_row_where_they_stand(tmp_path: Path) -> None:
    file = docx.Document()
    file.add_paragraph("表前。")
    table = file.add_table(3, 2)
    for row, texts in zip(table.rows, [("县", "投资"), ("扶沟县", "3亿元"), ("", "4亿元")], strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    file.add_paragraph("表后。")
    file.save(str(tmp_path / "a.docx"))
    extracted = read(tmp_path / "a.docx")
    lines = ["表前。", "县：扶沟县；投资：3亿元", "县：扶沟县；投资：4亿元", "表后。"]
    assert extracted.text.splitlines() == lines
    assert [origin.paragraph for origin in extracted.origins] == [1, 2, 2, 3]


def test_a_table_of_one_cell_is_a_frame_around_paragraphs(tmp_path: Path) -> None:
    file = docx.Document()
    cell = file.add_table(1, 1).cell(0, 0)
    cell.text = "框内第一段。"
    cell.add_paragraph("框内第二段。")
    file.save(str(tmp_path / "a.docx"))
    assert read(tmp_path / "a.docx").text == "框内第一段。\n框内第二段。\n"


def test_soft_line_breaks_end_lines_and_insertions_stay_while_deletions_go(tmp_path: Path) -> None:
    file = docx.Document()
    file.add_paragraph("第一行\n第二行")
    builders.add_xml(
        file,
        '<w:p><w:r><w:t>完成</w:t></w:r><w:del w:id="1"><w:r><w:delText>2亿元</w:delText></w:r></w:del>'
        '<w:ins w:id="2"><w:r><w:t>3亿元</w:t></w:r></w:ins></w:p>',
    )
    file.save(str(tmp_path / "a.docx"))
    extracted = read(tmp_path / "a.docx")
    assert extracted.text == "第一行\n第二行\n完成3亿元\n"
    assert [(dropped.text, dropped.reason) for dropped in extracted.dropped] == [("2亿元", "修订中删去的文字")]


def test_content_controls_are_read_and_text_boxes_once_after_their_paragraph(tmp_path: Path) -> None:
    file = docx.Document()
    builders.add_xml(file, "<w:sdt><w:sdtContent><w:p><w:r><w:t>控件里。</w:t></w:r></w:p></w:sdtContent></w:sdt>")
    box = "<w:txbxContent><w:p><w:r><w:t>框里。</w:t></w:r></w:p></w:txbxContent>"
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    builders.add_xml(
        file,
        f'<w:p><w:r><mc:AlternateContent {mc}><mc:Choice Requires="wps">{box}</mc:Choice>'
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>框外。</w:t></w:r></w:p>",
    )
    file.save(str(tmp_path / "a.docx"))
    assert read(tmp_path / "a.docx").text == "控件里。\n框外。\n框里。\n"


def test_footnotes_follow_the_paragraph_that_refers_to_them(tmp_path: Path) -> None:
    file = docx.Document()
    builders.add_xml(file, '<w:p><w:r><w:t>正文。</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>')
    file.add_paragraph("后文。")
    _with_footnotes(file, tmp_path / "a.docx")
    assert read(tmp_path / "a.docx").text == "正文。\n〔注1〕数据来源说明。\n后文。\n"


def test_automatic_numbers_are_read_as_the_page_shows_them(tmp_path: Path) -> None:
    file = docx.Document()
    levels = [("chineseCountingThousand", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3.")]
    _with_numbering(file, levels)
    for level, text in [
        (0, "做法"),
        (1, ""),
        (1, "甲"),
        (2, "子"),
        (2, "丑"),
        (1, "乙"),
        (2, "寅"),
        (0, "成效"),
        (1, "丙"),
    ]:
        builders.add_xml(
            file,
            f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr></w:pPr>'
            f"<w:r><w:t>{text}</w:t></w:r></w:p>",
        )
    file.save(str(tmp_path / "a.docx"))
    lines = ["一、做法", "（二）甲", "1. 子", "2. 丑", "（三）乙", "1. 寅", "二、成效", "（一）丙"]
    assert read(tmp_path / "a.docx").text.splitlines() == lines


def test_a_way_of_numbering_that_is_not_known_is_said(tmp_path: Path) -> None:
    file = docx.Document()
    _with_numbering(file, [("hebrew1", "%1.")])
    numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="77"/></w:numPr>'
    builders.add_xml(file, f"<w:p><w:pPr>{numbered}</w:pPr><w:r><w:t>甲</w:t></w:r></w:p>")
    file.save(str(tmp_path / "a.docx"))
    assert "自动编号" in read(tmp_path / "a.docx").notes[0]


def test_heads_and_feet_of_pages_are_set_aside_and_pictures_noted(tmp_path: Path) -> None:
    file = docx.Document()
    file.sections[0].header.paragraphs[0].text = "内部资料"
    file.sections[0].footer.paragraphs[0].text = "第 1 页"
    file.add_paragraph("正文。")
    file.add_picture(builders.picture(), Inches(1))
    file.save(str(tmp_path / "a.docx"))
    extracted = read(tmp_path / "a.docx")
    assert extracted.text == "正文。\n"
    assert {(dropped.text, dropped.reason) for dropped in extracted.dropped} == {
        ("内部资料", "页眉"),
        ("第 1 页", "页脚"),
    }
    assert extracted.notes == ("有 1 处图片或图表没有读出，其中的文字不在内。",)
    assert extracted.origins == (Origin(0, paragraph=1),)


def _with_footnotes(file: docx.document.Document, path: Path) -> None:
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    notes = f'<w:footnotes {builders.W}><w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r>'
    notes += "<w:r><w:t> 数据来源说明。</w:t></w:r></w:p></w:footnote></w:footnotes>"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(PackURI("/word/footnotes.xml"), kind, notes.encode(), file.part.package)
    file.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    file.save(str(path))


def _with_numbering(file: docx.document.Document, levels: list[tuple[str, str]]) -> None:
    from docx.oxml import parse_xml

    root = file.part.numbering_part.element
    written = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for at, (kind, text) in enumerate(levels)
    )
    root.append(parse_xml(f'<w:abstractNum {builders.W} w:abstractNumId="77">{written}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {builders.W} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
