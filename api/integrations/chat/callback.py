"""When a callback was signed: neither long ago nor in the future."""

import re
import time

from api.errors import CallbackMalformed, CallbackStale

_DIGITS = re.compile(r"[0-9]{1,15}", re.ASCII)
_AHEAD = 60.0
"""Seconds by which a platform's clock may be ahead of ours."""


def check_age(milliseconds: str | int, oldest: float) -> None:
    """Let through a moment that lies at most so many seconds back. Raises CallbackStale, CallbackMalformed."""
    if not _DIGITS.fullmatch(str(milliseconds)):
        raise CallbackMalformed("回调的时间戳读不懂。")
    age = time.time() - int(milliseconds) / 1000
    if not -_AHEAD <= age <= oldest:
        raise CallbackStale("回调的时间与本机相差太多。请检查本机的时钟。")
