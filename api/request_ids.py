"""What one request is called in answers and in the log."""

import re
import secrets
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

REQUEST_ID_HEADER: Final = "x-request-id"
#: A sender's own name for a request is kept if it can't be mistaken for anything else in a log.
_GIVEN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)
_KEY: Final = "meterglass.request_id"


def request_id_of(scope: Scope) -> str:
    """The request's id: the sender's own, where it gave a plain one, or 96 random bits."""
    if _KEY not in scope:
        given = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        scope[_KEY] = given if _GIVEN.fullmatch(given) else secrets.token_hex(12)
    found: str = scope[_KEY]
    return found
