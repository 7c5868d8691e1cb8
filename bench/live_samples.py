"""What is counted while people work: how long they waited, what went wrong."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

OVERDUE = 30.0  #: seconds after which a posted event counts as never shown


@dataclass(slots=True, kw_only=True)
class Samples:
    """Of all people, while the clock runs."""

    acts: dict[str, list[float]] = field(default_factory=dict)  #: seconds, by the act's name
    shown: list[float] = field(default_factory=list)  #: seconds from posting to the page
    posted: int = 0
    awaited: int = 0  #: pages that an event was to be seen on
    left: int = 0  #: of them, those that the person left first
    wanted_acts: int = 0
    wakes: int = 0
    messages: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)  #: what went wrong before the clock ran
    foreign: int = 0  #: at any time
    counts: bool = False  #: whether the clock runs

    def act(self, name: str, seconds: float) -> None:
        """Note an act that its person saw done."""
        if self.counts:
            self.acts.setdefault(name, []).append(seconds)

    def error(self, kind: str) -> None:
        """Note what went wrong: while the clock runs it is an error, before it only told."""
        kinds = self.errors if self.counts else self.before
        kinds[kind] = kinds.get(kind, 0) + 1


@dataclass(slots=True)
class Awaited:
    """The events that one page has yet to show of one meter, the oldest first."""

    samples: Samples
    events: deque[tuple[int, float]] = field(default_factory=deque)  #: total, when posted
    since: float = 0.0  #: when the first event that counts was posted
    total: int = 0  #: that the page shows

    def post(self, total: int, posted_at: float) -> None:
        """An event was posted that brings the month's total to this."""
        if self.samples.counts:
            self.since = self.since or posted_at
            self.samples.awaited += 1
        self.events.append((total, posted_at))
        self.see(self.total)

    def see(self, total: int) -> None:
        """The page shows this total: all events up to it are on it."""
        self.total, now = total, time.time()
        while self.events and self.events[0][0] <= total:
            _, posted_at = self.events.popleft()
            if self.samples.counts and posted_at >= self.since > 0:
                self.samples.shown.append(now - posted_at)

    def leave(self) -> None:
        """The person turns to where the events are not shown."""
        if self.samples.counts and self.since:
            self.samples.left += sum(posted_at >= self.since for _, posted_at in self.events)
        self.events.clear()

    def give_up(self) -> None:
        """Count events that are not shown after all this time, once each."""
        while self.events and time.time() - self.events[0][1] > OVERDUE:
            self.events.popleft()
            self.samples.error("event never shown")


def percentile(sample: Sequence[float], share: float) -> float:
    """The smallest value that a share of the sample does not exceed.

    >>> percentile([5, 1, 2, 4, 3], 0.6), percentile([], 0.95)
    (3, 0.0)
    """
    if not sample:
        return 0.0
    place = -(-len(sample) * round(share * 1000) // 1000)
    return sorted(sample)[max(int(place), 1) - 1]
