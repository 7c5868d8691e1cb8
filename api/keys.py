"""Whose key it is: looked up for each request, so that a revoked one is out at once."""

import hashlib
import re
from typing import Final

from sqlalchemy import Engine
from starlette.requests import Request

from api.limits import count_failure, count_post, first_this_minute, may_keep, may_try, note_good
from api.problems import Problem
from api.session import address_of
from api.threads import beside
from db.commands.posting import touch_key
from db.queries.api_keys import KeyScope, key_scope
from db.session import writer_transaction

_FORM: Final = re.compile(r"mg_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", re.ASCII)
_CHALLENGE: Final = 'Bearer realm="Meterglass"'


async def scope_of(request: Request, engine: Engine) -> KeyScope:
    """What the request's key is bound to.

    The key is taken from the Authorization header and from nowhere else.

    Raises:
        Problem: there is no key, or none of ours, or it is used too often.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        detail = "Send a key: Authorization: Bearer mg_…"
        raise Problem(401, detail, {"WWW-Authenticate": _CHALLENGE})
    address, key_hash = address_of(request), hashlib.sha256(key.encode()).digest()
    may_try(address, key_hash.hex())
    scope = await beside(_looked_up, engine, key_hash) if _FORM.fullmatch(key) else None
    if scope is None:
        count_failure(address)
        detail = "This key is not good: unknown, revoked or cut short."
        raise Problem(401, detail, {"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'})
    note_good(key_hash.hex())
    count_post(scope.prefix)
    may_keep(scope.prefix)
    return scope


def _looked_up(engine: Engine, key_hash: bytes) -> KeyScope | None:
    with writer_transaction(engine, ()) as connection:
        scope = key_scope(connection, key_hash)
        if scope and first_this_minute(scope.prefix):
            touch_key(connection, key_hash)
        return scope
