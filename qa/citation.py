"""The line that an official pastes under a quotation."""

from corpus.document import Case, Document, Part, Passage

PART_NAMES = {Part.LEAD: "导语", Part.CLOSING: "结语", Part.BODY: "正文"}
"""What a section without a heading is called."""


class CitationError(Exception):
    """A passage does not stand where its citation would send the reader."""


def citation(document: Document, passage: Passage) -> str:
    """Return e.g. 《2021年河南省优化营商环境典型案例汇编》第一百五十七篇 周口市扶沟县，“强化要素保障”，第1段.

    Raises CitationError unless the passage's span lies in the very paragraph that the line names.
    """
    case = document.cases[passage.case]
    section = case.sections[passage.section]
    paragraph = section.paragraphs[passage.paragraph - 1]
    if not paragraph.start <= passage.start < passage.end <= paragraph.end <= len(document.text):
        raise CitationError(f"引文的位置与所引段落不符：{passage.id}")
    return f"《{document.title}》{_case_name(case, document)}，{_section_name(case, passage)}第{passage.paragraph}段"


def _case_name(case: Case, document: Document) -> str:
    if case.number is None:
        return "" if case.title == document.title else case.title
    return f"{case.label} {case.place.name}".rstrip() if case.place.name else f"{case.label} {case.title}".rstrip()


def _section_name(case: Case, passage: Passage) -> str:
    section = case.sections[passage.section]
    if section.headings:
        return "".join(f"“{heading}”" for heading in section.headings) + "，"
    return f"{PART_NAMES[section.part]}，" if case.number is not None else ""
