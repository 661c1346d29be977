"""A message from a chat platform, whichever it is, and the question in it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from api.questions.fields import LONGEST_QUESTION


class Platform(StrEnum):
    """The platforms that are understood."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that was verified; `text` is None where it is no text (a picture, a voice, a file).

    `message_id` is the same when the platform sends the message again. `chat_id` and `sender` are as the platform
    names them; `mentioned` tells whether the bot is, which only counts in a group.
    """

    platform: Platform
    message_id: str
    chat_id: str
    sender: str
    is_group: bool
    mentioned: bool
    text: str | None


class Notice(StrEnum):
    """What is said to a message that asks nothing."""

    NOT_TEXT = "目前只看得懂文字，请把想问的写出来。"
    EMPTY = "请写出想了解的地方、做法或成效，例如“某县怎么保障项目用地”。接着可以只问“那邻县呢”；发“新话题”重新开始。"
    TOO_LONG = f"问题太长了，最多 {LONGEST_QUESTION} 个字，请缩短后再问。"
    CLEARED = "好，重新开始。请问想了解什么？"


_STARTS_ANEW = frozenset({"新话题", "新的话题", "重新开始", "换个话题", "清空对话", "/new", "/reset"})
_END = "。.！!～~ "
"""What people put behind a command."""
_SPACES = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
"""Full-width spaces and U+2005, which clients put behind a name, are white space to `re`."""
_MENTION = re.compile(r"(?<![A-Za-z0-9._%+-])[@＠][^\s@＠]{1,40}(?=\s|$)")
"""Somebody's name up to the space that clients put behind it; not the end of a mail address."""


def cleaned(text: str, names: Iterable[str] = ()) -> str:
    """Return a text without the people it calls by @; `names` are the bot's, known even with no space behind them."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(rf"[@＠]{re.escape(name)}", " ", text)
    return _SPACES.sub(" ", _MENTION.sub(" ", text)).strip()


def read_question(incoming: Incoming, names: Iterable[str] = ()) -> str | Notice | None:
    """Return the question of a message, or what to say instead; None where it is meant for others in the group."""
    if incoming.is_group and not incoming.mentioned:
        return None
    if incoming.text is None:
        return Notice.NOT_TEXT
    question = cleaned(incoming.text, names)
    if not question:
        return Notice.EMPTY
    if question.rstrip(_END).lower() in _STARTS_ANEW:
        return Notice.CLEARED
    return question if len(question) <= LONGEST_QUESTION else Notice.TOO_LONG
