"""How a running program is told to stop: Ctrl-C, a service manager's SIGTERM, a closed terminal."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked the program to stop. It is no error, so ``except Exception`` lets it pass."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Stopped` in the block at the first request to stop; further ones change nothing."""
    before = {number: signal.signal(number, _stop) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    raise Stopped
