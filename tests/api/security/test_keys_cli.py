"""The commands for keys, and the start of a server that others can reach."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from typer.testing import CliRunner, Result

from api.cli.main import app
from api.security.keys import Keys
from api.settings import SettingsError, from_environment


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANWEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def as_json(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_key_is_printed_once_alone_and_never_again(home: Path) -> None:
    result = run("key", "add", "办公室", "--scope", "ask", "--rate", "30", "--quota", "500")
    text = result.stdout.strip()
    assert Keys(home / "keys.json").verified(text.encode())
    assert "不会再显示" in result.stderr
    assert text not in result.stderr
    listed = run("key", "list").stdout
    assert all(words in listed for words in ("办公室", "提问和查阅", "每分钟 30 次", "每天 500 次"))
    secret = text.split("_")[2]
    assert secret not in listed
    (entry,) = as_json("key", "list")
    assert (entry["name"], entry["scope"], entry["rate"], entry["quota"]) == ("办公室", "ask", 30, 500)
    assert {"hash", "salt"}.isdisjoint(entry)


def test_a_key_is_renewed_and_taken_back(home: Path) -> None:
    old = as_json("key", "add", "办公室", "--scope", "admin")["key"]
    new = as_json("key", "rotate", "办公室", "--grace", "2")["key"]
    known = Keys(home / "keys.json")
    assert [bool(known.verified(text.encode())) for text in (old, new)] == [True, True]
    assert "用到" in run("key", "list").stdout
    latest = run("key", "rotate", "办公室", "--grace", "0")
    assert "已经失效" in latest.stderr
    assert [bool(known.verified(text.encode())) for text in (old, new)] == [False, False]
    assert run("key", "remove", "办公室").exit_code == 0
    assert as_json("key", "list") == []
    assert "还没有口令" in run("key", "list").stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", "坏\n名", "--scope", "ask"), "key_name_unfit"),
        (("remove", "没有的"), "key_unknown"),
        (("rotate", "没有的"), "key_unknown"),
    ],
)
def test_what_cannot_be_done_is_told_with_its_code(words: tuple[str, ...], code: str, home: Path) -> None:
    del home
    result = run("key", *words, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == code


def test_help_is_in_chinese() -> None:
    assert "口令" in run("key", "--help").stdout
    assert "提问和查阅" in run("key", "add", "--help").stdout


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.8", "anwen.example.gov.cn", ""])
def test_a_server_that_others_can_reach_does_not_start_without_a_key_and_says_how(host: str, home: Path) -> None:
    result = run("serve", "--host", host, "--port", "0") if host else run("serve", "--host", "0.0.0.0")
    assert result.exit_code == 1
    assert "anwen key add" in result.stderr
    assert "ANWEN_ADMIN_KEY" in result.stderr
    assert not (home / "index").exists()


@pytest.mark.parametrize("with_key", ["file", "environment"])
def test_with_a_key_it_starts_and_no_other_program_judges_whom_a_proxy_speaks_for(
    with_key: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del home
    started: list[uvicorn.Config] = []

    def noted(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
        started.append(server.config)
        sockets[0].close()

    monkeypatch.setattr("uvicorn.Server.run", noted)
    if with_key == "file":
        run("key", "add", "办公室", "--scope", "ask")
    else:
        monkeypatch.setenv("ANWEN_ADMIN_KEY", "口令-secret")
    result = run("serve", "--host", "0.0.0.0", "--port", "0")
    assert result.exit_code == 0, result.output
    assert [config.proxy_headers for config in started] == [False]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TRUSTED_PROXIES", "nginx", "网段"),
        ("TRUSTED_PROXIES", "10.0.0.1/24", "网段"),
        ("ALLOWED_HOSTS", "https://anwen.example", "主机名"),
        ("BASE_URL", "anwen.example", "https://"),
        ("BASE_URL", "https://anwen.example/?a=1", "https://"),
    ],
)
def test_a_setting_that_would_not_protect_is_refused(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ANWEN_{name}", value)
    with pytest.raises(SettingsError, match=rf"ANWEN_{name}='.*{told}"):
        from_environment()


def test_settings_with_commas_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANWEN_TRUSTED_PROXIES", "10.0.0.5, fd00::/8")
    monkeypatch.setenv("ANWEN_ALLOWED_HOSTS", "anwen.example, [::1]:8000")
    monkeypatch.setenv("ANWEN_REQUIRE_KEY", "on")
    settings = from_environment()
    assert [str(each) for each in settings.trusted_proxies] == ["10.0.0.5/32", "fd00::/8"]
    assert settings.allowed_hosts == ("anwen.example", "[::1]:8000")
    assert settings.require_key
