"""The demo's collectors: post what is measured, as it is measured, until they are stopped.

What they post is what the next load of the demo would take in from files: it finds duplicates.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol

from demo.posting import Door, NotTakenError, cloud_event, post
from demo.schedule import Due, due_between

AT_ONCE: Final = 25  #: events in a post
BETWEEN: Final = 2.0  #: seconds between looks at what is due
LONGEST_WAIT: Final = 30.0  #: seconds between tries while nobody takes posts
AHEAD: Final = timedelta(minutes=10)  #: how far what will be posted is made in one go


class Keys(Protocol):
    """The keys that the collectors post with, by source."""

    def current(self) -> Mapping[str, str]:
        """Give the keys; those that were given before, if they are still good."""

    def renew(self) -> None:
        """Have new keys made: the ones given are no longer good."""


class Feed:
    """All collectors of the demo, in one loop."""

    def __init__(self, door: Door, keys: Keys, anchor: date, since: datetime) -> None:
        """Begin where the files end.

        Args:
            door: the portal.
            keys: what is posted with.
            anchor: the day of the demo's first load.
            since: up to when the demo was loaded from files, UTC.
        """
        self._door = door
        self._keys = keys
        self._anchor = anchor
        self._made_until = since
        self._coming: deque[Due] = deque()
        self._waiting: deque[Due] = deque()
        self._failures = 0

    def run(self, pause: Callable[[float], None] = time.sleep) -> None:
        """Post for ever; whoever stops it raises from ``pause`` or by a signal."""
        while True:
            pause(self.step(datetime.now(UTC)))

    def step(self, now: datetime) -> float:
        """Post some of what is due; gives how many seconds to wait before the next step.

        What nobody takes stays due, and is tried again, ever more rarely.
        """
        self._fall_due(now)
        if not self._waiting:
            return BETWEEN
        try:
            self._post_next()
        except NotTakenError as fault:
            return self._later(fault)
        self._failures = 0
        return BETWEEN

    @property
    def waiting(self) -> int:
        """How many readings are due and not taken yet."""
        return len(self._waiting)

    def _fall_due(self, now: datetime) -> None:
        if now >= self._made_until:
            ahead = now + AHEAD
            self._coming.extend(due_between(self._anchor, self._made_until, ahead))
            self._made_until = ahead
        while self._coming and self._coming[0].at <= now:
            self._waiting.append(self._coming.popleft())

    def _post_next(self) -> None:
        """Post the next readings of the source whose turn it is."""
        source = self._waiting[0].source
        batch = [each for each in self._waiting if each.source == source][:AT_ONCE]
        events = [cloud_event(each.client, source, each.row) for each in batch]
        post(self._door, self._keys.current()[source], events)
        taken = {id(each) for each in batch}
        self._waiting = deque(each for each in self._waiting if id(each) not in taken)

    def _later(self, fault: NotTakenError) -> float:
        if fault.is_key:
            self._keys.renew()
        self._failures = min(self._failures + 1, 6)
        doubled: float = BETWEEN * 2**self._failures
        return max(fault.retry_after, min(doubled, LONGEST_WAIT))


def begins(until: Mapping[str, datetime], now: datetime) -> datetime:
    """Give the instant from which the collectors post: where the files end, hours ago at most."""
    return max(min(until.values(), default=now), now - timedelta(hours=3))
