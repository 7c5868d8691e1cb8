"""Locks on files that the operating system lets go of however their holder ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def held_alone(path: Path) -> Iterator[None]:
    """Hold the lock alone for the block; waits for whoever holds it."""
    number = _opened(path)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


class SharedLock:
    """A lock held together with others, until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        """Take the lock; waits while somebody holds it alone.

        A forked child does not go on holding it.
        """
        self._path = path
        self._number: int | None = _opened(path)
        fcntl.flock(self._number, fcntl.LOCK_SH)
        os.register_at_fork(after_in_child=self._forget)

    def release(self) -> bool:
        """Let go.

        Returns:
            Whether nobody shares the lock any more; somebody may hold it alone.
        """
        self._forget()
        probe = _opened(self._path)
        try:
            return _takes(probe, fcntl.LOCK_EX) or not _takes(probe, fcntl.LOCK_SH)
        finally:
            os.close(probe)

    def _forget(self) -> None:
        number, self._number = self._number, None
        if number is not None:
            with suppress(OSError):
                os.close(number)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _takes(number: int, kind: int) -> bool:
    try:
        fcntl.flock(number, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
