"""What stands before Streamlit: whose host, whose origin, whose session.

Streamlit serves media, metrics and uploads to whoever knows the address, and gives a visit
to whoever names its id. Here nothing of that is reached without a live session, and a visit
is resumed only by the session that began it.
"""

from contextlib import closing, suppress
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnected

from api.cookies import new_token, set_cookie
from api.denials import note_denied
from api.failures import failure_response
from api.frames import TOO_MANY, only_ours
from api.hosts import is_own_host, is_own_origin
from api.problems import Problem, problem_response
from api.request_ids import request_id_of
from api.runs import Runs, Visit
from api.turns import Turns
from db.places import place_of
from db.portal import (
    BROWSER_COOKIES,
    SESSION_COOKIES,
    database_is_away,
    portal_engine,
    principal_of,
    token_hash,
)
from db.queries.sign_in import SessionPerson, session_person
from db.session import sign_in_transaction

#: Streamlit's own routes that need no session.
_OPEN: Final = ("/_stcore/health", "/_stcore/host-config", "/_stcore/stream")
#: Everything else under these needs one.
_GATED: Final = ("/_stcore", "/media", "/component", "/app/static")
#: Never served: Streamlit's own sign-in, its interface for programs, its page of figures.
_ABSENT: Final = ("/auth", "/oauth2callback", "/_stcore/agent")
_FOR_ADMINISTRATORS: Final = ("/_stcore/metrics",)
#: Streamlit would serve a file to every session that knows its address, and keep in memory
#: whatever is sent. Our pages make no file and take none.
_FOR_NOBODY: Final = ("/media", "/_stcore/upload_file")
#: Asked by load balancers, by address.
_FOR_ANY_HOST: Final = ("/healthz", "/readyz")
#: Programs post there with a key: no cookie is read, no session asked for.
_FOR_MACHINES: Final = ("/api",)
#: Streamlit compares this header's value before it resumes a visit; `.streamlit/config.toml`
#: names it. What a browser sends under this name is dropped.
PRINCIPAL_HEADER: Final = "x-meterglass-principal"
_POLICY_VIOLATION: Final = 1008


class Gate:
    """Lets through what may pass, and tells Streamlit whose websocket it is."""

    def __init__(self, app: ASGIApp, turns: Turns | None = None, wake: str = "") -> None:
        """Stand before an application.

        Args:
            app: what is let through to.
            turns: of those who are not signed in.
            wake: the key of the component with which a page asks to be drawn again.
        """
        self._app = app
        self._turns = turns or Turns()
        self._wake, self._runs = wake, Runs()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, refuse, or say whose websocket it is."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = await _refusal(HTTPConnection(scope))
        if refusal:
            await refusal(scope, receive, send)
            return
        known = token_hash(HTTPConnection(scope).cookies, BROWSER_COOKIES) is not None
        await self._app(scope, receive, send if known else _marking_the_browser(send))

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not is_own_origin(headers.get("origin"), headers.get("host")):
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        session_hash = token_hash(HTTPConnection(scope).cookies, SESSION_COOKIES)
        live = session_hash is not None and await _live(session_hash) is not None
        principal = principal_of(session_hash) if session_hash and live else None
        known = {**scope, "headers": _rewritten(scope, principal)}

        async def turn() -> bool:
            may = await self._turns.come(place_of((scope.get("client") or ("",))[0]))
            if not may:
                await send({"type": "websocket.close", "code": TOO_MANY})
            return may

        ours = only_ours(receive, None if principal else turn)
        # Streamlit goes on talking to a browser that has gone, and fails at it.
        with (
            suppress(WebSocketDisconnected),
            closing(Visit(self._runs, self._wake, ours, send)) as visit,
        ):
            await self._app(known, visit.receive, visit.send)


async def _refusal(request: HTTPConnection) -> Response | None:
    path = request.url.path
    if path in _FOR_ANY_HOST:
        return None
    if not is_own_host(request.headers.get("host")):
        return _other_host(request)
    if _under(path, _ABSENT):
        return PlainTextResponse("Not found.", 404)
    if path in _OPEN or not _under(path, _GATED):
        return None
    return await _session_refusal(request, path)


def _other_host(request: HTTPConnection) -> Response:
    sentence = "This host is not served here."
    if _under(request.url.path, _FOR_MACHINES):
        return problem_response(request_id_of(request.scope), Problem(421, sentence))
    return PlainTextResponse(sentence, 421)


async def _session_refusal(request: HTTPConnection, path: str) -> Response | None:
    session_hash = token_hash(request.cookies, SESSION_COOKIES)
    try:
        person = await _live(session_hash, quietly=False) if session_hash else None
    except Exception as error:
        if not database_is_away(error):
            raise
        return failure_response(request, error)
    refusal = _person_refusal(person, path)
    if refusal:
        doors = (*_FOR_ADMINISTRATORS, *_FOR_NOBODY, *_GATED)
        door = next(door for door in doors if _under(path, (door,)))
        await note_denied(request, door, known=person is not None)
    return refusal


def _person_refusal(person: SessionPerson | None, path: str) -> Response | None:
    if person is None:
        return PlainTextResponse("Sign in first.", 401)
    if _under(path, _FOR_ADMINISTRATORS) and person.role != "administrator":
        return PlainTextResponse("For administrators only.", 403)
    if _under(path, _FOR_NOBODY):
        return PlainTextResponse("Not found.", 404)
    return None


def _under(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)


async def _live(session_hash: bytes, *, quietly: bool = True) -> SessionPerson | None:
    """The person of a live session; quietly: a database that is away has no live session."""
    try:
        return await run_in_threadpool(_person_of, session_hash)
    except Exception as error:
        if quietly and database_is_away(error):
            return None
        raise


def _person_of(session_hash: bytes) -> SessionPerson | None:
    with sign_in_transaction(portal_engine()) as connection:
        return session_person(connection, session_hash, None)


def _rewritten(scope: Scope, principal: str | None) -> list[tuple[bytes, bytes]]:
    """The handshake's headers with our principal, and without the visit's id if there is none."""
    kept = []
    for name, value in scope["headers"]:
        if name == b"sec-websocket-protocol" and principal is None:
            kept.append((name, b",".join(value.split(b",")[:2])))
        elif name != PRINCIPAL_HEADER.encode("ascii"):
            kept.append((name, value))
    if principal:
        kept.append((PRINCIPAL_HEADER.encode("ascii"), principal.encode("ascii")))
    return kept


def _marking_the_browser(send: Send) -> Send:
    """Give a browser that shows a page for the first time what a ticket can be bound to."""

    async def marking(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                bearer = Response()
                set_cookie(bearer, BROWSER_COOKIES, new_token())
                headers.append("set-cookie", bearer.headers["set-cookie"])
        await send(message)

    return marking
