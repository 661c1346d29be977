"""Keys: who may ask and who may change. What lies on the disk of a key is a hash; the key itself is shown once."""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from api.errors import KeyNameUnfit, KeysBusy, KeysUnreadable, KeyUnknown, of_system
from api.security.addresses import is_loopback
from api.settings import Settings, SettingsError
from index import durable

ENVIRONMENT = "ANWEN_ADMIN_KEY"
"""The name of the key that stands in the environment, and in no file."""

_FORM = re.compile(rb"anwen_(?P<id>[0-9a-f]{8})_(?P<secret>[0-9a-f]{48})")
_NAME = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,62}[^\s\x00-\x1f\x7f])?")
_COST = {"n": 1 << 14, "r": 8, "p": 1}
"""Scrypt: 16 MiB and some 50 ms on one core."""
_PATIENCE = 10.0
"""Seconds that a change of the file waits for another."""
_NOBODY = bytes(16)


class Scope(StrEnum):
    """What a key opens; ADMIN opens all that ASK does."""

    ASK = "ask"
    ADMIN = "admin"


class Key(BaseModel):
    """A key as it is kept. `rate` is requests a minute, `quota` requests a day; None is without bound."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    scope: Scope
    salt: str = ""
    hash: str = ""
    created: datetime
    rate: int | None = None
    quota: int | None = None
    expires: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Tell whether it opens anything at a moment."""
        return self.expires is None or now < self.expires

    def opens(self, scope: Scope) -> bool:
        """Tell whether it opens what a scope does."""
        return self.scope in (Scope.ADMIN, scope)


_KEYS = TypeAdapter(tuple[Key, ...])


@dataclass(frozen=True, slots=True)
class Made:
    """A key that was made just now, and its text, which is nowhere else."""

    key: Key
    text: str


def read(path: Path) -> tuple[Key, ...]:
    """Return the keys of a file, none where there is no file. Raises KeysUnreadable."""
    try:
        return _KEYS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise KeysUnreadable(f"读不了口令文件：{of_system(error)}运行服务的用户要能读它。") from error
    except ValidationError as error:
        raise KeysUnreadable(f"口令文件 {path} 已损坏。请从备份恢复，或删掉它重新发口令。") from error


def add(path: Path, name: str, scope: Scope, rate: int | None = None, quota: int | None = None) -> Made:
    """Make a key. Raises KeyNameUnfit, KeysUnreadable, KeysBusy, OSError."""
    if not _NAME.fullmatch(name) or name == ENVIRONMENT:
        raise KeyNameUnfit(f"名字“{name}”不能用：1 到 64 个字，不能有换行，首尾不能是空格，也不能是 {ENVIRONMENT}。")
    with _changing(path) as keys:
        if any(key.name == name for key in keys):
            raise KeyNameUnfit(f"已经有名为“{name}”的口令。换一个名字，或用 anwen key rotate 给它换新。")
        made = _made(name, scope, rate, quota)
        keys.append(made.key)
    return made


def remove(path: Path, name: str) -> None:
    """Take away all keys of a name, at once. Raises KeyUnknown, KeysUnreadable, KeysBusy, OSError."""
    with _changing(path) as keys:
        kept = [key for key in keys if key.name != name]
        if len(kept) == len(keys):
            raise _unknown(name)
        keys[:] = kept


def rotate(path: Path, name: str, grace: timedelta) -> Made:
    """Make a new key of a name; those before it are valid through the grace. Raises as `remove`."""
    with _changing(path) as keys:
        until = datetime.now(UTC) + grace
        latest = next((key for key in reversed(keys) if key.name == name), None)
        if latest is None:
            raise _unknown(name)
        keys[:] = [
            key.model_copy(update={"expires": min(key.expires or until, until)}) if key.name == name else key
            for key in keys
        ]
        made = _made(name, latest.scope, latest.rate, latest.quota)
        keys.append(made.key)
    return made


def check_may_listen(settings: Settings) -> None:
    """Let a server start that listens only to this machine, or has a key for those elsewhere. Raises SettingsError."""
    if is_loopback(settings.host) or settings.admin_key.get_secret_value():
        return
    now = datetime.now(UTC)
    if not any(key.is_valid(now) for key in read(settings.keys_file)):
        raise SettingsError(
            f"要监听 {settings.host}，让别的机器也能访问，先要有口令，否则谁都能进来：\n"
            "  anwen key add 办公室 --scope ask      发一个能提问的口令（只显示一次）\n"
            "  anwen key add 管理员 --scope admin    发一个还能导入文档的口令\n"
            f"或设置环境变量 {ENVIRONMENT}，然后再启动。只在本机用，就监听 127.0.0.1，不需要口令。"
        )


class Keys:
    """The keys of a server: those in its file, looked at anew whenever it changes, and the one in the environment."""

    def __init__(self, path: Path, admin_key: str = "") -> None:
        self._path = path
        self._pepper = secrets.token_bytes(32)
        self._admin = self._digest(admin_key.encode()) if admin_key else None
        self._environment = Key(id="", name=ENVIRONMENT, scope=Scope.ADMIN, created=datetime.now(UTC))
        self._stamp: tuple[int, ...] | None = None
        self._stored: tuple[Key, ...] = ()
        # Keyed by a hash that nobody outside this process can compute: how long a look-up takes tells nothing.
        self._verified: dict[bytes, str] = {}
        self._fault: KeysUnreadable | None = None

    @property
    def stored(self) -> tuple[Key, ...]:
        """The keys in the file that are valid now. Raises KeysUnreadable."""
        self._refresh()
        if self._fault:
            raise self._fault
        now = datetime.now(UTC)
        return tuple(key for key in self._stored if key.is_valid(now))

    @property
    def has_any(self) -> bool:
        """Whether some key could open the server, for asking at least."""
        return self._admin is not None or bool(self.stored)

    @property
    def has_admin(self) -> bool:
        """Whether some key could open what changes the compilation."""
        return self._admin is not None or any(key.opens(Scope.ADMIN) for key in self.stored)

    def known(self, text: bytes) -> Key | None:
        """Return the key of a text if that is told at once: the environment's, or one that was verified before."""
        digest = self._digest(text)
        if self._admin is not None and hmac.compare_digest(digest, self._admin):
            return self._environment
        stored = self.stored
        key_id = self._verified.get(digest)
        return next((key for key in stored if key.id == key_id), None)

    def could_be(self, text: bytes) -> bool:
        """Tell whether a text has the form of a key, and there are keys that it could be."""
        return bool(self.stored) and _FORM.fullmatch(text) is not None

    def verified(self, text: bytes) -> Key | None:
        """Return the key of a text, after some 50 ms, known id or not. Raises KeysUnreadable."""
        # Another request may have had it verified while this one waited.
        if found := self.known(text):
            return found
        match = _FORM.fullmatch(text)
        if match is None:
            return None
        stored = self.stored
        key = next((key for key in stored if key.id == match["id"].decode()), None)
        computed = _hashed(text, bytes.fromhex(key.salt) if key else _NOBODY)
        if not hmac.compare_digest(computed, bytes.fromhex(key.hash) if key else secrets.token_bytes(len(computed))):
            return None
        if key:
            self._verified[self._digest(text)] = key.id
        return key

    def _digest(self, text: bytes) -> bytes:
        return hmac.digest(self._pepper, text, "sha256")

    def _refresh(self) -> None:
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        try:
            self._stored = read(self._path)
            self._fault = None
        except KeysUnreadable as error:
            self._fault = error
        self._verified = {}
        self._stamp = stamp


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return found.st_ino, found.st_mtime_ns, found.st_size


def _made(name: str, scope: Scope, rate: int | None, quota: int | None) -> Made:
    key_id, salt = secrets.token_hex(4), secrets.token_bytes(16)
    text = f"anwen_{key_id}_{secrets.token_hex(24)}"
    return Made(
        Key(
            id=key_id,
            name=name,
            scope=scope,
            salt=salt.hex(),
            hash=_hashed(text.encode(), salt).hex(),
            created=datetime.now(UTC).replace(microsecond=0),
            rate=rate,
            quota=quota,
        ),
        text,
    )


def _hashed(text: bytes, salt: bytes) -> bytes:
    return hashlib.scrypt(text, salt=salt, dklen=32, maxmem=64 << 20, **_COST)


def _unknown(name: str) -> KeyUnknown:
    return KeyUnknown(f"没有名为“{name}”的口令。可用 anwen key list 列出全部口令。")


@contextmanager
def _changing(path: Path) -> Iterator[list[Key]]:
    """Yield the keys to be changed; what becomes of them is written, without those that are no longer valid."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path.with_suffix(".lock"), timeout=_PATIENCE):
            now = datetime.now(UTC)
            keys = [key for key in read(path) if key.is_valid(now)]
            yield keys
            content = json.dumps([key.model_dump(mode="json") for key in keys], ensure_ascii=False, indent=1)
            durable.write(path, content.encode(), mode=0o600)
    except Timeout as error:
        raise KeysBusy("另一个程序正在改口令文件。请稍后再试。") from error
