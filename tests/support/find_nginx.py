"""Where is an nginx for the proxy's tests? Found on the machine, else installed, else one line.

`python -m tests.support.find_nginx` prints its path; `--install` installs one if none is there.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.find_chromium import is_root

ABSENT = (
    "The proxy's tests need nginx: install it (Debian: apt-get install nginx-light), "
    "or name one with NGINX=/path/to/nginx."
)
#: Asked by Debian's packages whether they may start a service; 101 says no.
POLICY = Path("/usr/sbin/policy-rc.d")
ELSEWHERE = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin")


def find_nginx() -> Path | None:
    """The nginx that NGINX names, or the machine's; else None."""
    named = os.environ.get("NGINX")
    if named:
        return Path(named) if Path(named).is_file() else None
    found = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), *ELSEWHERE]))
    return Path(found) if found else None


def install_nginx() -> None:
    """Install one with the machine's packages (Debian, as root), without starting its service."""
    if not (is_root() and shutil.which("apt-get")):
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _no_service():
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=quiet)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "nginx-light"]
        subprocess.run(command, check=False, env=quiet, stdout=subprocess.DEVNULL)


def main() -> int:
    """Print the path of an nginx; 1 and one line if there is none."""
    if find_nginx() is None and "--install" in sys.argv[1:]:
        install_nginx()
    found = find_nginx()
    if found is None:
        sys.stderr.write(f"{ABSENT}\n")
        return 1
    sys.stdout.write(f"nginx: {found}\n")
    return 0


@contextmanager
def _no_service() -> Iterator[None]:
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


if __name__ == "__main__":
    sys.exit(main())
