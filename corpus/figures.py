"""Every number with a unit in Chinese official prose, as a value: what it measures, of when, against what.

A number is Arabic or Chinese (2458.96亩, 百分之八十五, 三万多亩) and has a measure word. Dates, ordinals (第3名),
numbers in names (13710, “三个一批”, 《……十条措施》, 6号文件), idioms (一抓到底, 一户一策) and 一批 are no figures.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from math import prod
from unicodedata import normalize

from corpus.measures import Kind, measures
from corpus.numerals import NUMERAL, numeral
from corpus.sentences import sentences
from corpus.times import DATE, times


class Qualifier(StrEnum):
    """How near the number is to what it stands for: 67, 约67, 67以上, 不足67."""

    EXACT = "exact"
    ABOUT = "about"
    OVER = "over"
    UNDER = "under"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, at `[start, end)` of the text, qualifier included (约67家, 20多次, 百分之八十五).

    `value` counts `unit`. 万 and 亿 belong to the value (3万亩 is 30000 亩) but for money, where they belong to the
    unit as printed (1.28万亿元 is 1.28 万亿元). The unit of 百分之… is %, that of a fraction (三分之二) is empty. A
    range has the lower value and `upper`. `measure` is what is counted or measured: words of the text, joined to
    those they lean on (开工项目 + 总投资); `comparison` what a share is of or a change is seen against (年度计划投资;
    上年同期 for 同比, 上期 for 环比); `time` the last time named before it in its sentence. All three may be empty.
    """

    start: int
    end: int
    value: float
    unit: str
    qualifier: Qualifier
    measure: str
    comparison: str
    time: str
    upper: float | None = None


def figures(text: str, start: int = 0, end: int | None = None) -> Iterator[Figure]:
    """Yield the figures of `text[start:end]` in reading order; they do not overlap."""
    for first, last in sentences(text, start, len(text) if end is None else end):
        found = list(_scan(text, first, first, last))
        dated = [*times(text, first, last)][::-1] if found else []
        kinds = [(figure.start, figure.end, _KINDS.get(figure.unit, Kind.MASS)) for figure in found]
        time = ""
        for figure, (measure, compared) in zip(found, measures(text, first, last, kinds), strict=True):
            while dated and dated[-1][1] <= figure.start:
                time = text[slice(*dated.pop())]
            yield replace(figure, measure=measure, comparison=compared, time=time)


def _words(words: str) -> list[str]:
    return words.split()


_MONEY = _words("元 美元 欧元 日元 港元 港币 英镑")
_LASTS = _words("年 周年 天 工作日 自然日 小时 分钟 秒 秒钟 刻钟 周")
_SHARES = _words("% ‰ 百分点 倍 番 成")
_MEASURES = _words(
    "亩 公顷 平方公里 平方千米 平方米 平方 平米 立方米 立方 公里 千米 海里 米 厘米 毫米 英寸 吨 吨标准煤 公斤 千克 克 "
    "毫克 微克 斤 升 毫升 千瓦时 千瓦 兆瓦时 兆瓦 吉瓦 瓦 千伏安 千伏 度 度电 摄氏度 ℃ 分贝 标箱 标准箱 "
    "kg km cm mm ml mg m² ㎡ m³ m t L MW GW kW kWh GB TB PB P"
)
_COUNTS = _words(
    "家 户 名 位 人 人口 项 件 条 次 批 宗 起 例 场 期 轮 种 类 处 座 栋 幢 套 间 所 支 台 辆 架 艘 列 只 头 匹 羽 尾 "
    "株 棵 本 册 篇 首 份 张 幅 枚 块 片 段 笔 门 部 款 口 眼 道 层 组 届 遍 趟 单 票 卷 页 盏 根 颗 粒 袋 箱 盒 瓶 岁 "
    "周岁 锭 对 方面 大类 大项 标段 批次 人次 户次 家次 件次 架次 台次 班次 车次 场次 艘次 台套 台（套）"
)
_KINDS = {
    **dict.fromkeys([*_COUNTS, "个", "个批次", "个标段", "个班次"], Kind.COUNT),
    **dict.fromkeys([*_SHARES, "个百分点", ""], Kind.SHARE),
    **dict.fromkeys([*_LASTS, "日", "个月", "个小时", "个工作日", "个自然日", "个星期", "个季度"], Kind.SPAN),
}
# A measure word that begins another word is none (项目, 部门, 年度): the characters behind it that say so.
_OTHER_WORDS = _words(
    "家:庭渠属 户:籍型均 位:数于居列次置一 名:单录称义额 人:民才大员均工体类文士性们力身间物 项:目 条:例件款文 "
    "次:性数日年生序 批:准复评示量 起:来步到点草止源诉伏因 场:所地馆景 期:间限末内货望满初中工项建 类:别型似 "
    "轮:换值训岗流胎候船车 种:植子业养质粮 处:理罚级长置 所:有在以谓得属 间:隔接断 支:持付出撑援线柱流部 头:部 "
    "台:账帐阶湾河山县州风 列:入为车 本:地市省科身 张:贴 片:区 门:峡诊式窗户县源 部:门委分署队长件级位落下制 "
    "款:项 口:罩岸径号头味述供碑 道:路德理 层:次面级 组:织建成合团装委长员卷 届:一二三四五六七八九中全人政高毕省市县 "
    "单:位元独一纯价体制 元:化素旦首件器区宵 年:代度级初底末份均薪终龄鉴轻 天:然气津 周:岁年边转 秒:杀 升:级至 "
    "倍:增 米:粉面脂 克:服 亩:均 块:钱 首:经发批 "
    "对:外口接标照企受因于疫各该本全重未有在其 度:过假夏量数 成:为立功长员果本效熟就绩都套分品交批片型因婚不"
)
_NOT_BEFORE = dict(pair.split(":") for pair in _OTHER_WORDS)
# 三个一批 and 五个优先 count nothing; 5日 is a date but before 内; 95分 is one before few words.
_UNITS_IN_PLACE = (
    r"个[多余]?(?:工作日|自然日|百分点|月|小时|星期|季度|批次|标段|班次)",
    r"个(?!一批|一[^一-龥]|不[准得许]|必须|坚持|马上|决不|严禁|优先|确保)",
    r"日(?=以[上下内]|之?内(?![容部外地涵需设含]))",
    r"分(?=[^一-龥]|$|[以左的])",
)


def _bounded(unit: str) -> str:
    not_before = _NOT_BEFORE.get(unit, "A-Za-z" if unit.isascii() else "")
    return re.escape(unit).replace("%", "[%％]") + (f"(?![{not_before}])" if not_before else "")


_PLAIN_UNITS = sorted({*_MONEY, *_LASTS, *_SHARES, *_MEASURES, *_COUNTS}, key=len, reverse=True)
_UNIT = f"(?:{'|'.join([*_UNITS_IN_PLACE, *map(_bounded, _PLAIN_UNITS)])})"
_PER = rf"(?:/(?:{_UNIT}|[月日生床])(?:·[人户月年天])?)?"
_DIGIT = "[0-9０-９]"
_POWER = r"(?:[百万亿]|千(?![克瓦米伏卡帕]))"
_ARABIC = rf"(?:{_DIGIT}{{1,3}}(?:[,，]{_DIGIT}{{3}})++(?!{_DIGIT})|{_DIGIT}++)(?:\.{_DIGIT}++)?{_POWER}{{0,3}}"
_HAN = "〇零一二三四五六七八九十百千两廿卅"
_CHINESE = rf"(?:(?!千)[{_HAN}]|{_POWER})++(?:点[零一二三四五六七八九]++)?"
# No number begins in another one, in a name (G30, PM2.5), behind 数 and 几 (数百家) or 届 (一届二次会议).
_NUMBER = rf"(?:(?<![0-9０-９A-Za-z.．:：]){_ARABIC}|(?<![{_HAN}万亿0-9０-９数几届]){_CHINESE})"
_TO = "[—–~～－至到-]{1,2}"
_SCAN = re.compile(
    rf"《[^《》]{{0,200}}》|{_DIGIT}{{1,2}}[.．](?={DATE})|"
    rf"第[{NUMERAL}]+(?:[、至到—-][{NUMERAL}]+)*|前[{NUMERAL}]+[名位强]|{DATE}|(?:"
    rf"(?P<parts>(?<![{_HAN}万亿0-9０-９])[{_HAN}万0-9０-９]++)分之(?P<part>{_NUMBER}|百)"
    rf"(?:{_TO}(?:(?P=parts)分之)?(?P<part_high>{_NUMBER}))?|"
    rf"(?P<low>{_NUMBER})(?:\s?(?P<low_unit>{_UNIT})?{_TO}(?P<high>{_NUMBER}))?"
    rf"(?P<more>[多余馀来几])?(?P<power>{_POWER}{{0,2}})\s{{0,2}}(?P<unit>{_UNIT}{_PER})"
    r")(?P<suffix>及?以[上下内]|左右|上下(?!游)|[多余](?=[年月来时的]|[^一-龥]|$)|之?内(?![容部外地涵需设含]))?"
)
_BEFORE = re.compile(
    r"(?:最[多高长少低短])?(?:(?P<under>不足|不到|不[超高大多]于|不超过?|至多|最[多高长]|低于|小于|少于)|"
    r"(?P<over>不[少低小]于|至少|最[少低短]|超过|超出?|突破|逾|高于|大于|多于)|"
    r"(?P<about>大约|(?<![节合签公条契制预邀违大])约|将近|接近|(?<![最附邻靠远新亲就临将])近))"
    r"\s?(?:每[人户家亩个年月日天周次]){0,2}$"
)
_AFTER = {
    **dict.fromkeys(("左右", "上下", "来"), Qualifier.ABOUT),
    **dict.fromkeys(("以下", "以内", "之内", "内"), Qualifier.UNDER),
}
# 一批 is as many as one likes.
_INDEFINITE = re.compile("一批(?!次)")
# A pronoun is before it (另一个, 每一户), or it is the end of a manner (一件事一次办).
_PRONOUN = re.compile(r"(?:[这那每另某任何新下上同哪统唯单其之万进个]|一.{1,2})$")
# An adverb, a name (一次性, 一起) or a manner (一户一策) begins with 一.
_NO_ONE = re.compile(
    r"一(?:[起道面路期季类级代块对口层门分元头度]|(?P<each>\w)(?P=each)|件事|家[人亲]|条[龙心]|位数|次办|年一度|部分|"
    r"段时|\w{1,2}一)"
)
# 机场二期 is an ordinal where no noun follows, and so is 六次全会; 盘活一批 does not say of what.
_NO_NOUN = re.compile(
    r"(?<=[一-龥”].期)(?:$|[、，,。；;等和及]|通过|建成|投|竣|开工)|(?<=次)全会|(?<=[一-龥]一批)(?![一-龥])"
)
_QUOTE, _UNQUOTE = re.compile(r"[“‘][^“”‘’，,、；;]*$"), re.compile(r"[^“”‘’，,、；;。]*[”’]")
_PAIR = re.compile(r"(十|[二三四五六七八九]十)?(一两|两三|二三|三四|四五|五六|六七|七八|八九)([十百千万亿]*)")
"""“两三” and “三四十” are ranges."""
_POWERS = {"百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_LONGEST = 20


def _scan(text: str, start: int, at: int, end: int) -> Iterator[Figure]:
    """Yield the figures from `at` on in the sentence `[start, end)`, not yet knowing what they measure."""
    while found := _SCAN.search(text, at, end):
        at = found.end()
        if not (found["unit"] or found["part"]):
            continue
        low, high, unit = _amount(found)
        if low is None or _is_name(text, found, start, end):
            continue
        if high is not None and high <= low:  # 由30天至3天 is no range
            at = found.end("low_unit") if found["low_unit"] else found.start("part_high" if found["part"] else "high")
            yield from _scan(text, start, found.start(), at)
        elif figure := _qualified(text, start, found, float(low), None if high is None else float(high), unit):
            yield figure
            at = figure.end


def _amount(found: re.Match[str]) -> tuple[Decimal | None, Decimal | None, str]:
    """Return the number, the upper end of its range, and the unit."""
    if found["part"]:
        parts, part, upper = (_value(found[name] or "") for name in ("parts", "part", "part_high"))
        unit = {100: "%", 1000: "‰"}.get(int(parts or 0), "")
        whole = Decimal(1) if unit else parts or None
        return part and whole and part / whole, upper and whole and upper / whole, unit
    low, high, power = found["low"], found["high"] or "", found["power"]
    if not high and (pair := _PAIR.fullmatch(low)):
        low, high = ((pair[1] or "") + digit + pair[3] for digit in pair[2])
    tail = re.search("[万亿]+$|[百千]$", high)
    if tail and not found["low_unit"] and low[-1] not in f"{tail[0]}万亿":  # 10—20万元: 万 goes for both
        low += tail[0] if (_value(low) or 0) < (_value(high[: tail.start()]) or 0) else ""
    unit = "".join(normalize("NFKC", char) if "！" <= char <= "～" else char for char in found["unit"])
    last = (high or low) + power
    scale = last[len(last.rstrip("万亿")) :] if unit.split("/")[0] in _MONEY else ""
    by = _value(scale) or 1
    lower, upper = _value(low + power), _value(high and last)
    return lower and lower / by, upper and upper / by, scale + re.sub("^个[多余]", "个", unit)


@lru_cache(4096)
def _value(number: str) -> Decimal | None:
    """Return what a number says, in Arabic or Chinese, 万 and 亿 read; None for what is none."""
    plain = normalize("NFKC", number).replace(",", "")
    if not plain or len(plain) > _LONGEST:
        return None
    digits = plain.rstrip("百千万亿")
    power = prod(_POWERS[char] for char in plain[len(digits) :])
    if not digits or digits.isascii():
        return Decimal(digits or 1) * power
    whole, point, decimals = digits.partition("点")
    try:
        value = numeral(whole if point else plain)
    except KeyError:  # cn2an's on some that nobody writes, 一亿一
        return None
    if value is None or not point:
        return None if value is None else Decimal(value)
    return Decimal(f"{value}.{''.join(str(numeral(digit)) for digit in decimals)}") * power


def _is_name(text: str, found: re.Match[str], start: int, end: int) -> bool:
    """Return whether the number names a thing (2021年, “三个一批”, 八项规定) or makes an idiom."""
    low, unit, at = found["low"] or "", found["unit"] or "", found.start()
    if _INDEFINITE.match(text, at, end):
        return True
    if low == "一" and (_PRONOUN.search(text, max(start, at - 3), at) or _NO_ONE.match(text, at, end)):
        return True
    year = normalize("NFKC", found["high"] or low) if unit == "年" else ""
    if "一一" in low or re.fullmatch(r"[12]\d{3}|[一二][〇零一二三四五六七八九]{3}", year):
        return True
    han = not low[:1].isdigit()
    if han and (unit.startswith("分") or text.startswith("八项规定", at)):
        return True
    bare = found.end() - at == 2 and not _BEFORE.search(text, max(start, at - 10), at)
    if han and bare and _NO_NOUN.match(text, found.end(), end):
        return True
    quote = _QUOTE.search(text, max(start, at - 8), at) if han or _KINDS.get(unit) is Kind.COUNT else None
    unquote = _UNQUOTE.match(text, found.end(), min(end, at + 10)) if quote else None
    return bool(quote and unquote and unquote.end() - quote.start() <= 10)


def _qualified(text: str, start: int, found: re.Match[str], low: float, high: float | None, unit: str) -> Figure | None:
    """Return the figure with the qualifier around it, or None for a bare 百 or 千 (百家争鸣)."""
    kind, end, suffix = _KINDS.get(unit), found.end(), found["suffix"] or ""
    before = _BEFORE.search(text, max(start, found.start() - 10), found.start())
    if before and before[0] == "突破" and (kind is Kind.SPAN or (kind is Kind.COUNT and low < 1000)):
        before = None  # 突破3项技术
    if before and before[0] == "近" and kind is Kind.SPAN and low <= 10:
        before = None  # 近三年
    if (suffix in ("内", "之内") and kind is not Kind.SPAN) or (suffix in ("多", "余") and kind is Kind.COUNT):
        end, suffix = found.start("suffix"), ""
    more = found["more"] or suffix or ("多" if re.match("个[多余]", found["unit"] or "") else "")
    qualifier = _AFTER.get(more[-2:], Qualifier.OVER) if more else Qualifier.EXACT
    if before:
        qualifier = Qualifier(before.lastgroup or "")
    bare = not found["part"] and found["low"][0] in "百千万亿" and unit[:2] not in ("亿元", "万亿")
    if bare and qualifier is Qualifier.EXACT:
        return None
    return Figure(before.start() if before else found.start(), end, low, unit, qualifier, "", "", "", high)
