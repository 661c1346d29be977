from corpus.document import Aspect, Passage
from eval.judgements import judged
from eval.topics import Span, Topic


def passage(start: int, end: int, document: str = "d") -> Passage:
    return Passage(document, start, end, 0, 0, 1, Aspect.MEASURE)


def topic(*spans: Span) -> Topic:
    return Topic("q", "dev", "measure", "问题", evidence=spans)


def test_a_passage_that_covers_the_span_is_right_and_one_that_touches_it_is_related() -> None:
    whole, touching, apart = passage(0, 40), passage(38, 60), passage(60, 90)
    grades = judged([topic(Span("d", 30, 40, "…"))], [whole, touching, apart])
    assert grades == {"q": {whole.id: 2, touching.id: 1}}


def test_judgements_survive_another_cut() -> None:
    span = Span("d", 30, 40, "…")
    for cut in ([passage(0, 100)], [passage(0, 50), passage(50, 100)], [passage(25, 41)]):
        assert judged([topic(span)], cut)["q"] == {cut[0].id: 2}


def test_of_a_span_that_no_passage_covers_half_of_it_is_enough() -> None:
    larger, smaller = passage(0, 60), passage(60, 100)
    assert judged([topic(Span("d", 20, 80, "…"))], [larger, smaller])["q"] == {larger.id: 2, smaller.id: 1}


def test_graded_evidence_gives_graded_passages_and_the_best_span_counts() -> None:
    first, second = passage(0, 50), passage(50, 100)
    grades = judged(
        [topic(Span("d", 0, 10, "…", 2), Span("d", 5, 8, "…", 1), Span("d", 50, 60, "…", 1))], [first, second]
    )
    assert grades["q"] == {first.id: 4, second.id: 2}


def test_other_documents_and_topics_without_evidence_are_left_out() -> None:
    elsewhere = passage(0, 50, "e")
    assert judged([topic(Span("d", 0, 10, "…"))], [elsewhere]) == {"q": {}}
    assert judged([topic()], [elsewhere]) == {}
