"""A relay between a program and its database: cut, let stand still, or led elsewhere."""

import selectors
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from typing import Final

from sqlalchemy.engine import make_url

_CHUNK: Final = 65_536
_LOOK_SECONDS: Final = 0.05
#: Closes with a reset, as a host does on which nothing listens any more.
_RESET: Final = struct.pack("ii", 1, 0)


class Relay:
    """Passes on what comes to its port."""

    def __init__(self, target: int) -> None:
        """Begin to pass on to a port of this machine."""
        self.target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._peers: dict[socket.socket, socket.socket] = {}
        self._lock = Lock()
        self._ended = self._refuses = self._stands = False
        self._losing: tuple[bytes, int] | None = None
        self._doomed: set[socket.socket] = set()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._thread = Thread(target=self._run, name="relay")
        self._thread.start()

    def address(self, url: str) -> str:
        """A database's address through this relay."""
        parsed = make_url(url).set(host="127.0.0.1", port=self.port)
        return parsed.render_as_string(hide_password=False)

    def cut(self) -> None:
        """Break all connections."""
        with self._lock:
            for each in list(self._peers):
                self._drop(each)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Nothing answers behind the port for a while."""
        self._refuses = True
        self.cut()
        try:
            yield
        finally:
            self._refuses = False

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Take what comes and pass nothing on for a while."""
        self._stands = True
        try:
            yield
        finally:
            self._stands = False
            self.cut()

    def lose_answer(self, statement: bytes, number: int) -> None:
        """Break the connection on which a statement comes for the n-th time once it is answered.

        So the database has done it, and whoever asked never hears of it.
        """
        self._losing = (statement, number)

    def _look_for(self, passed: bytes, ready: socket.socket) -> None:
        if self._losing is None:
            return
        statement, number = self._losing
        left = number - passed.count(statement)
        self._losing = (statement, left) if left > 0 else None
        if left <= 0:
            self._doomed.add(self._peers[ready])

    def close(self) -> None:
        """End."""
        self._ended = True
        self._thread.join()
        self.cut()
        self._listening.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._ended:
            for key, _ in self._selector.select(_LOOK_SECONDS):
                with self._lock:
                    self._serve(key.fileobj)

    def _serve(self, ready: object) -> None:
        if ready is self._listening:
            self._accept()
        elif isinstance(ready, socket.socket) and ready in self._peers:
            self._pass_on(ready)

    def _accept(self) -> None:
        caller, _ = self._listening.accept()
        try:
            if self._refuses:
                raise ConnectionError
            database = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            _reset(caller)
            return
        self._peers |= {caller: database, database: caller}
        for each in (caller, database):
            self._selector.register(each, selectors.EVENT_READ)

    def _pass_on(self, ready: socket.socket) -> None:
        passed = b""
        with suppress(OSError):
            passed = ready.recv(_CHUNK)
            self._look_for(passed, ready)
            if ready in self._doomed:
                passed = b""
            if passed and not self._stands:
                self._peers[ready].sendall(passed)
        if not passed:
            self._drop(ready)

    def _drop(self, one: socket.socket) -> None:
        other = self._peers.pop(one, None)
        if other is None:
            return
        del self._peers[other]
        self._doomed -= {one, other}
        for each in (one, other):
            self._selector.unregister(each)
            _reset(each)


def _reset(each: socket.socket) -> None:
    with suppress(OSError):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    each.close()


@contextmanager
def relay_to(target: int) -> Iterator[Relay]:
    """A relay to a port, for a block."""
    relay = Relay(target)
    try:
        yield relay
    finally:
        relay.close()
