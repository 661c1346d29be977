"""How often a key may be used, and when it may be again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.errors import RateLimited
from api.security.keys import Key, Scope
from api.security.limits import MOST_WRONG, Limits

NOW = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in ("limits.storage.memory.time", "api.security.limits.time"):
        monkeypatch.setattr(f"{module}.time", clock.time)
    return clock


@pytest.fixture
def limits(tmp_path: Path) -> Limits:
    return Limits(tmp_path / "quotas.json")


def key(name: str = "甲", rate: int | None = None, quota: int | None = None) -> Key:
    return Key(id="0", name=name, scope=Scope.ASK, created=datetime.now(UTC), rate=rate, quota=quota)


def used(limits: Limits, one: Key, times: int) -> None:
    for _ in range(times):
        limits.count(one)


def test_a_minute_moves_on_with_the_requests(limits: Limits, clock: Clock) -> None:
    one = key(rate=3)
    limits.count(one)
    clock.now += 20
    used(limits, one, 2)
    with pytest.raises(RateLimited, match="一分钟最多 3 次") as refused:
        limits.count(one)
    assert refused.value.headers["retry-after"] == "40"
    clock.now += 41
    limits.count(one)
    with pytest.raises(RateLimited):
        limits.count(one)


def test_a_day_begins_with_its_first_request(limits: Limits, clock: Clock) -> None:
    one = key(quota=2)
    used(limits, one, 2)
    clock.now += 3600
    with pytest.raises(RateLimited, match="一天最多 2 次") as refused:
        limits.count(one)
    assert refused.value.headers["retry-after"] == str(23 * 3600)
    clock.now += 23 * 3600 + 1
    limits.count(one)


def test_each_name_has_its_own_count_and_one_without_bounds_none(limits: Limits, clock: Clock) -> None:
    del clock
    used(limits, key("甲", quota=1), 1)
    used(limits, key("乙", quota=1), 1)
    used(limits, key("丙"), 1000)
    with pytest.raises(RateLimited, match="甲"):
        limits.count(key("甲", quota=1))


def test_what_is_used_of_a_day_survives_a_restart_and_what_was_refused_is_not_in_it(
    tmp_path: Path, clock: Clock
) -> None:
    one, file = key(quota=3), tmp_path / "quotas.json"
    before = Limits(file)
    used(before, one, 2)
    before.keep()
    after = Limits(file)
    after.count(one)
    for _ in range(5):
        with pytest.raises(RateLimited):
            after.count(one)
    after.keep()
    assert '"甲": [3, 3,' in file.read_text("utf-8")
    clock.now += 86_401
    Limits(file).count(one)


def test_counts_that_cannot_be_read_or_written_stop_nobody(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    del clock
    broken = tmp_path / "quotas.json"
    broken.write_text("[", "utf-8")
    limits = Limits(broken)
    used(limits, key(quota=3), 1)
    nowhere = Limits(tmp_path / "gone" / "quotas.json")
    used(nowhere, key(quota=3), 1)
    nowhere.keep()
    assert next(record.message.split("，")[0] for record in caplog.records).startswith("口令当天的用量读不出来")
    assert "写不进" in caplog.text


def test_wrong_keys_are_borne_from_one_address_for_a_while_only(limits: Limits, clock: Clock) -> None:
    for _ in range(MOST_WRONG.amount):
        limits.check_wrong("192.0.2.7")
        limits.count_wrong("192.0.2.7")
    with pytest.raises(RateLimited):
        limits.check_wrong("192.0.2.7")
    limits.check_wrong("192.0.2.8")
    clock.now += 61
    limits.check_wrong("192.0.2.7")
