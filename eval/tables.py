"""Figures as tables at the terminal."""

from collections.abc import Sequence
from dataclasses import asdict, fields

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.aspects import Agreement
from eval.calibrate import Calibrated
from eval.compare import Comparison
from eval.dialogues import Judged
from eval.evaluate import percentiles
from eval.gate import Verdict
from eval.headings import HeadingScore
from eval.measures import NAMES
from eval.report.words import ANSWERS, KINDS
from eval.result import Evaluation
from eval.statistics import LEVEL, Difference, Estimate, estimate
from eval.tune import Tuned
from index.search import Weights

_out = Console(highlight=False)
_HEADLINE = ("nDCG@10", "S@1")
_MOST = 10


def print_evaluation(found: Evaluation) -> None:
    """Print the measures, by kind of question too, the answers, the silence and the times."""
    table = _table(f"{found.fingerprint.collection} · {found.fingerprint.configuration}", "", *NAMES, "题数")
    for name, measures in (("全部", found.measures), *found.kinds.items()):
        values = (f"{measures[measure].mean:.3f}" for measure in NAMES)
        table.add_row(KINDS.get(name, name), *values, str(measures[NAMES[0]].n))
    _out.print(table)
    for measure in _HEADLINE:
        _say(f"{measure}：{_interval(found.measures[measure])}")
    for rung in found.ladder:
        mark = "＊" if rung.p_corrected < LEVEL else "　"
        _say(f"{mark}{rung.means['nDCG@10']:.4f} {rung.means['S@1']:.4f}  {_change(rung.difference)}  {rung.name}")
    for name, share in found.answers.items():
        _say(f"{ANSWERS[name][0]}：{_interval(share)}")
    _say(f"引文与原文逐字相符：{found.citations.exact}/{found.citations.checked}")
    if found.abstention.auroc is not None:
        _say(f"该不该答（AUROC）：{found.abstention.auroc:.3f}")
    if found.abstention.false_answers:
        _say(f"答不了的题答了：{_interval(found.abstention.false_answers)}")
    if found.abstention.false_silences:
        _say(f"答得了的题没答：{_interval(found.abstention.false_silences)}")
    _say("每问 " + "，".join(f"{rank} {value:.1f} ms" for rank, value in found.latency.items()))


def print_comparison(found: Comparison) -> None:
    """Print the means of all configurations, the tested differences from the first, and questions that flipped."""
    table = _table(f"{found.fingerprint.collection}，{found.questions} 问", "", *NAMES, "p50 ms", "p95 ms")
    for name, means in ((found.base, found.means), *((each.name, each.means) for each in found.contests)):
        times = percentiles(found.milliseconds[name]) if name in found.milliseconds else {}
        shown = [f"{times[rank]:.1f}" if times else "—" for rank in ("p50", "p95")]
        table.add_row(name, *(f"{means[measure]:.3f}" for measure in NAMES), *shown)
    _out.print(table)
    for contest in found.contests:
        for measure, difference in contest.differences.items():
            p = contest.p_corrected[measure]
            word = "看不出差别" if p >= LEVEL else "显著更好" if difference.mean > 0 else "显著更差"
            _say(f"{contest.name} 比 {found.base}，{measure}：{_change(difference)}，校正后 p={p:.4f}：{word}")
        for flip in contest.flips[:_MOST]:
            _say(f"  {'＋' if flip.won else '－'} {flip.question}")
        if len(contest.flips) > _MOST:
            _say(f"  ……共 {len(contest.flips)} 题首段对错有变，全部见 --html")


def print_verdict(verdict: Verdict) -> None:
    """Print what changed since the baseline, and whether the gate is open."""
    for name, difference in verdict.differences.items():
        _say(f"{name}：{_change(difference)}" + ("  ← 显著的损失" if name in verdict.lost else ""))
    for question in verdict.worse:
        _say(f"  － {question}")
    if verdict.inexact:
        _say(f"有 {verdict.inexact} 处引文与原文不符。")
    if verdict.missing:
        _say(f"基线里有 {verdict.missing} 题现在没有了，没有参加比较。")
    _say("通过。" if verdict.passed else "没有通过：质量比基线差。有意为之时，用 anwen eval gate --update 更新基线。")


def print_tuned(found: Tuned, train: str, held: str) -> None:
    """Print the weights now and those found, what they bring on both splits, and what is advised."""
    table = _table("权重（占比）", *(piece.name for piece in fields(Weights)), first="")
    for name, weights in (("现在", found.now), ("找到", found.found)):
        values = [getattr(weights, piece.name) for piece in fields(Weights)]
        table.add_row(name, *(f"{value / sum(values):.3f}" for value in values))
    _out.print(table)
    _say(f"{train}（用来找）nDCG@10 {found.trained_mean:.4f}，改后 {_change(found.trained)}")
    _say(f"{held}（没看过）nDCG@10 {found.held_mean:.4f}，改后 {_change(found.held)}")
    for size, (here, there) in found.sizes.items():
        _say(f"段落最长 {size} 字：{train} {here:.4f}，{held} {there:.4f}")
    _say("建议改：没看过的题上也更好，不像偶然。" if found.advised else "不建议改：在没看过的题上看不出更好。")


def print_calibrated(found: Calibrated) -> None:
    """Print the weights as they stand in qa/confidence.py, and what they reach on each set and split."""
    for name, weight in asdict(found.weights).items():
        _say(f"    {name}={weight},")
    _say(f"_INTERCEPT = {found.intercept}")
    table = _table("", "AUROC", "误答", "误静默", "误静默 5% 时的误答", first="")
    for each in found.shares:
        values = (each.auroc, each.false_answers, each.false_silences, each.answers_at_5)
        table.add_row(f"{each.name} {each.split}", *(f"{value:.3f}" for value in values))
    _out.print(table)


def print_agreement(found: Agreement) -> None:
    """Print how far two people agree, and the rules with them."""
    _say(f"{found.sentences} 句，两人一致 {found.people:.3f}（kappa {found.kappa:.3f}）；规则与两人一致之处：")
    for name, share in found.rules.items():
        _say(f"  {name}：{_interval(share)}")


def print_dialogues(name: str, found: Sequence[Judged]) -> None:
    """Print how many follow-ups of a file became what they should, and those that did not."""
    for each in found:
        if not each.right:
            before = " / ".join(each.dialogue.turns[: each.followup.at + 1])
            _say(f"  － {each.dialogue.id}：{before} → {each.question}")
    _say(f"{name}，补得对的：{_interval(estimate([float(each.right) for each in found]))}")


def print_headings(found: Sequence[HeadingScore]) -> None:
    """Print for each report how many of its headings were found where and as deep as they stand, and in all."""
    for each in found:
        _say(f"{each.file}：标注 {each.marked}，位置和层级都对 {each.depths}，多认 {each.found - each.spans}")
    marked, right = sum(each.marked for each in found), sum(each.depths for each in found)
    extra, seen = sum(each.found - each.spans for each in found), sum(each.found for each in found)
    _say(f"找对的：{right / marked:.3f}（{right}/{marked}）；多认的：{extra / seen:.3f}（{extra}/{seen}）")


def _table(title: str, *columns: str, first: str | None = None) -> Table:
    table = Table(title=Text(title), title_justify="left", box=None, pad_edge=False)
    for column in columns if first is None else (first, *columns):
        table.add_column(column, justify="right" if column else "left")
    return table


def _interval(found: Estimate) -> str:
    return f"{found.mean:.3f}（95% 区间 {found.low:.3f}–{found.high:.3f}，{found.n} 题）"


def _change(found: Difference) -> str:
    return (
        f"{found.mean:+.4f}（{found.low:+.4f} 至 {found.high:+.4f}，p={found.p:.4f}，d={found.effect:+.2f}，"
        f"{found.wins} 胜 {found.losses} 负）"
    )


def _say(words: str) -> None:
    _out.print(Text(words), soft_wrap=True)
