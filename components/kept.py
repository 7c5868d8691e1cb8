"""Answers that a process keeps: by whose they are and how new, for a time, and not too many.

Not `st.cache_data`: it keeps the name and the lock of everything that it ever computed. Where keys
change with every record that was thousands a minute, and what they held on to could not be used
again: the memory of a portal grew without end (docs/adr/0008-what-is-kept.md).
"""

import pickle
from collections.abc import Callable
from threading import Condition
from typing import Final, TypeVar

from cachetools import TTLCache, cached

ENTRIES: Final = 2048
About = tuple[str, ...]
Answer = TypeVar("Answer")


class Kept:
    """Answers of one lifetime, shared by everybody who is signed in; the least used go first.

    Kept are bytes: each run gets values of its own, and the garbage collection none to walk
    through. While one run computes an answer, others that ask for it wait. An answer that ends
    in an exception is not kept.
    """

    def __init__(self, lifetime: float, entries: int = ENTRIES) -> None:
        """Keep nothing yet.

        Args:
            lifetime: of an answer, seconds.
            entries: answers that are kept at most.
        """
        answers: TTLCache[object, bytes] = TTLCache(entries, lifetime)
        self._answers = cached(answers, key=_asked, condition=Condition())(_pickled)

    def answer(
        self, client_id: int, database_role: str, version: int, about: About,
        ask: Callable[[], Answer],
    ) -> Answer:  # fmt: skip
        """Give an answer, computed unless it is kept.

        Args:
            client_id: whose it is.
            database_role: as which it is read.
            version: of that on which it depends.
            about: what is asked.
            ask: computes it; what it gives must be picklable.
        """
        held = self._answers(client_id, database_role, version, about, ask)
        answer: Answer = pickle.loads(held)  # noqa: S301 - written here, by this process
        return answer

    def forget(self) -> None:
        """Forget all answers."""
        self._answers.cache_clear()


def _asked(
    client_id: int, database_role: str, version: int, about: About, _ask: Callable[[], object]
) -> object:
    return client_id, database_role, version, about


def _pickled(
    _client_id: int, _database_role: str, _version: int, _about: About, ask: Callable[[], object]
) -> bytes:
    return pickle.dumps(ask())
