"""Whether the process answers and can do its work, for load balancers."""

from asyncio import Task, create_task, shield
from collections.abc import Callable
from functools import cache
from typing import Final

from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.log import log_failure
from api.problems import TRY_AGAIN
from api.request_ids import request_id_of
from api.threads import beside
from db.migrate import current_version, expected_version
from db.portal import portal_engine
from db.writer import writer_engine

_NO_STORE: Final = {"Cache-Control": "no-store"}


async def healthz(_request: Request) -> Response:
    """Answer that the process is up; says nothing about the database or anybody's data."""
    return PlainTextResponse("ok", headers=_NO_STORE)


def routes(engines: Callable[[], tuple[Engine, ...]]) -> tuple[Route, ...]:
    """The two routes of a process.

    Args:
        engines: those that the process works with, one for each of its logins.
    """
    checks: list[Task[bool]] = []

    def finish(done: Task[bool]) -> None:
        checks.remove(done)
        if not done.cancelled():
            done.exception()  # whoever asked may have gone meanwhile

    async def check() -> bool:
        """Check once for all who ask meanwhile: whoever asks costs the database nothing more."""
        if not checks:
            checks.append(create_task(beside(_is_ready, engines)))
            checks[0].add_done_callback(finish)
        return await shield(checks[0])

    async def readyz(request: Request) -> Response:
        """Answer whether the database answers each login, at the schema that we know."""
        try:
            ready = await check()
        except Exception as error:  # noqa: BLE001 - whatever it is, the process isn't ready
            log_failure("not_ready", error, request_id=request_id_of(request.scope))
            ready = False
        if ready:
            return PlainTextResponse("ready", headers=_NO_STORE)
        return PlainTextResponse("not ready", 503, {**_NO_STORE, "Retry-After": str(TRY_AGAIN)})

    return (
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
    )


def _is_ready(engines: Callable[[], tuple[Engine, ...]]) -> bool:
    return all(current_version(engine) == _expected() for engine in engines())


@cache
def _expected() -> str:
    return expected_version()


def _of_portal() -> tuple[Engine, ...]:
    writer = writer_engine()
    return (portal_engine(), writer) if writer else (portal_engine(),)


ROUTES: Final = routes(_of_portal)
