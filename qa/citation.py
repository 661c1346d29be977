"""The line that an official pastes under a quotation, in three forms."""

import re
from dataclasses import dataclass
from datetime import date

from corpus.document import Case, Document, Part, Passage
from index.columns import title_year

PART_NAMES = {Part.LEAD: "导语", Part.CLOSING: "结语", Part.BODY: "正文"}
"""What a section without a heading is called."""


class CitationError(Exception):
    """A passage does not stand where its citation would send the reader."""


_ESCAPED = r"\\\1"
_MARKDOWN = re.compile(r"([\\\[\]])")
_WITHIN_QUOTES = str.maketrans("“”‘’", "‘’“”")
"""Quotation marks inside quotation marks are the other kind (GB/T 15834)."""


@dataclass(frozen=True, slots=True)
class CitationForms:
    """One citation: as a line of text, by GB/T 7714, and as a link in Markdown."""

    plain: str
    gbt7714: str
    markdown: str


def citation_forms(document: Document, passage: Passage, url: str, accessed: date) -> CitationForms:
    """Return the citation of a passage in its three forms; `url` is its permanent link, empty if there is none.

    GB/T 7714-2015, 4.2 (a part of a compilation, [G/OL]; a document by itself is [Z/OL]). Without a link nothing says
    that it is online, nor when it was seen there: [G], [Z]. Place and publisher are not known of what was imported; the
    year is the one in the title, in brackets as an estimate. Raises CitationError.
    """
    plain = citation(document, passage)
    case = document.cases[passage.case]
    online = "/OL" if url else ""
    where = _section_name(case, passage) + f"第{passage.paragraph}段"
    if case.number is None:
        work = f"{document.title}[Z{online}]"
        where = where if case.title == document.title else f"{case.title}，{where}"
    else:
        work = f"{case.title}[G{online}]//{document.title}"
        where = f"{case.label}，{where}"
    year = title_year(document.title)
    published = f"[出版地不详]: [出版者不详], [{year or '出版年不详'}]"
    seen = f"[{accessed.isoformat()}]. {url}." if url else "."
    words = _MARKDOWN.sub(_ESCAPED, plain)
    return CitationForms(
        plain=plain,
        gbt7714=f"{work}. {published}: {where}{seen}",
        markdown=f"[{words}]({url})" if url else words,
    )


def citation(document: Document, passage: Passage) -> str:
    """Return e.g. 《2021年河南省优化营商环境典型案例汇编》第一百五十七篇 周口市扶沟县，“强化要素保障”，第1段.

    Raises CitationError unless the passage's span lies in the very paragraph that the line names.
    """
    case = document.cases[passage.case]
    section = case.sections[passage.section]
    paragraph = section.paragraphs[passage.paragraph - 1]
    if not paragraph.start <= passage.start < passage.end <= paragraph.end <= len(document.text):
        raise CitationError(f"引文的位置与所引段落不符：{passage.id}")
    where = f"《{document.title}》{_case_name(case, document)}，{_section_name(case, passage)}第{passage.paragraph}段"
    origin = document.origin(passage.start)
    return f"{where}（原件第{origin.page}页）" if origin and origin.page else where


def _case_name(case: Case, document: Document) -> str:
    if case.number is None:
        return "" if case.title == document.title else case.title
    return f"{case.label} {case.place.name}".rstrip() if case.place.name else f"{case.label} {case.title}".rstrip()


def _section_name(case: Case, passage: Passage) -> str:
    section = case.sections[passage.section]
    if section.headings:
        return "".join(f"“{heading.translate(_WITHIN_QUOTES)}”" for heading in section.headings) + "，"
    return f"{PART_NAMES[section.part]}，" if case.number is not None else ""
