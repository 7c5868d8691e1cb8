"""The live door: `GET /live?client=SLUG` tells an open page what it has to draw again.

A stream says nothing of any client but a version's number, and of that only to a session that
may see the client.
"""

from functools import cache
from typing import Final

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.denials import note_denied
from api.hosts import is_own_origin
from api.live_stream import EventStream, Stream
from api.problems import TRY_AGAIN
from api.watch import watcher
from db.portal import SESSION_COOKIES, database_is_away, portal_engine, token_hash
from db.queries.live import Watched
from db.queries.sign_in import SessionPerson, session_person
from db.session import sign_in_transaction

#: A slug is shorter; anything longer names no client.
_LONGEST_SLUG: Final = 64
#: Sessions looked up at once: all pages come back together after a restart.
_AT_ONCE: Final = 4
#: Answers to what may be tried again.
_PASSING: Final = frozenset({429, 503})


class _Live(EventStream):
    """A stream that the process's watcher tells its news."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with watcher().telling(self._stream):
            await super().__call__(scope, receive, send)


async def live(request: Request) -> Response:
    """Open a stream for a live session and a client that it may see."""
    if not _is_from_own_page(request):
        return _refusal("This was not sent from a page of the portal.", 403)
    if request.method != "GET":
        return _refusal("Only GET opens a stream.", 405, Allow="GET")
    try:
        return await _answer(request)
    except Exception as error:
        if not database_is_away(error):
            raise
        return _refusal("The database does not answer. Try again.", 503)


async def _answer(request: Request) -> Response:
    session_hash, slug = token_hash(request.cookies, SESSION_COOKIES), _slug(request)
    person = await _person(session_hash, slug) if session_hash else None
    if session_hash is None or person is None:
        return _refusal("Sign in first.", 401)
    if slug is None:
        return _opened(Watched(session_hash=session_hash, client_id=None), 0)
    if person.client is None:
        await note_denied(request, "live", slug)
        return _refusal("There is no such client.", 404)
    watched = Watched(session_hash=session_hash, client_id=person.client.client_id)
    return _opened(watched, person.records_version)


def _opened(watched: Watched, version: int) -> Response:
    if watcher().is_closed:
        return _refusal("The portal is about to end. Try again.", 503)
    if not watcher().has_room(watched.session_hash):
        return _refusal("Too many windows of this session are open.", 429)
    return _Live(Stream(watched, version))


def _is_from_own_page(request: Request) -> bool:
    headers = request.headers
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = headers.get("origin")
    return origin is None or is_own_origin(origin, headers.get("host"))


def _slug(request: Request) -> str | None:
    """The client that is asked for; empty for what names none, None where nothing is asked."""
    asked = request.query_params.getlist("client")
    if not asked:
        return None
    (slug, *more) = asked
    return slug if not more and len(slug) <= _LONGEST_SLUG and slug.isprintable() else ""


async def _person(session_hash: bytes, slug: str | None) -> SessionPerson | None:
    return await to_thread.run_sync(_look_up, session_hash, slug, limiter=_doors())


def _look_up(session_hash: bytes, slug: str | None) -> SessionPerson | None:
    with sign_in_transaction(portal_engine()) as connection:
        return session_person(connection, session_hash, slug)


@cache
def _doors() -> CapacityLimiter:
    return CapacityLimiter(_AT_ONCE)


def _refusal(sentence: str, status: int, **more: str) -> Response:
    headers = {"Cache-Control": "no-store", **more}
    if status in _PASSING:
        headers["Retry-After"] = str(TRY_AGAIN)
    return PlainTextResponse(sentence, status, headers)


ROUTES: Final = (Route("/live", live, methods=["GET"]),)
