from corpus.readers.markdown import read

SOURCE = """---
title: 典型案例
---
# 一、主要做法 #

第一行**强调**。
第二行见[通知](http://example.org/a)。

1. 其一
2. 其二

   其二的第二段

| 年份 | 投资 |
|---|---|
| 2021 | 3亿元 |
| 2022 | **4亿元** |

    缩进四格的段落。

## 二、成效

![现场照片](a.png)
"""


def test_marks_go_and_words_stay_a_line_a_line() -> None:
    assert read(SOURCE.encode(), "案例").text.splitlines() == [
        "一、主要做法",
        "第一行强调。",
        "第二行见通知。",
        "1. 其一",
        "2. 其二",
        "其二的第二段",
        "年份：2021；投资：3亿元",
        "年份：2022；投资：4亿元",
        "缩进四格的段落。",
        "二、成效",
        "现场照片",
    ]


def test_headings_are_hints_at_their_words() -> None:
    extracted = read(SOURCE.encode(), "案例")
    hints = [(extracted.text[hint.start : hint.end], hint.level) for hint in extracted.hints]
    assert hints == [("一、主要做法", 1), ("二、成效", 2)]


def test_what_is_left_out_is_said() -> None:
    extracted = read(SOURCE.encode(), "案例")
    assert extracted.title == "典型案例"
    assert [dropped.text for dropped in extracted.dropped] == ["title: 典型案例", "http://example.org/a"]
    assert extracted.notes == ("图片没有读出，只保留了图片的说明文字。",)


def test_a_paragraph_above_a_ruler_is_no_heading() -> None:
    long = "这一段很长，后面紧跟着一条分隔线，它不是标题。" * 4
    extracted = read(f"{long}\n---\n短标题\n---\n".encode(), "案例")
    assert [extracted.text[hint.start : hint.end] for hint in extracted.hints] == ["短标题"]


def test_definitions_and_comments_lose_no_words() -> None:
    extracted = read("正文[^1]。\n\n[^1]: 注释文字\n\n<!-- 批 -->\n\n<p>网页段落</p>\n".encode(), "案例")
    assert extracted.text == "正文[^1]。\n[^1]: 注释文字\n网页段落\n"
