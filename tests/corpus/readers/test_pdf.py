from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from corpus.errors import FaultCode, Refused
from corpus.extracted import Extracted
from corpus.readers import pdf
from corpus.readers.safety import DEFAULT, Limits
from tests.corpus.readers import builders

SENTENCE = "扶沟县认真落实各项部署，全年完成投资3.5亿元，同比增长12%，群众满意度明显提高。"
PARAGRAPHS = st.lists(
    st.builds(lambda start, times: start + SENTENCE * times, st.sampled_from("一二三四五甲乙"), st.integers(1, 12)),
    min_size=1,
    max_size=12,
)


def read(path: Path, limits: Limits = DEFAULT) -> Extracted:
    return pdf.read(path, path.stem, limits)


def characters(text: str) -> Counter[str]:
    return Counter("".join(text.split()))


@given(PARAGRAPHS, st.sampled_from([1, 2]))
@settings(max_examples=25, deadline=None)
def test_text_and_what_was_dropped_hold_every_character(paragraphs: list[str], columns: int) -> None:
    with TemporaryDirectory() as folder:
        extracted = read(builders.pdf(Path(folder) / "a.pdf", paragraphs, columns=columns))
    pages = max(origin.page or 0 for origin in extracted.origins)
    furniture = "".join(f"{builders.HEAD}- {page} -" for page in range(1, pages + 1))
    dropped = "".join(each.text for each in extracted.dropped)
    assert characters(extracted.text) + characters(dropped) == characters("".join(paragraphs) + furniture)


def test_lines_are_joined_to_the_paragraphs_they_were_also_across_pages(tmp_path: Path) -> None:
    paragraphs = [f"{number}、{SENTENCE * (3 + number % 5)}完。" for number in range(1, 40)]
    extracted = read(builders.pdf(tmp_path / "a.pdf", paragraphs))
    assert extracted.text.splitlines() == paragraphs
    pages = [origin.page for origin in extracted.origins]
    assert pages == sorted(pages, key=lambda page: page or 0)
    inside = [origin for origin in extracted.origins if origin.start and extracted.text[origin.start - 1] != "\n"]
    assert inside, "a paragraph that runs across a page has an origin where the page begins"


def test_running_heads_and_page_numbers_are_dropped_with_their_page(tmp_path: Path) -> None:
    extracted = read(builders.pdf(tmp_path / "a.pdf", [SENTENCE * 8] * 20))
    assert builders.HEAD not in extracted.text
    first = [(dropped.text, dropped.reason) for dropped in extracted.dropped if dropped.page == 1]
    assert first == [(builders.HEAD, "页眉"), ("- 1 -", "页码")]


@pytest.mark.parametrize("number", ["第 {0} 页 共 9 页", "—{0}—", "{0}/9", "{0}"])
def test_page_numbers_are_told_as_officials_write_them(tmp_path: Path, number: str) -> None:
    pages = [
        [
            *((80.0, 760.0 - 20 * line, f"第{page}页正文第{line}行") for line in range(20)),
            (290.0, 40.0, number.format(page)),
        ]
        for page in range(1, 4)
    ]
    extracted = read(builders.canvas_pdf(tmp_path / "a.pdf", pages))
    assert [dropped.text for dropped in extracted.dropped] == [number.format(page) for page in range(1, 4)]


def test_lines_that_repeat_in_the_text_are_no_running_heads(tmp_path: Path) -> None:
    pages = [[(80.0, 760.0 - 20 * line, "每页都有这一行") for line in range(30)]] * 4
    extracted = read(builders.canvas_pdf(tmp_path / "a.pdf", pages))
    assert extracted.dropped == ()
    assert extracted.text.count("每页都有这一行") == 120


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    paragraphs = [f"{number}、{SENTENCE * 3}" for number in range(1, 30)]
    text = read(builders.pdf(tmp_path / "a.pdf", paragraphs, columns=2)).text
    assert "".join(text.split()) == "".join(paragraphs)


def test_a_scanned_page_says_it_has_no_text(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(595, 842))
    for page in range(1, 6):
        canvas.setFont(builders.FONT, 12)
        if page in {3, 5}:
            canvas.drawInlineImage(_image(), 0, 0, 595, 842)
        else:
            canvas.drawString(80, 760, f"第{page}页有文字，足够让人看出它不是扫描件，而是正文。")
        canvas.showPage()
    canvas.save()
    assert read(tmp_path / "a.pdf").notes == ("第3、5页没有文字（可能是扫描件），未读出。",)


def test_a_file_of_scans_is_refused_with_the_way_out(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.drawInlineImage(_image(), 0, 0, 595, 842)
    canvas.save()
    with pytest.raises(Refused, match="文字识别") as refusal:
        read(tmp_path / "a.pdf")
    assert refusal.value.code is FaultCode.NO_TEXT


def test_an_encrypted_file_is_refused(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), encrypt="secret")
    canvas.drawString(80, 760, "text")
    canvas.save()
    with pytest.raises(Refused) as refusal:
        read(tmp_path / "a.pdf")
    assert refusal.value.code is FaultCode.ENCRYPTED


def test_too_many_pages_are_refused(tmp_path: Path) -> None:
    path = builders.canvas_pdf(tmp_path / "a.pdf", [[(80.0, 760.0, "页")]] * 3)
    with pytest.raises(Refused, match="超过上限 2 页"):
        read(path, Limits(pages=2))


def test_bookmarks_declare_headings_and_the_properties_a_title(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setTitle("扶沟县经验.docx")
    canvas.setFont(builders.FONT, 16)
    canvas.drawString(80, 780, "一、主要做法")
    canvas.setFont(builders.FONT, 12)
    canvas.drawString(80, 750, SENTENCE)
    canvas.bookmarkPage("one")
    canvas.addOutlineEntry("一、主要做法", "one", 0)
    canvas.save()
    extracted = read(tmp_path / "a.pdf")
    assert extracted.title == "扶沟县经验"
    assert [(extracted.text[hint.start : hint.end], hint.level) for hint in extracted.hints] == [("一、主要做法", 1)]


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_turned_pages_are_read_upright(tmp_path: Path, rotation: int) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(595, 842))
    canvas.setPageRotation(rotation)
    canvas.setFont(builders.FONT, 12)
    canvas.translate(*{90: (595, 0), 180: (595, 842), 270: (0, 842)}[rotation])
    canvas.rotate(rotation)
    for line in range(3):
        canvas.drawString(80, 500 - 20 * line, f"{SENTENCE[:20]}第{line}行")
    canvas.save()
    assert "".join(read(tmp_path / "a.pdf").text.split()) == "".join(f"{SENTENCE[:20]}第{line}行" for line in range(3))


def _image() -> object:
    from PIL import Image

    return Image.open(builders.picture())
