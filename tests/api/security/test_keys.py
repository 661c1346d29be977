"""Keys: shown once, kept as hashes, looked at anew when their file changes."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from api.errors import KeyNameUnfit, KeysUnreadable, KeyUnknown
from api.security import keys
from api.security.keys import ENVIRONMENT, Key, Keys, Scope

DAY = timedelta(days=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "keys.json"


def who(known: Keys, text: str) -> Key | None:
    return known.verified(text.encode())


def test_of_a_key_only_a_salted_hash_is_kept_for_its_owner_to_read(file: Path) -> None:
    one, two = (keys.add(file, name, Scope.ASK) for name in ("甲", "乙"))
    kept = file.read_text("utf-8")
    for made in (one, two):
        assert made.text.rsplit("_", 1)[1] not in kept
        assert len(made.text) > 60
    salts = {entry["salt"] for entry in json.loads(kept)}
    assert len(salts) == 2
    assert all(len(bytes.fromhex(salt)) == 16 for salt in salts)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_costs_in_earnest_what_it_should(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    asked: list[dict[str, Any]] = []

    def scrypt(*_: object, **cost: Any) -> bytes:
        asked.append(cost)
        return bytes(32)

    monkeypatch.setattr("hashlib.scrypt", scrypt)
    keys.add(file, "甲", Scope.ASK)
    assert 128 * asked[0]["n"] * asked[0]["r"] >= 16 << 20


def test_a_key_opens_its_scope_and_admin_opens_both(file: Path) -> None:
    ask, admin = keys.add(file, "甲", Scope.ASK, 3, 9), keys.add(file, "乙", Scope.ADMIN)
    known = Keys(file)
    found = who(known, ask.text)
    assert found is not None
    assert (found.name, found.rate, found.quota) == ("甲", 3, 9)
    assert (found.opens(Scope.ASK), found.opens(Scope.ADMIN)) == (True, False)
    found = who(known, admin.text)
    assert found is not None
    assert (found.opens(Scope.ASK), found.opens(Scope.ADMIN)) == (True, True)


def test_what_is_almost_a_key_is_none(file: Path) -> None:
    text = keys.add(file, "甲", Scope.ADMIN).text
    other = keys.add(file, "乙", Scope.ADMIN).text
    last = "0" if text[-1] != "0" else "1"
    mixed = "_".join([*text.split("_")[:2], other.split("_")[2]])
    known = Keys(file, "很长的口令")
    for wrong in ("", text[:-1], text[:-1] + last, text + "0", text.upper(), mixed, "很长的口", "很长的口令 "):
        assert who(known, wrong) is None


def test_an_unknown_id_costs_what_a_known_one_does(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = keys.add(file, "甲", Scope.ASK).text
    known, computed = Keys(file), []
    hashed = keys._hashed

    def counted(given: bytes, salt: bytes) -> bytes:
        computed.append(len(salt))
        return hashed(given, salt)

    monkeypatch.setattr(keys, "_hashed", counted)
    assert who(known, text[:-1] + ("0" if text[-1] != "0" else "1")) is None
    assert who(known, f"anwen_{'0' * 8}_{'0' * 48}") is None
    assert computed == [16, 16]
    assert who(known, text) == who(known, text)
    assert computed == [16, 16, 16]


def test_a_key_in_the_environment_is_an_admin_key(file: Path) -> None:
    known = Keys(file, "口令-secret")
    found = known.known("口令-secret".encode())
    assert found is not None
    assert (found.name, found.scope, found.rate, found.quota) == (ENVIRONMENT, Scope.ADMIN, None, None)
    assert (known.has_any, known.has_admin, known.stored) == (True, True, ())


def test_a_change_of_the_file_counts_at_once(file: Path) -> None:
    known = Keys(file)
    assert known.stored == ()
    text = keys.add(file, "甲", Scope.ASK).text
    assert who(known, text)
    assert not known.has_admin
    keys.remove(file, "甲")
    assert known.known(text.encode()) is None
    assert who(known, text) is None


def test_rotation_keeps_what_a_key_may_and_lets_the_old_one_go_on_for_a_while(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = keys.add(file, "甲", Scope.ADMIN, 5, 50).text
    new = keys.rotate(file, "甲", DAY)
    assert (new.key.scope, new.key.rate, new.key.quota) == (Scope.ADMIN, 5, 50)
    known = Keys(file)
    assert who(known, old)
    assert who(known, new.text)

    class Tomorrow:
        @staticmethod
        def now(zone: tzinfo) -> datetime:
            return datetime.now(zone) + DAY

    monkeypatch.setattr(keys, "datetime", Tomorrow)
    assert who(known, old) is None
    assert who(known, new.text)


def test_rotation_without_grace_ends_the_old_key_and_never_gives_one_more_time(file: Path) -> None:
    first = keys.add(file, "甲", Scope.ASK).text
    second = keys.rotate(file, "甲", timedelta(hours=1)).text
    keys.rotate(file, "甲", DAY)
    by_id = {key.id: key for key in keys.read(file)}
    until = by_id[first.split("_")[1]].expires
    assert until is not None
    assert until < datetime.now(UTC) + timedelta(hours=1, minutes=1)
    third = keys.rotate(file, "甲", timedelta()).text
    known = Keys(file)
    assert [bool(who(known, text)) for text in (first, second, third)] == [False, False, True]


@pytest.mark.parametrize("name", ["", " ", "甲 ", "甲\n乙", "a\x1b[31m", "长" * 65, ENVIRONMENT])
def test_a_name_that_could_mislead_is_refused(name: str, file: Path) -> None:
    with pytest.raises(KeyNameUnfit):
        keys.add(file, name, Scope.ASK)
    assert not file.exists()


def test_a_name_is_there_once_or_told_to_be_missing(file: Path) -> None:
    keys.add(file, "甲", Scope.ASK)
    with pytest.raises(KeyNameUnfit, match="rotate"):
        keys.add(file, "甲", Scope.ADMIN)
    for change in (lambda: keys.remove(file, "乙"), lambda: keys.rotate(file, "乙", DAY)):
        with pytest.raises(KeyUnknown, match="乙"):
            change()


def test_of_keys_added_at_once_none_is_lost(file: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda name: keys.add(file, name, Scope.ASK), map(str, range(12))))
    known = Keys(file)
    assert [key and key.name for key in (who(known, each.text) for each in made)] == list(map(str, range(12)))


@pytest.mark.parametrize("content", ["", "{}", "[{]", '[{"id": 1}]'])
def test_a_broken_file_opens_nothing_and_is_not_written_over(content: str, file: Path) -> None:
    text = keys.add(file, "甲", Scope.ASK).text
    known = Keys(file)
    assert who(known, text)
    file.write_text(content, "utf-8")
    with pytest.raises(KeysUnreadable, match="损坏"):
        who(known, text)
    with pytest.raises(KeysUnreadable):
        keys.add(file, "乙", Scope.ASK)
    assert file.read_text("utf-8") == content


def test_a_file_that_cannot_be_read_is_told(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(KeysUnreadable, match=r"keys\.json"):
        _ = Keys(file).stored
    os.rmdir(file)  # noqa: PTH106
