import re
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.figures import Figure, Qualifier, figures
from corpus.times import times


def read(text: str) -> list[Figure]:
    return list(figures(text))


def spans(text: str) -> list[str]:
    return [text[figure.start : figure.end] for figure in figures(text)]


def measured(text: str) -> list[tuple[str, str]]:
    return [(text[figure.start : figure.end], figure.measure) for figure in figures(text)]


def compared(text: str) -> list[tuple[str, str, str]]:
    return [(text[figure.start : figure.end], figure.measure, figure.comparison) for figure in figures(text)]


@pytest.mark.parametrize(
    ("printed", "value", "unit"),
    [
        ("42家", 42, "家"),
        ("1,234.5公里", 1234.5, "公里"),
        ("１２０户", 120, "户"),
        ("30 个", 30, "个"),
        ("三千亩", 3000, "亩"),
        ("两批次", 2, "批次"),
        ("16个批次", 16, "个批次"),
        ("一个", 1, "个"),
        ("二十三宗", 23, "宗"),
        ("三点五倍", 3.5, "倍"),
        ("三点五万亩", 35_000, "亩"),
        ("85.7％", 85.7, "%"),
        ("百分之八十五", 85, "%"),
        ("百分之八点五", 8.5, "%"),
        ("千分之三", 3, "‰"),
        ("三分之二", 2 / 3, ""),
        ("三成", 3, "成"),
        ("1.2个百分点", 1.2, "个百分点"),
        ("20万锭", 200_000, "锭"),
        ("2.5亿千瓦时", 250_000_000, "千瓦时"),
        ("5千克", 5, "千克"),
        ("30元/平方米", 30, "元/平方米"),
        ("3个工作日", 3, "个工作日"),
        ("2年", 2, "年"),
    ],
)
def test_reads_every_way_of_writing_a_number_with_its_unit(printed: str, value: float, unit: str) -> None:
    (figure,) = read(printed)
    assert figure.value == pytest.approx(value)
    assert (figure.unit, figure.qualifier) == (unit, Qualifier.EXACT)
    assert (figure.start, figure.end) == (0, len(printed))


@pytest.mark.parametrize(
    ("printed", "value", "unit"),
    [
        ("328.5亿元", 328.5, "亿元"),
        ("1.28万亿元", 1.28, "万亿元"),
        ("三千万元", 3000, "万元"),
        ("一亿五千万元", 15_000, "万元"),
        ("三万五千元", 35_000, "元"),
        ("3,200万美元", 3200, "万美元"),
    ],
)
def test_money_keeps_the_unit_of_account_it_is_printed_in(printed: str, value: float, unit: str) -> None:
    assert [(figure.value, figure.unit) for figure in read(printed)] == [(value, unit)]


@pytest.mark.parametrize(
    ("printed", "qualifier", "value"),
    [
        ("约67家", Qualifier.ABOUT, 67),
        ("近百家", Qualifier.ABOUT, 100),
        ("30天左右", Qualifier.ABOUT, 30),
        ("20多次", Qualifier.OVER, 20),
        ("3万多亩", Qualifier.OVER, 30_000),
        ("一千二百余户", Qualifier.OVER, 1200),
        ("十几个", Qualifier.OVER, 10),
        ("3个多月", Qualifier.OVER, 3),
        ("60岁及以上", Qualifier.OVER, 60),
        ("至少两次", Qualifier.OVER, 2),
        ("突破500亿元", Qualifier.OVER, 500),
        ("不足5%", Qualifier.UNDER, 5),
        ("最高不超过20万元", Qualifier.UNDER, 20),
        ("不超过每人每天100元", Qualifier.UNDER, 100),
        ("5日内", Qualifier.UNDER, 5),
    ],
)
def test_the_span_holds_what_says_how_near_the_number_is(printed: str, qualifier: Qualifier, value: float) -> None:
    text = f"共计{printed}。"
    assert [(text[f.start : f.end], f.qualifier, f.value) for f in figures(text)] == [(printed, qualifier, value)]


@pytest.mark.parametrize(
    ("printed", "lower", "upper", "unit"),
    [
        ("3—5个工作日", 3, 5, "个工作日"),
        ("10至15天", 10, 15, "天"),
        ("5%到10%", 5, 10, "%"),
        ("10—20万元", 10, 20, "万元"),
        ("5000元—1万元", 0.5, 1, "万元"),
        ("3-5万亩", 30_000, 50_000, "亩"),
        ("百分之三至百分之五", 3, 5, "%"),
        ("两三天", 2, 3, "天"),
        ("三四十个", 30, 40, "个"),
    ],
)
def test_a_range_is_one_figure_with_both_ends(printed: str, lower: float, upper: float, unit: str) -> None:
    (figure,) = read(printed)
    assert (figure.value, figure.upper, figure.unit, figure.end) == (lower, upper, unit, len(printed))


def test_from_more_to_less_is_two_figures() -> None:
    assert spans("审批时限由约30天至3天") == ["约30天", "3天"]


@pytest.mark.parametrize(
    "text",
    [
        "2021年12月31日前,2021年度,二〇二一年,4月底,“十四五”,20世纪90年代",
        "第一百五十三篇,第1期,第3名,第十九、二十条,前三名,十二届三次全会,机场二期通过验收",
        "舞办〔2021〕6号,12345热线,5G,4.0,G30,13710,PM2.5,《关于印发十条措施的通知》",
        "一抓到底,一线,一把手,一体化,一次性,一起抓,一户一策,一件事一次办,一项目一档案,新一轮,每一个,统一",
        "“三个一批”,三个一批项目,“五个优先”,“六个一”,五个必须,盘活一批,八项规定",
        "数百家企业,几十个项目,百家争鸣,千方百计,十分重要,两会,三农,四川,二维码,三位一体",
        "12项目,3部门,5名单,电话0371-12345678",
    ],
)
def test_dates_ordinals_names_and_idioms_are_no_figures(text: str) -> None:
    assert spans(text) == []


def test_a_list_in_quotes_counts_though_a_name_in_quotes_does_not() -> None:
    assert spans("“一个项目、一名领导、一抓到底”和“三个到位”") == ["一个", "一名"]


def test_the_measure_tells_neighbours_apart() -> None:
    assert measured("组卷报批用地16个批次,面积3066亩,供应土地2458.96亩,盘活土地23宗、面积1167亩") == [
        ("16个批次", "组卷报批用地"),
        ("3066亩", "组卷报批用地面积"),
        ("2458.96亩", "供应土地"),
        ("23宗", "盘活土地"),
        ("1167亩", "盘活土地面积"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("对52个在建项目建立台帐", "在建项目"),
        ("全年共举办12场次银企对接活动", "银企对接活动"),
        ("先后研究解决了甲公司、乙公司等31个企业反映的难题", "企业反映的难题"),
        ("引进15个列入省级计划的项目,", "引进列入省级计划的项目"),
        ("85%的规上企业已复工", "规上企业"),
        ("给予10万元奖励", "奖励"),
        ("新增3000亩耕地", "新增耕地"),
        ("建成5个20万吨级泊位", "建成泊位"),
        ("自受理之日起5个工作日内办结", "办结"),
        ("每周至少两次进行现场督导", "现场督导"),
    ],
)
def test_a_number_before_its_noun_measures_the_noun(text: str, expected: str) -> None:
    assert read(text)[0].measure == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021年,新郑市累计发放贷款3200万元", "发放贷款"),
        ("郑州市新建学校5所", "新建学校"),
        ("省、郑州市重点项目累计完成投资9亿元", "省、郑州市重点项目累计完成投资"),
        ("收费站、服务区等交通设施投资达到3亿元", "交通设施投资"),
        ("对项目进展情况通报3次,", "项目进展情况通报"),
        ("低保标准提高到每人每月660元", "低保标准提高到"),
    ],
)
def test_a_number_behind_its_noun_measures_the_words_before_without_adverbs_times_and_place(
    text: str, expected: str
) -> None:
    assert read(text)[0].measure == expected


def test_a_bare_attribute_leans_on_what_was_counted_last() -> None:
    assert measured("共开工项目49个,总投资181.7亿元,竣工项目28个,总投资115.5亿元") == [
        ("49个", "开工项目"),
        ("181.7亿元", "开工项目总投资"),
        ("28个", "竣工项目"),
        ("115.5亿元", "竣工项目总投资"),
    ]
    assert measured("7个签约项目已开工6个、签约项目开工率85.7%,达效率50%") == [
        ("7个", "签约项目"),
        ("6个", "签约项目已开工"),
        ("85.7%", "签约项目开工率"),
        ("50%", "签约项目达效率"),
    ]
    assert measured("某光伏产业园项目,总投资30亿元,占地300亩") == [
        ("30亿元", "某光伏产业园项目总投资"),
        ("300亩", "某光伏产业园项目占地"),
    ]


def test_parts_are_parts_of_what_was_counted() -> None:
    assert measured("实施重点项目13个,其中省级5个、市级8个") == [
        ("13个", "实施重点项目"),
        ("5个", "实施重点项目省级"),
        ("8个", "实施重点项目市级"),
    ]


def test_numbers_in_a_row_are_told_of_subjects_in_a_row() -> None:
    assert measured("城镇、农村居民收入分别增长5%、6.5%") == [
        ("5%", "城镇居民收入增长"),
        ("6.5%", "农村居民收入增长"),
    ]


def test_a_share_names_its_whole_and_keeps_the_head_that_takes_it() -> None:
    assert compared("重点项目全年完成投资328.5亿元,占年度计划投资的102.8%,是去年同期的1.5倍") == [
        ("328.5亿元", "重点项目全年完成投资", ""),
        ("102.8%", "重点项目全年完成投资", "年度计划投资"),
        ("1.5倍", "重点项目全年完成投资", "去年同期"),
    ]
    assert compared("储备项目3倍于开工项目") == [("3倍", "储备项目", "开工项目")]


def test_a_change_names_what_it_is_seen_against() -> None:
    assert compared("粮食产量达到50万吨,比上年增长8%,同比提高2个百分点,增速高于全省1.2个百分点") == [
        ("50万吨", "粮食产量", ""),
        ("8%", "粮食产量增长", "上年"),
        ("2个百分点", "粮食产量提高", "上年同期"),
        ("1.2个百分点", "粮食产量增速", "全省"),
    ]
    assert measured("审批时限由30天压缩至3个工作日") == [("30天", "审批时限"), ("3个工作日", "审批时限压缩至")]


def test_the_time_is_the_last_one_named_before_in_the_sentence() -> None:
    text = "2020年建成3所,截至2021年底建成5所,比2019年增加4所。另建2所。2021年以来,按《2018年规划》建成1所。"
    assert [figure.time for figure in figures(text)] == ["2020年", "截至2021年底", "截至2021年底", "", "2021年以来"]


def test_finds_the_times_that_prose_names() -> None:
    text = "今年以来,“十四五”期间,2021年1—9月,到2025年,二〇二一年上半年"
    assert [text[start:end] for start, end in times(text)] == text.split(",")


def test_reads_a_part_of_a_text_with_spans_into_the_whole() -> None:
    text = "签约3个。开工5个。竣工7个。"
    assert [(figure.start, figure.value) for figure in figures(text, 5, 10)] == [(7, 5)]


HOSTILE = re.findall(r"\S+", "9 一 百 1, 9. 1— 第一、 三分之 百分之亿— 3个 3个、 3个的 3天至 《a “ 近 不超过 增长")


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_text_takes_no_longer_than_its_length(unit: str) -> None:
    began = perf_counter()
    read(unit * (100_000 // len(unit)))
    assert perf_counter() - began < 10


PIECES = st.sampled_from(
    re.findall(
        r"\S+",
        "签约项目 开工 总投资 面积 占 计划投资 的 比上年 同比 增长 至 由 、 , 。 ; “ ” 《 》 每 近 约 超过 不足 突破 "
        "至少 多 余 几 数 第 前 一 两 三 十 百 千 万 亿 〇 点 分之 百分之 0 1 5 12 2021 3.5 1,000 １２ - — 年 月 日 内 "
        "个 家 亩 元 万元 亿元 % ％ 倍 成 批 期 次 个工作日 个百分点 以上 以下 / 千克 天 其中 分别 和 全会 G",
    )
)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_every_figure_lies_in_the_text_and_reads_the_same_alone(text: str) -> None:
    last = 0
    for figure in figures(text):
        assert last <= figure.start < figure.end <= len(text)
        last = figure.end
        (alone,) = read(text[figure.start : figure.end])
        assert (alone.value, alone.upper, alone.unit) == (figure.value, figure.upper, figure.unit)
        assert (alone.start, alone.end, alone.qualifier) == (0, figure.end - figure.start, figure.qualifier)
        assert figure.upper is None or figure.upper > figure.value


@given(st.lists(PIECES, max_size=25).map("".join))
def test_what_a_figure_says_is_made_of_the_characters_of_its_text(text: str) -> None:
    for figure in figures(text):
        assert set(figure.measure) <= set(text)
        assert figure.comparison in ("上年同期", "上期") or figure.comparison in text
        assert figure.time in text[: figure.start]
