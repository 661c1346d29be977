"""The whole archive for offices with no network, tried where there is none: `python -m tests.deploy.offline [ARCHIVE]`.

Takes minutes and two gigabytes. Makes the archive unless one is given. Then, in a network namespace without a route:
unpacks it, installs it by its own script with a bare Python, starts the server and asks. Then, where this runs as root,
once more as the container runs it: another user, nothing to be written to but the data and /tmp. Prints what it took.
"""

import argparse
import fcntl
import json
import os
import re
import resource
import shutil
import socket
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
QUESTION = "扶沟是怎么保障土地的?"
ANSWER = "供应土地2458.96亩"

_UP = 0x8914, 0x41
"""SIOCSIFFLAGS; up and running."""
_USER = "10001"


def main() -> None:
    """Make or take the archive, and go on inside the namespace."""
    parser = argparse.ArgumentParser()
    parser.add_argument("archive", nargs="?", type=Path, help="made by deploy.wheelhouse")
    parser.add_argument("--inside", type=Path)
    chosen = parser.parse_args()
    if chosen.inside:
        inside(chosen.archive, chosen.inside)
        return
    if chosen.archive is None:
        began = time.monotonic()
        subprocess.run([sys.executable, "-m", "deploy.wheelhouse"], cwd=ROOT, check=True)
        said("打包", began)
    archive = chosen.archive or max((ROOT / "dist").glob("anwen-*.tar"), key=lambda path: path.stat().st_mtime)
    print(f"{archive.name}：{archive.stat().st_size / 1e6:.0f} MB")
    is_root = os.geteuid() == 0
    # Not under /tmp, which the container's run hides.
    with tempfile.TemporaryDirectory(prefix="anwen-offline-", dir="/var/tmp") as place:
        Path(place).chmod(0o755)
        namespace = ["unshare", "--net", "--mount"] if is_root else ["unshare", "--map-root-user", "--net"]
        itself = [sys.executable, "-m", "tests.deploy.offline", str(archive.resolve()), "--inside", place]
        subprocess.run([*namespace, *itself], cwd=ROOT, check=True)


def inside(archive: Path, place: Path) -> None:
    """Install and ask, with this machine's own address up and nothing else."""
    name, flags = _UP
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, name, struct.pack("16sh14x", b"lo", flags))
    try:
        socket.create_connection(("192.0.2.1", 80), 1)
    except OSError as error:
        print(f"没有网络：{error.strerror}")
    else:
        raise AssertionError("there is a network")
    began = time.monotonic()
    with tarfile.open(archive) as tar:
        tar.extractall(place, filter="data")
    said("解开", began)
    prefix = place / "anwen"
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(place / "nobody"), "PYTHON": sys._base_executable}  # type: ignore[attr-defined]
    began = time.monotonic()
    subprocess.run([place / archive.stem / "install", "--prefix", str(prefix)], env=bare, check=True)
    said("安装", began)
    size = sum(path.lstat().st_size for path in prefix.rglob("*"))
    print(f"装好后占 {size / 1e6:.0f} MB")
    asked([str(prefix / "bin" / "anwen"), "serve", "--port", "0"], bare)
    assert not (place / "nobody").exists(), "something was written to the user's home"
    if os.geteuid() == 0 and Path("/proc/self/uid_map").read_text("ascii").split()[2] != "1":
        as_contained(prefix, place)


def as_contained(prefix: Path, place: Path) -> None:
    """Ask once more as another user, over a root that can only be read, with an empty data folder."""
    data = place / "data"
    data.mkdir(mode=0o700)
    shutil.chown(data, int(_USER), int(_USER))
    for command in (
        ("mount", "--make-rprivate", "/"),
        ("mount", "--bind", str(data), str(data)),
        ("mount", "-t", "tmpfs", "tmpfs", "/tmp"),
        ("mount", "-o", "remount,bind,ro", "/"),
    ):
        subprocess.run(command, check=True)
    (program,) = (prefix / "releases").glob("*/bin/anwen")
    environment = {
        "PATH": "/usr/bin:/bin",
        "XDG_CACHE_HOME": str(prefix / "cache"),
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "ANWEN_HOME": str(data),
        "ANWEN_HOST": "0.0.0.0",
        "ANWEN_PORT": "0",
        "ANWEN_LOG": "json",
        "ANWEN_ADMIN_KEY": "offline-admin-key",
    }
    user = ("setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups", "--no-new-privs")
    print("像容器那样：只读的根，另一个用户，空的数据文件夹")
    asked([*user, str(program), "serve"], environment, data)


def asked(command: list[str], environment: Mapping[str, str], at: Path | None = None) -> None:
    """Start a server and ask it, and see that every quote is in its passage."""
    began = time.monotonic()
    with serving(command, environment, at) as base:
        key = environment.get("ANWEN_ADMIN_KEY", "")
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
        healthy(base, began)
        request = urllib.request.Request(f"{base}/ask", json.dumps({"question": QUESTION}).encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            found: dict[str, Any] = json.load(response)
        said("从启动到第一个答案", began)
    assert ANSWER in found["answer"]["text"], found["answer"]["text"]
    passages = {each["rank"]: each["text"] for each in found["passages"]}
    for said_of in found["answer"]["sentences"]:
        quote = slice(said_of["passage_start"], said_of["passage_end"])
        assert passages[said_of["rank"]][quote] == said_of["text"]
    print(found["answer"]["text"])


def healthy(base: str, began: float) -> None:
    """Wait until the server can answer."""
    while time.monotonic() - began < 300:
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=10):
                return
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
        time.sleep(0.1)
    raise AssertionError("never ready")


@contextmanager
def serving(command: list[str], environment: Mapping[str, str], at: Path | None) -> Iterator[str]:
    """Yield the address of a server as soon as it says one."""
    with subprocess.Popen(
        command, env=environment, cwd=at, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stderr
        told = []
        try:
            for line in process.stderr:
                told.append(line)
                if match := re.search(r"http://[\d.]+:(\d+)", line):
                    yield f"http://127.0.0.1:{match[1]}"
                    break
            else:
                raise AssertionError("".join(told))
        finally:
            process.terminate()
            process.wait(60)
    print(f"最多用过内存 {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")


def said(what: str, began: float) -> None:
    """Print how long something took."""
    print(f"{what}：{time.monotonic() - began:.1f} 秒", flush=True)


if __name__ == "__main__":
    main()
