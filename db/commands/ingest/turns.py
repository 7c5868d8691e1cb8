"""Turns: batches stored by two connections at once, whose consequences come in order.

While one connection folds a batch and commits, the other stores the next one; it then waits for its
turn before it locks any running total. So what a file appends stays appended, and no bound is
looked for twice. It begins to lock only after the one before it: of two that bring the same new
month or resource, the earlier one brings it. The order is a matter of speed alone: what is stored
doesn't depend on it, and a batch that somebody waits for in the database gives up waiting for its
turn. So no circle can form of which the database sees only a part.
"""

from dataclasses import dataclass, field
from threading import Event
from typing import Final

from sqlalchemy import Connection, text

LOOK_AGAIN_SECONDS: Final = 0.1
#: Whether another transaction waits until this one has ended.
IS_AWAITED = text(
    """
    SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted
        AND locktype = 'transactionid' AND transactionid = pg_current_xact_id()::xid)
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A batch's place in the order; without another before it: the first, or the only one."""

    begins_after: Event | None = None  #: set when the batch before it has begun
    after: Event | None = None  #: set when the batch before it has ended
    begun: Event = field(default_factory=Event)
    ended: Event = field(default_factory=Event)

    def following(self) -> "Turn":
        """Give the place behind this one."""
        return Turn(begins_after=self.begun, after=self.ended)

    def wait_to_begin(self, connection: Connection) -> None:
        """Wait until the batch before has its months and resources."""
        _wait(connection, self.begins_after)

    def begin(self) -> None:
        """Let the next one begin: this one has its months and resources."""
        self.begun.set()

    def wait(self, connection: Connection) -> None:
        """Wait until the batch before has ended, unless somebody waits for this one."""
        _wait(connection, self.after)

    def end(self) -> None:
        """Let the next one come: the batch is recorded, or failed."""
        self.begun.set()
        self.ended.set()


def _wait(connection: Connection, event: Event | None) -> None:
    while event is not None and not event.wait(LOOK_AGAIN_SECONDS):
        if connection.execute(IS_AWAITED).scalar_one():
            return
