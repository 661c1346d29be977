"""What the words around a figure say of it: what it measures, and what it is compared with.

The grammar is that of official prose. A measured thing stands before its number (供应土地2458.96亩) or, counted,
behind it (96个重点项目); a bare attribute (总投资, 面积) leans on the thing counted last, a share or a change on the
measure before.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from corpus.places import places_by_name
from corpus.times import TIME


class Kind(Enum):
    """What a unit does: counts things (个, 家), tells a share (%, 倍), lasts (天, 个工作日) or measures (亿元, 亩)."""

    COUNT = auto()
    SHARE = auto()
    SPAN = auto()
    MASS = auto()


_CHANGE = (
    r"(?:大幅|显著|净|实际|名义|平均|年均)?(?:增长|增加|提高|提升|上升|上涨|上调|上浮|回升|延长|扩大|增|翻|"
    r"下降|降低|下调|下浮|回落|减少|缩短|压缩|压减|精简|收窄|降)(?:幅度?)?[了出]?(?:[到至]|为)?"
)
_SHARE_OF = re.compile(
    r"(?P<rest>.*)(?:占到?(?![地比道用有])(?P<whole>.{2,24}?)的?(?:比[重例率])?"
    rf"(?:达到?|为|是|超过?|[保稳控][持定制]在?|(?P<moved>{_CHANGE}))?|"
    r"(?P<verb>[至到]|完成|相当于|达到?了?|为|是|按照?|对|不?(?:[低高]于|超过))(?P<base>[^占至到为是]{2,20})的)"
)
_CHANGED = re.compile(
    rf"(?P<rest>.*?)(?:(?P<past>同比|环比)(?P<only>{_CHANGE})?|(?P<plain>{_CHANGE})|"
    r"(?<![对占评相])[比较](?![例率重如赛大小多少高低强好长快])(?P<other>[^比较]{1,16}?)"
    rf"(?P<change>{_CHANGE}|[多少高低快]出?))"
)
_BEYOND = re.compile(r"(?P<rest>.*?)不?(?:高[于出]|低于|好于|快于|优于|超过)(?P<other>(?!每).{2,16})")


def _compared(words: str, share: bool) -> tuple[str, str, str]:
    """Split the words before a number into what is measured, what it is compared with, and how it changed.

    粮食产量比上年增长 → 粮食产量, 上年, 增长; before a share 投资占年度计划的 → 投资, 年度计划, nothing.
    """
    if share and (of := _SHARE_OF.fullmatch(words)):
        moved = of["verb"] if of["verb"] in ("至", "到") else of["moved"]
        return of["rest"], of["whole"] or of["base"], moved or ""
    if changed := _CHANGED.fullmatch(words):
        past = {"同比": "上年同期", "环比": "上期"}.get(changed["past"], changed["other"] or "")
        return changed["rest"], past, changed["change"] or changed["only"] or changed["plain"] or ""
    if beyond := _BEYOND.fullmatch(words):
        return beyond["rest"], beyond["other"], ""
    return words, "", ""


_EACH = "每[人户家亩个年月日天周次]"
# Adverbs, times and linking verbs before and behind what is measured.
_LEAD = re.compile(
    rf"^(?:{TIME}|[、和与及的”’）)]|其中|此外|同时|目前|[一二三四五六七八九十]是|现(?=有|已)|共(?![同享建治])计?|"
    r"合计|总计|累计|先后|分别|已经?|均|全部|另外?|始终|保持|持续|不断|进一步|力争|预计|预期|也(?=是)|是|"
    r"每[月周年天季]度?|全年|当年|年内|[上下]半年|一次性|给予|就(?!业)|为(?!期)|有(?![效关机限色线])|在(?![建校册岗编线职营谈])|将|并|"
    r"对(?![接外口标照于])|全[省市县区州疆]|[我本该][省市县区州])+"
)
_TAIL = re.compile(
    r"(?:达到?|(?<![行作人])为|是|(?<![受得])到|至少?|(?<![国所])有|(?<!公)共计?|合计|总计|累计|"
    r"(?<![平人户年日月地亩师生])均|各|了|经过|跨?(?<![通经])过|不?超过|突破|占|首次|、|仅|即|已经?|"
    r"(?<![支进输产演转付])出|由?原来?(?<!草原)(?<!高原)|[由从]|的|给予|予以|进行|[按依]照?|以|在|等|都|可|须|"
    r"(?<![供响效适反])应|[不未]|保持|稳定|一次性|高达|再|连续|最?近|"
    rf"今后|未来|过去|这|{_EACH}|每)++$"
)
_KIND_OF = re.compile(r".*(?<![中高平同均])等(?![级奖于待候])(?=..)")  # 收费站、服务区等交通设施
_RATE = re.compile(f"(?:{_EACH})+$")
_GIVEN = re.compile(rf"(?:给予|予以|处以?|按照?|以)(?:一次性|{_EACH})*$")  # 给予10万元奖励, 按80%比例
_VERB = re.compile(
    r"(?:[新改扩续重修共]?[建修]成?|建设|改造|修缮|新?(?:开工|签约|引进|引入|认定|培育|开通|增加?)|复工|竣工|投产|"
    r"完成|培训|盘活|供应|报批|打造|创建|关[闭停]|淘汰|拆除|整[治改]|查处|化解|解决|办[结理]|受理|[发拨]付|发放|列支|"
    r"下达|减[免少]|压减|精简|取消|投入|争取|筹集|募集|捐赠|销售|采购|生产|运[送载]|安置|帮扶|获批|带动|种植|治理|"
    r"出台|制定|启动|谋划|实现|上线|投运|入选|获得|荣获)$"
)
_ATTRIBUTE = (
    r"(?:其中|年度|当年|计划|预计|规划|实际|期末|年均|月均|平均|累计|完成)*(?:资金|占比|比重|增速|年?产[值量能]|"
    r"总?(?:投资额?|面积|金额|规模|价值|长度|里程|工期|数量|人数|占地)|(?:占地|建筑|用地|种植)面积|"
    r"(?:合同|协议|签约)(?:总?投资额?|总?金?额|引资额?)|(?:开工|竣工|投产|达效|达产|完成|落地|履约|合格|办结|满意|"
    r"覆盖|入住|通过|优良|达标|整改|签约|转化|利用|使用|入库)率)"
)
_BARE = re.compile(_ATTRIBUTE)
_OWNED = re.compile(rf"(?P<owner>.*[一-龥”]){_ATTRIBUTE}")
# Where the noun behind a number ends: a verb, a preposition, an adverb.
_STOP = re.compile(
    r"^[来後后前止起时]|.[^为]了|没(?!收)|(?<![重主需纪首概])要(?![素点])|努力|首次|稳定|保持|避免|压缩|缩短|延长|"
    r"显示|可(?=[以在能])|已|(?<![平人户年日月地])均(?!衡)|全部|都(?!市)|也|将|被|把|由|在(?![建校册岗线])|"
    r"(?<![面应])对(?![接外口])|(?<!方)向|从(?!业)|(?<!参)与|和(?!谐)|及|并|而|到(?![户村])|至|(?<!行)为|是|"
    r"(?<![国所])有(?![限机色效关])|以|用于|按|给予|予以|建立|实行|进行|开展|完成|实现|达到?|占(?!地)|比(?![例重率])|"
    r"较|同比|增长|下降|带头|跟踪|获得?|荣获|入选|[列纳]入|参加|通过|取得|得到|顺利|正式|成功|陆续|相继|如期|加快|"
    r"推动|促进|投入|落[地户]|等|"
    r"(?<!^)(?:建成(?!区)|竣工|投产(?!项目)|启动|上线|获批|投用|全覆盖|全面|提请|直达|重回|实施(?![方细办意]))"
)
_IDLE = re.compile(r"进行|开展|级")
_RELATIVE = re.compile(
    r"(?P<verb>[列纳]入|具[有备]|符合|从事|参[加与]|拥有|涉及|位于|获得|通过|在|对|以|由)?"
    r"[^，,。；;：:！？\s（(]{1,30}?的(?!$)"
)
_PAUSE = re.compile(r"[，,：:；;。！？!?\s]")
_BREAK = re.compile(r"[，,：:；;。！？!?\s、（()）]")
_TOPIC = re.compile(r"([^，,：:；;。！？、“”\s]{2,16}(?:项目|工程|园区?|基地|中心|公司|企业|平台|机场|电站))[，,]$")
_SHARED = re.compile(r"(?:..率|增加值|收入|支出|利润|产值|投资|贷款|存款|余额|总额|营收|价格|标准|面积|规模|[数量额])$")
_WINDOW = 40
"""Characters on each side of a number in which its measure is sought."""


@dataclass(slots=True)
class _Sentence:
    """What the figures of a sentence so far have spoken of."""

    head: str = ""  # the things counted last: an attribute leans on them
    base: str = ""  # what a change is a change of, and a share the share of
    last: str = ""  # the last measure, and of what kind
    kind: Kind | None = None
    parts: bool = False  # whether 其中 was said: what follows are kinds of the head
    listed: list[str] = field(default_factory=list)  # what the last numbers in a row were told of, one by one


def measures(text: str, start: int, end: int, figures: Sequence[tuple[int, int, Kind]]) -> Iterator[tuple[str, str]]:
    """Yield what each figure of the sentence `text[start:end]` measures, and what it is compared with.

    `figures` are their spans and kinds in reading order. Either is empty where the sentence does not say.
    """
    said = _Sentence()
    row: list[str] = []
    compared = ""
    for at, (begin, _, kind) in enumerate(figures):
        after = figures[at - 1][1] if at else start
        left = _left(text, after, begin)
        said.parts = said.parts or text.find("其中", after, begin) >= 0
        if row:
            said.last = row.pop(0)
            yield said.last, compared
            continue
        core, compared, change = _words(left, kind is Kind.SHARE)
        row = [subject + change for subject in _subjects(core, _in_a_row(text, figures, at), said, "分别" in left)]
        if row:
            said.last = row.pop(0)
        else:
            right = _right(text, *_behind(text, figures, at, end))
            if kind is Kind.SHARE and right.startswith("于"):  # 谋划项目3倍于开工项目
                compared, right = right[1:].split("的")[0], ""
            if _BARE.fullmatch(core) and not said.head and (topic := _TOPIC.search(text, start, begin - len(left))):
                said.head = _core(topic[1])
            _say(said, kind, left, right, core, compared, change)
        yield said.last, compared


def _say(said: _Sentence, kind: Kind, left: str, right: str, core: str, compared: str, change: str) -> None:
    """Work out the measure of one figure, and keep what the next ones may lean on."""
    verb, bare = _VERB.search(core + change), _BARE.fullmatch(core)
    of, right = right.startswith("的"), right.removeprefix("的")
    owned = None if bare else _OWNED.fullmatch(core)
    headed = kind is Kind.COUNT and not (compared or change or owned or bare)
    if of and right and bare:  # 总投资10亿元的项目
        measure = right + core
    elif of and right and kind is Kind.SHARE and not (compared or change):  # 85%的企业
        measure = right
    elif (
        right
        and not compared
        and (kind is Kind.COUNT or verb or _GIVEN.search(left) or not core + change or kind is Kind.SPAN)
        and not (kind is Kind.SPAN and (change or (core and _TAIL.search(left))))
    ):
        measure = (verb[0] if verb else "") + right
    elif compared or change:
        measure = (said.base + core if bare else core or said.base) + change
    elif bare:
        measure = (said.base if core.endswith(("速", "比", "比重")) else said.head) + core
    elif core and headed and said.parts and said.head and len(core) <= 4 and core[-1] != said.head[-1:]:  # 其中省级5个
        measure, headed = said.head + core, False
    else:
        measure = core or (said.head if headed else "") or (said.last if kind is said.kind else said.base)
    said.last, said.kind, said.base = measure, kind, measure.removesuffix(change) or said.base
    if headed and not (said.head and measure.startswith(said.head)):  # 签约项目已开工6个 speaks of 签约项目 still
        said.head = measure
    elif owned and not said.head.startswith(owned["owner"]):
        said.head = owned["owner"]


def _behind(text: str, figures: Sequence[tuple[int, int, Kind]], at: int, end: int) -> tuple[int, int]:
    """Return the span in which the noun behind a figure may stand: 5个20万吨泊位, 82个产值过10亿元的企业."""
    begin, following = figures[at][1], at + 1
    if following < len(figures) and not text[begin : figures[following][0]].strip():
        begin, following = figures[following][1], following + 1
    elif following < len(figures) and text.startswith("的", figures[following][1]):
        following += 1
    return begin, figures[following][0] if following < len(figures) else end


def _in_a_row(text: str, figures: Sequence[tuple[int, int, Kind]], at: int) -> int:
    """Return how many figures stand in a row from one on (分别增长5%、6%和7%)."""
    count = 1
    while count < 6 and at + count < len(figures):
        if text[figures[at + count - 1][1] : figures[at + count][0]] not in ("、", "和", "与", "及", "以及", ","):
            break
        count += 1
    return count


def _subjects(core: str, count: int, said: _Sentence, told_apart: bool) -> list[str]:
    """Return what each of some figures in a row is told of, or nothing where the words before do not fall into as many.

    城镇、农村居民收入 are 城镇居民收入 and 农村居民收入; 累计分别达到 speaks of those before.
    """
    subjects = core.split("、")
    if len(subjects) != count:
        subjects = re.split("以及|[、和与及]", core)
    if count < 2 or not all(subjects):
        return said.listed if told_apart and not core and len(said.listed) == count else []
    if len(subjects) != count:
        return []
    whole, shared = subjects[-1], _SHARED.search(subjects[-1])
    ends = [whole[len(subject) :] if len(subject) <= 3 else shared[0] if shared else "" for subject in subjects]
    said.listed = [
        subject if _SHARED.search(subject) else subject + end for subject, end in zip(subjects, ends, strict=True)
    ]
    return said.listed


def _left(text: str, begin: int, end: int) -> str:
    """Return the words before a number that belong to it: from the last pause on, 、 between short nouns included."""
    piece = _PAUSE.split(text[max(begin, end - _WINDOW) : end])[-1]
    for opening, closing in ("“”", "‘’", "《》", "（）", "()"):
        if piece.rfind(opening) > piece.rfind(closing):
            piece = piece[piece.rfind(opening) + 1 :]
    nouns = piece.split("、")
    kept = len(nouns) - 1
    while kept and (not _TAIL.sub("", nouns[-1]) or 0 < len(nouns[kept - 1]) <= 8 or "分别" in nouns[-1]):
        kept -= 1
    return "、".join(nouns[kept:])


def _right(text: str, begin: int, end: int) -> str:
    """Return the noun behind a number, or nothing where a pause, a verb or the next measure follows."""
    if idle := _IDLE.match(text, begin, end):
        begin = idle.end()
    piece = text[begin : min(end, begin + _WINDOW)]
    of = int(piece.startswith("的"))
    relative = _RELATIVE.match(piece, of)
    noun = relative.end() if relative and (relative["verb"] or not _STOP.search(piece, of, relative.end())) else of
    pause = _BREAK.search(piece, noun)
    piece = piece[: pause.start()] if pause else piece
    if stop := _STOP.search(piece, noun):
        piece = piece[: stop.start()]
    elif not pause and begin + len(piece) == end:  # 5家企业总投资30亿元
        owned = _OWNED.fullmatch(piece)
        piece = "" if _BARE.fullmatch(piece) else owned["owner"] if owned else piece
    if piece.count("“") != piece.count("”"):
        piece = piece[: max(piece.rfind("“"), piece.rfind("”"))]
    return re.sub(r"[中内里上时后]$", "", piece)


def _words(left: str, share: bool) -> tuple[str, str, str]:
    """Return the words before a number as what is measured, what it is compared with and how it changed."""
    left = _RATE.sub("", left.replace("分别", ""))
    rest, compared, change = _compared(left, share)
    if not compared and not change:
        rest, compared, change = _compared(_TAIL.sub("", left), share)
    return _core(rest), compared, change


def _core(words: str) -> str:
    """Return words without adverbs, times and linking verbs around them, and without the place they begin with."""
    words = _KIND_OF.sub("", _TAIL.sub("", _LEAD.sub("", words, count=1)))
    for length in range(min(12, len(words) - 1), 2, -1):
        place, behind = words[:length], words[length]
        if place[-1] in "省市县区旗州盟" and behind not in "、和与及" and place in places_by_name():
            return _LEAD.sub("", words[length:], count=1)
    return words
