"""The routes between a ticket and a session, and out of it again."""

import hashlib
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from api.cookies import drop_session_cookie, new_token, set_cookie
from api.failures import answered, failure_response
from api.hosts import is_from_own_page
from db.commands.sign_in import NewSession, end_session, redeem_ticket
from db.places import place_of
from db.portal import (
    BROWSER_COOKIES,
    SESSION_COOKIES,
    portal_engine,
    settings,
    token_hash,
)
from db.session import sign_in_transaction
from db.trouble import database_trouble

#: Longest body of a request to these routes, bytes.
_LONGEST_BODY: Final = 8192
_NO_STORE: Final = {"Cache-Control": "no-store"}
_ONLY_HERE: Final = (
    "You are signed out in this browser. The billing database could not note it at the moment, so "
    "sign out once more later, or leave it: the session ends by itself after {minutes} minutes."
)


async def start(request: Request) -> Response:
    """Turn a ticket into a session's cookie, and go on to where the link led."""
    if not is_from_own_page(request.headers):
        return _elsewhere()
    fields = await _fields(request)
    if fields is None:
        return PlainTextResponse("This is not what the sign-in page sends.", 400, _NO_STORE)
    token = new_token()
    response = RedirectResponse(safe_path(fields.get("next", "")), 303, _NO_STORE)
    if await run_in_threadpool(_open_session, request, fields.get("ticket", ""), token):
        set_cookie(response, SESSION_COOKIES, token)
        set_cookie(response, BROWSER_COOKIES, new_token())
    return response


async def end(request: Request) -> Response:
    """Sign out: end the session in the database and drop its cookie."""
    if not is_from_own_page(request.headers):
        return _elsewhere()
    session_hash = token_hash(request.cookies, SESSION_COOKIES)
    response: Response = RedirectResponse("/", 303, _NO_STORE)
    if session_hash:
        response = await _ended(request, session_hash)
    drop_session_cookie(response)
    return response


def safe_path(asked: str) -> str:
    """The path to go on to if it is one of ours, else the first page.

    >>> safe_path("/consumption?period=2026-10"), safe_path("//evil.example")
    ('/consumption?period=2026-10', '/')
    """
    if not asked.startswith("/") or asked.startswith("//") or not asked.isprintable():
        return "/"
    parts = urlsplit(asked)
    if parts.scheme or parts.netloc or "\\" in asked or "//" in parts.path:
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def address_of(request: Request) -> str:
    """Where a request comes from, as the server or its trusted proxy saw it."""
    return place_of(request.client.host) if request.client else ""


def _elsewhere() -> Response:
    return PlainTextResponse("This was not sent from a page of the portal.", 403, _NO_STORE)


async def _fields(request: Request) -> dict[str, str] | None:
    """The fields of a posted form, the last of each name; None for anything else."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_BODY:
            return None
    try:
        return dict(parse_qsl(body.decode("ascii"), strict_parsing=True, max_num_fields=4))
    except ValueError:
        return None


def _open_session(request: Request, ticket: str, token: str) -> bool:
    browser = token_hash(request.cookies, BROWSER_COOKIES)
    if browser is None:
        return False
    session = NewSession(
        session_hash=hashlib.sha256(token.encode("ascii")).digest(),
        idle=timedelta(minutes=settings().session_idle_minutes),
        life=timedelta(hours=settings().session_hours),
        address=address_of(request),
        user_agent=request.headers.get("user-agent", ""),
    )
    with sign_in_transaction(portal_engine()) as connection:
        return redeem_ticket(
            connection,
            ticket_hash=hashlib.sha256(ticket.encode("utf-8", "replace")).digest(),
            browser_hash=browser,
            session=session,
            replaced_session=token_hash(request.cookies, SESSION_COOKIES),
        )


async def _ended(request: Request, session_hash: bytes) -> Response:
    """Lead to the first page; where the database can't note the end, say what follows from it."""
    try:
        await run_in_threadpool(_end_session, session_hash, address_of(request))
    except Exception as error:
        if database_trouble(error) is None:
            raise
        minutes = settings().session_idle_minutes
        return failure_response(request, error, _ONLY_HERE.format(minutes=minutes))
    return RedirectResponse("/", 303, _NO_STORE)


def _end_session(session_hash: bytes, address: str) -> None:
    with sign_in_transaction(portal_engine()) as connection:
        end_session(connection, session_hash, address)


ROUTES: Final = (
    Route("/session/start", answered(start), methods=["POST"]),
    Route("/session/end", answered(end), methods=["POST"]),
)
