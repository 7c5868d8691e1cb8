"""Streams of events of every kind, at the instants where mistakes are made."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from tests.oracle.ground import SOURCES
from tests.oracle.plain.months import month_of
from tests.oracle.plain.rate_card import METERS
from tests.oracle.plain.said import Meter, Said
from tests.oracle.plain.verdict import Stream

T = TypeVar("T")

MICROSECOND = timedelta(microseconds=1)
#: Instants around which the events of a zone lie: clocks change, months and half hours begin.
ZONES = {
    "Europe/Amsterdam": (
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 3, 31, 22, tzinfo=UTC),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
        datetime(2026, 10, 31, 23, tzinfo=UTC),
    ),
    "Asia/Kolkata": (
        datetime(2026, 9, 30, 18, 30, tzinfo=UTC),
        datetime(2026, 10, 15, 6, 30, tzinfo=UTC),
    ),
    "Australia/Lord_Howe": (
        datetime(2026, 4, 4, 15, tzinfo=UTC),
        datetime(2026, 9, 30, 13, 30, tzinfo=UTC),
        datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    ),
}
OFFSETS = (
    timedelta(0),
    MICROSECOND,
    -MICROSECOND,
    timedelta(minutes=10),
    timedelta(minutes=-20),
    timedelta(minutes=59, seconds=59),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=-12),
    timedelta(hours=30),
    timedelta(hours=-36),
    timedelta(days=4, minutes=7),
    timedelta(days=-9),
    timedelta(days=12),
)
QUANTITIES = ("0", "1", "2", "3", "5", "10", "0.000000000000001", "7.25", "0.1", "33.333333")
CREDITS = ("-1", "-3", "-0.5", "-10")
RESOURCES = ("vm-1", "vm-2", "vm-3")
VALUES = ("ann", "bob", "cleo")


class Choose(Protocol):
    """Who decides: Hypothesis, or a seed."""

    def __call__(self, among: Sequence[T], /) -> T:
        """Take one."""


def seeded_stream(seed: int, size: int) -> Stream:
    """The same stream for the same seed."""
    chosen = random.Random(seed)  # noqa: S311 - seeded events, not secrets
    return stream_of(chosen.choice, size, sorted(METERS))


def stream_of(choose: Choose, size: int, meters: Sequence[str]) -> Stream:
    """Events of some meters around one instant, some of them correcting others."""
    zone = choose(sorted(ZONES))
    around = choose(ZONES[zone])
    said: list[Said] = []
    for number in range(size):
        wrong = choose([None, None, *_uncorrected(said)[-6:]])
        meter = METERS[wrong.meter if wrong else choose(meters)]
        said.append(_event(choose, f"e{number}", meter, around, wrong))
    return Stream(zone, tuple(said), choose(_presents(said, zone)))


def by_source(said: Iterable[Said]) -> list[tuple[Said, ...]]:
    """The events of each source, in their order."""
    known = list(said)
    parts = [tuple(each for each in known if each.source == source) for source in SOURCES]
    return [part for part in parts if part]


def cut(order: Sequence[Said], size: int) -> list[tuple[Said, ...]]:
    """Batches of at most so many events, each of one source."""
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    return [part for batch in batches for part in by_source(batch)]


def _event(choose: Choose, own_id: str, meter: Meter, around: datetime, wrong: Said | None) -> Said:
    counts = meter.aggregation == "unique_count"
    said = Said(
        own_id=own_id,
        meter=meter.code,
        at=around + choose(OFFSETS) + choose(OFFSETS),
        quantity=choose((*QUANTITIES, *CREDITS) if meter.credits else QUANTITIES),
        resource=choose(RESOURCES),
        counted=choose(VALUES) if counts else None,
        source=wrong.source if wrong else choose(SOURCES),
    )
    return said if wrong is None else _correcting(choose, said, wrong)


def _correcting(choose: Choose, said: Said, wrong: Said) -> Said:
    """A correction that moves the event, or keeps some of what it said; or takes it back."""
    kept = choose(((), ("at",), ("at", "resource"), ("at", "resource", "quantity")))
    same = {name: getattr(wrong, name) for name in kept}
    said = said._replace(**same, corrects=wrong.own_id, reason="was wrong")
    return choose((said, said, said._replace(withdraws=True, quantity="0")))


def _uncorrected(said: Sequence[Said]) -> list[Said]:
    corrected = {each.corrects for each in said}
    return [each for each in said if each.own_id not in corrected]


def _presents(said: Sequence[Said], zone: str) -> list[datetime]:
    """The last event's instant, a little later, the end of its month, or in a later month."""
    last = max(each.at for each in said)
    month = month_of(last, zone)
    near = [last, last + MICROSECOND, last + timedelta(days=2), month.ends_at]
    return [*near, month.ends_at + timedelta(hours=1), month.following.ends_at - MICROSECOND]
