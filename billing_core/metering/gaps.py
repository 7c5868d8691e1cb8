"""Gaps: times for which nothing is known. They are shown, never billed and never filled."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time without a level (of a resource), or without a word (of a source)."""

    resource: str | None  #: None: the whole meter or source was silent
    starts_at: datetime  #: inclusive, UTC
    ends_at: datetime  #: exclusive, UTC


def gaps_between(
    instants: Iterable[datetime],
    *,
    lasts: timedelta,
    since: datetime,
    until: datetime,
    resource: str | None = None,
) -> Iterator[Gap]:
    """Give the gaps between instants at which something was heard.

    Levels at 00:00 and 06:00 that last 4 hours leave a gap from 04:00 to 06:00.

    Args:
        instants: of the events, in order.
        lasts: how long one event is good for: a meter's `holds_for`, a source's `expects_every`.
        since: where the first stretch starts: the instant of the level carried in, the first
            event (nothing was expected before it), or the period's start for a source.
        until: the period's end or `as_of`.
        resource: whose events these are.
    """
    heard = since
    for instant in (*instants, until):
        silent_from = heard + lasts
        if silent_from < instant:
            yield Gap(resource=resource, starts_at=silent_from, ends_at=instant)
        heard = max(heard, instant)
