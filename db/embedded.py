"""The embedded PostgreSQL: for the demo, for development and for tests.

A data directory holds the cluster, the passwords and the log. All programs that name the same
directory share one server. It ends with the last of them, see `db.embedded_guard`.
"""

import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from types import TracebackType
from typing import Final, Self

import psycopg2
from sqlalchemy.engine import URL

from db.embedded_cluster import (
    Passwords,
    account_of_server,
    complaint,
    faults_of_files,
    make_cluster,
    open_private_log,
    program,
    run_as,
)
from db.faults import StartFault
from db.file_locks import SharedLock, held_alone
from db.roles import ADMINISTRATOR, OWNER, PORTAL, WRITER

DATABASE: Final = "meterglass"
HOST: Final = "127.0.0.1"
START_SECONDS: Final = 60
LOOK_AGAIN_SECONDS: Final = 0.02
PORT_LINE, STATE_LINE = 3, 7
"""Where PostgreSQL's note of a running server, `postmaster.pid`, names its port and its state."""

OPTIONS: Final = (
    f"listen_addresses={HOST}",
    "unix_socket_directories=",
    "timezone=UTC",
    "log_timezone=UTC",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "checkpoint_timeout=15min",
    "work_mem=16MB",
    "maintenance_work_mem=128MB",
    "max_connections=100",
    "jit=off",
)
FORGETFUL: Final = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
)
"""What makes a server fast that nobody needs after a power cut: for tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Urls:
    """Addresses of one database, a login each; None where the operator did not name one."""

    owner: str | None
    writer: str | None
    portal: str | None
    administrator: str | None = None


class EmbeddedServer:
    """One use of the server of a directory; the server runs as long as somebody uses it.

    Use it as a context manager, or call `stop` when done; the end of the process counts as `stop`.
    """

    def __init__(self, directory: Path, *, forgetful: bool = False) -> None:
        """Name the directory; nothing starts yet.

        Args:
            directory: the data directory; made if absent.
            forgetful: whether a server that this use starts may lose everything in a power cut.
        """
        self._directory = directory.absolute()
        self._forgetful = forgetful
        self._use: SharedLock | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def start(self) -> Urls:
        """Join the running server of the directory, or start it.

        Returns:
            The addresses of the database `meterglass`, which may not exist yet.

        Raises:
            StartFault: no right to write there, or PostgreSQL did not start.
        """
        with faults_of_files(self._directory):
            mode = 0o711 if account_of_server() else 0o700
            self._directory.mkdir(mode=mode, parents=True, exist_ok=True)
            with held_alone(self._directory / "start.lock"):
                passwords = Passwords.kept_in(self._directory / "passwords.json")
                self._use = SharedLock(self._directory / "in-use.lock")
                port = self._running_port(passwords) or self._start_guarded(passwords)
        return _urls(passwords, port)

    def stop(self) -> None:
        """End this use; if it started the server and is the last, wait until that has stopped."""
        use, self._use = self._use, None
        guard, self._guard = self._guard, None
        if use is not None and use.release() and guard is not None:
            guard.wait()

    def __enter__(self) -> Self:
        """Start, and be stopped at the end of the block."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def _cluster(self) -> Path:
        return self._directory / "postgresql"

    @property
    def _log(self) -> Path:
        return self._directory / "postgresql.log"

    def _running_port(self, passwords: Passwords) -> int | None:
        """The port of the running server, once it is ready; None if none runs.

        The note of a crashed server may name a process that is now another program: then nothing
        answers on its port.
        """
        deadline = time.monotonic() + START_SECONDS
        while (lines := self._note()) is not None:
            if len(lines) > STATE_LINE and lines[STATE_LINE].strip() == "ready":
                port = int(lines[PORT_LINE])
                return port if _answers(passwords, port) else None
            if time.monotonic() > deadline:
                message = f"the database in {self._directory} neither starts nor stops."
                raise StartFault(message)
            time.sleep(LOOK_AGAIN_SECONDS)
        return None

    def _note(self) -> list[str] | None:
        """The lines of `postmaster.pid`, if its process lives."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        return lines if lines and _is_alive(int(lines[0])) else None

    def _start_guarded(self, passwords: Passwords) -> int:
        if not (self._cluster / "PG_VERSION").exists():
            make_cluster(self._cluster, passwords.administrator, sync=not self._forgetful)
        port = _free_port()
        self._guard = self._spawn_guard(port)
        while not self._is_ready(passwords, port):
            if self._guard.poll() is not None:
                reason = complaint(self._log.read_text(errors="replace"))
                message = f"the database in {self._directory} did not start: {reason}"
                raise StartFault(message)
            time.sleep(LOOK_AGAIN_SECONDS)
        return port

    def _is_ready(self, passwords: Passwords, port: int) -> bool:
        lines = self._note()
        ours = lines is not None and lines[PORT_LINE : PORT_LINE + 1] == [str(port)]
        return ours and _answers(passwords, port)

    def _spawn_guard(self, port: int) -> subprocess.Popen[bytes]:
        settings = (*OPTIONS, f"port={port}", *(FORGETFUL if self._forgetful else ()))
        postgres = [program("postgres"), "-D", str(self._cluster)]
        for setting in settings:
            postgres += ["-c", setting]
        guard = [sys.executable, "-I", str(Path(__file__).with_name("embedded_guard.py"))]
        command, account = run_as(account_of_server(), self._cluster, postgres)
        lock = str(self._directory / "in-use.lock")
        with open_private_log(self._log) as log:
            return subprocess.Popen(  # noqa: S603 - the command is our own
                [*guard, lock, account or "-", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )


def _urls(passwords: Passwords, port: int) -> Urls:
    def address(login: str, password: str) -> str:
        url = URL.create("postgresql", login, password, HOST, port, DATABASE)
        return url.render_as_string(hide_password=False)

    return Urls(
        owner=address(OWNER, passwords.owner),
        writer=address(WRITER, passwords.writer),
        portal=address(PORTAL, passwords.portal),
        administrator=address(ADMINISTRATOR, passwords.administrator),
    )


def _answers(passwords: Passwords, port: int) -> bool:
    word = passwords.administrator
    with suppress(psycopg2.OperationalError):
        psycopg2.connect(
            host=HOST, port=port, user=ADMINISTRATOR, password=word, dbname="postgres"
        ).close()
        return True
    return False


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _free_port() -> int:
    with socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
