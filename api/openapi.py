"""The description of the routes for programs, as OpenAPI 3.1."""

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response


@cache
def document() -> bytes:
    """The document, as it lies beside this module."""
    return Path(__file__).with_name("openapi.json").read_bytes()


async def openapi(_request: Request) -> Response:
    """Answer with the document; it is open to all and holds nothing of anybody."""
    return Response(document(), media_type="application/json")
