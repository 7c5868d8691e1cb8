"""HTTP for machines and browsers: events, session, live, exports, health.

`uvicorn api:app` serves the routes for machines alone, without the portal.
"""

from starlette.applications import Starlette


def __getattr__(name: str) -> Starlette:
    """Make `app` when it is asked for, so that importing a part of this package serves nothing."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from api.alone import application  # noqa: PLC0415 - it imports this package

    return application()
