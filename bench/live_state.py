"""What the portal's process holds: memory, threads, files, sockets, database connections."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg2

from db.embedded import Urls
from db.roles import PORTAL

OF_PORTAL: Final = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
KIB: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a process holds at a moment."""

    minute: float  #: since the watch began
    rss_mib: float
    threads: int
    files: int
    sockets: int
    connections: int  #: to the database, of the portal's login
    cpu: float  #: seconds of processor time since the process began


@dataclass(slots=True)
class Watch:
    """The states of a process, one every so many seconds."""

    pid: int
    urls: Urls
    every: float
    states: list[State] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _began: float = field(default_factory=time.monotonic)

    def look(self) -> State:
        """Look now."""
        state = state_of(self.pid, self.urls, (time.monotonic() - self._began) / 60)
        self.states.append(state)
        return state

    def _look_until_over(self) -> None:
        while not self._over.wait(self.every):
            former = self.states[-1].minute if self.states else -1.0
            state = self.look()
            if int(state.minute) > int(former):
                print(state, flush=True)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Look again and again until the block ends."""
        self._began = time.monotonic()
        thread = threading.Thread(target=self._look_until_over, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()


def state_of(pid: int, urls: Urls, minute: float = 0.0) -> State:
    """What a process holds now."""
    status = Path(f"/proc/{pid}/status").read_text()
    told = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    ticks = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    links = [_link(each) for each in Path(f"/proc/{pid}/fd").iterdir()]
    return State(
        minute=minute,
        rss_mib=int(told["VmRSS"].split()[0]) / KIB,
        threads=int(told["Threads"]),
        files=len(links),
        sockets=sum(link.startswith("socket:") for link in links),
        connections=_connections(urls),
        cpu=(int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK"),
    )


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


def _connections(urls: Urls) -> int:
    connection = psycopg2.connect(urls.administrator or "")
    try:
        with connection.cursor() as cursor:
            cursor.execute(OF_PORTAL, (PORTAL,))
            ((count,),) = cursor.fetchall()
            return int(count)
    finally:
        connection.close()
