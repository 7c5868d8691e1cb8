"""Between which instants the events of a month may lie, as event files write them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from billing_core.period import BillingPeriod, month_period
from documents.bundle.needs import Issued

_FIRST: Final = "0001-01-01T00:00:00.000000Z"
_DAY: Final = timedelta(days=1)


def instant_text(instant: datetime) -> str:
    """Write an instant in UTC as event files do: such texts sort as the instants do."""
    return f"{instant:%Y-%m-%dT%H:%M:%S.%f}Z"


def bounds_of(month: str, documents: Iterable[Issued], zone: str) -> tuple[str, str]:
    """Give the first instant of a month, and the first after it.

    Where no document of the month is there it is reckoned in a zone, with a day to spare: the
    client may have moved.
    """
    for issued in documents:
        if issued.month == month:
            return _texts(issued.period)
    reckoned = month_period(month, zone)
    return instant_text(reckoned.starts_at - _DAY), instant_text(reckoned.ends_at + _DAY)


def bounds_before(period: BillingPeriod) -> tuple[str, str]:
    """Give the bounds of all that lies before a period."""
    return _FIRST, instant_text(period.starts_at)


def _texts(period: BillingPeriod) -> tuple[str, str]:
    return instant_text(period.starts_at), instant_text(period.ends_at)
