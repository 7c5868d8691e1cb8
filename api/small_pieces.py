"""Small pieces are sent at once.

A kernel holds a small piece back until the other side has acknowledged the one before, which it
puts off for 40 ms: each run of a page and each answer took that long, however fast it was made.
asyncio switches it off, but not for connections of a listener that `streamlit run` or `uvicorn
--workers` has bound (https://github.com/Kludex/uvicorn/issues/3149).
"""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_OPEN: Final = Path("/dev/fd")


def send_small_pieces_at_once() -> None:
    """Switch it off for what listens; each connection takes it over from its listener."""
    for each in _sockets():
        with each:
            if each.family in {socket.AF_INET, socket.AF_INET6} and each.type == socket.SOCK_STREAM:
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _sockets() -> Iterator[socket.socket]:
    """The process's sockets, each by a number of its own, to be closed."""
    for path in list(_OPEN.iterdir()):
        try:
            own = os.dup(int(path.name))
        except OSError:
            continue  # of the listing itself, closed since
        if stat.S_ISSOCK(os.fstat(own).st_mode):
            yield socket.socket(fileno=own)
        else:
            os.close(own)
