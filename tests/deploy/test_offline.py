"""The archive for offices with no network, made of a stub of the product: installed by its own script, without any."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.deploy.stub import VERSION, packed

WITHOUT_NETWORK = ("unshare", "--map-root-user", "--net")

pytestmark = pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run([*WITHOUT_NETWORK, "true"], check=False).returncode != 0,
    reason="this system lets nobody make a network of his own",
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("packing"))


@pytest.fixture
def unpacked(archive: Path, tmp_path: Path) -> Path:
    return extracted(Path(shutil.copy(archive, tmp_path)))


def extracted(archive: Path) -> Path:
    """Return the folder that an archive holds, unpacked beside it."""
    with tarfile.open(archive) as tar:
        tar.extractall(archive.parent, filter="data")
    return archive.parent / archive.stem


def install(folder: Path, prefix: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return run(str(folder / "install"), "--prefix", str(prefix), **environment)


def run(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANWEN_", "XDG_"))}
    kept |= {"PYTHON": sys.executable} | environment
    return subprocess.run(
        [*WITHOUT_NETWORK, *command], env=kept, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_it_installs_without_a_network_and_upgrades_without_touching_data_also_after_a_break(
    unpacked: Path, tmp_path: Path
) -> None:
    prefix = tmp_path / "有 空格" / "anwen"
    # What pip was told elsewhere would lead it to a network.
    done = install(unpacked, prefix, PIP_INDEX_URL="http://192.0.2.1/simple", PIP_FIND_LINKS="http://192.0.2.1/")
    assert done.returncode == 0, done.stderr
    assert f"{prefix}/bin/anwen serve" in done.stderr
    answered = run(str(prefix / "bin" / "anwen"), "serve", "--port", "1")
    assert answered.stdout == "['serve', '--port', '1'] the index weights\n"
    # Others may run it too.
    assert all(path.stat().st_mode & 0o005 for path in (prefix / "cache").rglob("*"))

    again = install(unpacked, prefix)
    assert again.returncode == 1
    assert f"已经是 {VERSION}" in again.stderr

    (prefix / "var" / "index" / "CURRENT").write_text("my own index", "utf-8")
    broken = install(extracted(packed(tmp_path / "broken", "0.0.2", breaks_off=True)), prefix)
    assert broken.returncode == 1
    assert broken.stderr.endswith("安装软件包失败，原因见上。\n")
    assert str(prefix / "releases" / VERSION) in (prefix / "bin" / "anwen").read_text("utf-8")

    # Over what the broken one left.
    done = install(extracted(packed(tmp_path / "newer", "0.0.2")), prefix)
    assert done.returncode == 0, done.stderr
    assert str(prefix / "releases" / "0.0.2") in (prefix / "bin" / "anwen").read_text("utf-8")
    assert run(str(prefix / "bin" / "anwen"), "ask").stdout == "['ask'] my own index weights\n"


@pytest.mark.parametrize("damage", ["changed", "gone", "added", "unsigned"])
def test_an_archive_that_is_not_as_it_was_packed_is_refused_before_anything_is_installed(
    damage: str, unpacked: Path, tmp_path: Path
) -> None:
    wheel = unpacked / "wheels" / "stubdep-1.0-py3-none-any.whl"
    if damage == "changed":
        whole = wheel.read_bytes()
        wheel.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    elif damage == "gone":
        wheel.unlink()
    elif damage == "added":
        (unpacked / "wheels" / "evil-1.0-py3-none-any.whl").touch()
    else:
        (unpacked / "SHA256SUMS").unlink()
    refused = install(unpacked, tmp_path / "prefix")
    assert refused.returncode == 1
    said = {"changed": "stubdep-1.0", "gone": "缺少：wheels/stubdep", "added": "evil-1.0", "unsigned": "SHA256SUMS"}
    assert said[damage] in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "prefix").exists()


def test_another_python_is_told_which_one_is_wanted(unpacked: Path, tmp_path: Path) -> None:
    (unpacked / "python-version").write_text("3.99\n", "utf-8")
    refused = install(unpacked, tmp_path / "prefix")
    assert refused.returncode == 1
    assert "需要 Python 3.99" in refused.stderr


def test_the_archive_has_a_checksum_of_its_own_and_says_nothing_of_who_packed_it(archive: Path) -> None:
    checked = subprocess.run(
        ["sha256sum", "--check", f"{archive.name}.sha256"], cwd=archive.parent, capture_output=True, check=False
    )
    assert checked.returncode == 0
    with tarfile.open(archive) as tar:
        entries = tar.getmembers()
    assert {(each.uid, each.gid, each.uname, each.gname) for each in entries} == {(0, 0, "", "")}
    assert {each.name.partition("/")[0] for each in entries} == {archive.stem}
    assert [each.name for each in entries if each.mode & 0o111 and each.isfile()] == [f"{archive.stem}/install"]
