from pathlib import Path

from eval.evaluate import evaluated
from eval.left_out import LEFT_OUT, apart, looked_up_without
from eval.variant import Variant
from tests.eval.conftest import bench_on


def test_each_question_is_asked_once_more_without_its_documents(folder: Path, tmp_path: Path) -> None:
    bench = bench_on(str(folder), tmp_path)
    found, run = evaluated(bench, Variant(), left_out=True)
    hidden = [result for result in found.results if result.why == LEFT_OUT]
    assert len(hidden) == len(run) == 2
    assert found.abstention.false_answers is not None
    assert found.abstention.false_answers.n == 2


def test_what_answers_is_out_of_sight(folder: Path, tmp_path: Path) -> None:
    bench = bench_on(str(folder), tmp_path)
    reader = bench.reader(Variant())
    for topic in bench.collection.answerable:
        own = {span.document for span in topic.evidence}
        hits = looked_up_without(reader, topic, 5).hits
        assert not own & {hit.passage.document_id for hit in hits}
        assert not apart(topic).evidence
