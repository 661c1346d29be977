"""The container's build: linted by hadolint, and held against the product, since no engine runs where tests do."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.deploy.product import ROOT, SETTINGS, routes, settings_named

Instruction = tuple[str, str]


def stages(text: str) -> list[list[Instruction]]:
    """Return the instructions of each stage, with their continuation lines joined."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^\s*#.*\n", "", text))
    found: list[list[Instruction]] = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        name, _, rest = line.partition(" ")
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest.strip()))
    return found


@pytest.fixture(scope="module")
def text() -> str:
    return (ROOT / "Containerfile").read_text("utf-8")


@pytest.fixture(scope="module")
def final(text: str) -> list[Instruction]:
    """The stage that is shipped."""
    return stages(text)[-1]


def environment(stage: list[Instruction]) -> dict[str, str]:
    pairs = " ".join(rest for name, rest in stage if name == "ENV").split()
    return dict(pair.split("=", 1) for pair in pairs)


def linted(path: Path) -> "subprocess.CompletedProcess[str]":
    hadolint = Path(sys.executable).with_name("hadolint")
    return subprocess.run([hadolint, "--no-color", path], capture_output=True, text=True, check=False)


def test_the_linter_finds_nothing_and_would_find_something(tmp_path: Path) -> None:
    clean = linted(ROOT / "Containerfile")
    assert (clean.returncode, clean.stdout) == (0, "")
    (tmp_path / "Containerfile").write_text("FROM python\nRUN pip install fastapi && cd /\n", "utf-8")
    assert linted(tmp_path / "Containerfile").returncode == 1


def test_it_runs_as_a_number_that_is_not_root_and_owns_only_the_data(final: list[Instruction]) -> None:
    (user,) = [rest for name, rest in final if name == "USER"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    owner, group = user.split(":")
    made = [rest for name, rest in final if name == "RUN"]
    home = environment(final)["ANWEN_HOME"]
    assert made == [f"install --directory --owner={owner} --group={group} --mode=0700 {home}"]
    assert ("VOLUME", home) in final


def test_all_that_it_sets_is_a_setting_and_its_port_is_the_one_it_opens(text: str, final: list[Instruction]) -> None:
    named = settings_named(text)
    assert named >= {"ANWEN_HOME", "ANWEN_HOST", "ANWEN_PORT", "ANWEN_LOG"}
    assert named <= SETTINGS
    assert ("EXPOSE", environment(final)["ANWEN_PORT"]) in final


def test_its_health_is_asked_where_the_product_tells_it(final: list[Instruction]) -> None:
    (check,) = [rest for name, rest in final if name == "HEALTHCHECK"]
    program, _, code = json.loads(check.partition("CMD ")[2])
    assert program == "python"
    compile(code, "healthcheck", "exec")
    assert set(re.findall(r"'(/[a-z]+)'", code)) <= routes()
    assert "/healthz" in code


def test_the_model_is_unpacked_where_the_product_will_look_for_it(text: str, final: list[Instruction]) -> None:
    cache = environment(final)["XDG_CACHE_HOME"]
    build = [rest for name, rest in stages(text)[0] if name == "RUN"]
    assert any(f"XDG_CACHE_HOME={cache} " in each and "unpacked_model()" in each for each in build)
    assert ("COPY", "--from=build /opt/anwen /opt/anwen") in final
    assert cache.startswith("/opt/anwen/")


def test_what_is_sent_to_the_build_is_what_the_package_is_made_of_and_nothing_else() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert "*" in ignored
    assert let_in == {*packages, project["project"]["readme"], "pyproject.toml", "requirements.txt"}


def test_the_image_is_named_by_the_products_version(text: str) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert set(re.findall(r"anwen:(\d[\w.]*)", text)) == {version}
