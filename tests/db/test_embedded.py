"""The embedded server lives as long as somebody uses it, and not a moment longer."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # published without types
import psycopg2
import pytest

from db.embedded import EmbeddedServer, Urls
from db.faults import StartFault
from tests.support.processes import assert_all_end

USER = """
import sys
from pathlib import Path
from db.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]), forgetful=sys.argv[2] == "forgetful")
urls = server.start()
print(urls.administrator, flush=True)
sys.stdin.read()
"""
ENDINGS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"]


@pytest.fixture
def directory() -> Iterator[Path]:
    """A folder that PostgreSQL's account may enter; its server is gone before the folder is."""
    with tempfile.TemporaryDirectory(prefix="meterglass-test-") as folder:
        Path(folder).chmod(0o711)
        path = Path(folder) / "kept"
        yield path
        wait_until(lambda: not runs(path))


def wait_until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < deadline, "it did not happen within 30 seconds"
        time.sleep(0.02)


def server_process(directory: Path) -> int | None:
    try:
        return int((directory / "postgresql" / "postmaster.pid").read_text().split()[0])
    except FileNotFoundError:
        return None


def runs(directory: Path) -> bool:
    return server_process(directory) is not None


def process_exists(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def program_that_uses(directory: Path, manner: str = "forgetful") -> "subprocess.Popen[str]":
    """A program of its own that started or joined the server; it ends when its input closes."""
    program = subprocess.Popen(
        [sys.executable, "-c", USER, str(directory), manner],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline().startswith("postgresql://")
    return program


def end(program: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> None:
    program.send_signal(number)
    program.communicate()


def ask(urls: Urls, statement: str) -> list[tuple[object, ...]]:
    """What the administrator gets from the server."""
    connection = psycopg2.connect(urls.administrator, dbname="postgres")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize("ending", ENDINGS)
def test_however_a_program_ends_no_server_is_left(directory: Path, ending: str) -> None:
    program = program_that_uses(directory)
    process = server_process(directory)
    assert process is not None
    end(program, signal.Signals[ending])
    wait_until(lambda: not process_exists(process))


def test_a_killed_guard_takes_the_server_with_it(directory: Path) -> None:
    program = program_that_uses(directory)
    process = server_process(directory)
    assert process is not None
    guard = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(guard, signal.SIGKILL)
    wait_until(lambda: not process_exists(process))
    end(program)


def test_below_a_folder_that_only_its_owner_may_enter_it_serves_and_ends_as_well(
    directory: Path,
) -> None:
    directory.parent.chmod(0o700)
    test_a_killed_guard_takes_the_server_with_it(directory)


def test_after_a_kill_the_directory_serves_again_with_its_rows(directory: Path) -> None:
    program = program_that_uses(directory, "durable")
    server = EmbeddedServer(directory)
    ask(server.start(), "CREATE TABLE kept AS SELECT 42 AS answer; SELECT 1")
    process = server_process(directory)
    assert process is not None
    children = psutil.Process(process).children()
    os.kill(process, signal.SIGKILL)
    assert_all_end(children)
    end(program, signal.SIGKILL)
    server.stop()
    again = EmbeddedServer(directory, forgetful=True)
    assert ask(again.start(), "SELECT answer FROM kept") == [(42,)]
    again.stop()


def test_two_programs_share_one_server_and_the_last_one_ends_it(directory: Path) -> None:
    first = program_that_uses(directory)
    process = server_process(directory)
    second = program_that_uses(directory)
    assert server_process(directory) == process
    end(first)
    server = EmbeddedServer(directory)
    assert ask(server.start(), "SELECT 1") == [(1,)]
    assert server_process(directory) == process
    server.stop()
    end(second)
    wait_until(lambda: not runs(directory))


def test_a_second_use_in_one_process_does_not_end_the_first(directory: Path) -> None:
    with EmbeddedServer(directory, forgetful=True):
        second = EmbeddedServer(directory)
        urls = second.start()
        second.stop()
        assert ask(urls, "SELECT 1") == [(1,)]


def test_stopping_the_last_use_waits_until_the_server_is_gone(directory: Path) -> None:
    server = EmbeddedServer(directory, forgetful=True)
    server.start()
    assert runs(directory)
    server.stop()
    assert not runs(directory)


def test_a_forked_child_does_not_keep_the_server(directory: Path) -> None:
    server = EmbeddedServer(directory, forgetful=True)
    server.start()
    child_waits, parent_ends = os.pipe()
    parent_waits, child_began = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(parent_ends)
        os.write(child_began, b".")
        os.read(child_waits, 1)
        os._exit(0)
    os.read(parent_waits, 1)
    server.stop()
    assert not runs(directory)
    for number in (child_waits, parent_ends, parent_waits, child_began):
        os.close(number)
    os.waitpid(child, 0)


def test_passwords_and_files_are_for_their_owner_only(directory: Path) -> None:
    with EmbeddedServer(directory, forgetful=True) as server:
        assert server is not None
        assert (directory / "passwords.json").stat().st_mode & 0o777 == 0o600
        assert (directory / "postgresql").stat().st_mode & 0o777 == 0o700
        assert (directory / "postgresql.log").stat().st_mode & 0o077 == 0
        assert not (directory / "first-password").exists()


def test_the_server_wants_a_password(directory: Path) -> None:
    server = EmbeddedServer(directory, forgetful=True)
    url = server.start().administrator or ""
    port = url.rpartition(":")[2].partition("/")[0]
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(
            host="127.0.0.1", port=port, user="meterglass_administrator", password="guess"
        )
    server.stop()


def test_a_note_of_a_crashed_server_whose_number_is_taken_does_no_harm(directory: Path) -> None:
    server = EmbeddedServer(directory, forgetful=True)
    server.start()
    server.stop()
    note = directory / "postgresql" / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{directory}/postgresql\n0\n1\n\n127.0.0.1\n 1 2\nready   \n")
    os.chown(note, *((directory / "postgresql").stat()[4:6]))
    again = EmbeddedServer(directory, forgetful=True)
    assert ask(again.start(), "SELECT 1") == [(1,)]
    again.stop()


def test_a_folder_that_cannot_be_made_is_one_sentence() -> None:
    with pytest.raises(
        StartFault, match="set METERGLASS_DATA_DIRECTORY to another folder"
    ) as fault:
        EmbeddedServer(Path("/proc/meterglass")).start()
    assert "\n" not in str(fault.value)


def test_a_folder_without_permission_is_one_sentence(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Path, *_arguments: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(StartFault, match=f"^no permission to write {directory}; set METERGLASS"):
        EmbeddedServer(directory).start()
