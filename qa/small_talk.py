"""Greetings, thanks and questions to the machine itself: no question about the compilation."""

import re

_WORDS = (
    "[你您]们?好|大家好|(?:早上|上午|中午|下午|晚上)好|[早午晚]安|早|嗨|哈[喽啰罗]|hello|hi|hey|"
    "在吗|在么|在不在|有人[在吗么]+|[多非]?常?谢+|感谢|辛苦|麻烦[你您]|再见|拜拜|拜|回见|下次再?[聊见]|bye|"
    "[你您]是(?:谁|什么|机器人|人工智能|ai)|[你您]叫(?:什么|啥)(?:名字)?|[你您][能会可以]+(?:做|干|回答)?(?:些?什么|啥)|"
    "[哈呵嘿嘻]{2,}|[嗯哦噢]+|好[的嘞]?|明白|收到|知道|ok|测试一?下?|test"
)
_SMALL_TALK = re.compile(rf"\W*(?:(?:{_WORDS})(?:[你您们了啊呀哦呢吗嘛啦吧哟]|老师|大家)*[\W\d]*)+")


def is_small_talk(text: str) -> bool:
    """Tell whether a normalised question is small talk and nothing else (你好, 谢谢了, 你是谁)."""
    return _SMALL_TALK.fullmatch(text) is not None
