"""Questions that are nothing but a term (新质生产力, 什么是低空经济): what says it answers them."""

import re

from index.tokenizer import normalised
from qa.understanding import Interpretation

_ASKING = re.compile(
    r"(?:请|想|要|再|给我|帮我|我|查|找|看|问|说|讲|谈|聊|介绍|了解|解释|知道|一下|一说|关于|有关|什么是|何为|何谓|什么叫|是什么(?:意思)?|"
    r"指的?(?:是)?什么|(?:方面)?的?(?:情况|内容|表述|意思|说法|部分))"
)
_ASKS_MORE = re.compile("怎|如何|咋|哪|谁|吗|什么|啥|何|是否|是不是|能不能|有没有")
_TERM = re.compile(r"[“「]?([\w%·]{2,12})[”」]?")


def subject(interpretation: Interpretation) -> str:
    """Return the term of which a question consists, besides its places, or an empty string where it asks for more."""
    if interpretation.figure or interpretation.across or interpretation.years or interpretation.is_general:
        return ""
    left = interpretation.text
    for asked in interpretation.places:
        left = left.replace(asked.mention, " ")
    whole = _TERM.fullmatch(_ASKING.sub(" ", left).strip(" ,。.!?;:、的呢吧"))
    return whole[1] if whole and not _ASKS_MORE.search(whole[1]) else ""


def says(text: str, term: str) -> bool:
    """Tell whether a text says a term literally, in whatever width and script; every text says the empty one."""
    return term in normalised(text)
