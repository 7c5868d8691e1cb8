"""Verifying a bundle: python -m bench.verify --scale small|full.

A month of a million records of eight meters (small: a tenth of it): amounts, levels that hold for a
while, counted values. The bundle is written to a file, and `python -m jobs verify` takes it: each
row is hashed again, each root, the quantities, the bill. What it takes to start is in the figure.
"""

import argparse
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.bundles import WrittenBundle, written_bundle
from bench.figures import Figure, Scale, table_of
from bench.memory import LOOK_AGAIN_SECONDS, MIB, size_with_children

LEAST: Final = 100_000  # events a second
MOST_MIB: Final = 300
EVENTS: Final = {"small": 100_000, "full": 1_000_000}


def measure(scale: Scale) -> tuple[Figure, ...]:
    """Measure in a process of its own."""
    with TemporaryDirectory(prefix="meterglass-bench-") as folder:
        bundle = written_bundle(Path(folder), EVENTS[scale])
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        seconds, peak = _verified(bundle)
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used
        size = bundle.path.stat().st_size / 1024 / MIB
    rate = bundle.count / seconds
    return (
        Figure(
            name=f"verifying a bundle of {bundle.count:,} events, from the command to its exit",
            value=f"{rate:,.0f} events/s",
            limit=f"at least {LEAST:,} events/s",
            within=rate >= LEAST,
            note=(
                f"{seconds:.1f} s for {size:,.0f} MiB, {used:.1f} s of a processor; as many "
                "processes as cores, four at most"
            ),
        ),
        Figure(
            name="peak memory of that, all its processes",
            value=f"{peak} MiB",
            limit=f"at most {MOST_MIB} MiB",
            within=peak <= MOST_MIB,
            note="no event is kept: roots and quantities grow while rows pass by",
        ),
    )


def _verified(bundle: WrittenBundle) -> tuple[float, int]:
    """Seconds that the command takes, and the most memory that it had, MiB."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "jobs", "verify", str(bundle.path), "--key", bundle.key]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        peaks = [0]
        over = threading.Event()
        watch = threading.Thread(target=_watch, args=(process.pid, peaks, over), daemon=True)
        watch.start()
        said, _ = process.communicate()
        seconds = time.perf_counter() - began
        over.set()
        watch.join()
    if process.returncode != 0:
        raise AssertionError(f"the bundle does not hold: {said}")
    return seconds, max(peaks) // MIB


def _watch(process: int, peaks: list[int], over: threading.Event) -> None:
    while not over.wait(LOOK_AGAIN_SECONDS):
        peaks.append(size_with_children(process))


def main() -> int:
    """Print the figures; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m bench.verify", description=__doc__)
    parser.add_argument("--scale", choices=("small", "full"), default="full")
    figures = measure(parser.parse_args().scale)
    print(table_of(figures))
    return int(any(each.within is False for each in figures))


if __name__ == "__main__":
    sys.exit(main())
