"""Two hundred people on one portal process: python -m bench.live --scale small|full.

The people of fifty clients sign in by the form, open a page each, hold its websocket and its
stream, and act every 30 seconds, while another process posts five events a second. A sample counts
only if the awaited value is read in the page of the very session that waits for it.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from subprocess import PIPE
from typing import IO, Final
from zoneinfo import ZoneInfo

from bench import machine
from bench.figures import Figure, Scale, table_of
from bench.live_figures import Load, Run, figures
from bench.live_ground import PASSWORD, Ground, Size, ground
from bench.live_people import Work
from bench.live_posting import Posting
from bench.live_samples import Samples
from bench.live_servers import beside, portal, taking
from bench.live_setup import slugs
from bench.live_state import Watch, state_of
from bench.page import write_part
from jobs.stopping import stoppable

ZONE: Final = ZoneInfo("America/New_York")  #: of the clients


LOADS: Final[Mapping[Scale, Load]] = {
    "small": Load(size=Size(clients=10, people=40, events=50_000), warm=35.0, seconds=60.0),
    "full": Load(size=Size()),
}


def written(load: Load, command: str, folder: Path | None = None) -> tuple[Figure, ...]:
    """Measure, print, and write the part `live` of the page."""
    busy, found = machine.load(), figures(run(load, folder))
    text = (
        f"Measured on {datetime.now(UTC):%-d %B %Y} by `{command}`, {load.seconds:.0f} seconds. "
        f"{machine.description()}. Other work kept {busy} of the machine busy as it began and "
        f"{machine.load()} as it ended, this load in it.\n\n{table_of(found)}"
    )
    print(text)
    write_part("live", text)
    return found


def run(load: Load, folder: Path | None = None) -> Run:
    """Fill a server, start the processes, let the people work."""
    with ground(load.size, folder) as filled, ExitStack() as running:
        post_to = running.enter_context(taking(filled.urls, filled.folder))
        url, pid = running.enter_context(portal(filled.urls))
        _visit(filled, url, load)
        empty = state_of(pid, filled.urls)
        posting = Posting(
            url=post_to,
            key=filled.key,
            clients=slugs(load.size.clients),
            totals=dict(filled.totals),
            per_second=load.per_second,
        )
        collectors = running.enter_context(beside(["bench.live_posting", posting.as_json()]))
        watch = Watch(pid, filled.urls, load.look_every)
        joined, samples = _people(_work(filled, url, load), collectors.stdout, watch)
    return Run(load=load, samples=samples, joined=joined, empty=empty, states=tuple(watch.states))


def _visit(filled: Ground, url: str, load: Load) -> None:
    """Let a few come and go, so that all that a first visit leaves behind is there."""
    few = replace(_work(filled, url, load), people=filled.people[:8], warm=0.0, seconds=0.0)
    with beside(["bench.live_people", few.as_json()], PIPE) as people:
        people.communicate()


def _people(asked: Work, posted: IO[str] | None, watch: Watch) -> tuple[int, Samples]:
    """Let all work; how many got in, and what was counted."""
    with beside(["bench.live_people", asked.as_json()], posted) as people:
        told = people.stdout or iter(())
        joined: int = json.loads(next(told))["joined"]
        with watch.looking():
            counted = json.loads(next(told))
    return joined, Samples(**counted)


def _work(filled: Ground, url: str, load: Load) -> Work:
    return Work(
        url=url,
        password=PASSWORD,
        people=filled.people,
        today=_today().isoformat(),
        warm=load.warm,
        seconds=load.seconds,
        live=load.live,
    )


def _today() -> date:
    return datetime.now(ZONE).date()


def main() -> int:
    """Print the figures; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__)
    parser.add_argument("--scale", choices=("small", "full"), default="full")
    parser.add_argument("--folder", type=Path, help="where the filled server stays for later runs")
    parser.add_argument("--seconds", type=float, help="how long is counted")
    parser.add_argument("--quiet", action="store_true", help="without streams: acts alone")
    asked = parser.parse_args()
    load = LOADS[asked.scale]
    load = replace(load, live=not asked.quiet, seconds=asked.seconds or load.seconds)
    command = f"python -m bench.live --scale {asked.scale}"
    with stoppable():
        found = written(load, command, asked.folder)
    return int(any(each.within is False for each in found))


if __name__ == "__main__":
    sys.exit(main())
