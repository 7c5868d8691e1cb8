"""Streams of events of every kind, at the instants where mistakes are made."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from tests.oracle.ground import SOURCES
from tests.oracle.plain.months import Month, month_of
from tests.oracle.plain.rate_card import METERS
from tests.oracle.plain.said import Meter, Said
from tests.oracle.plain.verdict import Stream

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


class Arrival(NamedTuple):
    """A stream and how it comes in."""

    stream: Stream
    batches: tuple[tuple[Said, ...], ...]
    posted: tuple[bool, ...]  #: by batch: as a post, not as a file


@st.composite
def streams(draw: st.DrawFn, *, most: int = 14) -> Stream:
    """Events of a few meters around one instant, some of them correcting others."""
    zone = draw(st.sampled_from(sorted(ZONES)))
    around = draw(st.sampled_from(ZONES[zone]))
    meters = draw(st.lists(st.sampled_from(sorted(METERS)), min_size=1, max_size=3, unique=True))
    said: list[Said] = []
    for number in range(draw(st.integers(1, most))):
        wrong = draw(st.sampled_from([None, None, *_uncorrected(said)]))
        meter = METERS[wrong.meter if wrong else draw(st.sampled_from(meters))]
        said.append(_event(draw, number, meter, around, wrong))
    return Stream(zone, tuple(said), draw(_presents(said, zone)))


@st.composite
def arrivals(draw: st.DrawFn, *, most: int = 14) -> Arrival:
    """A stream in any order, some events twice, cut into batches of one source each."""
    stream = draw(streams(most=most))
    twice = draw(st.lists(st.sampled_from(stream.events), max_size=3))
    order = draw(st.permutations([*stream.events, *twice]))
    batches = tuple(draw(_cut(order)))
    posted = tuple(draw(st.booleans()) for _ in batches)
    return Arrival(stream, batches, posted)


def by_source(said: Sequence[Said]) -> list[tuple[Said, ...]]:
    """The events of each source, in their order."""
    parts = [tuple(each for each in said if each.source == source) for source in SOURCES]
    return [part for part in parts if part]


@st.composite
def _cut(draw: st.DrawFn, order: Sequence[Said]) -> list[tuple[Said, ...]]:
    size = draw(st.sampled_from([len(order), len(order), 5, 3, 2, 1]))
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    return [part for batch in batches for part in by_source(batch)]


def _event(
    draw: st.DrawFn, number: int, meter: Meter, around: datetime, wrong: Said | None
) -> Said:
    withdraws = wrong is not None and draw(st.integers(0, 3)) == 0
    quantities = (*QUANTITIES, *CREDITS) if meter.credits else QUANTITIES
    counts = meter.aggregation == "unique_count"
    said = Said(
        own_id=f"e{number}",
        meter=meter.code,
        at=around + draw(st.sampled_from(OFFSETS)) + draw(st.sampled_from(OFFSETS)),
        quantity="0" if withdraws else draw(st.sampled_from(quantities)),
        resource=draw(st.sampled_from(RESOURCES)),
        counted=draw(st.sampled_from(VALUES)) if counts else None,
        source=wrong.source if wrong else draw(st.sampled_from(SOURCES)),
    )
    if wrong is None:
        return said
    kept = draw(st.sampled_from([(), ("at",), ("at", "resource"), ("at", "resource", "quantity")]))
    same = {name: getattr(wrong, name) for name in kept if not (withdraws and name == "quantity")}
    return said._replace(**same, corrects=wrong.own_id, reason="was wrong", withdraws=withdraws)


def _uncorrected(said: Sequence[Said]) -> list[Said]:
    corrected = {each.corrects for each in said}
    return [each for each in said if each.own_id not in corrected]


@st.composite
def _presents(draw: st.DrawFn, said: Sequence[Said], zone: str) -> datetime:
    """The last event's instant, a little later, the end of its month, or in a later month."""
    last = max(each.at for each in said)
    month: Month = month_of(last, zone)
    choices = [last, last + MICROSECOND, last + timedelta(days=2), month.ends_at]
    choices += [month.ends_at + timedelta(hours=1), month.following.ends_at - MICROSECOND]
    return draw(st.sampled_from(choices))
