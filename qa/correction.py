"""A question that puts the one before right: 不是招商，是土地; 说错了，是舞钢; 我问的是孟津."""

import re
from dataclasses import dataclass

_SORRY = re.compile(
    r"(?:(?:[^\W多几哪谁什怎]{0,6}(?:错|非所问|不对|口误|[更纠]正|抱歉|不好意思|对不起)|[哦噢啊呃唉]*不是?)"
    r"[字了吧啊哈一下]*(?:\W+|(?=应该?是|我|要问)))+"
)
_DENIED = re.compile(
    r"(?:我?(?:不是[想要]?[问说指]?|[不没][想要]?问|不[看说])|我不要)(?P<denied>(?![吧吗的])\w+?)[的了]?(?:\W+(?:而?是)?|而?是)"
)
_ASKED = re.compile(r"(?:我|(?:[上前]面|刚才)(?:那个)?)(?:是?[想要])?[问说指要]的(?:应该?)?是")
_MEANT = re.compile(
    r"(?:(?:[上前]面|刚才)(?:那个)?)?(?:我|其实|本来|应该|应(?=是)|[是想]|(?:要(?!素)|[问看说指](?![题明标]))的?|知道|了解)+"
)
_CLOSING = re.compile(r"(?P<meant>\w+)\W+而?不是(?P<denied>(?![吧吗])\w+)\W*")


@dataclass(frozen=True, slots=True)
class Correction:
    """What was meant, and what was said by mistake, empty where that is not told."""

    meant: str
    denied: str = ""


def corrected(text: str) -> Correction | None:
    """Return what a normalised question puts right, nothing where it is no correction."""
    if closing := _CLOSING.fullmatch(text):
        return Correction(_without(_MEANT, closing["meant"]), closing["denied"])
    rest = _without(_SORRY, text)
    denied = _DENIED.match(rest)
    meant = _without(_DENIED, rest)
    if meant == text and not _ASKED.match(text):
        return None
    meant = _without(_MEANT, meant)
    return Correction(meant, denied["denied"] if denied else "") if re.search(r"\w", meant) else None


def _without(lead: re.Pattern[str], text: str) -> str:
    found = lead.match(text)
    return text[found.end() :] if found else text
