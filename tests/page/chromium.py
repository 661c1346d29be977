"""The Chromium of this machine; run as a program, it installs one where it can."""

import os
import shutil
import subprocess
from contextlib import suppress

_LIGHT = "chromium-headless-shell"
"""The same browser without windows, not even hidden ones: the tests take three quarters of the time."""
NAMES = (_LIGHT, "chromium", "chromium-browser", "google-chrome")
WITHOUT = "没有找到 Chromium（{}）".format("、".join(NAMES))

_FONT = "fonts-wqy-microhei"
_PATIENCE = ("-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20", "-o", "DPkg::Lock::Timeout=60")


def found() -> str | None:
    """Return the path of the browser, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def main() -> None:
    """Install a browser if there is none, and tell what happens; without one the tests of the page are skipped."""
    if found():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"{WITHOUT}，页面的测试会跳过。要运行它们，请先安装 chromium。")
        return
    print("安装 Chromium（测试页面要用，约一两分钟）……", flush=True)
    try:
        _apt_get("update")
        _apt_get("install", "-y", "--no-install-recommends", "chromium", *_fonts())
    except subprocess.SubprocessError as error:
        print(f"装不上 Chromium：{_reason(error)}")
    else:
        # Not every distribution has it.
        with suppress(subprocess.SubprocessError):
            _apt_get("install", "-y", "--no-install-recommends", _LIGHT)
    print("Chromium 已装好。" if found() else f"{WITHOUT}，页面的测试会跳过。")


def _apt_get(*arguments: str) -> None:
    subprocess.run(
        ["apt-get", "-qq", *_PATIENCE, *arguments],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    )


def _fonts() -> list[str]:
    """Return the package of Chinese type, if the machine has none."""
    if not shutil.which("fc-list"):
        return [_FONT]
    has_some = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout.strip()
    return [] if has_some else [_FONT]


def _reason(error: subprocess.SubprocessError) -> str:
    lines = str(getattr(error, "stderr", "") or error).strip().splitlines()
    return lines[-1] if lines else str(error)


if __name__ == "__main__":
    main()
