"""Pages: what an evaluation or a comparison found, as one HTML file that needs nothing else."""

import base64
import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval.compare import TESTED, Comparison
from eval.judgements import RIGHT
from eval.report import plots
from eval.report.words import ANSWERS, GRADED, KINDS, MEASURES, SILENCES, WHYS
from eval.result import Evaluation, Fingerprint, Result, Shown
from eval.statistics import LEVEL, Difference, Estimate

MOST_QUESTIONS = 300
"""Questions that a page shows one by one."""

_TEMPLATES = Path(__file__).parent / "templates"
_FAULTS = ("首位不对", "该答未答", "不该答却答", "答案不对")
"""What may be wrong with an answer, the gravest first; the words that a question carries on the page."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a passage: marked by the system or not, part of the evidence or not."""

    text: str
    marked: bool
    gold: bool


def evaluation_page(evaluation: Evaluation) -> str:
    """Return the report of an evaluation."""
    results = evaluation.results
    ordered = sorted(results, key=_gravity)
    return _page(
        "evaluation.html",
        evaluation=evaluation,
        plots={name: Markup(svg) for name, svg in _plots(evaluation).items()},
        questions=ordered[:MOST_QUESTIONS],
        kinds=[kind for kind in dict.fromkeys(result.kind for result in results) if kind],
        faulty=sum(bool(faults(result)) for result in results),
        whys=_whys(results),
        fingerprint=_fingerprint(evaluation.fingerprint),
    )


def comparison_page(comparison: Comparison) -> str:
    """Return the report of a comparison."""
    return _page(
        "comparison.html",
        comparison=comparison,
        tested=TESTED,
        gains=[
            (each.name, Markup(plots.gains(each, f"gains-{number}")))
            for number, each in enumerate(comparison.contests, start=1)
            if each.moved
        ],
        fingerprint=_fingerprint(comparison.fingerprint),
        times=Markup(plots.times(comparison.milliseconds)) if comparison.milliseconds else None,
    )


def pieces(shown: Shown, gold: Sequence[str]) -> list[Piece]:
    """Return the text of a passage, cut where a mark or a quote of the evidence begins or ends."""
    length = len(shown.text)
    marked = [(max(0, start), min(end, length)) for start, end in shown.marks]
    quoted = [found for quote in gold for found in _occurrences(quote, shown.text)]
    bounds = sorted({0, length, *(bound for span in (*marked, *quoted) for bound in span)})
    return [
        Piece(shown.text[start:end], _covered(start, marked), _covered(start, quoted))
        for start, end in pairwise(bounds)
    ]


def faults(result: Result) -> list[str]:
    """Return what is wrong with the answer to a question, in a few words each; nothing when all is well."""
    wrong = (
        result.values.get("S@1") == 0,
        bool(result.gold) and result.silence is not None,
        not result.gold and result.silence is None,
        result.shares.get("answer") == 0,
    )
    return [fault for fault, is_so in zip(_FAULTS, wrong, strict=True) if is_so]


def verdict(difference: Difference, p_corrected: float) -> str:
    """Return in words whether a difference is more than chance, and to whose favour."""
    if p_corrected >= LEVEL:
        return "看不出差别"
    return "显著更好" if difference.mean > 0 else "显著更差"


def _gravity(result: Result) -> tuple[int, float]:
    found = faults(result)
    return _FAULTS.index(found[0]) if found else len(_FAULTS), result.values.get("nDCG@10", 1.0)


def _plots(evaluation: Evaluation) -> dict[str, str]:
    """Return the plots for which the evaluation has figures."""
    results = evaluation.results
    found = {}
    if evaluation.kinds:
        rows = {"全部": evaluation.measures} | {KINDS.get(kind, kind): of for kind, of in evaluation.kinds.items()}
        found["kinds"] = plots.kinds(rows)
    if any(result.values for result in results):
        found["recall"] = plots.recall(results)
    if results:
        found["latency"] = plots.latency([result.milliseconds for result in results], evaluation.latency)
        found["reliability"] = plots.reliability(results)
        found["confidence"] = plots.confidence(results)
    if evaluation.ladder:
        found["ladder"] = plots.ladder(evaluation.ladder)
    return found


def _whys(results: Sequence[Result]) -> list[tuple[str, int, int]]:
    """Return why questions cannot be answered, with how many they are and how many of them met silence."""
    asked = Counter(result.why or "" for result in results if not result.gold)
    silent = Counter(result.why or "" for result in results if not result.gold and result.silence is not None)
    return [(WHYS.get(why, why) or "未说明", count, silent[why]) for why, count in asked.items()]


def _fingerprint(found: Fingerprint) -> list[tuple[str, str]]:
    return [
        ("题集", found.collection),
        ("数据指纹", found.data),
        ("配置", found.configuration),
        ("模型", found.model),
        *((f"设置 {name}", _told(value)) for name, value in found.settings.items()),
        ("分词指纹", found.tokenizer),
        *((f"版本 {name}", value) for name, value in found.versions.items()),
        ("机器", found.machine),
        ("时间", found.made),
        ("命令", found.command),
    ]


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _occurrences(quote: str, text: str) -> list[tuple[int, int]]:
    found = []
    at = text.find(quote) if quote else -1
    while at >= 0:
        found.append((at, at + len(quote)))
        at = text.find(quote, at + len(quote))
    return found


def _covered(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


def _figure(value: float, name: str = "") -> str:
    """Return a figure as it is read: shares in per cent, a graded measure as a number."""
    return f"{value:.3f}" if name in GRADED else f"{value:.1%}"


def _interval(found: Estimate, name: str = "") -> str:
    """Return the interval of a figure; where it is broken, the second bound begins the line."""
    return f"{_figure(found.low, name)}\N{NO-BREAK SPACE}～ {_figure(found.high, name)}"


def _change(value: float, name: str) -> str:
    """Return a difference: points of a hundred for shares."""
    return plots.signed(value) if name in GRADED else plots.signed(value * 100, 1)


def _share(part: int, whole: int) -> str:
    """Return a share in per cent, cut off and not rounded: 100 % means all."""
    return f"{math.floor(part / whole * 10_000) / 100:g}%" if whole else "—"


def _chance(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "<0.001"


def _day(made: str) -> str:
    day = datetime.fromisoformat(made)
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def _page(template: str, **content: object) -> str:
    script = (_TEMPLATES / "questions.js").read_text("utf-8")
    page = _environment().get_template(template)
    return page.render(
        style=Markup((_TEMPLATES / "style.css").read_text("utf-8")),
        script=Markup(script),
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        **content,
    )


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {
        "ANSWERS": ANSWERS,
        "LEVEL": LEVEL,
        "MEASURES": MEASURES,
        "RIGHT": RIGHT,
        "pieces": pieces,
        "share": _share,
        "verdict": verdict,
    }
    found.filters |= {
        "chance": _chance,
        "change": _change,
        "day": _day,
        "faults": faults,
        "figure": _figure,
        "interval": _interval,
        "kind": lambda kind: KINDS.get(kind, kind),
        "signed": plots.signed,
        "silence": lambda silence: SILENCES.get(silence, silence),
        "why": lambda why: WHYS.get(why, why),
    }
    return found
