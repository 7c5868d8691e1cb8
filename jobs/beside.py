"""Programs of ours that run beside the portal, and end with it."""

import subprocess
import sys
from collections.abc import Mapping

from jobs.watchdog import ROOT, end_child


class Beside:
    """A running ``python -m jobs …`` in a process group of its own, so that its parent ends it."""

    def __init__(self, *command: str, environment: Mapping[str, str], quiet: bool = False) -> None:
        """Start it.

        Args:
            command: What follows ``python -m jobs``.
            environment: Its environment.
            quiet: Whether only what goes wrong is said.
        """
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "jobs", *command],
            env=dict(environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else None,
            process_group=0,
        )

    @property
    def pid(self) -> int:
        """The process id, which is also the number of its process group."""
        return self._process.pid

    def wait(self) -> int:
        """Wait until it ends by itself; gives its exit code."""
        return self._process.wait()

    def stop(self) -> None:
        """End it and all it started, if it still runs, and wait for it."""
        end_child(self._process)
