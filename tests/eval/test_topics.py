from collections import Counter
from pathlib import Path

import pytest

from corpus.document import Document
from corpus.passages import Cut, passages
from eval.errors import TopicWrong
from eval.topics import Span, Topic, line_of, topics

SORTS = {"confusable", "list", "preface", "figure", "measure", "result", "paraphrase", "keyword", "docnumber", "across"}
WHY = {"place_unknown", "not_covered", "other_year", "off_topic", "chit_chat"}


def test_every_quote_stands_where_it_says_inside_one_paragraph(compilation: Document) -> None:
    spans = [(passage.start, passage.end) for passage in passages(compilation, Cut(10_000))]
    for topic in topics():
        for span in topic.evidence:
            assert span.document == compilation.id
            assert compilation.text[span.start : span.end] == span.quote != ""
            assert any(start <= span.start and span.end <= end for start, end in spans), topic.id


def test_every_answer_stands_in_the_evidence() -> None:
    for topic in topics():
        for answer in topic.answers:
            assert any(answer in span.quote for span in topic.evidence), topic.id


def test_the_questions_are_many_and_of_every_sort() -> None:
    answerable = [topic for topic in topics() if topic.evidence]
    assert len(answerable) >= 150
    assert {topic.kind for topic in answerable} >= SORTS
    unanswerable = [topic for topic in topics() if not topic.evidence]
    assert len(unanswerable) >= 30
    assert {topic.why for topic in unanswerable} == WHY


def test_ids_and_questions_are_unlike_and_both_splits_have_every_kind() -> None:
    found = topics()
    assert max(Counter(topic.id for topic in found).values()) == 1
    assert max(Counter(topic.question for topic in found).values()) == 1
    kinds = {split: {topic.kind for topic in found if topic.split == split} for split in ("dev", "held")}
    assert kinds["dev"] == kinds["held"]


def test_a_line_of_a_topics_file_ends_where_json_lines_end_and_nowhere_else(tmp_path: Path) -> None:
    quote = "一\u2028二\u2029三\x85四\x0b五\x0c六\r\n七"
    first = Topic("a", "dev", "figure", f"问{quote}", evidence=(Span("甲县", 0, len(quote), quote),), answers=(quote,))
    second = Topic("b", "held", "unanswerable", "再问", why="not_covered")
    file = tmp_path / "topics.jsonl"
    file.write_bytes(f"{line_of(first)}\r\n\n{line_of(second)}".encode())
    assert topics(file) == (first, second)
    file.write_text(f"{line_of(first)}\n[]\n", "utf-8")
    with pytest.raises(TopicWrong, match="第2行"):
        topics(file)
