"""What a browser is shown when a request fails: a sentence, an id to quote, a way to try again.

The log has the reason under the same id; the answer has none of it.
"""

from collections.abc import Awaitable, Callable
from html import escape
from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from api.headers import security_headers
from api.log import log_failure
from api.problems import TRY_AGAIN
from api.request_ids import request_id_of
from db.trouble import Trouble, database_trouble

SENTENCES: Final = {
    None: "Something went wrong here. We have noted why.",
    Trouble.AWAY: "The billing database does not answer at the moment. Your figures are safe.",
    Trouble.BUSY: (
        "The billing database takes too long to answer at the moment. Your figures are safe."
    ),
    Trouble.READ_ONLY: (
        "Nobody can sign in at the moment: the billing database takes no changes. Whoever is "
        "signed in can go on reading."
    ),
}
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Not now · Meterglass</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>body {{ font: 15px/1.5 system-ui, sans-serif; margin: 4rem auto; max-width: 34rem;
  padding: 0 1rem }}</style>
<h1>Not now</h1>
<p>{sentence}</p>
<p>Error id {error_id}</p>
<p><a href="/">Try again</a></p>
</html>
"""

Route = Callable[[Request], Awaitable[Response]]


def answered(route: Route) -> Route:
    """A route whose failures are answered as this module answers them."""

    async def answering(request: Request) -> Response:
        try:
            return await route(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, a person waits for a sentence
            return failure_response(request, error)

    return answering


def failure_response(
    request: HTTPConnection, error: Exception, sentence: str | None = None
) -> Response:
    """Note a failure, and answer for it: a page for a browser's window, a line for anything else.

    Args:
        request: What failed.
        error: Why, for the log.
        sentence: What the person is told in place of the usual sentence.
    """
    error_id = request_id_of(request.scope)
    log_failure("request_failed", error, request_id=error_id)
    trouble = database_trouble(error)
    told = sentence or SENTENCES[trouble]
    headers = {"Cache-Control": "no-store"}
    if trouble:
        headers["Retry-After"] = str(TRY_AGAIN)
    status = 503 if trouble else 500
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(f"{told} Error id {error_id}", status, headers)
    page = _PAGE.format(sentence=escape(told), error_id=escape(error_id))
    return HTMLResponse(page, status, headers)


async def failed(request: Request, error: Exception) -> Response:
    """Answer where nothing else did, outside of what gives each answer its headers."""
    response = failure_response(request, error)
    response.headers.update(security_headers())
    return response
