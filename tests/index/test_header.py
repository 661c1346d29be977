from corpus.document import Document
from corpus.outline import outlined
from corpus.passages import Cut, passages
from index.header import dense_text, lexical_texts


def test_a_passage_is_read_under_its_case_title_and_heading(compilation: Document) -> None:
    found = passages(compilation, Cut())
    land = next(at for at, passage in enumerate(found) if "2458.96" in compilation.text[passage.start : passage.end])
    own = compilation.text[found[land].start : found[land].end]
    expected = f"{compilation.cases[5].title}\n强化要素保障\n{own}"
    assert dense_text(compilation, found[land]) == expected
    assert list(lexical_texts(compilation, found))[land] == expected


def test_where_there_is_no_title_the_opening_and_the_numbered_words_stand_for_it() -> None:
    text = "某市关于支持企业的若干措施。一、加大金融支持 银行要降低利率。" + "二、减轻税费 依法减免房产税。" * 3
    document, _ = outlined("d", text, "")
    found = passages(document, Cut(30))
    lexical = list(lexical_texts(document, found))
    assert all(each.startswith(text[:100]) for each in lexical)
    assert "减轻税费" in lexical[-1].split("\n")
    assert dense_text(document, found[-1]).startswith(text[:60] + "\n")


def test_words_are_read_with_the_end_of_the_passage_before() -> None:
    text = "前面一句话说的是甲地。" * 4 + "后面一句话说的是乙地。" * 4
    document, _ = outlined("d", text, "题目")
    found = passages(document, Cut(44))
    assert len(found) == 2
    assert "甲地" in list(lexical_texts(document, found))[1]
    assert "甲地" not in dense_text(document, found[1])
