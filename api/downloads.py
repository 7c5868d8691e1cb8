"""How many files one session takes at once: whoever asks for many leaves the seats to others."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from api.failures import Route as Endpoint
from api.problems import TRY_AGAIN
from db.portal import SESSION_COOKIES, token_hash

#: Files that one session may have under way in a process: a few forms of a document, one by one.
FILES_PER_SESSION: Final = 4


class UnderWay:
    """Counts the downloads of each session in its process."""

    def __init__(self) -> None:
        self._of: Counter[bytes] = Counter()

    @contextmanager
    def counted(self, session_hash: bytes) -> Iterator[bool]:
        """Count one more within the block; false where the session has enough of them already."""
        has_room = self._of[session_hash] < FILES_PER_SESSION
        self._of[session_hash] += has_room
        try:
            yield has_room
        finally:
            self._of[session_hash] -= has_room
            if not self._of[session_hash]:
                del self._of[session_hash]


class Download:
    """A route that gives files: counted until the last byte is given, or its reader is gone."""

    def __init__(self, route: Endpoint) -> None:
        """Count what a route answers.

        Args:
            route: answers a request; what makes the file may run while its answer is sent.
        """
        self._route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count for as long as that takes."""
        request = Request(scope, receive)
        session_hash = token_hash(request.cookies, SESSION_COOKIES) or b""
        with _under_way().counted(session_hash) as has_room:
            # A stranger takes no seat, and is told to sign in.
            is_let_in = has_room or not session_hash
            response = await self._route(request) if is_let_in else _enough()
            await response(scope, receive, send)


@cache
def _under_way() -> UnderWay:
    return UnderWay()


def _enough() -> Response:
    headers = {"Cache-Control": "no-store", "Retry-After": str(TRY_AGAIN)}
    sentence = "This session takes enough files at once. Try again when one of them has arrived."
    return PlainTextResponse(sentence, 429, headers)
