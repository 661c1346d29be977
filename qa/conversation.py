"""A follow-up made whole from the turns before it: 那孟津呢 after 扶沟怎么保障土地. By rule, before it is understood.

Four things make a question whole: a place, a year, a matter, and what is asked of it. A follow-up says some of them;
the rest is what was spoken of before. All turns on whether it has a matter of its own. With a place and a matter it is
whole. Without a matter it is about the last one. With a matter only, it is asked of the last place, and about the last
matter too unless it is clearly another: what is made whole is only searched for, and a word too many does little harm.
A correction (不是招商，是土地) is the question before with what was meant in place of what was said.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.numerals import NUMERAL
from corpus.places import counties_by_short_name
from qa.correction import corrected
from qa.understanding import PlaceNames, understood

_TURNS = 10  # how many turns back anything is taken from
_LONG = 60  # characters; whoever writes more has said what is asked
_OWN = 2  # characters of a term that is the matter of a question which names a place, or begins with the term
_SUBJECT = 3  # characters of a term that is the matter where it begins, and something is asked of it
_OTHER = 5  # characters of a term that is the matter in any case

_UNIT = "(?:亿元?|万元?|平方米|百分点|人次|项(?!目)|[个次批篇亩家期名宗年天种条类倍件元人月场成届轮份])"
_PLACES = f"(?:地[方区]|[县市区]{{1,3}}(?![级直本场域])|案例|(?<=[几余{NUMERAL}])篇)"
_YEAR = f"(?:(?<![0-9近])(?:19|20)?[0-9]{{2}}年(?!第?[0-9])度?|[一二][{NUMERAL}]{{3}}年|[上前次去今明]一?年)"
_LIKE_A_PLACE = rf"(?<![这那几余])第?\s*[{NUMERAL}]+\s*篇|编者按|全省"
_WORDS = {
    "W": r"\0+",  # W: where; the places that are named are hidden
    "Y": f"{_YEAR}(?:[和与跟、到至]{_YEAR})*",  # Y: years
    "C": "汇编 你们?(?:这个|的)?系统 你是谁",  # C: the compilation, or who answers
    # E: elsewhere, places that are not named
    "E": f"(?<![去到在跑从了过])(?:还有)?(?:哪些?|其[他它余]|[别另]的?|另外|全部|所有)[几{NUMERAL}]*个?的?{_PLACES} "
    "各[地县市区篇]{1,2} 别处 还有谁 谁家",
    # H: here, the place spoken of
    "H": "(?:[该本此当]|[这那][个座]?)(?:县|区(?!域)|城?市(?!场)|地[方区]?|案例|篇) [这那][里儿边]面? [两二三前后]者 "
    "[前后]面?[一那]个(?:地方|[县市区])? "
    "(?<!其)[他她它]们?[俩县市区]? (?:[这那][两三几]|两)(?:[地篇]|个(?:地方|[县市区]|(?![^都有各谁相比])))",
    # T: that, the matter spoken of
    "T": f"[这那](?:么[做干搞办]|一?[个些项种套类条样么块份次批场]|方?面|几{_UNIT}|(?=[0-9])) (?<!应)该 此 这 类似 "
    f"[对相]应 相同 (?<![尤与极])其(?![实次余])中? "
    "(?:刚才那|上一?)个问题 "
    "你?(?:[上前后]面|刚才|[上前]述|[文原]中|答案[里中])(?:[说讲提写]到?)?的? [一同]样(?:的问题)?",
    # V: vague, asks for nothing in particular, or for more of the same
    "V": r"怎么样 怎样(?!的) 如何 咋样 (?:什么)?情况 是[否不]是? (?P<verb>\w)[没不](?P=verb) 具体 分别 详细 仔细 概括 "
    "总结 展开 继续 还有 没?别的 再[说讲具细更]+ 更?多[说讲]?一?点 "
    r"[谁哪][家个]?[更最]?[多少高低快慢大小好早勤强](?!\w)",
    # A: what is asked for
    "A": f"多少{_UNIT}? 几{_UNIT} 多[久大长高快](?:时间)? [做干]了?些?(?:什么|哪些|[啥嘛])(?:事|工作)? "
    rf"为(?:什么|[何啥]) 有?何时? 怎么(?:个|回事|[做搞干办管建抓弄]的?(?!\w))? 怎样 咋 指?的?是(?:什么|啥)(?:意思)? "
    f"(?:什么|啥)(?:样|时候)? 谁 哪(?:些|[几{NUMERAL}]*{_UNIT}?)(?:地方)? 成[效果绩] [效结]果 进展 [做办搞打]法 措施 "
    "举措 原因 目的 意义 总数 面积 占?比例 占比 (?:计划|合同|总)投资额? 合?同?[金总]?额 (?:投产|开工|达效)率",
    # N: a number
    "N": f"(?:第[{NUMERAL}]+|[0-9.]+[多余]?)(?:%|{_UNIT}) (?:最后|头)[一那]?{_UNIT} 前[{NUMERAL}]+{_UNIT}",
    # F: filler, dropped at the ends of what is said
    "F": "换[成到做]? 麻烦 还是 [问看查讲说]+一?[下看讲说] 请?介绍(?:一?下)? 各?自己? [我还]*想 [一总]共 "
    "[我还想再]*(?:请[问教]|知道|了解|问的?是)(?:一?下)? (?:没有?|不[行是]|有)?的话 除了?(?:之外)? 主要 [对相]比 比较 "
    r"一[下些点起] 在(?![建编]) 有(?!效) 跟(?!踪) 同(?![步比]) [^\w“《「] "
    "[看那呢吗吧啊呀嘛哈啦哦嗯嘞呗的了是和与也能比都还就又再最更请我你您们各被把]",
    # P: a part of some matter, or what is done with it; none by itself
    "P": "举[几个些]*例子? 例子 负责 牵头 参[与加] 时间 频[率次] 依据 文[件号] 名[称单] 内容 标准 规模 要求 经验 "
    "区别 不同 项目 企业 部门 数[据字] 机制 制度 方[面式法] 问题 计划 年度 之[后前] 取得 采取 包[括含] 涉及 落实 "
    "推进 解决 协调 [建成设]立 完成 投[产入] 开[工始] 处理 [一每][次年月周季天个] "
    "[按对以过得着来里说讲算给从由去到为上下做搞弄抓办用没]",
    "M": r"[“《「][^”》」]*[”》」] [\w“《「]",  # M: matter, all else
}
"""What the words of a question do; where several kinds fit, the first."""
_WORD = re.compile("|".join(f"(?P<{kind}>{words.replace(' ', '|')})" for kind, words in _WORDS.items()), re.DOTALL)
_NICE = "[那就你您很都我先好嗯哦噢行对的了吧啊呀哈啦嘞]|可以|明白|知道|收到|清楚|懂|没(?:别的)?问题|原来|是?这样|够"
_NICETY = rf"(?:(?:{_NICE})++|[^\W那]{{0,4}}(?:谢|辛苦|再见|拜拜|ok|hi|hello|thank)[^\W那再呢吗怎什多几哪谁]{{0,4}})"
_LEADING = "(?:[您你]好|领导让|我们?[是在正科县市区]|不要|[不没][止光])[^,。]*+[,。]"  # not the question itself
_POLITE = re.compile(rf"(?<![^\W_]){_NICETY}(?![^\W_])[\W_]*+|^{_LEADING}(?=.*\w)")
_NO_SUBJECT = re.compile("[吗没了过]|的[怎咋]")  # what comes before is a verb, or something of the matter before
_OF_THOSE = re.compile(r"[^怎咋如什啥多几哪谁]*的(?:呢?\W*$|[又有是都]*(?:多少|[几哪谁]))")
_WHICH = re.compile("(?<!是)(?:什么|啥)|[多几哪谁]")
_ORDINAL = re.compile("第|最后|头|前")
_AND = re.compile("(?:[和与跟同及、,]|还是)+")
_STOPS = " ,。.!?;:~…—-"


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was asked before, as it was typed."""

    question: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """The question that stands by itself, which is searched; `changed` tells whether it is not what was typed."""

    question: str
    changed: bool


@dataclass(frozen=True, slots=True)
class _Question:
    """A question without niceties, for each character the kind of its word, and the province of the place it names.

    `corrects` tells whether it puts the question before right; `denied` is what was said there by mistake, if told.
    """

    text: str = ""
    kinds: str = ""
    province: str = ""
    corrects: bool = False
    denied: str = ""

    def runs(self, kinds: str) -> Iterator[tuple[str, str]]:
        """Yield the stretches of text, and their kinds, where these match a regular expression."""
        return ((self.text[slice(*run.span())], run[0]) for run in re.finditer(kinds, self.kinds))

    def of(self, kinds: str) -> str:
        """Return the words of some kinds, in their order."""
        return "".join(text for text, _ in self.runs(f"[{kinds}]+"))

    def first(self, kind: str) -> str:
        """Return the first words of a kind, or nothing."""
        return next((text for text, _ in self.runs(f"{kind}+")), "")

    def besides(self, kinds: str) -> str:
        """Return the words besides some kinds, each stretch of them without the filler around it."""
        return "".join(text for text, _ in self.runs(f"[^F{kinds}](?:[^{kinds}]*[^F{kinds}])?"))

    def own(self, known: str = "") -> int:
        """Return how long its longest term is that is not `known`, without what is only a part."""
        terms = (_Question(term, kinds).of("M") for term, kinds in self.runs("[PM]+"))
        return max((len(term) for term in terms if term[:_OWN] not in known), default=0)

    @property
    def where(self) -> str:
        return self.first("E") or self.first("W")

    @property
    def matter(self) -> str:
        return self.besides("WYEHTVA")


@dataclass(frozen=True, slots=True)
class _Topic:
    """What is spoken of: the last question, made whole; its matter and what was last added to it; the places so far."""

    question: _Question = _Question()
    matter: str = ""
    added: str = ""
    places: tuple[str, ...] = ()

    def then(self, whole: _Question, asked: _Question, keeps: bool) -> "_Topic":
        """Return what is spoken of after one more question, which keeps to the matter or has one of its own."""
        places = [place for place in _AND.split(whole.first("W")) if place and place not in self.places[-2:]]
        matter, added = self.matter, self.added
        if not keeps:
            matter, added = whole.matter if len(whole.matter) >= _OWN else "", ""
        elif asked.own(matter) >= _OWN:
            added = asked.matter
        whole = replace(whole, province=whole.province or self.question.province)
        return _Topic(whole, matter, added, (*self.places, *places))

    def there(self, pronoun: str) -> str:
        """Return the place that is spoken of, or any; for 这两个县 the two named last, of which 前者 is the first."""
        if len(self.places) < 2 or not set(pronoun) & set("两俩二三几前后"):
            return self.question.where
        one = {"前": self.places[-2], "后": self.places[-1]}.get(pronoun[0])
        return one or "和".join(self.places[-3 if "三" in pronoun else 0 if "几" in pronoun else -2 :])


def resolved(question: str, before: Sequence[Turn], names: PlaceNames) -> Resolved:
    """Return the question as it stands by itself, with what it leaves out taken from the turns before, oldest first."""
    whole, topic = question, _Topic()
    for turn in (*before[-_TURNS:], Turn(question)):
        whole, topic = _whole(turn.question, topic, names)
    return Resolved(whole, whole != question)


def _whole(question: str, topic: _Topic, names: PlaceNames) -> tuple[str, _Topic]:
    """Return a question with what it leaves out, as typed where that is nothing, and what is spoken of after it."""
    asked = _read(question, names, topic.question.province)
    if set(asked.kinds) <= set("FT"):
        return question, topic
    whole, keeps = _followed(asked, topic) if topic.question.text and len(question) <= _LONG else ("", False)
    if whole.strip(_STOPS) in ("", asked.text.strip(_STOPS)):
        whole, keeps = asked.text if asked.corrects and topic.question.text else question, False
    return whole, topic.then(_read(whole, names), asked, keeps)


def _read(question: str, names: PlaceNames, province: str = "") -> _Question:
    """Return a question as words. What is no more than a county of the province spoken of names it (太康, 西华)."""
    found = understood(question[: 5 * _LONG], names)
    # 去广东招商 says where something was done: the place is the one that the corpus has, unless it has none of them.
    asked = [asked for asked in found.places if asked.cases] or found.places
    mentions = [("" if each.cases else "(?<![去到赴往过])") + re.escape(each.mention) for each in asked]
    place = "|".join([*sorted(mentions, key=len, reverse=True), _LIKE_A_PLACE])
    places = re.compile(f"(?:{place})(?:(?:[的比在]|{_AND.pattern})*(?:{place}))*")
    polite = _POLITE.sub("", found.text)
    correction = corrected(polite)
    text = correction.meant if correction else polite
    hidden = places.sub(lambda place: "\0" * len(place[0]), text)
    kinds = "".join((word.lastgroup or "F") * len(word[0]) for word in _WORD.finditer(hidden))
    read = _Question(text, kinds, next((each.place.province for each in asked), ""))
    if correction:
        return replace(read, corrects=True, denied=correction.denied)
    if text != found.text and not re.search("[WYEVA]", kinds) and not re.search("[呢吗]", text):
        return _Question()  # 谢谢,够用了
    for county in counties_by_short_name().get(short := read.of("PM"), ()):
        if province and county.province == province and not read.where:
            return _read(text.replace(short, county.county), names)
    return read


def _followed(asked: _Question, topic: _Topic) -> tuple[str, bool]:
    """Return a follow-up made whole, and whether it keeps to the matter before; nothing where it is none."""
    last, here, place = topic.question, asked.of("H"), asked.where
    there, year, said = topic.there(here), asked.first("Y") or last.first("Y"), asked.besides("WYEHT")
    compared = re.match("[^W]+(?=W)", asked.kinds) and asked.text[asked.kinds.find("W") - 1] in "跟和与同比"
    full = re.search("M{4}|[PM]{5}", asked.kinds) or (topic.matter and topic.matter in asked.text)
    if "C" in asked.kinds or (place and full and not compared):
        return "", False
    if compared and asked.own() >= _OWN:
        return _joined(last.where, topic.matter, asked.text), True
    asks = set(asked.kinds) & set("VA")
    named = asked.corrects and not asks and said
    if named or asked.own(last.text) >= _least(asked):
        if here and there:
            return asked.text.replace(here, there), False
        if not asks and (named or not _WHICH.search(last.of("A"))):
            mistaken = asked.denied if asked.denied in last.text else ""
            return _moved(place or there, year, last).replace(mistaken or _slot(said, last), said, 1), False
        return ("" if place else _joined(there, year, said)), False
    where = f"{_AND.split(last.where)[0]}和{place}" if compared and last.where else place or there
    vague = not re.search("A|[PNM]{2}", asked.kinds) and not where.startswith(("哪", "谁", "还有"))
    if vague and set(asked.kinds) & set("WYEHV"):
        return _moved(where, year, last), True
    before = last.first("N")
    if said == asked.of("N") and _ORDINAL.match(said) and _ORDINAL.match(before) and before[-1] == said[-1]:
        return last.text.replace(before, said), False
    as_before = last.first("A") if _OF_THOSE.match(asked.text) and "A" not in asked.kinds else ""
    return _joined(where, year, topic.matter, topic.added, said, as_before), True


def _least(asked: _Question) -> int:
    """Return how long a term has to be to be another matter than the one before."""
    if asked.corrects:
        return _OWN
    placed = asked.of("H").strip("他她它们") or re.search("[WE](?![WEF]*$)", asked.kinds)
    which = _WHICH.search(asked.of("VA"))
    if "T" in asked.kinds or _OF_THOSE.match(asked.text):
        return _OTHER if placed else _LONG
    if placed:
        return _OTHER if which and "MM" not in asked.kinds.split("A")[0] else _OWN
    begins = re.match("[FYHT]*(?=M{2})(?:[PM]{3}[^WE]*|[^AWE]*)$", asked.kinds) and not _NO_SUBJECT.search(asked.text)
    return (_SUBJECT if which else _OWN) if begins else _OTHER


def _slot(said: str, last: _Question) -> str:
    """Return the words of the question before in whose place others stand: those that end alike, or the first."""
    terms = [term for term, _ in last.runs("[PM]+")]
    for shared in range(len(said) - 1, 0, -1):
        for term in terms:
            if end := term.rfind(said[-shared:]) + 1:
                return term[max(0, end - 1 + shared - len(said)) : end - 1 + shared]
    return terms[0] if terms else ""


def _moved(where: str, year: str, last: _Question) -> str:
    """Return the question before, asked of another place, of any, or of another year."""
    new = {"E" if last.first("E") else "W": where, "Y": year}
    texts = [new.pop(kinds[0], "") if kinds[0] in "WEY" else text for text, kinds in last.runs("W+|E+|Y+|[^WEY]+")]
    return _joined("".join(new.values()), "".join(texts).rstrip(_STOPS))


def _joined(*parts: str) -> str:
    """Return the parts one behind the other; what is said again, or ends one and begins the next, is said once."""
    whole = ""
    for at, part in enumerate(parts):
        shared = next((size for size in range(min(len(whole), len(part)), 1, -1) if whole.endswith(part[:size])), 0)
        if not any(part in later for later in parts[at + 1 :]):
            whole += part[shared:]
    return whole
