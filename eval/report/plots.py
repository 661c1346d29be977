"""The plots of the report, each as an SVG element whose label tells what is seen."""

import math
from bisect import bisect
from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from eval.compare import Contest
from eval.measures import DEPTH
from eval.report.svg import ACCENT, GROUND, INK, LOSS, MUTED, RULE, axes_in, plotted, svg, written
from eval.result import Result, Rung
from eval.statistics import LEVEL, Difference, Estimate, estimate

_ROW = 22
_RANKS = (1, 2, 5, 10, 20, 50, 100)
_TOLD = (1, 5, 20)
"""Ranks that the recall axis names, and those at which the share is written."""
_BARS = 28
_LEAST_TIME = 0.1
"""Milliseconds under which times are not told apart, so that they have a logarithm."""
_PERCENT = FuncFormatter(lambda value, _: f"{value:.0%}")
_PLAIN = FuncFormatter(lambda value, _: f"{value:g}")


def kinds(rows: Mapping[str, Mapping[str, Estimate]]) -> str:
    """Draw nDCG@10 and S@1 with their intervals for each kind of question, by what it is called."""
    figure = plotted(_ROW * len(rows) + 46)
    measures = ("nDCG@10", "S@1")
    lowest = min(of[name].low for of in rows.values() for name in measures)
    for name, left, right in zip(measures, (104, 262), (156, 14), strict=True):
        axes = axes_in(figure, left, 24, right, 22)
        written(axes, (0, 1), name, on="axes fraction", shift=(0, 8), color=INK, weight="bold")
        _intervals(axes, [of[name] for of in rows.values()], [ACCENT] * len(rows))
        axes.set_xlim(min(math.floor(lowest * 10) / 10, 0.9), 1)
        axes.xaxis.set_major_locator(MaxNLocator(3))
        if name == "S@1":
            axes.xaxis.set_major_formatter(_PERCENT)
        else:
            _name_rows(axes, [f"{_short(label, 8)}（{of[name].n}）" for label, of in rows.items()])
    said = "；".join(f"{label} {of['nDCG@10'].mean:.3f}，{of['S@1'].mean:.1%}" for label, of in rows.items())
    return svg(figure, "kinds", f"各类问题的 nDCG@10 和 S@1：{said}。")


def recall(results: Sequence[Result]) -> str:
    """Draw the share of the right passages that stand within the first k, for every k."""
    judged = [result for result in results if result.values]
    shares = [
        float(np.mean([sum(rank <= k for rank in result.found_at) / max(result.right, 1) for result in judged]))
        for k in range(1, DEPTH + 1)
    ]
    figure = plotted(230)
    axes = axes_in(figure, 42, 14, 16, 40)
    axes.set_xscale("log")
    axes.plot(range(1, DEPTH + 1), shares, color=ACCENT, linewidth=2, drawstyle="steps-post", clip_on=False)
    for k in _TOLD:
        axes.plot(k, shares[k - 1], "o", color=ACCENT, markersize=6, clip_on=False)
        written(axes, (k, shares[k - 1]), f"{shares[k - 1]:.1%}", shift=(6, -14), color=INK)
    axes.set_xlim(1, DEPTH)
    axes.set_ylim(max(0, min(0.8, math.floor(shares[0] * 10 - 0.5) / 10)), 1)
    axes.xaxis.set_major_locator(FixedLocator(_RANKS))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(_PLAIN)
    _lines(axes, MaxNLocator(5), _PERCENT)
    _under(axes, "看前几段")
    return svg(
        figure,
        "recall",
        f"正确段落排进前若干段的比例：{'，'.join(f'前 {k} 段 {shares[k - 1]:.1%}' for k in _RANKS)}。",
    )


def latency(milliseconds: Sequence[float], percentiles: Mapping[str, float]) -> str:
    """Draw how long whole answers took, and where the percentiles stand."""
    figure = plotted(230)
    axes = axes_in(figure, 34, 58, 12, 40)
    low, high = _logarithmic(axes, milliseconds)
    counts, edges = np.histogram(_timed(milliseconds), np.geomspace(low, high, _BARS + 1))
    axes.stairs(counts, edges, fill=True, color=ACCENT, alpha=0.7)
    axes.set_ylim(0, float(counts.max()) * 1.05)
    _lines(axes, MaxNLocator(4, integer=True), _PLAIN)
    upright = axes.get_xaxis_transform()
    # Each line is higher than those before it, so that its words, on its left, meet none of them.
    for place, (name, value) in enumerate(percentiles.items()):
        top = 1.12 + 0.12 * place
        axes.plot([value, value], [0, top], color=INK, linewidth=1.2, clip_on=False, transform=upright)
        written(axes, (value, top), f"{name} {value:.0f}", on=upright, shift=(-5, -9), color=INK, ha="right")
    _under(axes, "毫秒（对数刻度）")
    said = "，".join(f"{name} {value:.0f} 毫秒" for name, value in percentiles.items())
    return svg(figure, "latency", f"{len(milliseconds)} 次回答用时的分布：{said}。")


def reliability(results: Sequence[Result]) -> str:
    """Draw how often a question could be answered and its first passage was right, by the confidence of the system."""
    edges, columns = _by_confidence(results)
    figure = plotted(250)
    axes = axes_in(figure, 42, 30, 12, 40)
    said = []
    for at, (label, column) in columns.items():
        written(axes, (at, 1), str(len(column)), shift=(0, 14), ha="center")
        if column:
            good = estimate([float(result.values.get("S@1", 0) == 1) for result in column])
            axes.vlines(at, good.low, good.high, colors=ACCENT, linewidth=2, clip_on=False)
            axes.plot(at, good.mean, "o", color=ACCENT, markersize=7, clip_on=False)
            said.append(f"{label} {good.mean:.0%}（{len(column)} 问）")
    written(axes, (0, 1), "题数", on="axes fraction", shift=(-6, 14), ha="right")
    axes.set_ylim(0, 1)
    _lines(axes, FixedLocator([0, 0.25, 0.5, 0.75, 1]), _PERCENT)
    _name_columns(axes, edges, columns)
    _under(axes, "把握（首段得分）")
    return svg(figure, "reliability", f"各档把握下，能答且首位正确的比例：{'；'.join(said)}。")


def confidence(results: Sequence[Result]) -> str:
    """Draw how many questions have which confidence: those that can be answered, and below those that cannot."""
    edges, columns = _by_confidence(results)
    figure = plotted(250)
    said = []
    for name, top, bottom, colour, gold in (
        ("能答的问题", 26, 140, ACCENT, True),
        ("答不了的问题", 138, 40, LOSS, False),
    ):
        axes = axes_in(figure, 42, top, 12, bottom)
        heights = [sum(bool(result.gold) == gold for result in column) for _, column in columns.values()]
        axes.bar(list(columns), heights, width=0.86, color=colour)
        for at, height in zip(columns, heights, strict=True):
            written(axes, (at, height), str(height), shift=(0, 3), color=INK if height else MUTED, ha="center")
        axes.set_ylim(0, max(1, *heights) * 1.25)
        axes.yaxis.set_major_locator(NullLocator())
        axes.axhline(0, color=MUTED, linewidth=0.8, clip_on=False)
        written(axes, (0, 1), f"{name}（{sum(heights)}）", on="axes fraction", shift=(-36, 8), color=INK)
        _name_columns(axes, edges, columns)
        axes.tick_params(labelbottom=not gold)
        told = "，".join(f"{label} {height}" for (label, _), height in zip(columns.values(), heights, strict=True))
        said.append(f"{name} {sum(heights)} 个，{told}")
    _under(axes, "把握（首段得分）")
    return svg(figure, "confidence", f"把握的分布。{'；'.join(said)}。")


def ladder(rungs: Sequence[Rung]) -> str:
    """Draw what each rung has over the configuration measured; filled where it is hardly chance."""
    figure = plotted(_ROW * len(rungs) + 48)
    axes = axes_in(figure, 104, 6, 16, 42)
    axes.axvline(0, color=INK, linewidth=1)
    colours = [MUTED if rung.p_corrected >= LEVEL else ACCENT if rung.difference.mean > 0 else LOSS for rung in rungs]
    _intervals(axes, [rung.difference for rung in rungs], colours)
    _name_rows(axes, [_short(rung.name, 14) for rung in rungs])
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: signed(value, 2)))
    _under(axes, "nDCG@10 之差")
    said = "；".join(
        f"{rung.name} {signed(rung.difference.mean)}{'，显著' if rung.p_corrected < LEVEL else ''}" for rung in rungs
    )
    return svg(figure, "ladder", f"每次只改一处，nDCG@10 比所测配置多多少：{said}。")


def gains(contest: Contest, name: str) -> str:
    """Draw what each question that moved gained or lost in nDCG@10, the losses first; `name` is the plot's own."""
    values = sorted(each.gain for each in contest.moved)
    lost = sum(value < 0 for value in values)
    figure = plotted(200)
    axes = axes_in(figure, 42, 26, 12, 12)
    axes.bar(range(len(values)), values, width=0.84, color=[LOSS] * lost + [ACCENT] * (len(values) - lost))
    axes.axhline(0, color=INK, linewidth=1)
    axes.set_xlim(-0.6, max(len(values), 12) - 0.4)
    axes.set_ylim(-1, 1)
    axes.xaxis.set_major_locator(NullLocator())
    _lines(axes, FixedLocator([-1, -0.5, 0, 0.5, 1]), FuncFormatter(lambda value, _: signed(value, 1)))
    written(axes, (0, 1), f"变差 {lost} 问", on="axes fraction", shift=(0, 10), color=LOSS)
    won = f"变好 {len(values) - lost} 问"
    written(axes, (1, 1), won, on="axes fraction", shift=(0, 10), color=ACCENT, ha="right")
    return svg(figure, name, f"{contest.name}：{lost} 问变差，{len(values) - lost} 问变好，按得失排列。")


def times(milliseconds: Mapping[str, Sequence[float]]) -> str:
    """Draw the times of each configuration: every one a dot, the middle half a bar, the median a line."""
    figure = plotted(54 * len(milliseconds) + 42)
    axes = axes_in(figure, 12, 4, 16, 38)
    _logarithmic(axes, [value for of in milliseconds.values() for value in of])
    axes.grid(axis="x", color=RULE, linewidth=0.8, clip_on=False)
    sideways = axes.get_yaxis_transform()
    said = []
    for at, (name, of) in enumerate(milliseconds.items()):
        lower, median, upper = np.percentile(_timed(of), (25, 50, 75))
        # Dots are spread by a fixed sequence, so that the same times give the same plot.
        spread = [at + 0.1 + 0.34 * (place * 0.618 % 1) for place in range(len(of))]
        axes.hlines(at + 0.27, lower, upper, colors=ACCENT, linewidth=14, alpha=0.35)
        axes.plot(_timed(of), spread, "o", color=MUTED, markersize=2.5, alpha=0.6, markeredgewidth=0)
        axes.vlines(median, at + 0.08, at + 0.46, colors=INK, linewidth=2)
        written(axes, (0, at), _short(name, 40), on=sideways, color=INK)
        written(axes, (1, at), f"中位 {median:.0f} 毫秒", on=sideways, ha="right")
        said.append(f"{name} 中位 {median:.0f} 毫秒，一半在 {lower:.0f} 到 {upper:.0f} 毫秒之间")
    axes.set_ylim(len(milliseconds) - 0.4, -0.4)
    axes.yaxis.set_major_locator(NullLocator())
    _under(axes, "毫秒（对数刻度）")
    return svg(figure, "times", f"各配置用时：{'；'.join(said)}。")


def signed(value: float, digits: int = 3) -> str:
    """Return a number with its sign, a true minus; zero has none."""
    text = f"{abs(value):.{digits}f}"
    return text if not float(text) else f"{'+' if value > 0 else '−'}{text}"


def _intervals(axes: Axes, found: Sequence[Estimate | Difference], colours: Sequence[str]) -> None:
    """Draw a dot with its interval in each row, hollow where its colour says that it is nothing certain."""
    for at, (each, colour) in enumerate(zip(found, colours, strict=True)):
        axes.hlines(at, each.low, each.high, colors=colour, linewidth=2, clip_on=False)
        filled = GROUND if colour == MUTED else colour
        axes.plot(each.mean, at, "o", color=colour, markerfacecolor=filled, markersize=6.5, clip_on=False)
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.yaxis.set_major_locator(NullLocator())
    axes.grid(axis="x", color=RULE, linewidth=0.8, clip_on=False)


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    for at, name in enumerate(names):
        written(axes, (0, at), name, on=axes.get_yaxis_transform(), shift=(-10, -4), color=INK, ha="right")


def _short(words: str, most: int) -> str:
    """Return words that take at most the room of so many Latin letters; a Chinese character takes that of two."""
    room = list(accumulate(1 if char.isascii() else 2 for char in words))
    return words if not room or room[-1] <= most else f"{words[: bisect(room, most - 2)]}…"


def _by_confidence(results: Sequence[Result]) -> tuple[list[float], dict[float, tuple[str, list[Result]]]]:
    """Return bounds of confidence, and position on the axis → what the column is called and holds.

    Bound n stands at position n; those that are silent have a column of their own, left of all others.
    """
    spoken = [result for result in results if result.silence is None]
    silent = [result for result in results if result.silence is not None]
    columns: dict[float, tuple[str, list[Result]]] = {-0.9: ("不作答", silent)} if silent else {}
    if not spoken:
        return [], columns
    scores = [result.confidence for result in spoken]
    edges = [float(edge) for edge in MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]).tick_values(min(scores), max(scores))]
    within = np.clip(np.searchsorted(edges, scores, "right") - 1, 0, len(edges) - 2)
    for at in range(len(edges) - 1):
        column = [result for result, place in zip(spoken, within, strict=True) if place == at]
        columns[at + 0.5] = (f"{edges[at]:g} 到 {edges[at + 1]:g}", column)
    return edges, columns


def _name_columns(axes: Axes, edges: Sequence[float], columns: Mapping[float, object]) -> None:
    axes.set_xlim(min(columns) - 0.5, max(columns) + 0.5)
    named = {at: "不作答" for at in columns if at < 0} | {float(at): f"{edge:g}" for at, edge in enumerate(edges)}
    axes.set_xticks(list(named), labels=list(named.values()))


def _timed(milliseconds: Sequence[float]) -> npt.NDArray[np.float64]:
    return np.asarray(milliseconds, float).clip(min=_LEAST_TIME)


def _logarithmic(axes: Axes, milliseconds: Sequence[float]) -> tuple[float, float]:
    """Give the axes a logarithmic scale with round figures; return its ends."""
    times = _timed(milliseconds)
    low, high = float(times.min()) / 1.1, float(times.max()) * 1.1
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    round_figures = [digit * 10.0**decade for decade in decades for digit in (1, 2, 5)]
    inside = [figure for figure in round_figures if low <= figure <= high]
    axes.xaxis.set_major_locator(FixedLocator(inside) if len(inside) > 2 else MaxNLocator(4))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(_PLAIN)
    return low, high


def _lines(axes: Axes, locator: MaxNLocator | FixedLocator, formatter: FuncFormatter) -> None:
    axes.yaxis.set_major_locator(locator)
    axes.yaxis.set_major_formatter(formatter)
    axes.grid(axis="y", color=RULE, linewidth=0.8, clip_on=False)


def _under(axes: Axes, words: str) -> None:
    written(axes, (1, 0), words, on="axes fraction", shift=(0, -34), ha="right")
