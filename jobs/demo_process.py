"""Loading the demo beside a starting portal, as a process of its own."""

import subprocess
import sys
from collections.abc import Mapping

from db.embedded import Urls
from db.faults import StartFault
from demo.state import loaded
from jobs.watchdog import ROOT, end_groups


class DemoLoad:
    """A running ``python -m jobs demo load``."""

    def __init__(self, urls: Urls, environment: Mapping[str, str]) -> None:
        """Start it; quietly, where only the latest readings are missing."""
        self.is_first = not loaded(urls).is_whole
        command = [sys.executable, "-m", "jobs", "demo", "load"]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*command, *(() if self.is_first else ("--quiet",))],
            env=dict(environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            process_group=0,
        )

    @property
    def pid(self) -> int:
        """The process id, which is also the number of its process group."""
        return self._process.pid

    def wait(self) -> None:
        """Wait until it is done.

        Raises:
            StartFault: the demo could not be loaded.
        """
        if self._process.wait() != 0:
            raise StartFault("the demo could not be loaded; the lines above say why.")

    def stop(self) -> None:
        """End it and all it started, if it still runs."""
        if self._process.poll() is None:
            end_groups([self.pid])
            self._process.wait()
