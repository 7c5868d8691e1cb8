"""Whether the process answers, for load balancers."""

from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


async def healthz(_request: Request) -> Response:
    """Answer that the process is up; says nothing about the database or anybody's data."""
    return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})


ROUTES: Final = (Route("/healthz", healthz, methods=["GET"]),)
