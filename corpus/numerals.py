"""Chinese numerals."""

import unicodedata
from functools import lru_cache

import cn2an

NUMERAL = "0-9０-９〇零一二三四五六七八九十百千两廿卅壹贰叁肆伍陆柒捌玖拾佰仟"
"""The characters of a numeral, for use inside a regular expression's class."""

CIRCLED = "①-⑳㉑-㉟㊱-㊿"
"""The numbers in circles, from 1 to 50, for the same use; `numeral` reads them."""

_LONGEST = 16
"""Characters; what is longer numbers nothing, and would overflow the reader."""


@lru_cache(maxsize=4096)
def numeral(text: str) -> int | None:
    """Return the whole number that a Chinese or Arabic numeral writes (一百五十七, 廿三, １５７), or None."""
    if len(text) > _LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text).replace("廿", "二十").replace("卅", "三十")
    try:
        value = cn2an.cn2an(plain, "smart")
    except (ValueError, TypeError, KeyError):
        return None
    return int(value) if value == int(value) else None


def case_number(text: str) -> int | None:
    """Return the number that a person writes for a case, with or without 第 and 篇, or None."""
    return numeral(text.strip().removeprefix("第").removesuffix("篇"))
