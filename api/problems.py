"""Errors as problem documents (RFC 9457): what went wrong, for a program and for its owner."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.log import log_failure, log_refusal
from api.request_ids import REQUEST_ID_HEADER, request_id_of
from db.trouble import Trouble, database_trouble

MEDIA_TYPE: Final = "application/problem+json"
#: After how many seconds a sender may try again what failed for a reason that passes.
TRY_AGAIN: Final = 5
_SAYS: Final = {
    Trouble.AWAY: "does not answer",
    Trouble.BUSY: "takes too long to answer",
    Trouble.READ_ONLY: "takes no changes",
}


class Problem(Exception):  # noqa: N818 - the standard's word for it
    """Ends a request with an answer that says why."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail  #: a sentence for the sender; holds no secret
        self.headers = headers or {}


def database_away(trouble: Trouble = Trouble.AWAY) -> Problem:
    """The problem of a database that takes nothing at the moment: the sender tries again later."""
    detail = f"The database {_SAYS[trouble]}. Nothing is lost: send the same again."
    return Problem(503, detail, {"Retry-After": str(TRY_AGAIN)})


def problem_response(request_id: str, problem: Problem) -> Response:
    """The answer to a request that ended with a problem."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "request_id": request_id,
    }
    return Response(
        json.dumps(document),
        problem.status,
        {"Cache-Control": "no-store", **problem.headers},
        media_type=MEDIA_TYPE,
    )


def problem_of_routing(error: HTTPException) -> Problem:
    """The problem of a path or a method that isn't there."""
    detail = {404: "There is nothing at this address.", 405: "Not with this method: see Allow."}
    known = detail.get(error.status_code, "This request can't be served.")
    return Problem(error.status_code, known, error.headers)


class Problems:
    """Gives each request its id, and answers whatever goes wrong with a problem document."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; a failure is told to the log, and to the sender without its reason."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                own = (REQUEST_ID_HEADER.encode("ascii"), request_id.encode("ascii"))
                message = {**message, "headers": [*message.get("headers", ()), own]}
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            if begun:
                raise
            problem = _problem_of(error, request_id, (scope.get("client") or ("",))[0])
            await problem_response(request_id, problem)(scope, receive, sending)


def _problem_of(error: Exception, request_id: str, address: str) -> Problem:
    if isinstance(error, HTTPException):
        return problem_of_routing(error)
    if isinstance(error, Problem):
        log_refusal(request_id, address, error.status, error.detail)
        return error
    trouble = database_trouble(error)
    if trouble:
        log_failure("database_away", error, request_id=request_id)
        return database_away(trouble)
    log_failure("request_failed", error, request_id=request_id)
    return Problem(500, "Something went wrong here; the log has it under the request's id.")
