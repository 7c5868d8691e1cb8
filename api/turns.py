"""Whose turn it is, of those who are not signed in.

Whoever opens a websocket may ask for the sign-in page again and again. They are answered in turn,
one address after the other and so many a second, so that who is signed in has the rest.
"""

from collections import Counter
from typing import Final
from weakref import WeakValueDictionary

from anyio import Lock, sleep

#: Between two messages of strangers, seconds. To draw the form takes a third of it.
PAUSE: Final = 0.05
#: Messages that may wait, of one address and of all; whoever comes after them is sent away.
WAITING_OF_ONE: Final = 200
WAITING_OF_ALL: Final = 2_000


class Turns:
    """Lets messages in one by one; many of one address hold up each other, not another's."""

    def __init__(self, pause: float = PAUSE, most: int = WAITING_OF_ONE) -> None:
        self._pause, self._most = pause, most
        self._of_all = Lock()
        self._of_one: WeakValueDictionary[str, Lock] = WeakValueDictionary()
        self._waiting: Counter[str] = Counter()

    async def come(self, address: str) -> bool:
        """Wait until it is one's turn; False at once where too many wait already."""
        if self._waiting[address] >= self._most or self._waiting.total() >= WAITING_OF_ALL:
            return False
        own = self._of_one.setdefault(address, Lock())
        self._waiting[address] += 1
        try:
            async with own, self._of_all:
                await sleep(self._pause)
        finally:
            self._waiting -= Counter((address,))
        return True
