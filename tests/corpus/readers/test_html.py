import pytest

from corpus.errors import FaultCode, Refused
from corpus.readers.html import read

PAGE = """<html><head><meta charset="gb2312"><title>扶沟县优化营商环境_周口市人民政府网</title></head><body>
<div id=nav><a href=/>首页</a> <a href=/a>政务公开</a> <a href=/b>办事服务</a></div>
<div class=crumb>您现在的位置: <a>首页</a> &gt; <a>经验交流</a></div>
<div class="article"><h1>扶沟县优化营商环境的做法</h1>
<p>来源：扶沟县政府 访问量:3409 【字号：加大 还原 减小】</p>
<div class=con><p>&nbsp;&nbsp;扶沟县认真落实各项部署，
成效很好，全年完成投资3.5亿元，同比增长12%，带动就业五千人。</p><h2>一、主要做法</h2>
<p>主办单位：县政府办牵头，各部门参加。</p>
<p>第一句话说明背景情况，第二句话说明具体措施与步骤安排。<br>第三句话说明取得的成效和群众的评价情况如何。</p>
<table><tr><th>年份<th>投资</tr><tr><td rowspan=2>2022<td>4亿元</tr><tr><td>5亿元</tr></table>
<p>最后一段总结经验，提出下一步工作打算与各项目标任务。</p></div>
<p>相关报道：</p><ul><li><a>某某会议召开</a></li></ul><p>打印本页 关闭窗口</p></div>
<div id=footer>主办单位：周口市人民政府 版权所有 豫ICP备12345号</div><script>var a = "脚本";</script></body></html>"""
LINES = [
    "扶沟县优化营商环境的做法",
    "扶沟县认真落实各项部署，成效很好，全年完成投资3.5亿元，同比增长12%，带动就业五千人。",
    "一、主要做法",
    "主办单位：县政府办牵头，各部门参加。",
    "第一句话说明背景情况，第二句话说明具体措施与步骤安排。",
    "第三句话说明取得的成效和群众的评价情况如何。",
    "年份：2022；投资：4亿元",
    "年份：2022；投资：5亿元",
    "最后一段总结经验，提出下一步工作打算与各项目标任务。",
]


@pytest.mark.parametrize("encoding", ["gb2312", "utf-8", "utf-8-sig", "utf-16"])
def test_the_article_is_read_whatever_the_encoding(encoding: str) -> None:
    assert read(PAGE.encode(encoding), "页").text.splitlines() == LINES


def test_headings_are_hints_and_the_headline_is_the_title() -> None:
    extracted = read(PAGE.encode("gb2312"), "页")
    assert extracted.title == "扶沟县优化营商环境的做法"
    hints = [(extracted.text[hint.start : hint.end], hint.level) for hint in extracted.hints]
    assert hints == [("扶沟县优化营商环境的做法", 1), ("一、主要做法", 2)]


def test_what_the_site_wraps_around_it_is_dropped_and_said() -> None:
    dropped = "\n".join(each.text for each in read(PAGE.encode("gb2312"), "页").dropped)
    for words in ("首页 政务公开", "您现在的位置", "访问量:3409", "相关报道", "某某会议", "打印本页", "ICP备"):
        assert words in dropped
    assert "脚本" not in dropped


def test_a_page_with_little_in_it_is_read_all_the_same() -> None:
    assert read("<p>扶沟县认真落实。</p>".encode(), "页").text == "扶沟县认真落实。\n"


def test_a_layout_of_tables_is_read_cell_by_cell() -> None:
    cell = "扶沟县认真落实各项部署，成效很好。" * 20
    page = f"<html><body><table><tr><td>栏目</td><td><p>{cell}</p><p>第二段，{cell}</p></td></tr></table></body></html>"
    lines = read(page.encode(), "页").text.splitlines()
    assert cell in lines
    assert f"第二段，{cell}" in lines


def test_the_title_bar_loses_the_name_of_the_site() -> None:
    page = "<html><head><title>扶沟县经验 - 周口市人民政府网</title></head><body><p>正文。</p></body></html>"
    assert read(page.encode(), "页").title == "扶沟县经验"


def test_deep_nesting_loses_nothing() -> None:
    page = "<html><body>" + "<div>" * 2000 + "<p>深处的文字。</p>" + "</div>" * 2000 + "</body></html>"
    assert "深处的文字。" in read(page.encode(), "页").text


def test_a_page_without_words_is_refused() -> None:
    with pytest.raises(Refused, match="网页里没有读出文字") as refusal:
        read(b"<html><body><script>x()</script></body></html>", "\xe9\xa1\xb5")
    assert refusal.value.code is FaultCode.NO_TEXT


def test_bytes_that_are_no_characters_are_noted() -> None:
    data = "<html><body><p>扶沟县".encode("gb18030") + b"\xff\xff" + "认真落实。</p></body></html>".encode("gb18030")
    assert "字符编码有误" in read(data, "页").notes[0]
