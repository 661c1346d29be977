"""A writer killed again and again at random moments; after each kill the index is opened, examined and compared.

python -m tests.index.killing --kills 200 --seed 1
"""

import argparse
import json
import os
import random
import signal
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index import change as changing
from index.change import change
from index.doctor import examined
from index.errors import IndexMissing
from index.generation import built
from tests.index.small import ENCODER, POOL, Versions, assert_same, opened, standing

_LONGEST = 0.5
"""Seconds within which a writer is killed: time for a few changes."""
_TIDIED = 5
"""Kills after which one change is let through, which must leave nothing of the killed ones."""


@dataclass
class Tally:
    """What became of the kills; `acknowledged` counts changes that returned."""

    kills: int = 0
    acknowledged: int = 0
    within_a_change: int = 0
    change_stands: int = 0
    left_files: int = 0

    def line(self) -> str:
        """Return the summary."""
        return (
            f"{self.kills} kills, {self.acknowledged} changes acknowledged and none lost; {self.within_a_change} kills "
            f"fell within a change, of which {self.change_stands} stand whole; {self.left_files} left files behind"
        )


def killed(root: Path, kills: int, seed: int) -> Tally:
    """Kill writers under `root`. Raises AssertionError at the first index that is not as it should be."""
    chance = random.Random(seed)
    tally = Tally()
    stands: Versions = {}
    for count in range(1, kills + 1):
        begun, done = _one_killed(root, stands, chance)
        tally.kills += 1
        tally.acknowledged += len(done)
        acknowledged = done[-1] if done else stands
        found = _standing(root)
        is_within = len(begun) > len(done)
        assert found == acknowledged or (is_within and found == begun[-1]), (count, found, acknowledged, begun[-1:])
        tally.within_a_change += is_within
        tally.change_stands += is_within and found == begun[-1] != acknowledged
        if found:
            found_by_doctor = examined(root)
            assert not found_by_doctor.findings, found_by_doctor.findings
            tally.left_files += bool(found_by_doctor.leftovers)
            assert_same(opened(root), built(standing(found), ENCODER))
            if count % _TIDIED == 0:
                change(root, ENCODER)
                assert_tidy(root)
        stands = found
    return tally


def assert_tidy(root: Path) -> None:
    """Assert that nothing lies under `root` but what two generations need."""
    names = {path.name for path in root.iterdir()}
    assert names == {"CURRENT", "generations", "segments", "write.lock"}
    generations = list((root / "generations").iterdir())
    assert 1 <= len(generations) <= 2
    manifests = [json.loads((folder / "manifest.json").read_text("utf-8")) for folder in generations]
    used = {segment["name"] for manifest in manifests for segment in manifest["segments"]}
    assert {path.name for path in (root / "segments").iterdir()} == used


def _one_killed(root: Path, stands: Versions, chance: random.Random) -> tuple[list[Versions], list[Versions]]:
    """Return the states that a writer began to write until it was killed, and those that it was told are written."""
    seed, delay = chance.getrandbits(32), chance.uniform(0, _LONGEST)
    reading, writing = os.pipe()
    writer = os.fork()
    if not writer:
        try:
            _write(root, dict(stands), random.Random(seed), writing)
        finally:
            os._exit(1)
    os.close(writing)
    time.sleep(delay)
    os.kill(writer, signal.SIGKILL)
    _, status = os.waitpid(writer, 0)
    with os.fdopen(reading) as file:
        told = [json.loads(line) for line in file]
    assert os.WIFSIGNALED(status), f"the writer failed by itself after {told[-1:]}"
    return [versions for word, versions in told if word == "begun"], [
        versions for word, versions in told if word == "done"
    ]


def _write(root: Path, versions: dict[str, int], chance: random.Random, told: int) -> None:
    """Change the index for ever, telling each state before and after."""
    while True:
        step = {key: chance.choice([0, 1, 2, None]) for key in chance.sample(sorted(POOL), chance.randint(1, 3))}
        after = {key: version for key, version in (versions | step).items() if version is not None}
        if not any(document.cases[0].sections for document in standing(after)):
            continue
        documents = [POOL[key][version] for key, version in step.items() if version is not None]
        gone = [key for key, version in step.items() if version is None and key in versions]
        os.write(told, f"{json.dumps(['begun', after])}\n".encode())
        change(root, ENCODER, documents, gone)
        os.write(told, f"{json.dumps(['done', after])}\n".encode())
        versions = after


def _standing(root: Path) -> Versions:
    try:
        generation = opened(root)
    except IndexMissing:
        return {}
    return {key: POOL[key].index(document) for key, document in generation.document.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Kill as often as asked, print the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    # So that few and small documents fill segments, and these are joined.
    changing._FULL, changing._FOLD = 5, 2
    # The dictionary is read before any writer is born.
    built(standing({"fugou": 0}), ENCODER)
    with tempfile.TemporaryDirectory() as folder:
        print(killed(Path(folder) / "index", asked.kills, asked.seed).line())


if __name__ == "__main__":
    main()
