import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from eval.compare import Comparison, Contest, Flip, Moved
from eval.measures import NAMES
from eval.report.page import MOST_QUESTIONS, comparison_page, evaluation_page, faults, verdict
from eval.result import Abstention, Evaluation, Exactness, Fingerprint, Result, Rung, Shown
from eval.statistics import Difference, Estimate

HOSTILE = "<script>alert(1)</script>"
TEXT = "甲县供地三百亩。乙县签约二十个项目。丙县修渠。"
ESTIMATE = Estimate(0.9, 0.8, 0.95, 20)
LOST = Difference(-0.05, -0.08, -0.02, 0.001, -0.4, 2, 14)
UNSURE = Difference(0.01, -0.02, 0.04, 0.4, 0.1, 5, 4)
WON = Difference(0.05, 0.02, 0.08, 0.001, 0.4, 14, 2)
SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)


class Page(HTMLParser):
    """What a page holds: its attributes, and the text within each tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str]] = []
        self.text: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.text.setdefault(tag, []).append("")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.text[tag][-1] += data

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def shown(text: str = TEXT, marks: Sequence[tuple[int, int]] = (), grade: int = 0) -> Shown:
    return Shown("d:0-20", "《汇编》第一篇，第1段", text, tuple(marks), grade, 0.7, grade > 0)


def result(key: str, question: str = "甲县供地多少", *passages: Shown, first: bool = True) -> Result:
    return Result(
        id=key,
        split="dev",
        kind="figure",
        question=question,
        why=None,
        gold=("甲县供地三百亩。",),
        answers=("三百亩",),
        values=dict.fromkeys(NAMES, 1.0 if first else 0.0),
        found_at=(1,) if first else (7,),
        right=1,
        answer="甲县供地三百亩。[1]",
        silence=None,
        confidence=0.7,
        shares={"answer": float(first)},
        milliseconds=31.0,
        passages=passages or (shown(marks=[(0, 8)], grade=2),),
    )


def unanswerable(key: str, *, silent: bool) -> Result:
    asked = replace(
        result(key, "今天天气怎么样"),
        why="off_topic",
        kind="unanswerable",
        gold=(),
        answers=(),
        values={},
        found_at=(),
        right=0,
        shares={},
    )
    return replace(asked, silence="nothing_found", confidence=0.0, passages=()) if silent else asked


def evaluation(*results: Result, ladder: tuple[Rung, ...] = ()) -> Evaluation:
    return Evaluation(
        fingerprint=Fingerprint(
            collection="ours",
            data="e9b8ee60",
            configuration="hybrid,clause=0",
            model="multilingual-e5-small fe2ce00c",
            settings={"longest": 400, "tokens": ["words", "bigrams"], "lexicon": True},
            tokenizer="76ffef27",
            versions={"python": "3.11.7", "torch": "2.13.0"},
            machine="x86_64，2 核",
            made="2026-11-22T23:58:50+00:00",
            command="anwen eval ours --config hybrid,clause=0",
        ),
        measures=dict.fromkeys(NAMES, ESTIMATE),
        kinds={"figure": dict.fromkeys(NAMES, ESTIMATE), "eigen$_$": dict.fromkeys(NAMES, ESTIMATE)},
        answers=dict.fromkeys(("answer", "figure", "string S@1", "string S@5"), ESTIMATE),
        citations=Exactness(40, 40),
        abstention=Abstention(0.805, ESTIMATE, ESTIMATE),
        latency={"p50": 31.0, "p95": 43.0, "p99": 50.0},
        results=results,
        ladder=ladder,
    )


def comparison() -> Comparison:
    flips = (
        Flip("甲县供地多少", "figure", True, "乙县签约二十个项目。", "甲县供地三百亩。"),
        Flip(f"丙县{HOSTILE}", "measure", False, "丙县修渠。", HOSTILE),
    )
    moved = (Moved("丙县修渠", "measure", -0.5), Moved("甲县供地多少", "figure", 0.4))
    return Comparison(
        fingerprint=evaluation().fingerprint,
        questions=20,
        base="hybrid",
        means=dict.fromkeys(NAMES, 0.9),
        contests=(
            Contest("lexical", dict.fromkeys(NAMES, 0.85), {"nDCG@10": LOST, "S@1": UNSURE}, CHANCES, moved, flips),
            Contest("dense", dict.fromkeys(NAMES, 0.95), {"nDCG@10": WON, "S@1": UNSURE}, CHANCES, moved, ()),
        ),
        milliseconds={"hybrid": (30.0, 31.0, 40.0), "lexical": (5.0, 6.0, 7.0)},
    )


CHANCES = {"nDCG@10": 0.004, "S@1": 0.8}
LADDER = (
    Rung("只用词", "lexical", {"nDCG@10": 0.85, "S@1": 0.8}, LOST, 0.004),
    Rung("不看地名", "hybrid,place=off", {"nDCG@10": 0.91, "S@1": 0.9}, UNSURE, 0.8),
)
MIXED = (
    result("q1", "甲县供地多少"),
    result("q2", "乙县签约多少个项目", first=False),
    unanswerable("q3", silent=True),
    unanswerable("q4", silent=False),
)


@pytest.fixture(params=["evaluation", "comparison"])
def page(request: pytest.FixtureRequest) -> str:
    if request.param == "comparison":
        return comparison_page(comparison())
    return evaluation_page(evaluation(*MIXED, ladder=LADDER))


def test_a_page_needs_nothing_from_elsewhere(page: str) -> None:
    found = Page(page)
    references = [
        value for name in ("src", "href", "xlink:href", "srcset", "data", "action") for value in found.values(name)
    ]
    assert all(reference.startswith("#") for reference in references)
    assert all(target.startswith("#") for target in re.findall(r"url\(\s*['\"]?([^)'\"]*)", page))
    assert "@import" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_the_policy_lets_nothing_run_but_the_page_s_own_script(page: str) -> None:
    (policy,) = [value for _, name, value in Page(page).attributes if name == "content" and "default-src" in value]
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[\w+/=]+';", policy)
    assert '<html lang="zh-CN">' in page


def test_references_within_a_page_lead_somewhere_and_ids_are_unlike(page: str) -> None:
    found = Page(page)
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    targets = [reference.removeprefix("#") for reference in found.values("href")]
    assert {*targets, *re.findall(r"url\(#([^)]+)\)", page)} <= set(ids)


def test_plots_are_xml_with_a_label_and_take_their_colours_from_the_page(page: str) -> None:
    drawn = SVG.findall(page)
    assert len(drawn) >= 3
    for svg in drawn:
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        assert root.get("aria-label")
        assert not re.search(r"(?:fill|stroke): #", svg)
        assert "font-family" not in svg


def test_the_same_figures_give_the_same_page() -> None:
    assert evaluation_page(evaluation(*MIXED, ladder=LADDER)) == evaluation_page(evaluation(*MIXED, ladder=LADDER))
    assert comparison_page(comparison()) == comparison_page(comparison())


def test_texts_are_never_html() -> None:
    hostile = replace(
        result("q1", f"问{HOSTILE}", shown(f"文{HOSTILE}", [(0, 4)]), first=False),
        kind=HOSTILE,
        gold=(HOSTILE,),
        answer=HOSTILE,
        answers=(HOSTILE,),
    )
    found = evaluation(hostile, replace(unanswerable("q2", silent=True), why=HOSTILE, silence=HOSTILE))
    found = replace(
        found,
        kinds={HOSTILE: dict.fromkeys(NAMES, ESTIMATE)},
        fingerprint=replace(found.fingerprint, collection=HOSTILE, configuration=HOSTILE, settings={HOSTILE: HOSTILE}),
        ladder=(replace(LADDER[0], name=HOSTILE, configuration=HOSTILE),),
    )
    for page in (evaluation_page(found), comparison_page(comparison())):
        assert HOSTILE not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert Page(evaluation_page(found)).text["summary"][1].count(HOSTILE) >= 1


def test_every_question_appears_and_those_answered_badly_come_first() -> None:
    summaries = Page(evaluation_page(evaluation(*MIXED))).text["summary"]
    asked = [summary for summary in summaries if "毫秒" in summary]
    assert [re.findall(r"q\d", summary) for summary in asked] == [["q2"], ["q4"], ["q1"], ["q3"]]
    assert "✗ 首位不对" in asked[0]
    assert "✗ 不该答却答" in asked[1]
    assert "✓ 首位正确" in asked[2]
    assert "✓ 如实不答" in asked[3]


def test_marks_are_where_the_offsets_say_and_the_evidence_is_underlined() -> None:
    page = evaluation_page(evaluation(result("q1", "问", shown(TEXT, [(4, 8), (8, 18)], grade=2))))
    found = Page(page)
    assert TEXT in found.text["p"]
    assert found.text["mark"][1:] == [TEXT[4:8], TEXT[8:18]]
    assert '甲县供地</span><mark class="gold">三百亩。</mark><mark>乙县签约二十个项目。</mark>丙县修渠。' in page


def test_a_mark_beyond_the_text_does_no_harm() -> None:
    page = evaluation_page(evaluation(result("q1", "问", shown("丙县修渠。", [(2, 99)]))))
    assert "丙县<mark>修渠。</mark></p>" in page


def test_a_passage_shows_its_grade_and_citation() -> None:
    page = evaluation_page(evaluation(result("q1", "问", shown(grade=2), shown(grade=1), shown(grade=0))))
    assert re.findall(r'class="badge[^>]*>([^<]+)<', page) == ["正确", "含答案", "相关", "含答案", "—"]
    assert page.count("《汇编》第一篇，第1段") == 3


def test_a_large_set_is_cut_and_says_so() -> None:
    many = [result(f"q{number}") for number in range(MOST_QUESTIONS + 20)]
    page = evaluation_page(evaluation(*many, result("last", "最后一问", first=False)))
    assert page.count('<details class="question"') == MOST_QUESTIONS
    assert f"本页只列前 {MOST_QUESTIONS} 问" in page
    assert "最后一问" in page
    assert "本页只列" not in evaluation_page(evaluation(*MIXED))


def test_what_a_set_does_not_have_is_left_out() -> None:
    full = evaluation(*MIXED)
    bare = replace(full, kinds={}, answers={}, abstention=Abstention(None, None, None), citations=Exactness(0, 0))
    page = evaluation_page(bare)
    assert 'id="ladder"' not in page
    assert 'aria-label="各类问题' not in page
    assert "—</td>" in page
    assert evaluation_page(replace(bare, results=()))
    assert evaluation_page(replace(bare, results=(unanswerable("q1", silent=True),)))


def test_the_ladder_says_which_rungs_are_hardly_chance() -> None:
    page = evaluation_page(evaluation(*MIXED, ladder=LADDER))
    assert '<td class="number worse">−0.050</td>' in page
    assert '<td class="number">+0.010</td>' in page
    assert "只用词 −0.050，显著；不看地名 +0.010。" in page


def test_the_headline_has_shares_with_their_intervals() -> None:
    large = Page(evaluation_page(evaluation(*MIXED))).text["dd"]
    assert "0.90095% 区间 0.800\N{NO-BREAK SPACE}～ 0.950" in large
    assert "90.0%95% 区间 80.0%\N{NO-BREAK SPACE}～ 95.0%" in large
    assert "100%逐字核对 40 处，0 处不符" in large


def test_a_share_of_citations_is_never_rounded_up_to_all() -> None:
    page = evaluation_page(replace(evaluation(*MIXED), citations=Exactness(1_000_000, 999_999)))
    assert "99.99%" in page


def test_the_fingerprint_is_whole_with_the_command_that_was_given() -> None:
    found = evaluation(*MIXED)
    page = evaluation_page(found)
    cells = Page(page).text["td"]
    for value in ("ours", "e9b8ee60", "hybrid,clause=0", "76ffef27", "400", "words、bigrams", "3.11.7", "x86_64，2 核"):
        assert value in cells
    assert "anwen eval ours --config hybrid,clause=0" in cells


def test_faults_are_what_was_not_done_well() -> None:
    assert faults(result("q")) == []
    assert faults(result("q", first=False)) == ["首位不对", "答案不对"]
    assert faults(replace(result("q"), silence="nothing_found")) == ["该答未答"]
    assert faults(unanswerable("q", silent=False)) == ["不该答却答"]
    assert faults(unanswerable("q", silent=True)) == []


def test_a_verdict_is_given_only_when_it_is_hardly_chance() -> None:
    assert verdict(WON, 0.04) == "显著更好"
    assert verdict(LOST, 0.04) == "显著更差"
    assert verdict(WON, 0.05) == "看不出差别"


def test_a_comparison_shows_flips_with_both_first_passages() -> None:
    page = comparison_page(comparison())
    flips = Page(page).text["details"]
    assert len(flips) == 2
    lost, won = flips
    assert "由对变错" in lost
    assert "由错变对" in won
    assert won.index("乙县签约二十个项目。") < won.index("甲县供地三百亩。")
    assert "没有首位对错变了的问题" in page


def test_a_comparison_tells_verdicts_in_words_and_shares_in_points() -> None:
    cells = Page(comparison_page(comparison())).text["td"]
    assert [cell for cell in cells if cell in ("显著更好", "显著更差", "看不出差别")] == [
        "显著更差",
        "看不出差别",
        "显著更好",
        "看不出差别",
    ]
    assert "−0.050" in cells
    assert "+1.0" in cells
    assert "2 / 14" in cells


def test_runs_have_no_times_and_questions_may_not_move() -> None:
    found = comparison()
    still = replace(found, milliseconds={}, contests=(replace(found.contests[0], moved=(), flips=()),))
    assert not SVG.findall(comparison_page(still))
