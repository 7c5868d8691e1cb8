"""An hour of two hundred people, and whether anything grows: python -m bench.soak --minutes 60.

What the portal's process holds is looked at every ten seconds; the median of a minute counts. After
the first ten minutes, in which caches fill, nothing may grow: a line of least squares through the
minutes must not rise by more than twice its own standard error, nor, where that is less, by more
than a hundredth of the level in the whole time.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

from bench.figures import Figure, table_of
from bench.live import run
from bench.live_figures import Load, figures
from bench.live_ground import Size
from bench.live_state import State
from bench.machine import description, load
from bench.page import write_part
from bench.trend import FEWEST, trend
from jobs.stopping import stoppable

SETTLED: Final = 10  #: minutes in which caches fill
LOOK_EVERY: Final = 10.0  #: seconds
NEGLIGIBLE: Final = 0.01  #: of the level, in the whole time
KINDS: Final[dict[str, Callable[[State], float]]] = {
    "memory, MiB": lambda state: state.rss_mib,
    "database connections": lambda state: state.connections,
    "open files": lambda state: state.files,
    "sockets": lambda state: state.sockets,
    "threads": lambda state: state.threads,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How one kind of thing changed after the first minutes."""

    kind: str
    rose: float  #: of the line, from its beginning to its end
    noise: float  #: what of that may be chance
    level: float

    @property
    def is_none(self) -> bool:
        """Whether it counts as no growth."""
        return self.rose <= max(self.noise, NEGLIGIBLE * self.level)


def minutes_of(
    states: Sequence[State], seen: Callable[[State], float]
) -> list[tuple[float, float]]:
    """The median of each minute."""
    by_minute: dict[int, list[float]] = defaultdict(list)
    for state in states:
        by_minute[int(state.minute)].append(seen(state))
    return [(float(minute), median(found)) for minute, found in sorted(by_minute.items())]


def growths(states: Sequence[State]) -> tuple[Growth, ...]:
    """How each kind changed; none where the time was too short to tell."""
    return tuple(
        growth
        for kind, seen in KINDS.items()
        if (growth := _growth(kind, minutes_of(states, seen))) is not None
    )


def _growth(kind: str, minutes: Sequence[tuple[float, float]]) -> Growth | None:
    late = [point for point in minutes if point[0] >= SETTLED]
    if len(late) < FEWEST:
        return None
    found, span = trend(late), late[-1][0] - late[0][0]
    return Growth(kind=kind, rose=found.slope * span, noise=found.noise * span, level=found.level)


def growth_figures(states: Sequence[State], minutes: int) -> tuple[Figure, ...]:
    """The rows of the table."""
    return tuple(
        Figure(
            name=f"growth of {each.kind}, minute {SETTLED} to {minutes}",
            value=f"{each.rose:+.1f} ± {each.noise:.1f}",
            limit="none",
            within=each.is_none,
            note=f"at {each.level:,.1f} on average",
        )
        for each in growths(states)
    )


def course(states: Sequence[State]) -> str:
    """What the process held, every five minutes, as a Markdown table."""
    columns = [dict(minutes_of(states, seen)) for seen in KINDS.values()]
    rows = ["| minute | " + " | ".join(KINDS) + " |", "|---" * (len(KINDS) + 1) + "|"]
    rows += [
        f"| {minute:.0f} | " + " | ".join(f"{column[minute]:,.0f}" for column in columns) + " |"
        for minute in columns[0]
        if minute % 5 == 0
    ]
    return "\n".join(rows)


def main() -> int:
    """Let all work, print and write what came of it; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--clients", type=int, default=Size().clients)
    parser.add_argument("--people", type=int, default=Size().people)
    parser.add_argument("--folder", type=Path, help="where the filled server stays")
    asked = parser.parse_args()
    busy = load()
    size = Size(
        clients=asked.clients, people=asked.people, events=Size().events * asked.clients // 50
    )
    with stoppable():
        done = run(
            Load(size=size, seconds=asked.minutes * 60.0, look_every=LOOK_EVERY), asked.folder
        )
    found = (*figures(done), *growth_figures(done.states, asked.minutes))
    text = (
        f"Measured on {datetime.now(UTC):%-d %B %Y} by `make soak`, {asked.minutes} minutes. "
        f"{description()}. Other work kept {busy} of the machine busy as it began and {load()} as "
        f"it ended.\n\n{table_of(found)}\n\n{course(done.states)}"
    )
    print(text)
    write_part("soak", text)
    return int(any(each.within is False for each in found))


if __name__ == "__main__":
    sys.exit(main())
