"""Signs that characters were lost or put in, where a text was copied or read off a picture."""

import re
from collections.abc import Iterable, Iterator

from corpus.outlining.lines import Doubt, Line

_SIGNS = (
    ("有无法显示的字符", re.compile("\ufffd")),
    ("汉字后面夹着拼音", re.compile(r"[\u4e00-\u9fff][(（][a-zāáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜü]{1,6}[)）][\u4e00-\u9fff]")),
    ("日期似乎缺了字", re.compile(r"(?<![\d月.])(?:1[0-2]|[1-9])(?:[0-2]\d|3[01])日(?!均)")),
    ("文号似乎缺了括号", re.compile(r"[发办政函文字](?:19|20)\d{2}\s*\d{1,4}\s*号")),
)


def damage(found: Iterable[Line]) -> Iterator[Doubt]:
    """Yield a doubt for each line that shows a sign of damage; its words stay as they are."""
    for line in found:
        reasons = [reason for reason, sign in _SIGNS if sign.search(line.words)]
        if reasons:
            yield line.doubt(f"{'、'.join(reasons)}，原样保留，引用前请核对原件")
