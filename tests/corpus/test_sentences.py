from hypothesis import given
from hypothesis import strategies as st

from corpus.sentences import clauses, sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def test_ends_at_the_stops_of_chinese() -> None:
    assert split("甲。乙！丙？丁；戊") == ["甲。", "乙！", "丙？", "丁；", "戊"]


def test_does_not_end_inside_brackets_or_quotes() -> None:
    text = "坚持(即:马上就办;决不打折扣;决不推诿)的要求。用“一看；二查”的办法。"
    assert split(text) == ["坚持(即:马上就办;决不打折扣;决不推诿)的要求。", "用“一看；二查”的办法。"]


def test_ends_behind_the_quote_that_ends_with_a_stop() -> None:
    assert split("他说：“好。”于是走了。") == ["他说：“好。”", "于是走了。"]


def test_does_not_end_inside_numbers() -> None:
    assert split("面积3066亩,供应2458.96亩") == ["面积3066亩,供应2458.96亩"]


def test_a_mark_that_is_never_closed_protects_nothing() -> None:
    assert split("（甲。乙。") == ["（甲。", "乙。"]


def test_a_stray_closing_mark_is_passed_over() -> None:
    assert split("甲）。乙。") == ["甲）。", "乙。"]


@given(st.text(alphabet="甲乙1.。；？“”（）() \n、", max_size=60))
def test_covers_every_visible_character_once(text: str) -> None:
    spans = list(sentences(text))
    covered = [at for start, end in spans for at in range(start, end)]
    assert covered == sorted(set(covered))
    assert {at for at, char in enumerate(text) if not char.isspace()} <= set(covered)
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)


def test_clauses_end_at_pauses_and_short_ones_stay_together() -> None:
    text = "组卷报批用地16个批次,面积3066亩,供应土地2458.96亩,盘活土地23宗、面积1167亩。"
    found = [text[start:end] for start, end in clauses(text, 0, len(text), 15)]
    assert found == ["组卷报批用地16个批次,面积3066亩,", "供应土地2458.96亩,盘活土地23宗、", "面积1167亩。"]
    assert list(clauses(text, 0, len(text), 1000)) == [(0, len(text))]
