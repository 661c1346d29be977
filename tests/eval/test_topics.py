from collections import Counter

from corpus.document import Document
from corpus.passages import Cut, passages
from eval.topics import topics

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
