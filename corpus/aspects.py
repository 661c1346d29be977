"""Whether a piece of text tells what was done (做法), what came of it (成效), or what stood behind it (背景)."""

import re

from corpus.document import Aspect, Part
from corpus.sentences import sentences

_FIGURE = re.compile(r"\d[\d.]*\s*(?:%|％|个|项|亿元|万元|元|亩|家|宗|人|户|件|次|天|名|倍|平方|公里|吨|批)")
_RESULT = re.compile(
    r"累计|完成投资|完成率|占.{0,10}[%％]|率(?:达到?|为)?\s*\d|增长|提升至|下降|同比|共(?:计|有|开工|签约|涉及|举办|召开|集中)|"
    r"圆满完成|取得(?:了|实效|明显|显著)|均已|已全部|位居|合同投资|签约|成功举办|先后举[行办]|形成了|落地|达\s*\d|"
    r"实现(?:了|税收|营收|产值)|盘活|促进了|创历史|获评|荣获|减少|压缩至|缩短"
)
_MEASURE = re.compile(
    r"建立|制定|完善|推行|实行|落实|开展|强化|坚持|健全|组建|明确|优化|推进|加强|依托|创新|出台|严格|持续|采取|按照|打造|"
    r"围绕|聚焦|深入|定期|每[周月季年]|对.{1,20}(?:进行|实行|实施)|召开|确保|简化"
)


def sentence_aspect(sentence: str) -> Aspect:
    """Return the aspect of one sentence by its words: a result tells figures or what has come to be, a measure acts."""
    results = len(_RESULT.findall(sentence)) + min(len(_FIGURE.findall(sentence)), 3)
    measures = len(_MEASURE.findall(sentence))
    if results >= 2 and results >= measures:
        return Aspect.RESULT
    return Aspect.MEASURE if measures else Aspect.RESULT if results else Aspect.BACKGROUND


def aspect_of(text: str, part: Part) -> Aspect:
    """Return the aspect of a passage: of a lead background, of a closing result, else what most of it tells."""
    if part is Part.LEAD:
        return Aspect.BACKGROUND
    if part is Part.CLOSING:
        return Aspect.RESULT
    weights = dict.fromkeys((Aspect.MEASURE, Aspect.RESULT, Aspect.BACKGROUND), 0)
    for start, end in sentences(text):
        weights[sentence_aspect(text[start:end])] += end - start
    return max(weights, key=lambda aspect: weights[aspect])
