"""`jobs serve` as an operator meets it: it starts, says where it is, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]  # published without types
import pytest

from db.embedded import Urls
from db.settings import Settings
from jobs.portal_process import portal_environment, shown_address
from tests.support.database import Database
from tests.support.portal import free_port
from tests.support.processes import PATIENCE, alive, assert_all_end, command_line, look_again

ROOT = Path(__file__).parents[2]


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("METERGLASS_")}
    return {**kept, **settings, "PYTHONUNBUFFERED": "1"}


class Served:
    """A running `jobs serve`, in a session of its own as a terminal would give it."""

    def __init__(self, *arguments: str, settings: Mapping[str, str]) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jobs", "serve", "--port", str(self.port), *arguments],
            cwd=ROOT,
            env=environment(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said: list[str] = []

    def wait_for_address(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if line.startswith("Meterglass is at"):
                return
        pytest.fail("\n".join(self.said))

    def wait_for(self, words: str) -> psutil.Process:
        """One of the processes that it starts, by words of its command."""
        deadline = time.monotonic() + PATIENCE
        while not (found := [each for each in self.family() if words in command_line(each)]):
            look_again(deadline, f"it started no process called {words}")
        return found[0]

    def family(self) -> list[psutil.Process]:
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture(scope="module")
def kept() -> Iterator[Path]:
    """A folder that PostgreSQL's own account can enter; the first test makes the database there.

    The tests after it find the database as the one before left it, killed or stopped.
    """
    folder = Path(tempfile.mkdtemp(prefix="meterglass-serve-"))
    folder.chmod(0o711)
    yield folder / "kept"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def served(kept: Path) -> Iterator[Served]:
    """The portal with an embedded database."""
    started = Served(settings={"METERGLASS_DATA_DIRECTORY": str(kept)})
    yield started
    started.end()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_stop_it_ends_with_all_it_started(served: Served, number: signal.Signals) -> None:
    served.wait_for_address()
    served.wait_for(" jobs worker")  # for a moment a process that starts has no command yet
    family = served.family()
    called = alive(family)
    assert sum("streamlit" in each for each in called) == 1
    assert sum(each.endswith(" jobs worker") for each in called) == 1
    assert any(each.startswith("postgres: ") for each in called)
    served.process.send_signal(number)
    assert served.process.wait(PATIENCE) == 0
    assert alive(family) == []


def test_killed_outright_it_leaves_nothing_running(served: Served) -> None:
    served.wait_for_address()
    family = served.family()
    assert len(family) >= 4
    served.process.kill()
    served.process.wait(PATIENCE)
    assert_all_end(family)


def test_ctrl_c_in_a_terminal_reaches_its_whole_group(served: Served) -> None:
    served.wait_for_address()
    family = served.family()
    os.killpg(served.process.pid, signal.SIGINT)
    assert served.process.wait(PATIENCE) == 0
    assert alive(family) == []


def test_stopped_while_it_starts_it_leaves_nothing_running(served: Served) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (family := served.family()):
        look_again(deadline, "it started no process")
    served.process.kill()
    served.process.wait(PATIENCE)
    assert_all_end(family)


def test_a_demo_that_still_loads_is_ended_without_the_watchdog(kept: Path) -> None:
    served = Served("--demo", settings={"METERGLASS_DATA_DIRECTORY": str(kept)})
    load, watchdog = served.wait_for("jobs demo load"), served.wait_for("jobs.watchdog")
    family = served.family()
    watchdog.suspend()
    served.process.terminate()
    try:
        assert_all_end([load])
    finally:
        watchdog.resume()
        code = served.process.wait(PATIENCE)
        served.end()
    assert (code, alive(family)) == (0, [])


def test_a_portal_that_dies_takes_the_program_with_it(served: Served) -> None:
    served.wait_for_address()
    family = served.family()
    [portal] = [each for each in family if "streamlit" in command_line(each)]
    portal.kill()
    assert served.process.wait(PATIENCE) == 1
    assert alive(family) == []


def test_it_answers_where_it_says(served: Served) -> None:
    served.wait_for_address()
    assert served.said[-1] == (f"Meterglass is at http://127.0.0.1:{served.port} (Ctrl-C stops it)")
    assert httpx.get(f"http://127.0.0.1:{served.port}/", timeout=30).status_code == 200
    without_key = httpx.post(f"http://127.0.0.1:{served.port}/api/v1/events", timeout=30)
    assert without_key.status_code == 401


def refused(*arguments: str, settings: Mapping[str, str]) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "-m", "jobs", "serve", *arguments],
        cwd=ROOT,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == ""
    return ended.returncode, ended.stderr


def test_a_taken_port_is_named_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, said = refused(
            "--port", port, settings={"METERGLASS_DATA_DIRECTORY": str(tmp_path / "kept")}
        )
    assert code == 1
    assert said == (
        f"meterglass: port {port} of 127.0.0.1 is taken by another program;"
        " choose one with --port.\n"
    )
    assert not (tmp_path / "kept").exists()


def test_a_folder_that_cannot_be_written_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    code, said = refused(
        "--port",
        str(free_port()),
        settings={"METERGLASS_DATA_DIRECTORY": str(tmp_path / "file" / "kept")},
    )
    assert code == 1
    assert said.startswith("meterglass: ")
    assert str(tmp_path / "file") in said
    assert said.count("\n") == 1


def test_a_database_that_does_not_answer_is_named_in_one_line() -> None:
    port = free_port()
    code, said = refused(
        "--port",
        str(free_port()),
        settings={
            "METERGLASS_DATABASE_URL_PORTAL": f"postgresql://meterglass_portal:x@127.0.0.1:{port}/meterglass"
        },
    )
    assert code == 1
    assert said.startswith(f"meterglass: the database at 127.0.0.1:{port} does not answer: ")
    assert said.count("\n") == 1


def test_another_version_of_the_schema_is_named_in_one_line(database: Database) -> None:
    with database.owner.begin() as connection:
        connection.exec_driver_sql("UPDATE billing.schema_version SET version_num = '9999'")
    code, said = refused("--port", str(free_port()), settings=database.environment)
    assert code == 1
    assert said == (
        "meterglass: the schema is at version 9999; install the Meterglass that knows it.\n"
    )


def test_an_unknown_setting_stops_the_start() -> None:
    code, said = refused(settings={"METERGLASS_PROT": "1"})
    assert code == 1
    assert "METERGLASS_PROT is not a setting" in said
    assert said.count("\n") == 1


def test_an_old_python_says_so_before_it_meets_new_syntax() -> None:
    script = (
        "import sys\n"
        "sys.version_info = (3, 8, 18, 'final', 0)\n"
        "import runpy\n"
        "runpy.run_module('jobs', run_name='__main__')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (
        1,
        "Meterglass needs Python 3.11 or newer; this is Python 3.8.\n",
    )


def test_the_portal_gets_its_own_login_and_the_writers_and_no_other() -> None:
    urls = Urls(owner="postgresql://o", writer="postgresql://w", portal="postgresql://p")
    given = {
        "METERGLASS_DATABASE_URL_OWNER": "postgresql://o",
        "METERGLASS_DATABASE_URL_WRITER": "postgresql://w",
        "METERGLASS_DATABASE_URL_ADMINISTRATOR": "postgresql://a",
        "METERGLASS_SIGNING_KEY": "/etc/meterglass/signing.key",
        "METERGLASS_HEADS": "/var/lib/heads",
        "METERGLASS_SESSION_HOURS": "8",
        "PGPASSWORD": "secret",
        "LANG": "C.UTF-8",
    }
    settings = Settings(port=8600, demo=True)
    assert portal_environment(given, settings, urls) == {
        "METERGLASS_DATABASE_URL_PORTAL": "postgresql://p",
        "METERGLASS_DATABASE_URL_WRITER": "postgresql://w",
        "METERGLASS_ADDRESS": "127.0.0.1",
        "METERGLASS_PORT": "8600",
        "METERGLASS_DEMO": "true",
        "METERGLASS_SESSION_HOURS": "8",
        "LANG": "C.UTF-8",
    }


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:8501"),
        ("0.0.0.0", "http://127.0.0.1:8501"),  # noqa: S104 - a name to show, not an address to bind
        ("::1", "http://[::1]:8501"),
    ],
)
def test_the_address_shown_can_be_opened(address: str, expected: str) -> None:
    assert shown_address(Settings(address=address)) == expected
