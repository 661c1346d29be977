import csv
from pathlib import Path

import pytest
import pytrec_eval

from corpus.document import Document
from corpus.passages import Cut, passages
from eval import beir
from eval.collection import opened
from eval.errors import SetUnreadable, TopicWrong
from eval.judgements import judged
from eval.measures import NAMES, measured
from eval.topics import line_of, topics
from eval.trec import read_qrels, read_run, write_qrels
from index.generation import built
from tests.fakes import HashedEncoder

CMRC = Path(__file__).parents[3] / "shared" / "data" / "cmrc2018_dev"


def test_chunks_become_the_paragraphs_of_their_document(folder: Path) -> None:
    documents, found = beir.given(folder)
    assert [document.id for document in documents] == ["a", "b"]
    assert documents[0].text == "甲县供应土地三百亩。\n甲县开展招商引资。"
    assert [span.quote for topic in found for span in topic.evidence] == [
        "甲县供应土地三百亩。",
        "乙县建设污水处理厂。",
    ]
    assert [span.grade for topic in found for span in topic.evidence] == [1, 2]
    assert found[0].answers == ("三百亩", "三百 亩")


def test_questions_that_nobody_judged_are_left_out(folder: Path) -> None:
    assert [topic.id for topic in opened(str(folder)).topics] == ["q1", "q2"]


def test_the_answers_are_found_in_the_whole_documents_whatever_space_is_in_them(folder: Path) -> None:
    collection = opened(str(folder), own_passages=True)
    assert {span.quote for span in collection.topics[0].evidence} == {"三 百亩"}


def test_a_collection_that_was_written_is_read_again(tmp_path: Path, compilation: Document) -> None:
    ours = opened("ours")
    cut = passages(compilation, Cut())
    texts = [compilation.text[passage.start : passage.end] for passage in cut]
    grades = judged(ours.topics, cut)
    beir.write(tmp_path / "out", cut, texts, ours.topics, grades)
    again = opened(str(tmp_path / "out"))
    assert {topic.question for topic in again.topics} == {topic.question for topic in ours.answerable}
    quotes = {span.quote for topic in again.topics for span in topic.evidence}
    assert quotes == {
        text for passage, text in zip(cut, texts, strict=True) if any(passage.id in of for of in grades.values())
    }


def test_splits_share_no_question_and_leave_none_out() -> None:
    ours = opened("ours")
    dev, held = ours.split("dev"), ours.split("held")
    assert {*dev.topics, *held.topics} == {*ours.topics}
    assert not {*dev.topics} & {*held.topics}
    with pytest.raises(SetUnreadable, match="test"):
        ours.split("test")


def test_the_hash_tells_texts_and_judgements_apart(folder: Path) -> None:
    before = opened(str(folder)).hash
    assert opened(str(folder)).hash == before
    qrels = folder / "qrels" / "test.tsv"
    qrels.write_text(qrels.read_text("utf-8").replace("a#0", "a#1"), "utf-8")
    assert opened(str(folder)).hash != before


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("corpus.jsonl", "不是 JSON", "JSON"),
        ("corpus.jsonl", "[1]", "JSON"),
        ("corpus.jsonl", '{"_id": "a"}', "缺少"),
        ("queries.jsonl", '{"_id": 3, "text": "甲"}', "缺少"),
        ("qrels/test.tsv", "甲\t乙\n丙\t丁\n", "制表符"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\t没有\t1\n", "没有的段落"),
        ("qrels/test.tsv", None, "qrels"),
        ("queries.jsonl", None, "读不到"),
    ],
)
def test_a_broken_folder_is_said_plainly(file: str, content: str | None, words: str, folder: Path) -> None:
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content, "utf-8")
    with pytest.raises(SetUnreadable, match=words):
        opened(str(folder))


def test_a_set_that_is_not_there_is_said_plainly() -> None:
    with pytest.raises(SetUnreadable, match="没有题集"):
        opened("没有这个文件夹")


def test_topics_whose_quote_is_not_in_the_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "topics.jsonl"
    line = line_of(topics()[0])
    path.write_text(line.replace('"quote": "', '"quote": "另'), "utf-8")
    with pytest.raises(TopicWrong, match="不符"):
        opened(str(path))
    path.write_text(line.replace("henan-2021-cases-153-157", "别的文档"), "utf-8")
    with pytest.raises(TopicWrong, match="没有这个文档"):
        opened(str(path))
    path.write_text('{"id": 1}', "utf-8")
    with pytest.raises(TopicWrong, match="第1行"):
        opened(str(path))


@pytest.mark.skipif(not CMRC.is_dir(), reason="cmrc2018_dev is not beside the project")
def test_all_measures_agree_with_trec_eval_on_cmrc(tmp_path: Path) -> None:
    """On real scores with their ties, through the files: what trec_eval itself says of qrels and run."""
    collection = opened(str(CMRC))
    generation = built(collection.documents, HashedEncoder(), collection.settings)
    lines = []
    # Every fourth: all of them, which agree too, take half a minute.
    asked = collection.topics[::4]
    for topic in asked:
        scores = generation.lexical.scores(generation.tokenizer.question_tokens(topic.question))
        # Coarse scores, so that there are ties.
        lines += [
            f"{topic.id} Q0 {generation.passages[row].document_id} 0 {scores[row]:.0f} bm25\n"
            for row in (-scores).argsort()[:120].tolist()
        ]
    (tmp_path / "run.txt").write_text("".join(lines), "utf-8")
    with (CMRC / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    judged_ids = {topic.id for topic in asked}
    qrels = {row["query-id"]: {row["corpus-id"]: int(row["score"])} for row in rows if row["query-id"] in judged_ids}
    write_qrels(qrels, tmp_path / "qrels.txt")

    run: dict[str, dict[str, float]] = {}
    for line in lines:
        query, _, passage, _, score, _ = line.split()
        run.setdefault(query, {})[passage] = float(score)
    theirs = ("ndcg_cut_10", "recip_rank", "success_1", "success_5", "recall_5", "recall_20", "recall_100")
    evaluator = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut", "recip_rank", "success", "recall"})
    expected = evaluator.evaluate(run)
    values = measured(read_qrels(tmp_path / "qrels.txt"), read_run(tmp_path / "run.txt"), right=1)
    assert len(expected) == len(qrels) > 800
    for ours, name in zip(NAMES, theirs, strict=True):
        assert values[ours] == pytest.approx({query: of[name] for query, of in expected.items()}, abs=1e-6), ours
