"""When a record came, beside when it occurred: said only where the two differ noticeably."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from components.format import Format

NOTICEABLE = timedelta(hours=1)  #: a collector that reports by the hour is on time
_HOUR = timedelta(hours=1)
_DAYS = timedelta(days=2)  #: from here on days are counted, not hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An instant, and the one at which it was learnt of."""

    occurred_at: datetime
    arrived_at: datetime
    noticeable: timedelta = NOTICEABLE  #: how much later is worth saying

    @property
    def is_late(self) -> bool:
        """Whether it came noticeably later."""
        return self.arrived_at - self.occurred_at >= self.noticeable


def lag_in_words(arrival: Arrival, writing: Format) -> str:
    """Say how much later something came: ``3 days later``, ``5 h later``."""
    lag = arrival.arrived_at - arrival.occurred_at
    if lag >= _DAYS:
        return f"{writing.count(lag // timedelta(days=1))} days later"
    if lag >= _HOUR:
        return f"{writing.count(lag // _HOUR)} h later"
    return f"{max(lag // timedelta(minutes=1), 0)} min later"


def loaded_together(arrivals: Iterable[Arrival], writing: Format) -> date | None:
    """Give the day on which most of what is shown came at once, as when history is loaded.

    Said once it need not be said of each.
    """
    given = tuple(arrivals)
    days = Counter(writing.local(each.arrived_at).date() for each in given if each.is_late)
    for day, count in days.most_common(1):
        if count > 1 and count * 2 > len(given):
            return day
    return None


def arrived_in_words(arrival: Arrival, together: date | None, writing: Format) -> str:
    """Say when something came, where that is worth saying; "" otherwise.

    3 days after 10 Nov it is ``3 days later, on 13 Nov 2026, 11:00``.
    """
    if not arrival.is_late or writing.local(arrival.arrived_at).date() == together:
        return ""
    return f"{lag_in_words(arrival, writing)}, on {writing.moment(arrival.arrived_at)}"
