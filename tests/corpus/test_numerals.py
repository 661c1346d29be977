import pytest

from corpus.numerals import numeral


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一百五十七", 157),
        ("157", 157),
        ("１５７", 157),
        ("一五七", 157),
        ("壹佰伍拾柒", 157),
        ("十", 10),
        ("十二", 12),
        ("廿三", 23),
        ("卅", 30),
        ("两百", 200),
        ("一千零二", 1002),
        ("〇", 0),
    ],
)
def test_reads_every_way_of_writing_a_number(text: str, value: int) -> None:
    assert numeral(text) == value


@pytest.mark.parametrize("text", ["", "第", "篇", "百百", "一点五", "9" * 400])
def test_says_none_to_what_is_no_whole_number(text: str) -> None:
    assert numeral(text) is None
