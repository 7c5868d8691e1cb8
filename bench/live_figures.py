"""What a run of the live bench says, as figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from statistics import median
from typing import Final

from bench.figures import Figure
from bench.live_ground import Size
from bench.live_samples import Samples, percentile
from bench.live_state import State

ACT_LIMIT: Final = 1.0  #: seconds
SHOWN_LIMIT: Final = 2.0  #: seconds
MIB_LIMIT: Final = 5.0  #: for each session
REACHED: Final = 0.95  #: of the wanted load; below it the figures are void
P95: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much is asked of the portal, and for how long."""

    size: Size = field(default_factory=Size)
    per_second: float = 5.0  #: events
    warm: float = 60.0  #: seconds
    seconds: float = 300.0
    live: bool = True  #: whether pages hold a stream
    look_every: float = 5.0  #: seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What came of a run."""

    load: Load
    samples: Samples
    joined: int
    empty: State  #: of the portal before the people came, once its pages had been drawn
    states: tuple[State, ...]  #: while the people worked

    @property
    def reached(self) -> float:
        """The smallest share of what was wanted: people, acts, events."""
        samples, size = self.samples, self.load.size
        wanted_events = self.load.per_second * self.load.seconds
        return min(
            self.joined / size.people,
            _count(samples) / max(samples.wanted_acts, 1),
            samples.posted / wanted_events if wanted_events else 1.0,
        )

    @property
    def mib_each(self) -> float:
        """Memory that a session took."""
        late = [state.rss_mib for state in self.states[-max(len(self.states) // 4, 1) :]]
        return (median(late) - self.empty.rss_mib) / self.load.size.people

    @property
    def cpu(self) -> float:
        """How much of a core the portal used while the people worked."""
        first, last = self.states[0], self.states[-1]
        return (last.cpu - first.cpu) / max((last.minute - first.minute) * 60, 1e-9)


def figures(run: Run) -> tuple[Figure, ...]:
    """The rows of the table."""
    samples, errors = run.samples, sum(run.samples.errors.values())
    waits = list(chain.from_iterable(samples.acts.values()))
    enough = run.reached >= REACHED
    return (
        Figure(
            name=f"{_load(run)}: an act as its person waits for it, 95 of 100",
            value=f"{_ms(waits)} ms" if enough else "void",
            limit=f"≤ {ACT_LIMIT * 1000:.0f} ms",
            within=enough and percentile(waits, P95) <= ACT_LIMIT,
            note=f"{_reached(run)}; half in {_ms(waits, 0.5)} ms; {_by_act(samples)}",
        ),
        Figure(
            name="from the post of an event until it is read on an open page, 95 of 100",
            value=f"{_ms(samples.shown)} ms" if enough else "void",
            limit=f"≤ {SHOWN_LIMIT * 1000:.0f} ms",
            within=enough and percentile(samples.shown, P95) <= SHOWN_LIMIT,
            note=(
                f"{len(samples.shown):,} seen of {samples.awaited:,}, the person had left "
                f"{samples.left:,}; half in {_ms(samples.shown, 0.5)} ms; "
                f"{samples.wakes:,} wakes"
            ),
        ),
        Figure(
            name="errors; rows of another client",
            value=f"{errors}; {samples.foreign}",
            limit="0; 0",
            within=errors == 0 and samples.foreign == 0,
            note=_told(samples),
        ),
        Figure(
            name="memory of a session: (with all − with none) ÷ how many",
            value=f"{run.mib_each:.1f} MiB",
            limit=f"≤ {MIB_LIMIT:.0f} MiB",
            within=run.mib_each <= MIB_LIMIT,
            note=f"{run.empty.rss_mib:.0f} MiB with none; {run.cpu:.0%} of a core in use",
        ),
    )


def _load(run: Run) -> str:
    size = run.load.size
    return (
        f"{size.people} people of {size.clients} clients on one portal process, "
        f"{run.load.per_second:.0f} events/s, an act every 30 s"
    )


def _reached(run: Run) -> str:
    samples = run.samples
    return (
        f"wanted {run.load.size.people} people, {samples.wanted_acts:,} acts, "
        f"{run.load.per_second * run.load.seconds:,.0f} events; "
        f"reached {run.joined}, {_count(samples):,}, {samples.posted:,}"
    )


def _told(samples: Samples) -> str:
    """What went wrong, by kind."""
    told = [f"{samples.messages:,} messages looked through"]
    told += [f"{kind} {count}" for kind, count in samples.errors.items()]
    told += [f"before the clock ran {kind} {count}" for kind, count in samples.before.items()]
    return ", ".join(told)


def _count(samples: Samples) -> int:
    return sum(map(len, samples.acts.values()))


def _by_act(samples: Samples) -> str:
    return ", ".join(f"{name} {_ms(waits)}" for name, waits in samples.acts.items())


def _ms(sample: Sequence[float], share: float = P95) -> str:
    return f"{percentile(sample, share) * 1000:,.0f}"
