"""Web pages: the article, without what the site wraps it in."""

import codecs
import re
from collections import Counter
from collections.abc import Sequence

import trafilatura
from lxml.html import HtmlElement

from corpus.errors import FaultCode, Refused
from corpus.extracted import Extracted
from corpus.readers.blocks import Block, blocks, flat, parsed
from corpus.readers.lines import Lines

_META = re.compile(rb"<meta[^>]*?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_META_WITHIN = 8192

_HELD = 0.95
"""Share of the article's characters that the element must hold which is taken for the article's."""
_TOO_LITTLE = 0.3
"""Below this share of the page's characters outside links, the library has missed the article."""
_LINKS = 0.6
"""Share of a paragraph's characters in links above which it is navigation."""
_LINKS_ALL = 0.9

_BODY_SHORTEST = 15
_FURNITURE_LONGEST = 120
_FURNITURE = re.compile(
    r"【?字\s*[号体][:：]|大\s*中\s*小\s*】?$|(?:您|你)?(?:现在|当前|所在)?的?位置\s*[:：]|"
    r"(?:访问|阅读|浏览|点击)(?:量|次数|数)\s*[:：]|打印(?:本页|此页|文章)|^\W*打印|关闭(?:本页|窗口|此页)|分享(?:到|至)|"
    r"版权所有|ICP备|公网安备|网站标识码|网站地图|扫一扫|^\W*(?:来源|稿源|信息来源|作者|责任编辑|责编|编辑|发布时间|发布日期|"
    r"发布机构|相关(?:报道|链接|文章|新闻|阅读|稿件)|主办单位|主办|承办单位|承办|技术支持|上一[篇条]|下一[篇条]|"
    r"首页)\s*(?:[:：>＞»|]|$)"
)
_RELATED = re.compile(r"^\W*相关(?:报道|链接|文章|新闻|阅读|稿件)")
_SITE = re.compile(r"\s*[_|｜\-—–]+\s*[^_|｜\-—–]*(?:网|网站|门户|政府|平台|频道)\s*$")

_AROUND = "网页的导航、页脚等"
_AT_EDGE = "网页的附属文字"


def read(data: bytes, name: str) -> Extracted:
    """Return the article of a web page; headings h1 to h6 become hints. Raises Refused (no_text, unreadable)."""
    text, note = _decoded(data)
    root = parsed(text)
    lines = Lines()
    if note:
        lines.note(note)
    title = _title(root)
    article = trafilatura.extract(text, favor_recall=True, include_comments=False, include_tables=True) or ""
    found = list(blocks(root))
    kept = _article(found, _bare(article))
    furniture = _furniture([block for block, inside in zip(found, kept, strict=True) if inside])
    for block, inside in zip(found, kept, strict=True):
        if not inside:
            lines.drop(block.text, _AROUND)
        elif id(block) in furniture:
            lines.drop(block.text, _AT_EDGE)
        else:
            lines.add(block.text, level=block.level)
    if lines.blank:
        raise Refused(
            FaultCode.NO_TEXT, "网页里没有读出文字（可能由脚本生成），请在浏览器里打开，复制正文存为 .txt 或 .docx。"
        )
    return lines.extracted(name, title)


def _decoded(data: bytes) -> tuple[str, str]:
    """Return a page's text, and a remark where some of it could not be decoded."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace"), ""
    try:
        # Bytes tell more than what a page says of itself: GB2312 stays in many templates that were moved to UTF-8.
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    declared = _META.search(data[:_META_WITHIN])
    encoding = declared[1].decode("ascii").lower() if declared else ""
    if encoding not in {"utf-8", "utf8", "big5"}:
        encoding = "gb18030"
    text = data.decode(encoding, errors="replace")
    lost = text.count("\N{REPLACEMENT CHARACTER}")
    return text, f"网页有 {lost} 处字符编码有误，显示为“\N{REPLACEMENT CHARACTER}”，请与原网页核对。" if lost else ""


def _article(found: Sequence[Block], article: str) -> list[bool]:
    """Tell of each block whether it belongs to the article."""
    matched = [len(bare) > 1 and bare in article for bare in (_bare(block.text) for block in found)]
    sizes = [len(_bare(block.text)) for block in found]
    outside_links = sum(max(size - block.linked, 0) for block, size in zip(found, sizes, strict=True))
    total = sum(size for size, match in zip(sizes, matched, strict=True) if match)
    if not total or total < outside_links * _TOO_LITTLE:
        return [block.linked <= size * _LINKS for block, size in zip(found, sizes, strict=True)]
    held: Counter[HtmlElement] = Counter()
    for block, size, match in zip(found, sizes, matched, strict=True):
        if match:
            for element in (block.element, *block.element.iterancestors()):
                held[element] += size
    # Of the elements that hold enough, the one that holds least is the innermost; the deepest of equals is last met.
    holder = max(
        (e for e, size in held.items() if size >= total * _HELD), key=lambda e: sum(1 for _ in e.iterancestors())
    )
    inside = set(holder.iter())
    headings = [block for block in found if block.level == 1]
    headline = headings[0] if len(headings) == 1 else None
    return [block.element in inside or block is headline for block in found]


def _furniture(article: Sequence[Block]) -> set[int]:
    """Return the ids of blocks before the first and after the last paragraph of the article that are the site's."""
    body = [
        index
        for index, block in enumerate(article)
        if len(block.text) >= _BODY_SHORTEST and block.text.rstrip("”）").endswith(("。", "！", "；", "："))
    ]
    first, last = (body[0], body[-1]) if body else (len(article), -1)
    furniture: set[int] = set()
    related = False
    for index, block in enumerate(article):
        if first <= index <= last or len(block.text) > _FURNITURE_LONGEST:
            continue
        related = related or (index > last and bool(_RELATED.match(block.text)))
        linked = block.linked >= len(_bare(block.text)) * _LINKS_ALL
        if _FURNITURE.search(block.text) or (related and linked):
            furniture.add(id(block))
    return furniture


def _title(root: HtmlElement) -> str:
    """Return what the page says the article is called: to machines, as its one headline, or in its title bar."""
    headlines = root.xpath("//h1")
    candidates = [
        *root.xpath('//meta[@name="ArticleTitle"]/@content'),
        *root.xpath('//meta[@property="og:title"]/@content'),
        *("".join(headline.itertext()) for headline in headlines if len(headlines) == 1),
        *(_SITE.sub("", "".join(bar.itertext()).strip()) for bar in root.xpath("//title")),
    ]
    return next((title for candidate in candidates if (title := flat(str(candidate)).strip())), "")


def _bare(text: str) -> str:
    return "".join(text.split())
