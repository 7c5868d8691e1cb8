"""The two cookies: what binds a ticket to a browser, and what opens a session."""

import secrets
from collections.abc import Mapping

from starlette.responses import Response

from db.portal import SESSION_COOKIES, behind_tls


def new_token() -> str:
    """256 random bits, as 43 characters."""
    return secrets.token_urlsafe(32)


def set_cookie(response: Response, names: Mapping[bool, str], token: str) -> None:
    """Set one of our cookies: for this host only, out of reach of scripts."""
    response.set_cookie(
        names[behind_tls()], token, path="/", secure=behind_tls(), httponly=True, samesite="lax"
    )


def drop_session_cookie(response: Response) -> None:
    """Make the browser forget the session's cookie."""
    response.delete_cookie(
        SESSION_COOKIES[behind_tls()],
        path="/",
        secure=behind_tls(),
        httponly=True,
        samesite="lax",
    )
