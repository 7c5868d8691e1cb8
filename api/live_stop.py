"""Hears a request to stop the process before the server waits for what is under way."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def told_of_stop(tell: Callable[[], None]) -> Iterator[None]:
    """Call `tell` in the running loop at a request to stop, which takes its course.

    Only the main thread hears signals; elsewhere nothing is told.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _STOPPING}

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(tell)
        taken_up = before[signal.Signals(number)]
        if callable(taken_up):
            taken_up(number, frame)

    for number in _STOPPING:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, taken_up in before.items():
            signal.signal(number, taken_up)
