import multiprocessing
import threading
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.document import Place
from index import change as changing
from index import manifest as manifests
from index.change import change
from index.errors import DocumentUnknown, IndexBusy, IndexEmpty, IndexMissing
from index.store import load, writing
from tests.index.small import ENCODER, POOL, assert_same, built_at_once, document, opened, scores, standing

pytestmark = pytest.mark.usefixtures("unsynced")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "index"


STEPS = st.lists(
    st.dictionaries(st.sampled_from(sorted(POOL)), st.sampled_from([0, 1, 2, None]), min_size=1, max_size=3),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize(("full", "fold"), [(4000, 4), (5, 2)])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_a_changed_index_equals_one_built_at_once(
    tmp_path_factory: pytest.TempPathFactory, full: int, fold: int, steps: list[dict[str, int | None]]
) -> None:
    folder = tmp_path_factory.mktemp("changes")
    versions: dict[str, int] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changing, "_FULL", full)
        patch.setattr(changing, "_FOLD", fold)
        for step in steps:
            after = {key: value for key, value in (versions | step).items() if value is not None}
            gone = [key for key, version in step.items() if version is None and key in versions]
            documents = [POOL[key][version] for key, version in step.items() if version is not None]
            if any(each.cases[0].sections for each in standing(after)):
                change(folder / "index", ENCODER, documents, gone)
                versions = after
            else:
                with pytest.raises(IndexEmpty):
                    change(folder / "index", ENCODER, documents, gone)
    if versions:
        assert_same(opened(folder / "index"), built_at_once(standing(versions), folder / "fresh"))
    else:
        with pytest.raises(IndexMissing):
            opened(folder / "index")


def test_a_change_tells_what_it_did(root: Path) -> None:
    first = change(root, ENCODER, [POOL["fugou"][0], POOL["xinzheng"][0], POOL["wugang"][0]])
    assert (first.added, first.updated, first.unchanged, first.removed) == (("fugou", "xinzheng", "wugang"), (), (), ())
    second = change(root, ENCODER, [POOL["letter"][0], POOL["fugou"][1], POOL["xinzheng"][0]], ["wugang"])
    assert (second.added, second.updated) == (("letter",), ("fugou",))
    assert (second.unchanged, second.removed) == (("xinzheng",), ("wugang",))
    assert (second.manifest.generation, second.manifest.documents) == ("g000002", 3)


def test_a_document_that_is_as_it_was_is_not_read_again(root: Path) -> None:
    change(root, ENCODER, standing({"fugou": 0, "xinzheng": 0}))
    again = change(root, ENCODER, standing({"fugou": 0, "xinzheng": 0}))
    assert (again.unchanged, again.embedded, again.resegmented.words) == (("fugou", "xinzheng"), 0, {})


def test_afresh_leaves_out_what_stands(root: Path) -> None:
    change(root, ENCODER, standing({"fugou": 0, "xinzheng": 0}))
    told = change(root, ENCODER, [POOL["wugang"][0]], afresh=True)
    assert told.added == ("wugang",)
    assert list(opened(root).document) == ["wugang"]


def test_a_withdrawn_document_is_found_by_no_leg_and_its_words_do_not_count(root: Path) -> None:
    change(root, ENCODER, standing({"fugou": 0, "xinzheng": 0, "wugang": 0}))
    before = opened(root)
    assert before.lexical.rows_with("_妥让").size == 0
    assert before.lexical.rows_with("_办妥").size == 1
    change(root, ENCODER, removed=["wugang"])
    generation = opened(root)
    assert "wugang" not in {passage.document_id for passage in generation.passages}
    vector = ENCODER.queries(["推行“一次办妥”，让企业少跑路"])[0]
    assert len(generation.dense.best(vector, 100)) == len(generation.passages) < len(before.passages)
    for leg in (generation.lexical, generation.case_lexical):
        assert leg.rows_with("_办妥").size == 0
        assert leg.idf("_办妥") == leg.idf("从没见过的词")
    assert generation.characters.rows_with("妥").size == 0
    assert not generation.figures_in("wugang", 0, 10_000)
    assert not generation.cases_numbered([4])


def test_the_last_document_cannot_be_withdrawn(root: Path) -> None:
    change(root, ENCODER, [POOL["fugou"][0]])
    with pytest.raises(IndexEmpty, match="至少要留一份"):
        change(root, ENCODER, removed=["fugou"])
    with pytest.raises(IndexEmpty):
        change(root, ENCODER, [POOL["letter"][2]], ["fugou"])
    assert list(opened(root).document) == ["fugou"]


def test_an_unknown_document_cannot_be_withdrawn(root: Path) -> None:
    change(root, ENCODER, [POOL["fugou"][0]])
    with pytest.raises(DocumentUnknown, match="xinzheng"):
        change(root, ENCODER, [POOL["letter"][0]], ["xinzheng", "fugou"])
    assert list(opened(root).document) == ["fugou"]


def test_a_document_without_text_stands_beside_others(root: Path) -> None:
    change(root, ENCODER, [POOL["fugou"][0]])
    assert change(root, ENCODER, [POOL["letter"][2]]).added == ("letter",)
    generation = opened(root)
    assert set(generation.document) == {"fugou", "letter"}
    assert {found.partition(":")[0] for found in scores(generation, "审批时限")} == {"fugou"}


def test_what_was_opened_before_changes_answers_as_it_did(root: Path) -> None:
    query = "扶沟县“五个优先”保障了多少土地"
    change(root, ENCODER, standing({"fugou": 0, "xinzheng": 0}))
    read, unread = opened(root), opened(root)
    expected = scores(read, query)
    folder = root / "segments" / read.segments[0].name
    for version in (1, 2):
        change(root, ENCODER, standing({"fugou": version, "xinzheng": version}))
    assert not folder.exists()
    assert scores(read, query) == scores(unread, query) == expected


def test_a_segment_whose_number_comes_again_is_not_taken_for_the_one_before(root: Path) -> None:
    change(root, ENCODER, [POOL["fugou"][0]])
    change(root, ENCODER, [POOL["xinzheng"][0]])
    known = opened(root)
    change(root, ENCODER, removed=["xinzheng"])
    change(root, ENCODER, removed=[])
    change(root, ENCODER, [POOL["wugang"][0]])
    generation, _ = load(root, ENCODER, known)
    assert [each.name for each in generation.segments] == [each.name for each in known.segments]
    assert set(generation.document) == {"fugou", "wugang"}
    assert generation.segments[0] is known.segments[0]


def test_a_generation_removed_while_it_is_read_is_read_again_as_the_next(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(root, ENCODER, [POOL["fugou"][0]])
    read_manifest = manifests.read

    def late(folder: Path) -> manifests.Manifest:
        monkeypatch.undo()
        for version in (1, 2):
            change(root, ENCODER, [POOL["fugou"][version]])
        return read_manifest(folder)

    monkeypatch.setattr(manifests, "read", late)
    generation, manifest = load(root, ENCODER)
    assert (manifest.generation, generation.documents) == ("g000003", (POOL["fugou"][2],))


def test_segments_of_one_size_are_joined_so_that_there_are_never_many(root: Path, tmp_path: Path) -> None:
    documents = [
        document(f"d{at:02}", f"第{at}号经验", Place(), f"第{at}个地方办了{at}件实事，推行“一次办妥”。")
        for at in range(60)
    ]
    most = 0
    for each in documents:
        most = max(most, len(change(root, ENCODER, [each]).manifest.segments))
    assert most <= 9
    assert len(list((root / "segments").iterdir())) <= 2 * most
    assert_same(opened(root), built_at_once(documents, tmp_path / "fresh"))


def test_large_segments_are_left_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changing, "_FULL", 2)
    monkeypatch.setattr(changing, "_FOLD", 2)
    for key in ("fugou", "xinzheng", "wugang", "letter"):
        change(root, ENCODER, [POOL[key][1]])
    first = opened(root).segments[0].name
    change(root, ENCODER, [POOL["letter"][0]])
    assert opened(root).segments[0].name == first


def test_a_change_of_many_documents_fills_several_segments(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changing, "_FULL", 4)
    change(root, ENCODER, standing({"fugou": 0, "wugang": 1, "xinzheng": 0}))
    assert [len(segment.passages) for segment in opened(root).segments] == [4, 2]


def test_a_second_thread_is_told_that_another_writes(root: Path) -> None:
    change(root, ENCODER, [POOL["fugou"][0]])
    refused: list[Exception] = []

    def second() -> None:
        try:
            change(root, ENCODER, [POOL["xinzheng"][0]])
        except IndexBusy as error:
            refused.append(error)

    with writing(root):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert [str(each) for each in refused] == ["另一个任务正在写索引，请等它完成后再试。"]
    assert change(root, ENCODER, [POOL["xinzheng"][0]]).added == ("xinzheng",)


def test_a_second_process_is_told_that_another_writes(root: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(root, held, done))
    other.start()
    try:
        assert held.wait(60)
        with pytest.raises(IndexBusy):
            change(root, ENCODER, [POOL["fugou"][0]])
    finally:
        done.set()
        other.join()
    assert change(root, ENCODER, [POOL["fugou"][0]]).added == ("fugou",)


def hold(root: Path, held: Event, done: Event) -> None:
    with writing(root):
        held.set()
        done.wait(60)
