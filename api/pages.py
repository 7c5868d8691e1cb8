"""The addresses of pages: one for each page, and a calm answer where there is none.

Streamlit answers every address with its page, which then opens a window about a missing page
over the first one.
"""

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import host_config

#: Where Streamlit shows the first page, and the name by which people ask for it.
FIRST: Final = "/"
FIRST_BY_NAME: Final = "/overview"
PAGES: Final = frozenset(
    {
        FIRST,
        "/consumption",
        "/invoices",
        "/agreement",
        "/month_end",
        "/account",
        "/people",
        "/audit",
    }
)
#: From here on an answer says that something failed, which it says itself.
_FAILED: Final = 500
_NOT_FOUND: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Not found · Meterglass</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>body { font: 15px/1.5 system-ui, sans-serif; margin: 4rem auto; max-width: 34rem;
  padding: 0 1rem }</style>
<h1>Not found</h1>
<p>There is no page at this address. The link may be incomplete or old.</p>
<p><a href="/">Go to the first page</a></p>
</html>
"""


class Pages:
    """Leads to the first page whoever asks for it by name, and serves no page where none is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, lead to the first page with the query kept, or say that there is no page."""
        if scope["type"] != "http" or scope["path"] in PAGES:
            await self._app(scope, receive, send)
        elif scope["path"] == host_config.PATH and scope["method"] == "GET":
            await host_config.host_config()(scope, receive, send)
        elif scope["path"] == FIRST_BY_NAME:
            query = scope["query_string"].decode("latin-1")
            leading = RedirectResponse(f"{FIRST}?{query}" if query else FIRST, 307)
            await leading(scope, receive, send)
        else:
            await self._app(scope, receive, _without_pages(scope, receive, send))


def _without_pages(scope: Scope, receive: Receive, send: Send) -> Send:
    """Send all but pages, which have an address; in their place goes the calm answer."""
    refused = False

    async def sending(message: Message) -> None:
        nonlocal refused
        if message["type"] == "http.response.start":
            kind = Headers(raw=message["headers"]).get("content-type", "")
            refused = kind.startswith("text/html") and message["status"] < _FAILED
            if refused:
                await HTMLResponse(_NOT_FOUND, 404)(scope, receive, send)
        if not refused:
            await send(message)

    return sending
