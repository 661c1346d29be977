from corpus.readers.tables import Cell, table_lines


def rows(*texts: str) -> list[list[Cell]]:
    return [[Cell(cell) for cell in row.split("|")] for row in texts]


def test_each_value_stands_under_the_name_of_its_column() -> None:
    assert table_lines(rows("年份|投资", "2021|3亿元", "2022|4亿元")) == [
        "年份：2021；投资：3亿元",
        "年份：2022；投资：4亿元",
    ]


def test_empty_cells_are_not_said_but_names_nobody_says_are() -> None:
    assert table_lines(rows("年份|投资|备注", "2021|3亿元|")) == ["年份；投资；备注", "年份：2021；投资：3亿元"]


def test_cells_without_a_header_are_joined() -> None:
    assert table_lines(rows("2021|3亿元", "2022|4亿元")) == ["2021；3亿元", "2022；4亿元"]
    assert table_lines(rows("本县做法是先行先试。|成效明显。", "二|三")) == [
        "本县做法是先行先试。；成效明显。",
        "二；三",
    ]


def test_a_caption_over_all_columns_is_a_line() -> None:
    table = [[Cell("表1 投资情况", columns=2)], *rows("年份|投资", "2021|3亿元")]
    assert table_lines(table) == ["表1 投资情况", "年份：2021；投资：3亿元"]


def test_a_value_merged_over_rows_is_said_in_each() -> None:
    table = [*rows("市|县"), [Cell("周口市"), Cell("扶沟县")], [Cell("", continued=True), Cell("西华县")]]
    assert table_lines(table) == ["市：周口市；县：扶沟县", "市：周口市；县：西华县"]


def test_a_header_of_two_rows_names_columns_by_both() -> None:
    table = [
        [Cell("县"), Cell("投资", columns=2)],
        [Cell("", continued=True), Cell("上年"), Cell("本年")],
        *rows("扶沟县|3亿元|4亿元"),
    ]
    assert table_lines(table) == ["县：扶沟县；投资 上年：3亿元；投资 本年：4亿元"]


def test_declared_headers_are_believed() -> None:
    table = [[Cell("2021", header=True), Cell("2022", header=True)], *rows("3|4")]
    assert table_lines(table) == ["2021：3；2022：4"]


def test_a_table_of_nothing_has_no_lines() -> None:
    assert table_lines([]) == []
    assert table_lines(rows("|", "|")) == []
