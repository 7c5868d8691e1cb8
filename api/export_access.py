"""Who may take a file with him: a live session, a client that it may see, a role that sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Final, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from api.denials import note_denied
from api.session import address_of
from billing_core.setup import Role
from db.commands.audit import note_export
from db.look import Looker
from db.portal import SESSION_COOKIES, portal_engine, token_hash
from db.queries.sign_in import SessionPerson, VisibleClient, session_person
from db.roles import CLIENT, MSP
from db.session import sign_in_transaction

#: A slug is shorter; anything longer names no client.
_LONGEST_SLUG: Final = 64
#: Files made at once in a process: making one keeps a core busy.
_AT_ONCE: Final = 2
#: Sessions looked up at once: nobody waits for others' files to hear who he is.
_LOOKED_UP_AT_ONCE: Final = 2
#: Of a client's own people. IT sees what was used and what it is charged at, not the bill.
_OF_A_CLIENT: Final = frozenset({Role.FINANCE, Role.IT})


P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """Who asks for a file, and whose it would be."""

    looker: Looker
    client: VisibleClient


class Refused(Exception):  # noqa: N818 - it ends a request with its answer
    """Ends a request with an answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


async def taker_of(request: Request, *, shows_the_bill: bool) -> Taker:
    """Give who asks, if he may have such a file of the client that he names.

    Args:
        request: with the session's cookie, and `client` where the session sees several.
        shows_the_bill: whether the file is one that a client's IT does not see.

    Raises:
        Refused: with the answer.
    """
    session_hash = token_hash(request.cookies, SESSION_COOKIES)
    person = await _person(session_hash, _slug(request)) if session_hash else None
    if session_hash is None or person is None:
        await note_denied(request, "export", known=False)
        raise Refused(signed_out())
    if person.must_change_password:
        raise Refused(_refusal("Choose a new password first.", 403))
    if shows_the_bill and person.role == Role.IT:
        await note_denied(request, "export")
        raise Refused(_refusal("Your role does not see this file.", 403))
    if person.client is None:
        raise Refused(await absent(request))
    looker = Looker(
        session_hash=session_hash,
        client_id=person.client.client_id,
        database_role=CLIENT if person.role in _OF_A_CLIENT else MSP,
    )
    return Taker(looker=looker, client=person.client)


async def absent(request: Request) -> Response:
    """Answer for what is not there, and in the same words for what is somebody else's."""
    await note_denied(request, "export", request.url.path.removeprefix("/export/"))
    return _refusal("There is no such document.", 404)


async def beside(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Do what waits for the database, or takes long, beside the loop that serves requests."""
    return await to_thread.run_sync(partial(work, *args, **kwargs), limiter=_seats())


@cache
def _seats() -> CapacityLimiter:
    return CapacityLimiter(_AT_ONCE)


async def _person(session_hash: bytes, slug: str | None) -> SessionPerson | None:
    return await to_thread.run_sync(_look_up, session_hash, slug, limiter=_doors())


@cache
def _doors() -> CapacityLimiter:
    return CapacityLimiter(_LOOKED_UP_AT_ONCE)


def signed_out() -> Response:
    """Answer where no session is live."""
    return _refusal("Sign in first.", 401)


def _refusal(sentence: str, status: int) -> Response:
    return PlainTextResponse(sentence, status, {"Cache-Control": "no-store"})


async def noted(request: Request, taker: Taker, subject: str, form: str) -> None:
    """Note that a file is taken; without a note it is not given.

    Raises:
        Refused: where the session ended meanwhile.
    """
    if not await beside(_note, taker, subject, form, address_of(request)):
        raise Refused(signed_out())


def _note(taker: Taker, subject: str, form: str, address: str) -> bool:
    with sign_in_transaction(portal_engine()) as connection:
        return note_export(
            connection,
            session_hash=taker.looker.session_hash,
            client_id=taker.client.client_id,
            subject=subject,
            form=form,
            address=address,
        )


def _look_up(session_hash: bytes, slug: str | None) -> SessionPerson | None:
    with sign_in_transaction(portal_engine()) as connection:
        return session_person(connection, session_hash, slug)


def _slug(request: Request) -> str | None:
    """The client that is asked for; empty for what names none, None where nothing is asked."""
    asked = request.query_params.getlist("client")
    if not asked:
        return None
    (slug, *more) = asked
    return slug if not more and len(slug) <= _LONGEST_SLUG and slug.isprintable() else ""
