"""Instants as they are written in files: strict, exact to the microsecond, never guessed."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from intake.profiles.refusals import Refusal

WRITTEN = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6})0*)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
HOW = "write it like 2026-10-25T02:30:00Z or 2026-10-25T02:30:00+02:00"


def occurred_text(text: str, zone: ZoneInfo | None) -> str:
    """The instant `text` as canonical UTC text, `YYYY-MM-DDTHH:MM:SS.ffffffZ`.

    A time without an offset is taken in `zone`; without a zone it is refused, and so is one that
    the zone's clocks skipped or showed twice.

    Raises:
        Refusal: with the reason and what to write instead.

    Example:
        >>> occurred_text("2026-10-25T02:30:00+01:00", None)
        '2026-10-25T01:30:00.000000Z'
    """
    written = WRITTEN.fullmatch(text)
    if written is None:
        raise Refusal("time", f"the time {text[:64]!r} can't be read; {HOW}")
    day, clock, fraction, offset = written.groups()
    if offset == "Z":
        _instant(f"{day}T{clock}")
        return f"{day}T{clock}.{fraction or '':0<6}Z"
    instant = _instant(f"{day}T{clock}.{fraction or '':0<6}{offset or ''}")
    return _canonical(instant if offset else _in_zone(instant, zone))


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal("time", f"{text} is no instant of the calendar: {error}") from None


def _canonical(instant: datetime) -> str:
    try:
        return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")
    except OverflowError:
        raise Refusal("time", f"{instant} is outside the calendar") from None


def _in_zone(local: datetime, zone: ZoneInfo | None) -> datetime:
    if zone is None:
        raise Refusal("time", f"the time {local} has neither Z nor an offset; {HOW}")
    first, second = local.replace(tzinfo=zone), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    happened = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
    said = "happened twice" if happened else "never happened"
    raise Refusal("time", f"{local} {said} in {zone.key} (the clocks changed); give an offset")
