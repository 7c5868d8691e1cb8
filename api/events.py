"""`POST /api/v1/events`: usage as CloudEvents, each event with its own outcome."""

import json
from collections import Counter
from typing import Final

from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import body_of, unpacked
from api.keys import scope_of
from api.limits import count_kept, room
from api.log import log_post
from api.problems import Problem
from api.request_ids import request_id_of
from api.session import address_of
from api.taking import Told, take_in
from api.threads import beside
from db.queries.api_keys import KeyScope
from db.writer import writer_engine
from intake.cloudevents import PostFault, PostRefused, Sender, read_post

_STATUS: Final = {PostFault.MALFORMED: 400, PostFault.MEDIA_TYPE: 415, PostFault.TOO_MANY: 413}
_OUTCOMES: Final = ("accepted", "duplicate", "late", "rejected")


async def post_events(request: Request) -> Response:
    """Record the events of a request, and say what became of each."""
    engine = writer_engine()
    if engine is None:
        raise Problem(503, "This address takes no events.", {"Retry-After": "300"})
    scope = await scope_of(request, engine)
    with room(scope.prefix) as take:
        body = await body_of(request, take)
        told = await beside(_taken_in, engine, scope, body, dict(request.headers))
    counts = Counter(each["outcome"] for each in told)
    log_post(request_id_of(request.scope), address_of(request), scope, len(body), counts)
    answer = {**{name: counts[name] for name in _OUTCOMES}, "events": told}
    return Response(
        json.dumps(answer, separators=(",", ":")),
        headers={"Cache-Control": "no-store"},
        media_type="application/json",
    )


def _taken_in(engine: Engine, scope: KeyScope, body: bytes, headers: dict[str, str]) -> list[Told]:
    sender = Sender(source=scope.source, clients=frozenset(scope.clients))
    try:
        post = read_post(unpacked(body, headers.get("content-encoding", "")), headers, sender)
    except PostRefused as refused:
        raise Problem(_STATUS[refused.fault], str(refused)) from None
    told = take_in(engine, scope, post)
    rejected = (each["line"] for each in told if each["outcome"] == "rejected")
    count_kept(scope.prefix, sum(len(post.record(line).encode()) for line in rejected))
    return told
