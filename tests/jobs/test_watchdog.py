"""How the programs that we start are ended: at once if they let themselves, by force if not."""

import subprocess
import sys
from threading import Thread

import psutil  # type: ignore[import-untyped]  # published without types
import pytest

from jobs.watchdog import end_child
from tests.support.processes import PATIENCE, assert_all_end

HOUR = 3600.0  #: seconds of patience that no test has

WILLING = "print('up', flush=True); import time; time.sleep(3600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WILLING}"
PARENT = f"""
import subprocess, sys
child = [sys.executable, "-c", {STUBBORN!r}]
print(subprocess.Popen(child, stdout=subprocess.DEVNULL).pid, flush=True)
{WILLING}
"""


def child(program: str) -> subprocess.Popen[bytes]:
    """A process that leads a group, and has said its first line."""
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, process_group=0
    )


def first_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[bytes], patience: float) -> None:
    """Have it ended; a broken way of doing so may wait for ever."""
    ending = Thread(target=end_child, args=(process, patience), daemon=True)
    ending.start()
    ending.join(PATIENCE)
    if ending.is_alive():
        process.kill()
        pytest.fail("it still waits")


def test_a_child_that_ends_when_asked_is_not_waited_for_any_longer() -> None:
    with child(WILLING) as process:
        assert first_line(process) == b"up"
        end(process, HOUR)
        assert process.returncode == -15


@pytest.mark.parametrize("patience", [0.0, 0.2])
def test_a_child_that_does_not_end_is_killed(patience: float) -> None:
    with child(STUBBORN) as process:
        assert first_line(process) == b"up"
        end(process, patience)
        assert process.returncode == -9


def test_what_a_child_started_ends_with_it() -> None:
    with child(PARENT) as process:
        grandchild = psutil.Process(int(first_line(process)))
        end(process, HOUR)
        assert process.returncode == -15
        assert_all_end([grandchild])


def test_a_child_that_ended_before_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with child("pass") as process:
        assert process.wait() == 0
        monkeypatch.setattr("jobs.watchdog.end_groups", lambda *_, **__: pytest.fail("not ours"))
        end_child(process)
