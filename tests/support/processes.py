"""Processes that a test watches until they end."""

import time
from typing import Final

import psutil  # type: ignore[import-untyped]  # published without types
import pytest

#: Seconds; only how long a broken program is given before the test fails.
PATIENCE: Final = 90.0


def look_again(deadline: float, fault: str) -> None:
    """Sleep a little, or fail with the words once the deadline has passed."""
    if time.monotonic() > deadline:
        pytest.fail(fault)
    time.sleep(0.05)


def command_line(process: psutil.Process) -> str:
    """How it was called; empty once it has ended, also while it only waits to be reaped."""
    try:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return ""
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # it ended between one question and the next
        return ""


def alive(processes: list[psutil.Process]) -> list[str]:
    """How those are called that have not ended."""
    return [called for each in processes if (called := command_line(each))]


def assert_all_end(processes: list[psutil.Process]) -> None:
    """Wait until each has ended."""
    deadline = time.monotonic() + PATIENCE
    while left := alive(processes):
        look_again(deadline, f"still running: {left}")
