"""A large file: memory that doesn't grow with it, and a bar that shows how far the load is."""

import os
import pty
import re
from pathlib import Path

from tests.faults.collector import HEADER, Collector

SMALL, LARGE = 100_000, 220_000
GROWTH = 20 << 20  #: bytes; a thing kept of each of 120,000 rows more would need a multiple


def samples(path: Path, rows: int) -> Path:
    """Five-minute samples of 50 machines, each with an id of its own."""
    with path.open("w") as file:
        file.write(HEADER)
        for number in range(rows):
            minute = number // 50 * 5
            at = f"2026-10-{1 + minute // 1440:02d}T{minute // 60 % 24:02d}:{minute % 60:02d}:00Z"
            file.write(f"{at},egress,vm-{number % 50},1,{path.name}-{number}\n")
    return path


def loaded(collector: Collector, path: Path) -> tuple[int, str]:
    """The most memory that a process of a load held, in bytes, and what its terminal showed."""
    screen, terminal = pty.openpty()
    started = collector.start(
        path, stdout=terminal, stderr=terminal, environment={"TERM": "xterm", "COLUMNS": "90"}
    )
    os.close(terminal)
    shown = b""
    while piece := _read(screen):
        shown += piece
    os.close(screen)
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    assert started.returncode == 0
    return used.ru_maxrss * 1024, shown.decode()


def _read(screen: int) -> bytes:
    """What the terminal shows next; nothing once the program has closed it."""
    try:
        return os.read(screen, 1 << 16)
    except OSError:
        return b""


def test_f23_memory_does_not_grow_with_the_file_and_a_bar_shows_how_far_it_is(
    collector: Collector,
) -> None:
    small, _ = loaded(collector, samples(collector.folder / "small.csv", SMALL))
    large, shown = loaded(collector, samples(collector.folder / "large.csv", LARGE))
    assert large - small < GROWTH
    assert collector.sums() == (320_000,) * 6
    assert "large.csv" in shown
    percents = [int(each) for each in re.findall(r"(\d+)%", shown)]
    assert percents == sorted(percents)
    assert (percents[0], percents[-1]) == (0, 100)
    assert len(set(percents)) >= 4
