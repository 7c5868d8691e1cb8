"""The routes for programs, under `/api/`: whatever is wrong there is a problem document."""

from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route

from api.events import post_events
from api.openapi import openapi
from api.problems import Problems, problem_of_http

PREFIX: Final = "/api"


def _application() -> Problems:
    routed = Starlette(
        routes=[
            Route("/v1/events", post_events, methods=["POST"]),
            Route("/v1/openapi.json", openapi, methods=["GET"]),
        ],
        exception_handlers={HTTPException: problem_of_http},
    )
    routed.router.redirect_slashes = False
    return Problems(routed)


ROUTES: Final = (Mount(PREFIX, app=_application()),)
