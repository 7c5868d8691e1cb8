"""Statements that are given up here when the server itself can't.

The server's `statement_timeout` is no help against a server that stands still, a pooler or a
network that swallows everything: libpq would wait for ever, and a screen with it. Whoever waits
too long has the socket closed under it, which ends in the error of a lost connection.
"""

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Thread
from typing import Any, Final

from psycopg2.extensions import connection, cursor

#: Between two looks at who waits too long, seconds; nobody looks while nobody waits.
LOOK_SECONDS: Final = 1.0
#: A look whether a connection lives waits no longer than this, seconds.
PING_SECONDS: Final = 5.0


class _Waiting:
    """Who waits for an answer on which socket, and until when."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._until: dict[int, float] = {}
        self._watch: Thread | None = None

    def begin(self, descriptor: int, seconds: float) -> None:
        with self._changed:
            self._until[descriptor] = time.monotonic() + seconds
            if self._watch is None:
                self._watch = Thread(target=self._look, name="patience", daemon=True)
                self._watch.start()
            elif len(self._until) == 1:
                self._changed.notify()

    def end(self, descriptor: int) -> None:
        with self._changed:
            self._until.pop(descriptor, None)

    def _look(self) -> None:
        with self._changed:
            while True:
                self._changed.wait(LOOK_SECONDS if self._until else None)
                now = time.monotonic()
                for descriptor in [each for each, until in self._until.items() if until < now]:
                    # Whoever waits on it is still in there, so the number names no other file.
                    _close_under(descriptor)
                    del self._until[descriptor]


_waiting: Final = _Waiting()


def _close_under(descriptor: int) -> None:
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as copy:
        copy.shutdown(socket.SHUT_RDWR)


class _PatientCursor(cursor):
    """A cursor whose statements end with its connection's patience."""

    connection: "PatientConnection"

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002, ANN401 - the driver's own signature
        """Run a statement."""
        with _until_patience_ends(self.connection):
            super().execute(query, vars)


class PatientConnection(connection):
    """A connection that gives up after `seconds`; 0 waits for ever."""

    seconds: float = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the driver's own signature
        """Connect."""
        super().__init__(*args, **kwargs)
        self.cursor_factory = _PatientCursor

    def commit(self) -> None:
        """Commit."""
        with _until_patience_ends(self):
            super().commit()

    def rollback(self) -> None:
        """Roll back."""
        with _until_patience_ends(self):
            super().rollback()


class _until_patience_ends:  # noqa: N801 - read as a word: with …
    """A block that one connection waits in; a class, as a generator costs more than a statement."""

    __slots__ = ("_descriptor", "_seconds")

    def __init__(self, waiting: PatientConnection) -> None:
        # Only the pool's look whether a connection lives is made outside a transaction.
        self._seconds = (
            min(waiting.seconds, PING_SECONDS) if waiting.autocommit else waiting.seconds
        )
        self._descriptor = -1 if waiting.closed else waiting.fileno()

    def __enter__(self) -> None:
        if self._seconds and self._descriptor >= 0:
            _waiting.begin(self._descriptor, self._seconds)

    def __exit__(self, *_: object) -> None:
        _waiting.end(self._descriptor)


def patient(seconds: float) -> Callable[..., PatientConnection]:
    """What makes connections that give up after some seconds, as the driver wants it."""
    return type("PatientConnection", (PatientConnection,), {"seconds": seconds})
