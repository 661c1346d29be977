"""The gate: has quality been lost since the baseline that is kept beside the topics?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eval.errors import SetUnreadable
from eval.result import Evaluation
from eval.statistics import LEVEL, Difference, difference, holm

BASELINES = Path(__file__).parent / "baselines"
GATED = ("nDCG@10", "S@1", "answer", "speaks")
"""Ranking, the first passage, answers that say what they should, and silence where (and only where) it is due."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What changed since the baseline, by measure; `lost` are those whose loss is significant (corrected, p < .05).

    `missing` are questions of the baseline that are no longer asked, or whose judgement cannot be compared; `inexact`
    the citations that are not exact, of which there may be none.
    """

    differences: Mapping[str, Difference]
    lost: tuple[str, ...]
    worse: tuple[str, ...]
    inexact: int
    missing: int

    @property
    def passed(self) -> bool:
        """Whether the gate is open."""
        return not self.lost and not self.inexact


def figures(evaluation: Evaluation) -> dict[str, dict[str, float]]:
    """Return what the gate compares: measure → question → value, rounded as the file has it."""
    values = evaluation.values()
    return {
        "nDCG@10": {key: round(value, 6) for key, value in values["nDCG@10"].items()},
        "S@1": values["S@1"],
        "answer": {each.id: each.shares["answer"] for each in evaluation.results if "answer" in each.shares},
        "speaks": {each.id: float((each.silence is None) == bool(each.gold)) for each in evaluation.results},
    }


def judged(baseline: Mapping[str, Mapping[str, float]], evaluation: Evaluation) -> Verdict:
    """Compare an evaluation with a baseline on the questions that both have."""
    now = figures(evaluation)
    common = {
        name: [key for key in baseline.get(name, {}) if key in now[name]]
        for name in GATED
        if any(key in now[name] for key in baseline.get(name, {}))
    }
    differences = {
        name: difference({key: baseline[name][key] for key in keys}, {key: now[name][key] for key in keys})
        for name, keys in common.items()
    }
    corrected = dict(zip(differences, holm([each.p for each in differences.values()]), strict=True))
    questions = {result.id: result.question for result in evaluation.results}
    worse = {key for name, keys in common.items() for key in keys if now[name][key] < baseline[name][key]}
    return Verdict(
        differences=differences,
        lost=tuple(name for name, each in differences.items() if each.mean < 0 and corrected[name] < LEVEL),
        worse=tuple(questions[key] for key in questions if key in worse),
        inexact=evaluation.citations.checked - evaluation.citations.exact,
        missing=len({key for of in baseline.values() for key in of} - set(questions)),
    )


def read_baseline(path: Path) -> dict[str, dict[str, float]]:
    """Return the figures of a baseline file. Raises SetUnreadable."""
    try:
        found: dict[str, dict[str, float]] = json.loads(path.read_text("utf-8"))["values"]
    except OSError as error:
        raise SetUnreadable(f"读不到基线 {path}（{error.strerror}）。可用 --update 写一份。") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SetUnreadable(f"{path} 不是基线文件。可用 --update 重写。") from error
    return found


def write_baseline(evaluation: Evaluation, path: Path) -> None:
    """Write the figures of an evaluation as the baseline."""
    content = {
        "collection": evaluation.fingerprint.collection,
        "data": evaluation.fingerprint.data,
        "configuration": evaluation.fingerprint.configuration,
        "model": evaluation.fingerprint.model,
        "values": figures(evaluation),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
