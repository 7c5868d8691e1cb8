"""A large file: memory that doesn't grow with it, and a bar that shows how far the load is."""

import os
import pty
import re
import subprocess
from pathlib import Path

from tests.faults.collector import HEADER, Collector

SMALL, LARGE = 100_000, 300_000
GROWTH = 20 << 20  #: bytes; a thing kept of each of 200,000 rows more would need a multiple


def samples(path: Path, rows: int) -> Path:
    """Five-minute samples of 50 machines, each with an id of its own."""
    with path.open("w") as file:
        file.write(HEADER)
        for number in range(rows):
            minute = number // 50 * 5
            at = f"2026-10-{1 + minute // 1440:02d}T{minute // 60 % 24:02d}:{minute % 60:02d}:00Z"
            file.write(f"{at},egress,vm-{number % 50},1,{path.name}-{number}\n")
    return path


def peak(collector: Collector, path: Path) -> int:
    """The most memory that any process of a load held, in bytes."""
    started = collector.start(path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    assert started.returncode == 0
    return used.ru_maxrss * 1024


def test_f23_memory_does_not_grow_with_the_file(collector: Collector) -> None:
    small = peak(collector, samples(collector.folder / "small.csv", SMALL))
    large = peak(collector, samples(collector.folder / "large.csv", LARGE))
    assert large - small < GROWTH
    assert collector.sums() == (400_000,) * 6


def shown(collector: Collector, path: Path) -> tuple[int, str]:
    """How a load in a terminal ends, and all that the terminal was sent."""
    screen, terminal = pty.openpty()
    started = collector.start(path, stderr=terminal, environment={"TERM": "xterm", "COLUMNS": "90"})
    os.close(terminal)
    sent = b""
    while piece := _read(screen):
        sent += piece
    os.close(screen)
    started.communicate()
    return started.returncode, sent.decode()


def _read(screen: int) -> bytes:
    """What the terminal shows next; nothing once the program has closed it."""
    try:
        return os.read(screen, 1 << 16)
    except OSError:
        return b""


def test_f23_a_bar_shows_in_the_terminal_how_far_it_is(collector: Collector) -> None:
    code, screen = shown(collector, samples(collector.folder / "usage.csv", 120_000))
    assert code == 0
    assert "usage.csv" in screen
    percents = [int(each) for each in re.findall(r"(\d+)%", screen)]
    assert percents == sorted(percents)
    assert percents[0] == 0
    assert percents[-1] == 100
    assert len(set(percents)) >= 3
