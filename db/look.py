"""One look at a client's records: whatever is asked in it is answered from one state of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection, Engine

from db.prepared import prepares
from db.queries.sign_in import still_sees
from db.session import portal_transaction

Answer = TypeVar("Answer")


class NoLongerSeenError(PermissionError):
    """The session ended, or may not see the client any more: what it would see is no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Who looks, at what."""

    session_hash: bytes = field(repr=False)  #: SHA-256 of the session's secret
    client_id: int
    database_role: str  #: `meterglass_client` or `meterglass_msp`


@dataclass(slots=True, kw_only=True)
class _Look:
    """A transaction that begins with the first question."""

    engine: Engine
    looker: Looker
    stack: ExitStack
    begun: Connection | None = None

    def connection(self) -> Connection:
        """What questions are asked on.

        Whether the session may see the client is looked up as the transaction begins, and stays so
        in the one state that it sees.
        """
        if self.begun is None:
            looker = self.looker
            begun = self.stack.enter_context(
                portal_transaction(
                    self.engine,
                    session_hash=looker.session_hash,
                    client_id=looker.client_id,
                    database_role=looker.database_role,
                )
            )
            if not still_sees(begun, looker.client_id):
                raise NoLongerSeenError("the session ended before it asked")
            prepares(begun)
            self.begun = begun
        return self.begun


_look: ContextVar[_Look | None] = ContextVar("look", default=None)


@contextmanager
def one_look(engine: Engine, looker: Looker) -> Iterator[None]:
    """Answer the looker's questions within from one state; without a question it costs nothing."""
    with ExitStack() as stack:
        mark = _look.set(_Look(engine=engine, looker=looker, stack=stack))
        try:
            yield
        finally:
            _look.reset(mark)


def read(engine: Engine, looker: Looker, question: Callable[[Connection, int], Answer]) -> Answer:
    """Give the answer to a question, in the look that is under way or in one of its own.

    Args:
        engine: the portal's.
        looker: who asks.
        question: takes the transaction and the client's id.

    Raises:
        NoLongerSeenError: the session ended, or may not see the client any more.
    """
    look = _look.get()
    if look is None or look.looker != looker:
        with one_look(engine, looker):
            return read(engine, looker, question)
    return question(look.connection(), looker.client_id)
