"""Where is a Chromium for the browser tests? Found on the machine, else installed, else one line.

`python -m tests.support.find_chromium` prints its path; `--install` installs one if none is there.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ABSENT = (
    "The browser tests need Chromium: install it (Debian: apt-get install chromium), "
    "or name one with CHROMIUM=/path/to/chromium."
)


def find_chromium() -> Path | None:
    """The Chromium that CHROMIUM names, or the machine's, or playwright's own; else None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Path(named) if Path(named).is_file() else None
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return next(iter(_of_playwright()), None)


def launch_arguments() -> list[str]:
    """How Chromium is started: quiet, and without its sandbox only where root leaves no choice."""
    arguments = ["--disable-gpu", "--disable-background-networking"]
    return ["--no-sandbox", *arguments] if is_root() else arguments


def install_chromium() -> None:
    """Install one with the machine's packages (Debian, as root), else with playwright."""
    if is_root() and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=quiet)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        if subprocess.run(command, check=False, env=quiet).returncode == 0 and find_chromium():
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    """Print the path of a Chromium; 1 and one line if there is none."""
    if find_chromium() is None and "--install" in sys.argv[1:]:
        install_chromium()
    found = find_chromium()
    if found is None:
        sys.stderr.write(f"{ABSENT}\n")
        return 1
    sys.stdout.write(f"Chromium: {found}\n")
    return 0


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _of_playwright() -> tuple[Path, ...]:
    default = {"darwin": "~/Library/Caches/ms-playwright"}.get(
        sys.platform, "~/.cache/ms-playwright"
    )
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or default).expanduser()
    patterns = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
    return tuple(path for pattern in patterns for path in sorted(folder.glob(pattern)))


if __name__ == "__main__":
    sys.exit(main())
