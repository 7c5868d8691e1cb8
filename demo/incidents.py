"""What happened to single readings: wrong ones, their corrections, late ones, ones nobody can use.

All of it lies before the day of the first load. What came in time is a part of the stream of its
source (`wrong_readings`); the rest comes once, in files of its own.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from demo.calendar import Day, Window, day_in, moved
from demo.portrait import Portrait, Straggler, Unusable, WrongReading
from demo.rows import Row, row_of
from demo.series import Reading

Timed = tuple[datetime, Row]


def wrong_readings(portrait: Portrait, source: str, day: Day, anchor: date) -> Iterator[Timed]:
    """Give the readings of a day that are wrong, as they were sent in time."""
    for wrong in portrait.corrected:
        if (wrong.source, wrong.age) == (source, day.age) and not wrong.is_lost:
            yield _timed(row_of(_probe(wrong, day, wrong.wrong, "1")), day)
    for straggler in portrait.stragglers:
        own = straggler.wrong and straggler.source == source
        if own and _measured_on(straggler, anchor) == day.day:
            yield _timed(row_of(_logged(straggler, day, straggler.wrong, "wrong")), day)


def corrections(portrait: Portrait, source: str, whole: Window) -> Iterator[Row]:
    """Give what takes the place of wrong readings, or only takes them back.

    Args:
        portrait: the client.
        source: one of the portrait's sources.
        whole: of all readings: what was measured before it is left out.
    """
    anchor = whole.anchor
    for wrong in portrait.corrected:
        day = _day(portrait, anchor + timedelta(days=wrong.age), anchor)
        if wrong.source == source and day.hours[0] >= whole.since:
            first = _probe(wrong, day, wrong.wrong, "1")
            second = _probe(wrong, day, wrong.right, "2")
            withdraws = "" if wrong.right else "true"
            yield row_of(second, first.source_event_id, wrong.reason, withdraws)


def unusable_readings(portrait: Portrait, source: str, anchor: date) -> Iterator[Row]:
    """Give readings that are refused for what stands in them."""
    for each in portrait.unusable:
        if each.source == source:
            day = _day(portrait, anchor + timedelta(days=each.age), anchor)
            for number in range(each.count):
                yield row_of(_probe(each, day, each.quantity, f"x{number}"))


def stragglers(portrait: Portrait, source: str, whole: Window, billed: int) -> Iterator[Row]:
    """Give what came from a source after its month was issued, and before another one was.

    Args:
        portrait: the client.
        source: one of the portrait's sources.
        whole: of all readings: what was measured before it is left out.
        billed: the month that bills it, counted from the anchor's.
    """
    anchor = whole.anchor
    for each in portrait.stragglers:
        day = _day(portrait, _measured_on(each, anchor), anchor)
        if (each.source, each.billed) == (source, billed) and day.hours[0] >= whole.since:
            wrong = _logged(each, day, each.wrong, "wrong").source_event_id if each.wrong else ""
            yield row_of(_logged(each, day, each.quantity, "log"), wrong, each.reason)


def _timed(row: Row, day: Day) -> Timed:
    return _at(day), row


def _at(day: Day) -> datetime:
    return day.hours[9] + timedelta(minutes=12)


def _day(portrait: Portrait, day: date, anchor: date) -> Day:
    return day_in(ZoneInfo(portrait.zone), day, anchor)


def _measured_on(straggler: Straggler, anchor: date) -> date:
    return moved(anchor.replace(day=straggler.day), straggler.month)


def _probe(reading: WrongReading | Unusable, day: Day, quantity: str, number: str) -> Reading:
    name = f"probe-{reading.meter}-{day.day}-{number}"
    return Reading(_at(day), reading.meter, reading.resource, quantity, "", name)


def _logged(straggler: Straggler, day: Day, quantity: str, kind: str) -> Reading:
    name = f"{kind}-{straggler.resource}-{day.day}"
    return Reading(_at(day), straggler.meter, straggler.resource, quantity, "", name)
