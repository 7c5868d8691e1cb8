"""The process that outlives a killed parent and puts away what the parent left running.

A parent that is killed outright can clean up nothing. So before it starts anything else it starts
this program in a session of its own and keeps the writing end of a pipe to it. The pipe closes when
the parent ends, in whichever way; then the watchdog ends the process groups it was told of. (The
embedded PostgreSQL has a guard of its own.)

The lines it understands::

    group 4711   a process group to end
    ended 4711   this group has ended by itself
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 5.0  #: seconds a process group has to end by itself before it is killed
_LOOK_AGAIN = 0.05  #: seconds


class Watchdog:
    """The parent's side: starts the watchdog process and tells it what to look after."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "jobs.watchdog"]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, cwd=ROOT, start_new_session=True, text=True
        )

    @property
    def pid(self) -> int:
        """The process id of the watchdog process."""
        return self._process.pid

    def group(self, pid: int) -> None:
        """Have the process group led by ``pid`` ended when this process ends."""
        self._tell(f"group {pid}")

    def ended(self, pid: int) -> None:
        """Say that the group led by ``pid`` has ended and its number may be someone else's."""
        self._tell(f"ended {pid}")

    def close(self) -> None:
        """Let the watchdog end what is left, and wait for it."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.write(line + "\n")
                self._process.stdin.flush()


def group_lives(pid: int) -> bool:
    """Tell whether any process of the group led by ``pid`` still exists."""
    try:
        os.killpg(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def end_groups(pids: Iterable[int], patience: float = PATIENCE) -> None:
    """Ask each group to end and kill what has not ended after ``patience`` seconds."""
    groups = [pid for pid in pids if group_lives(pid)]
    for pid in groups:
        _signal_group(pid, signal.SIGTERM)
    latest = time.monotonic() + patience
    while time.monotonic() < latest and any(group_lives(pid) for pid in groups):
        time.sleep(_LOOK_AGAIN)
    for pid in groups:
        _signal_group(pid, signal.SIGKILL)


def end_child(child: subprocess.Popen[bytes], patience: float = PATIENCE) -> None:
    """End a child that leads a process group, and all that it started, and wait for it.

    A child that ended before is left alone: its group's number may be someone else's. One that
    ends now lives on as a group until it is waited for.

    Args:
        child: The process, running or ended.
        patience: Seconds it has to end by itself before it is killed.
    """
    if child.poll() is None:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(patience)
        end_groups([child.pid], patience=0)
        child.wait()


def _signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def main() -> None:
    """Listen until the parent ends; then end what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "group":
            groups.add(int(rest))
        elif word == "ended":
            groups.discard(int(rest))
    end_groups(groups)


if __name__ == "__main__":
    main()
