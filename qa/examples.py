"""Questions to begin with, drawn from the compilation itself: each was asked, and is answered where it should be."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, cycle, zip_longest

from corpus.document import Case, Document, Part
from corpus.places import short_name
from index.figures import PlacedFigure
from index.tokenizer import is_ordinary, normalised
from qa.asking import Reader, Reply, ask

_CASES, _CHARACTERS, _FIGURES = 24, 20_000, 100
"""Cases that are looked at, spread over the compilation; how much of each, and how many of its figures."""
_MOST_ASKED, _TRIES = 20, 3
"""Questions that are asked in all, and those of a kind before it is another kind's turn."""
_LONGEST = 30

_ACTION = (
    "强化|加强|狠抓|抓好|抓实|建立|建好|完善|健全|突出|实行|推行|推进|推动|深化|优化|创新|规范|提升|提高|打造|构建|搭建|压实|破解|解决|"
    "畅通|简化|压缩|开展|做好|做强|做优|实施|培育|拓宽|拓展|保障|降低|落实|改善|改进|盘活|整治|治理|化解|扶持|引进|招引|壮大"
)
"""Verbs that what was done begins with and that 怎么 can ask about."""
_DONE = re.compile(rf"(?:{_ACTION})[\u4e00-\u9fff“”]{{2,10}}")
_IN_SHOW = re.compile(r"(?:见|看|出|显|求|有|讲|务)(?:实效|成效|真章|水平|特色|实招)$")
_HEADING = re.compile(r"[\u4e00-\u9fff“”]{6,12}")
_BLAND = re.compile("组织领导|责任|工作|落实|落地")
"""What every case does; asked about only where there is nothing else."""
_EMPTY_HEADING = re.compile(
    r"成效|成果|启示|背景|概况|做法|体会|经验|回顾|基本情况|下一步|打算|计划|安排|目录|附[件录]"
)

_BROUGHT_ABOUT = re.compile(
    r"(新?签约|供应|盘活|新?建成|新?开工|竣工|新建|召开|举办|新?培育|新?引进|办理|办结|解决|新增|改造|整治|化解|新?设立|推出|"
    r"发放|取消|帮扶|惠及|招引|吸纳|清理|压减|培训|走访|受理|对接洽谈|建设)((?:(?![已未均并])[\u4e00-\u9fff“”]){2,10})(?<!就业|增长|提升)"
)
"""What was done and to what, in the words that a figure counts (签约招商引资项目)."""
_SET_ABOUT = re.compile("^(?:实施|谋划|安排|推进|储备|组织|列入)(?=[^的])")
_SUM = re.compile(
    r"[\u4e00-\u9fff“”]{2,}(?:总投资|计划投资|合同投资额?|面积|规模|收入|产值|总额|合同额|总量|里程|[^效]率|比例|占比|比重)"
)
_SPENT = re.compile(r"[\u4e00-\u9fff“”]{2,}(?:完成投资|投资|资金|补贴|奖励|贷款)")
_VAGUE = re.compile("项目(?:总投资|计划投资|年度计划投资)?|企业|问题|事项|投资|资金")
"""What is counted where nothing tells which of them."""
_COUNTED = re.compile(r"[\u4e00-\u9fff“”]{3,9}(?:项目|企业|群众|中心|园区|事项|用地|住房|岗位|平台)")
_UNITS = re.compile(r"亩|平方米|平方公里|公里|万?吨|[家个项宗件户名次批处座台套所条]|人次?|个?批次")

_TERM = re.compile(r"“([\w%·]{3,12})”")
_KINDS = "(?:机制|制度|服务官|工作法|专班|活动|行动|例会|平台)"
_NAMED = re.compile(rf"[\u4e00-\u9fff]{{2,12}}{_KINDS}")
_NO_NAME = re.compile(rf"(?:{_ACTION}|成立|设立|举行|举办|召开|进行|组织|[的了和与为在等各将以对及其该一个并有是由每])")
_COMMON = re.compile(
    r"(?:工作|推进|建设|项目|管理|协调|服务|保障|运行|重点|长效|相关|有关|各项|联动|领导|督查|考核|监督|落实|责任|体系|规章|专题)*"
    + _KINDS
)
"""Names that fit anything (工作机制)."""
_VERBS = {
    "机制": "建立了",
    "制度": "建立了",
    "服务官": "设立了",
    "工作法": "推行了",
    "专班": "成立了",
    "平台": "搭建了",
}
_HELD = "开展了"
_SOME = 0.6
"""Share of the cases that may say what tells cases apart."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A question, the cases of which one must answer it first, and what else must be so.

    `kind` is figure, measure, result or across; `flavour` tells questions of a kind apart (the unit of a figure).
    `section` is where the first sentence must stand, `figure` where the figure of the answer, `term` what most of the
    sentences must say, of several cases; `rank` is lower the better the question reads.
    """

    kind: str
    question: str
    cases: frozenset[tuple[str, int]]
    rank: int = 0
    flavour: str = ""
    section: int | None = None
    figure: int | None = None
    term: str = ""

    def holds(self, reply: Reply) -> bool:
        """Tell whether the question is answered as it should be."""
        if reply.answer.silence or not reply.answer.said:
            return False
        first = reply.answer.said[0]
        saying = [self.term in normalised(each.quote) for each in reply.answer.said]
        return (
            (first.evidence.document.id, first.evidence.passage.case) in self.cases
            and self.section in (None, first.evidence.passage.section)
            and self.figure in (None, *(each.placed.figure.start for each in reply.answer.figures[:1]))
            and (not self.term or (sum(saying) > 1 and saying[0] and 2 * sum(saying) >= len(saying)))
        )


_ORDER = ("measure", "figure", "across", "measure", "figure", "result")


def examples(reader: Reader, count: int = 6) -> tuple[str, ...]:
    """Return up to `count` questions about this compilation, each of which it answers; fewer where it has less to ask.

    The same for the same compilation. At most twenty questions are asked to find them, of at most 24 cases.
    """
    left = _candidates(reader)
    found: list[_Candidate] = []
    kinds, asked, missed = cycle(_ORDER), 0, 0
    while len(found) < count and missed < len(_ORDER):
        own, missed = left[next(kinds)], missed + 1
        for _ in range(min(_TRIES, len(own), _MOST_ASKED - asked)):
            best = min(own, key=lambda each: _reuse(each, found))
            own.remove(best)
            asked += 1
            if best.holds(ask(reader, best.question, 1)):
                found.append(best)
                missed = 0
                break
    return tuple(each.question for each in found)


def _reuse(candidate: _Candidate, found: Sequence[_Candidate]) -> tuple[int, int, int]:
    """Return how much of a candidate was there before: its cases, its flavour; and after that its rank."""
    cases = 0 if candidate.kind == "across" else sum(candidate.cases == each.cases for each in found)
    return cases, sum(candidate.flavour == each.flavour for each in found), candidate.rank


def _candidates(reader: Reader) -> dict[str, list[_Candidate]]:
    """Return the questions by kind, of each kind the first of every case before the second of any."""
    cases = list(_sampled(reader))
    own = [[*_of_case(document, at, reader)] for document, at in cases]
    found: dict[str, list[_Candidate]] = defaultdict(list)
    for each in chain.from_iterable(zip_longest(*own)):
        if each and len(each.question) <= _LONGEST:
            found[each.kind].append(each)
    found["across"] = _across(cases, reader)
    return found


def _sampled(reader: Reader) -> Iterator[tuple[Document, int]]:
    """Yield cases spread over the compilation, as document and position: numbered ones, else whatever there is."""
    every = [(document, at) for document in reader.generation.documents for at in range(len(document.cases))]
    numbered = [(document, at) for document, at in every if document.cases[at].number is not None]
    every = numbered or every
    wanted = min(_CASES, len(every))
    yield from (every[at * len(every) // wanted] for at in range(wanted))


def _of_case(document: Document, at: int, reader: Reader) -> Iterator[_Candidate]:
    case, own = document.cases[at], frozenset([(document.id, at)])
    name = _name(case, (document.id, at), reader)
    for position, section in enumerate(case.sections):
        if section.part is Part.BODY and section.headings and section.paragraphs:
            for question, rank in _how(name, section.headings[-1]):
                yield _Candidate("measure", question, own, rank, section=position)
    figures = reader.generation.figures_in(document.id, case.start, case.end)[:_FIGURES]
    for placed in figures:
        alike = [each for each in figures if each.figure.measure == placed.figure.measure]
        if sum(each.figure.unit == placed.figure.unit for each in alike) == 1:
            for question, rank in _how_many(name, placed):
                unit = placed.figure.unit
                yield _Candidate("figure", question, own, rank, flavour=unit, figure=placed.figure.start)
    if name:
        yield _Candidate("result", f"{name}取得了哪些成效？", own)


def _name(case: Case, key: tuple[str, int], reader: Reader) -> str:
    """Return the shortest good name under which a case is asked for by its place, or an empty string."""
    place, short = case.place, short_name(case.place)
    is_short = place.county.endswith(("县", "市")) and not is_ordinary(short)
    names = [short] if is_short else []
    for name in [*names, place.county, place.name]:
        found = reader.names.asked(normalised(name))
        if name and len(found) == 1 and key in found[0].cases and (name == place.name or found[0].place == place):
            return name
    return ""


def _how(name: str, heading: str) -> Iterator[tuple[str, int]]:
    """Yield a question about what a heading says was done, with its rank."""
    said = _IN_SHOW.sub("", re.split("[,，、:：;；]", heading)[0].strip())
    if _EMPTY_HEADING.search(said) or said.count("“") != said.count("”"):
        return
    if _DONE.fullmatch(said):
        yield (f"{name}是怎么{said}的？" if name else f"怎么{said}？"), int(bool(_BLAND.search(said)))
    elif name and _HEADING.fullmatch(said):
        yield f"{name}在{said}方面是怎么做的？", 2


def _how_many(name: str, placed: PlacedFigure) -> Iterator[tuple[str, int]]:
    """Yield a question that a figure answers, with its rank."""
    figure = placed.figure
    measure, unit = _SET_ABOUT.sub("", figure.measure), figure.unit
    if figure.value < 2 or measure.count("“") != measure.count("”"):
        return
    vague = 2 * bool(_VAGUE.fullmatch(measure))
    if _SUM.fullmatch(measure):
        if unit == "%":
            yield f"{name}{measure}是多少？", 2
        elif _UNITS.fullmatch(unit) or unit.endswith("元"):
            yield f"{name}{measure}是多少{unit}？", 1 + vague
    elif unit.endswith("元") and _SPENT.fullmatch(measure):
        yield f"{name}{measure}多少{unit}？", vague
    elif _UNITS.fullmatch(unit):
        if brought := _BROUGHT_ABOUT.fullmatch(measure):
            yield f"{name}{brought[1]}了多少{unit}{brought[2]}？", 2 * bool(_VAGUE.fullmatch(brought[2]))
        elif name and _COUNTED.fullmatch(measure):
            yield f"{name}{measure}有多少{unit}？", 3


def _across(cases: Sequence[tuple[Document, int]], reader: Reader) -> list[_Candidate]:
    """Return questions which cases have something that some of them say, and not nearly all; what fewest say first."""
    saying: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for document, at in cases:
        case = document.cases[at]
        if case.number is not None:
            text = document.text[case.start : min(case.end, case.start + _CHARACTERS)]
            for term in {*_quoted(text), *_named(text, reader)}:
                saying[term].add((document.id, at))
    most = max(2, _SOME * len(cases))
    shared = {term: frozenset(own) for term, own in saying.items() if 2 <= len(own) <= most}
    # The longest of those that the same cases say.
    whole = [
        term
        for term, own in shared.items()
        if not any(term in other and term != other and own == shared[other] for other in shared)
    ]
    found = [replace(_who(term), cases=shared[term]) for term in whole]
    return sorted(found, key=lambda each: (each.rank, len(each.cases), -len(each.term), each.term))


def _who(term: str) -> _Candidate:
    said = normalised(term.strip("“”"))
    if term.startswith("“"):
        return _Candidate("across", f"哪些地方提到{term}？", frozenset(), 1, "quoted", term=said)
    verb = next((verb for tail, verb in _VERBS.items() if term.endswith(tail)), _HELD)
    return _Candidate("across", f"哪些地方{verb}{term}？", frozenset(), 0, "named", term=said)


def _quoted(text: str) -> Iterator[str]:
    return (f"“{term}”" for term in _TERM.findall(text))


def _named(text: str, reader: Reader) -> Iterator[str]:
    """Yield what a text names with a word like 机制 at its end: the words before that, four to eight characters."""
    for found in _NAMED.findall(text):
        starts = sorted(reader.generation.tokenizer.boundaries(found))
        for start in starts:
            if 4 <= len(found) - start <= 8 and not _NO_NAME.match(found, start):
                term = found[start:]
                if not _COMMON.fullmatch(term):
                    yield term
