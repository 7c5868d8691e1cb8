"""A durable server that is killed and started again, for `kills.py`."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psycopg2

from db.database import create_database
from db.embedded import EmbeddedServer
from db.faults import StartFault
from tests.oracle.ground import prepare_meters
from tests.support.database import Database

PATIENCE: Final = 60  #: seconds for a server to be back
LOOK_AGAIN: Final = 0.02  #: seconds


class Cluster:
    """A durable server that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        """Start it, with a schema and the oracle's meters."""
        self._folder = folder
        self._server = EmbeddedServer(folder)
        self.database = Database(name="meterglass", urls=self._server.start())
        create_database(self.database.urls)
        prepare_meters(self.database.owner)

    def kill_postmaster(self) -> None:
        """End PostgreSQL as a power cut would; its backends follow."""
        note = self._folder / "postgresql" / "postmaster.pid"
        os.kill(int(note.read_text().split()[0]), signal.SIGKILL)

    def kill_backend(self) -> None:
        """End a process that serves a writer: PostgreSQL then starts all of them again."""
        with self._asked() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE usename LIKE '%writer%' ORDER BY pid"
            )
            backends = [pid for (pid,) in cursor.fetchall()]
        if backends:
            with suppress(ProcessLookupError):
                os.kill(backends[0], signal.SIGKILL)

    def restart(self) -> None:
        """Start it if it is down, and wait until it answers."""
        self.database.disconnect()
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if time.monotonic() > deadline:
                raise TimeoutError("the server did not come back")
            time.sleep(LOOK_AGAIN)

    def stop(self) -> None:
        """End it."""
        self.database.disconnect()
        self._server.stop()

    def _answers(self) -> bool:
        try:
            with self._asked():
                return True
        except psycopg2.OperationalError as fault:
            if "refused" in str(fault):
                self._start_again()
        return False

    def _start_again(self) -> None:
        self._server.stop()
        self._server = EmbeddedServer(self._folder)
        with suppress(StartFault):  # the backends of the killed one may need a moment to end
            self.database = Database(name="meterglass", urls=self._server.start())

    @contextmanager
    def _asked(self) -> Iterator["psycopg2.extensions.cursor"]:
        connection = psycopg2.connect(self.database.administrator_url)
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()
