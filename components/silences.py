"""For how long nothing was heard, in words."""

from datetime import timedelta

from components.format import Format

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def for_how_long(time: timedelta, writing: Format) -> str:
    """Say how long a time is, to its larger unit: ``9 days``, ``5 h``, ``40 min``."""
    if time >= 2 * _DAY:
        return f"{writing.count(time // _DAY)} days"
    if time >= 2 * _HOUR:
        return f"{writing.count(time // _HOUR)} h"
    return f"{writing.count(time // timedelta(minutes=1))} min"
