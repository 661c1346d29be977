"""One archive from which an office with no network installs: wheels, model, index, checksums, a script.

Run as `python -m deploy.wheelhouse`, in the environment that the product is installed in; writes dist/anwen-….tar.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_INSTALLER = ("install", "install.py", "README.md")


def main() -> None:
    """Make the archive, and beside it its own checksum for whoever carries it."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    with tempfile.TemporaryDirectory(prefix="anwen-wheelhouse-") as place:
        folder = Path(place) / f"anwen-{version}-{tag()}"
        print("准备软件包……", flush=True)
        collect(folder / "wheels")
        print("建索引……", flush=True)
        index(folder / "index.zip", Path(place) / "home")
        shutil.copy(ROOT / "requirements.txt", folder)
        shutil.copy(ROOT / "deploy" / "anwen.service", folder)
        print("打包……", flush=True)
        archive = pack(folder, version, ROOT / "dist")
    print(f"{archive.relative_to(ROOT)}：{archive.stat().st_size / 1e6:.0f} MB。拷到那边，解开，运行 ./install。")


def tag() -> str:
    """Return the Python and the platform that the wheels are for."""
    major, minor = sys.version_info[:2]
    return f"cp{major}{minor}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def collect(wheels: Path) -> None:
    """Put a wheel of everything locked into a folder, built where there is none, of the product, and of pip itself."""
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(wheels)]
    # With what they need: the lock leaves out setuptools, which torch asks for.
    subprocess.run([*wheel, "--requirement", str(ROOT / "requirements.txt")], check=True)
    subprocess.run([*wheel, "--no-deps", str(ROOT), f"pip=={metadata.version('pip')}"], check=True)


def index(archive: Path, home: Path) -> None:
    """Write an index of the bundled compilation to a file that `anwen import` takes."""
    anwen = str(Path(sys.executable).with_name("anwen"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANWEN_")}
    environment["ANWEN_HOME"] = str(home)
    for arguments in (["index"], ["export", str(archive)]):
        subprocess.run([anwen, *arguments], env=environment, stdout=subprocess.DEVNULL, check=True)


def pack(folder: Path, version: str, to: Path) -> Path:
    """Add the script that installs and the checksums to a folder, and return the archive of it."""
    for name in _INSTALLER:
        shutil.copy(ROOT / "deploy" / "offline" / name, folder)
    (folder / "version").write_text(version + "\n", "utf-8")
    (folder / "python-version").write_text("{}.{}\n".format(*sys.version_info[:2]), "utf-8")
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = [f"{_sha256(folder / name)}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(lines), "utf-8")
    to.mkdir(exist_ok=True)
    archive = to / f"{folder.name}.tar"
    with tarfile.open(archive, "w") as tar:
        # Wheels are compressed already; who packed it is nobody's business.
        tar.add(folder, folder.name, filter=_anonymous)
    archive.with_suffix(".tar.sha256").write_text(f"{_sha256(archive)}  {archive.name}\n", "utf-8")
    return archive


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() or entry.name.endswith("/install") else 0o644
    return entry


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main()
