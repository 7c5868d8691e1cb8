"""The guard of the embedded server: starts PostgreSQL and stops it once nobody uses it.

Runs as a process of its own, with nothing but the standard library. Whoever uses the server holds
a shared lock on a file. The operating system releases it however the holder ends, by SIGKILL too;
the guard, waiting for the exclusive lock, then has it and shuts PostgreSQL down.

Usage: python embedded_guard.py LOCK_FILE USER POSTGRES ARGUMENT…   (USER is "-" to stay who we are)
"""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
from types import FrameType
from typing import Final, NoReturn

FAST_SHUTDOWN: Final = signal.SIGINT
PARENT_DEATH_SIGNAL: Final = 1
SHUTDOWN_SECONDS: Final = 30


class _Ended(Exception):  # noqa: N818 - not a fault: the end of the wait
    """PostgreSQL ended, or somebody asked the guard to end."""


def main(arguments: list[str]) -> int:
    """Run PostgreSQL until the last user of the lock file is gone; its exit code is returned."""
    lock_path, user, *command = arguments
    lock = os.open(lock_path, os.O_RDWR)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, _end)
    server = _start(command, None if user == "-" else user)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
    except _Ended:
        pass
    finally:
        code = _stop(server)
    return code


def _start(command: list[str], user: str | None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the command is our own
        command,
        stdin=subprocess.DEVNULL,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        umask=0o077,
        preexec_fn=_die_with_guard,  # noqa: PLW1509 - the guard has one thread
    )


def _die_with_guard() -> None:
    """Ask Linux for a fast shutdown of PostgreSQL should the guard itself be killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, FAST_SHUTDOWN)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _Ended


def _stop(server: subprocess.Popen[bytes]) -> int:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN if number != signal.SIGCHLD else signal.SIG_DFL)
    if server.poll() is None:
        server.send_signal(FAST_SHUTDOWN)
    try:
        return server.wait(SHUTDOWN_SECONDS)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        return server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
