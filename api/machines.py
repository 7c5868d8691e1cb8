"""The routes for programs, under `/api/`: whatever is wrong there is a problem document."""

from typing import Final

from starlette.routing import Mount, Route, Router

from api.events import post_events
from api.openapi import openapi
from api.problems import Problems

PREFIX: Final = "/api"


ROUTER: Final = Router(
    routes=[
        Route("/v1/events", post_events, methods=["POST"]),
        Route("/v1/openapi.json", openapi, methods=["GET"]),
    ],
    redirect_slashes=False,
)
ROUTES: Final = (Mount(PREFIX, app=Problems(ROUTER)),)
