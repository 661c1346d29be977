"""Whether a piece of text tells what was done (做法), what came of it (成效), or what stood behind it (背景)."""

import re

from corpus.document import Aspect, Part
from corpus.sentences import sentences

_ATTAINED = re.compile(
    r"累计|共(?:计|有|开工|签约|涉及|举办|召开|集中)|圆满完成|完成投资|完成率|[均已]已?(?:全部)?(?:开工|投产|达|完成|建成|形成)|"
    r"取得|获(?:批|评|得|国家|省)|荣获|入选|跻身|位居|居全[国省市]|全[国省]第|第[一二三\d]位|走在.{0,4}前|创.{0,6}新高|零的突破|突破性|"
    r"增长\s*\d|达到?\s*\d|超过?\s*\d|率(?:达|为)?\s*\d|占.{0,12}[%％]|同比|下降\s*\d|提升至|压缩至|缩短|减少\s*\d|盘活|促进了|成功举办|先后举|"
    r"正式(?:运营|投用|启用|开通|运行|挂牌)|高效运行|有序有效|全面完成|如期|成果丰硕|"
    r"(?:持续|稳步|明显|显著|不断|大幅|整体)(?:增强|改善|提升|提高|增长|优化|好转|跃升|向好|回升)|跃升|呈现|相继落地|签约[^,，]{0,8}\d|"
    r"(?:解决|办结|服务|推出|实现|新增|新开工|竣工|盘活|供应|培育|发放|建成|开工|完成|引进)了?[^,，。;；]{0,14}\d"
)
"""What has come to be: counts reached, ranks, things in operation. Said of the past, or of no time at all."""

_PLANNED = re.compile(
    r"左右|力争|争取|争创|目标|计划(?!投资)|将(?!项目)|要(?=[^求素闻点]).{0,10}|今年.{0,4}(?:要|重点)|确保"
)
"""What is still to come; it makes a figure a target."""

_ACTION = re.compile(
    r"建立|制定|完善|推行|实行|落实|开展|强化|健全|组建|明确|优化|推进|加强|依托|创新|出台|严格|采取|按照|打造|围绕|聚焦|深入|"
    r"定期|每[周月季年]|对.{1,20}(?:进行|实行|实施)|召开|简化|加快|实施|统筹|深化|推动|支持|提高|扩大|培育|引导|规范|构建|做好|抓好|"
    r"办好|提供|发展|建设|建成|整治|治理|巩固|拓展|加大|探索|解决|争取|维护|防范|鼓励|扶持|改造|整合|设立|成立"
)
_BEGINS_WITH_ACTION = re.compile(
    rf"[\s（(]*(?:[一二三四五六七八九十\d]+[、.）)是]\s*)?(?:持续|积极|全力|大力|着力|全面|进一步|切实|更加|有序|高质量|高标准|稳妥)?(?:{_ACTION.pattern})"
)

_GUIDING = re.compile(
    r"是.{0,24}(?:一年|之年|时期|关键|结果)|面临|感谢|谢意|敬意|致敬|指示|牢固树立|秉持|各位代表|初衷|其目的|"
    r"贯彻(?:落实)?[^,，]{0,16}(?:精神|部署|思想)|报告.{0,6}提出|仍(?:然)?(?:不|存在|有|较|处)|还(?:不|存在)|尚不"
)
_BEHIND = re.compile(
    r"由来|意义|挑战|困难|不足|不够|不强|短板|压力|潜力|使命|必须|我们|提出|今后|优势|树牢|以.{1,20}为(?:指导|引领|导向|统领|根本|遵循)|为进一步"
)
"""What stood behind it: guiding thought, the situation, reasons, thanks; the first are seldom said of anything else."""

_FIGURE = re.compile(r"\d[\d.]*\s*(?:%|％|个|项|[亿万]?元|亿|万|亩|家|宗|人|户|件|次|名|倍|公里|吨|批)")
_FIGURES_TELL = 2
"""So many figures in a sentence tell as much of a result as a word for it."""


def sentence_aspect(sentence: str) -> Aspect:
    """Return the aspect of one sentence by its words (accuracy on labelled sentences: eval/README.md)."""
    planned = _PLANNED.search(sentence)
    attained = 0 if planned else len(_ATTAINED.findall(sentence)) + len(_FIGURE.findall(sentence)) // _FIGURES_TELL
    actions = len(_ACTION.findall(sentence))
    guiding = len(_GUIDING.findall(sentence))
    behind = 3 * guiding + len(_BEHIND.findall(sentence))
    if attained > (_BEGINS_WITH_ACTION.match(sentence) is not None) and attained * 3 >= actions and not guiding:
        return Aspect.RESULT
    if behind and behind * 2 >= actions:
        return Aspect.BACKGROUND
    return Aspect.MEASURE


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
