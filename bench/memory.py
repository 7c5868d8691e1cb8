"""Memory of processes, from /proc: what is theirs alone, and their share of what they share."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LOOK_AGAIN_SECONDS: Final = 0.05
MIB: Final = 1024  # kB


class Watch:
    """The highest memory seen, in MiB; of this process with its readers, and of any backend."""

    def __init__(self, postmaster: int) -> None:
        """Watch this process, and the backends of a server."""
        self._postmaster = postmaster
        self._over = threading.Event()
        self.own = self.backends = self.idle = _own()

    def look(self) -> None:
        """Look until told that it is over."""
        self.backends = 0
        while not self._over.wait(LOOK_AGAIN_SECONDS):
            self.own = max(self.own, _own())
            self.backends = max(self.backends, _of_backends(self._postmaster))

    def end(self) -> None:
        """It is over."""
        self._over.set()

    @property
    def above_idle(self) -> int:
        """How far it rose, MiB."""
        return (self.own - self.idle) // MIB


@contextmanager
def watched(folder: Path) -> Iterator[Watch]:
    """Watch the memory of this process while something runs.

    Args:
        folder: of the embedded server.
    """
    note = (folder / "postgresql" / "postmaster.pid").read_text()
    watch = Watch(int(note.splitlines()[0]))
    thread = threading.Thread(target=watch.look, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.end()
        thread.join()


def size_with_children(process: int) -> int:
    """Proportional set size of a process and those that it started, kB."""
    return _size(process, "Pss") + sum(_size(each, "Pss") for each in _children(process, b""))


def _own() -> int:
    """Proportional set size of this process and the readers it started, kB."""
    own = os.getpid()
    return _size(own, "Pss") + sum(_size(each, "Pss") for each in _children(own, b"intake"))


def _of_backends(postmaster: int) -> int:
    """Memory that the writing backends have for themselves, kB; not the shared buffers."""
    return sum(_size(each, "Private") for each in _children(postmaster, b"meterglass_writer"))


def _children(parent: int, named: bytes) -> Iterator[int]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state = (folder / "stat").read_text().rsplit(")", 1)[1].split()
                if int(state[1]) == parent and named in (folder / "cmdline").read_bytes():
                    yield int(folder.name)
            except OSError:
                continue


def _size(process: int, kind: str) -> int:
    try:
        summary = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.findall(rf"^{kind}(?:_Clean|_Dirty)?:\s+(\d+) kB", summary, re.MULTILINE)
    return sum(map(int, found))
