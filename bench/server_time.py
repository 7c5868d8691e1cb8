"""What statements cost the server, by its own clock, however busy the machine is besides."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, event

from bench.ground import administrator
from db.embedded import Urls
from db.roles import PORTAL

#: The server tells the portal's login how long each statement took it: parsed, planned, executed.
TELLING: Final = (
    f"ALTER ROLE {PORTAL} SET log_duration = on",
    f"ALTER ROLE {PORTAL} SET client_min_messages = 'log'",
)
TOLD: Final = re.compile(r"duration: ([0-9.]+) ms")
#: After this the kernel has booked what a process did.
BOOKED_SECONDS: Final = 0.01


def tell(urls: Urls) -> None:
    """Let the server tell its durations to all connections of the portal from now on."""
    with administrator(urls) as cursor:
        for statement in TELLING:
            cursor.execute(statement)


class ServerTime:
    """The milliseconds that the server spent on statements since the last `begin`."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.begin()

    def begin(self) -> None:
        """Forget what was."""
        self.statements = 0
        self._told = 0.0
        self._before: dict[int, tuple[int, int]] = {}

    def before(self, cursor: Any) -> None:  # noqa: ANN401 - a cursor of the driver, which has no types
        """Note where a connection's process stands before a statement."""
        pid = cursor.connection.info.backend_pid
        self._before.setdefault(pid, _booked(pid))
        del cursor.connection.notices[:]

    def after(self, cursor: Any) -> None:  # noqa: ANN401 - a cursor of the driver, which has no types
        """Add what the server told of a statement."""
        told = TOLD.findall("".join(cursor.connection.notices))
        if not told:
            raise RuntimeError("the server does not tell how long a statement took")
        self.statements += 1
        self._told += sum(map(float, told))  # before the first, the driver begins a transaction

    @property
    def milliseconds(self) -> float:
        """By the server's clock, less its wait for a processor that other work held.

        A part of that wait lies before the server's clock starts, so the processor time that its
        processes used is the least that counts.
        """
        time.sleep(BOOKED_SECONDS)
        spent = [_less(_booked(pid), before) for pid, before in self._before.items()]
        used = sum(each[0] for each in spent) / 1e6
        waited = sum(each[1] for each in spent) / 1e6
        return max(self._told - waited, used)


@contextmanager
def timed(engine: Engine) -> Iterator[ServerTime]:
    """Count what an engine's statements cost the server; its connections are new ones."""
    spent = ServerTime()
    event.listen(engine, "before_cursor_execute", lambda _, cursor, *__: spent.before(cursor))
    event.listen(engine, "after_cursor_execute", lambda _, cursor, *__: spent.after(cursor))
    yield spent


def _booked(pid: int) -> tuple[int, int]:
    """Nanoseconds for which a process ran, and for which it waited for a processor."""
    ran, waited, _ = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
    return int(ran), int(waited)


def _less(later: tuple[int, int], earlier: tuple[int, int]) -> tuple[int, int]:
    return later[0] - earlier[0], later[1] - earlier[1]
