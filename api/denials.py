"""What was refused to whom, in the audit log: not a word about it slows or stops an answer."""

from functools import cache
from typing import Final

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from db.commands.audit import note_denied as write_denied
from db.places import place_of
from db.portal import SESSION_COOKIES, portal_engine, token_hash
from db.session import sign_in_transaction

_log = structlog.get_logger(__name__)

#: Refusals of one session, or of a stranger's address, that this process asks the database to note
#: within a minute. The database has limits of its own, in which every process counts.
_OF_ONE: Final = RateLimitItemPerMinute(10, namespace="denials")
#: The same of all sessions, and of all strangers, whose noise so hides nobody who is signed in.
_OF_ALL: Final[RateLimitItem] = RateLimitItemPerMinute(60, namespace="denials-of-all")


@cache
def _limiter() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(MemoryStorage())


async def note_denied(
    request: HTTPConnection, what: str, about: str = "", *, known: bool = True
) -> None:
    """Note that a way in was refused, unless that was noted often enough lately.

    Args:
        request: what was refused.
        what: what was asked for, in a word: "media", "metrics", "live".
        about: what of it, such as the client's short name.
        known: whether a live session asked.
    """
    address = place_of(request.client.host) if request.client else ""
    session_hash = token_hash(request.cookies, SESSION_COOKIES)
    who = session_hash.hex() if session_hash and known else address
    if not (_limiter().hit(_OF_ONE, who) and _limiter().hit(_OF_ALL, str(known))):
        return
    try:
        await run_in_threadpool(_write, session_hash, what, about, address)
    except SQLAlchemyError as error:
        _log.warning("denial_not_noted", what=what, error=type(error).__name__)


def _write(session_hash: bytes | None, what: str, about: str, address: str) -> None:
    with sign_in_transaction(portal_engine()) as connection:
        write_denied(connection, session_hash=session_hash, what=what, about=about, address=address)
