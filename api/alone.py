"""The routes for machines in a process of their own: `uvicorn api:app --workers N`.

It needs the writer's address only, and shows no page.
"""

import gc
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NoReturn

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.middleware import Middleware

from api import health, machines
from api.collecting import set_aside
from api.headers import SecurityHeaders, nothing_is_loaded
from api.log import silence_addresses, write_json
from api.small_pieces import send_small_pieces_at_once
from db.faults import StartFault
from db.urls import let_go
from db.writer import require_safe_writer, writer_engine

#: The code by which uvicorn knows that a worker can't start and starting it again won't help.
_CANT_START: Final = 3
#: New objects after which the youngest are looked through: those of some posts.
_OBJECTS: Final = 50_000


def application() -> Starlette:
    """The application, which checks what it stands on before it serves."""
    return Starlette(
        routes=[*health.routes(_engines), *machines.ROUTES],
        middleware=[Middleware(SecurityHeaders, policy=nothing_is_loaded)],
        lifespan=_living,
    )


@asynccontextmanager
async def _living(_app: Starlette) -> AsyncIterator[None]:
    write_json()
    silence_addresses()
    try:
        engine = _safe_engine()
    except StartFault as fault:
        _refuse(str(fault))
    except OperationalError:
        _refuse("The database does not answer at the address of the writer's login.")
    _collect_seldom()
    send_small_pieces_at_once()
    yield
    engine.dispose()
    let_go()


def _collect_seldom() -> None:
    """Look for garbage seldom, and never through what was imported.

    A post of 500 events makes thousands of objects that live until it is answered and die with
    it, without circles; looking through them again and again was a third of reading a post.
    """
    set_aside()
    gc.set_threshold(_OBJECTS)


def _safe_engine() -> Engine:
    engine = writer_engine()
    if engine is None:
        raise StartFault(
            "METERGLASS_DATABASE_URL_WRITER is not set: posts need the writer's login."
        )
    require_safe_writer(engine)
    return engine


def _engines() -> tuple[Engine, ...]:
    engine = writer_engine()
    return (engine,) if engine else ()


def _refuse(sentence: str) -> NoReturn:
    """End the process with one line. The server would wrap any exception in a traceback."""
    sys.stderr.write(f"Meterglass does not start. {sentence}\n")
    sys.stderr.flush()
    os._exit(_CANT_START)
