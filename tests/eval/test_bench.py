"""Configurations are written as words, and each ranks as its words say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus.document import Aspect, Passage
from eval.bench import Bench
from eval.compare import compared
from eval.errors import SetUnreadable, VariantUnknown
from eval.fusion import fused
from eval.ladder import RUNGS, climbed
from eval.trec import write_run
from eval.variant import Fusion, Variant, variant
from index.header import Context
from index.search import Hit, Scores, Weights
from index.segment import Settings
from index.tokenizer import Kind
from tests.eval.conftest import bench_on
from tests.fakes import HashedEncoder


def hit(name: str, *scores: float, aspect: Aspect = Aspect.MEASURE) -> Hit:
    passage = Passage(name, 0, 1, 0, 0, 1, aspect)
    return Hit(passage, 0, 1, 0.0, Scores(*scores), ("dense",), ())


def names(hits: list[Hit]) -> list[str]:
    return [each.passage.document_id for each in hits]


def test_words_say_what_is_changed() -> None:
    found = variant("hybrid,lexical=2,header=off,bigrams=off,lexicon=off,place=off,fusion=rrf,longest=200,aspect=0.1")
    assert found.weights == replace(Weights(), lexical=2.0)
    assert (found.fusion, found.place, found.aspect) == (Fusion.RRF, False, 0.1)
    settings = found.settings(Settings(b=0.5))
    assert settings.lexical_context == settings.dense_context == ()
    assert Kind.BIGRAMS not in settings.tokens
    assert Kind.WORDS in settings.tokens
    assert (settings.lexicon, settings.longest, settings.b) == (False, 200, 0.5)
    assert variant("hybrid,before=off").settings(Settings()).lexical_context == (Context.TITLE, Context.HEADINGS)
    assert variant("hybrid") == Variant()


def test_a_leg_alone_has_no_weight_of_the_other() -> None:
    assert variant("lexical").weights == replace(Weights(), dense=0.0, clause=0.0, centred=0.0)
    assert variant("dense").weights == replace(Weights(), lexical=0.0, case=0.0, characters=0.0)


@pytest.mark.parametrize(
    "words", ["", "最好的", "hybrid,", "hybrid,lexical=很多", "hybrid,header=on", "hybrid,fusion=x", "hybrid,model="]
)
def test_words_that_nobody_knows_are_said_plainly(words: str) -> None:
    with pytest.raises(VariantUnknown, match="可用"):
        variant(words)


def test_every_rung_can_be_read() -> None:
    assert all(variant(words).name == words for words in RUNGS.values())


def test_reciprocal_ranks_are_summed_over_the_pieces_that_count() -> None:
    # dense: a, b, c; lexical: c, b, a. b is second twice: 2/62 < 1/61 + 1/63.
    hits = [hit("a", 0.1, 0, 0, 0.9, 0, 0), hit("b", 0.2, 0, 0, 0.8, 0, 0), hit("c", 0.3, 0, 0, 0.7, 0, 0)]
    weights = Weights(lexical=1, case=0, characters=0, dense=1, clause=0, centred=0)
    assert names(fused(hits, Variant(weights=weights, fusion=Fusion.RRF), None)) == ["a", "c", "b"]


def test_min_max_puts_every_piece_on_the_scale_of_what_was_found() -> None:
    hits = [hit("a", 0.10, 0, 0, 0.90, 0, 0), hit("b", 0.11, 0, 0, 0.10, 0, 0), hit("c", 0.0, 0, 0, 0.89, 0, 0)]
    weights = Weights(lexical=1, case=0, characters=0, dense=1, clause=0, centred=0)
    # a: .909 + 1, b: 1 + 0, c: 0 + .9875
    assert names(fused(hits, Variant(weights=weights, fusion=Fusion.MINMAX), None)) == ["a", "b", "c"]


def test_the_aspect_asked_for_comes_first_when_it_is_given_a_bonus() -> None:
    hits = [hit("a", *[0.5] * 6), hit("b", *[0.49] * 6, aspect=Aspect.RESULT)]
    assert names(fused(hits, Variant(aspect=0.1), Aspect.RESULT)) == ["b", "a"]
    assert names(fused(hits, Variant(aspect=0.1), None)) == ["a", "b"]
    assert fused([], Variant(fusion=Fusion.RRF), None) == []


def test_an_index_is_built_once_and_its_vectors_are_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bench.generation(Variant())
    assert bench.generation(variant("hybrid,fusion=rrf")) is first

    def embedded_again(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(HashedEncoder, "passages", embedded_again)
    again = replace(bench, _generations={}).generation(Variant())
    assert np.array_equal(
        again.dense.vectors(np.arange(3)),
        first.dense.vectors(np.arange(3)),
    )


def test_a_run_file_is_measured_like_any_configuration(bench: Bench, tmp_path: Path) -> None:
    run = bench.run(Variant())
    write_run(run, tmp_path / "run.txt", "anwen")
    again = variant(f"run:{tmp_path / 'run.txt'}")
    assert bench.values(again, bench.run(again)) == bench.values(Variant(), run)


def test_a_run_over_other_passages_is_refused_not_scored_zero(bench: Bench, tmp_path: Path) -> None:
    write_run({"q1": ["别处的段落"]}, tmp_path / "run.txt", "x")
    foreign = variant(f"run:{tmp_path / 'run.txt'}")
    with pytest.raises(SetUnreadable, match="对不上"):
        bench.values(foreign, bench.run(foreign))


def test_a_question_that_names_a_place_sees_other_places_only_when_places_are_not_looked_at(our_bench: Bench) -> None:
    generation = our_bench.generation(Variant())
    asked = "扶沟是怎么保障土地的"
    counties = [
        {
            generation.case(generation.passages[generation.row[key]]).place.county
            for key in our_bench.ranker(each)(asked, 100)
        }
        for each in (Variant(), variant("hybrid,place=off"))
    ]
    assert counties[0] <= {"扶沟县", ""}
    assert "新郑市" in counties[1]


def test_a_comparison_counts_wins_and_shows_what_flipped(our_bench: Bench) -> None:
    found = compared(our_bench, [variant("lexical"), variant("hybrid,lexical=0,case=0,characters=0.01")])
    (contest,) = found.contests
    assert found.questions == 185
    difference = contest.differences["S@1"]
    assert (sum(flip.won for flip in contest.flips), sum(not flip.won for flip in contest.flips)) == (
        difference.wins,
        difference.losses,
    )
    assert difference.losses > 0
    assert difference.mean == pytest.approx(contest.means["S@1"] - found.means["S@1"])
    assert contest.p_corrected["S@1"] >= difference.p
    assert all(flip.before != flip.after for flip in contest.flips)
    assert {len(times) for times in found.milliseconds.values()} == {100}


def test_the_ladder_has_every_rung_against_the_same_base(folder: Path, tmp_path: Path) -> None:
    rungs = climbed(bench_on(str(folder), tmp_path), Variant())
    assert [rung.name for rung in rungs] == list(RUNGS)
    assert all(rung.p_corrected >= rung.difference.p for rung in rungs)
