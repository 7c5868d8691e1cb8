"""Posting readings to a portal as CloudEvents, the way any collector would."""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from demo.rows import HEADER, Row

PATH: Final = "/api/v1/events"
_SECONDS: Final = 30
_DATA: Final = ("meter", "resource", "quantity", "counted_value")


class NotTakenError(Exception):
    """A post was not taken; it may be later."""

    def __init__(self, *, is_key: bool, retry_after: float = 0) -> None:
        super().__init__("the post was not taken")
        self.is_key = is_key  #: whether it was for the key
        self.retry_after = retry_after  #: seconds that the portal asks to wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where a portal takes posts."""

    url: str  #: without a path
    host: str | None = None  #: the name it is asked by, where that is not the address's own


def cloud_event(client: str, source: str, row: Row) -> dict[str, object]:
    """Give a reading as a CloudEvent in the structured form."""
    cells = dict(zip(HEADER, row, strict=True))
    return {
        "specversion": "1.0",
        "type": "meterglass.usage",
        "source": f"/demo/{source}",
        "id": cells["id"],
        "subject": client,
        "time": cells["time"],
        "data": {name: cells[name] for name in _DATA if cells[name]},
    }


def post(door: Door, key: str, events: Sequence[dict[str, object]]) -> None:
    """Post some events in one batch.

    Raises:
        NotTakenError: nobody answered, the key is no longer good, or it is to be tried later.
    """
    request = urllib.request.Request(  # noqa: S310 - the portal's own address, http or https
        f"{door.url}{PATH}",
        data=json.dumps(events).encode(),
        headers={
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/cloudevents-batch+json",
            **({"Host": door.host} if door.host else {}),
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(request, timeout=_SECONDS).close()
    except urllib.error.HTTPError as answer:
        with answer:
            raise _refused(answer) from None
    except OSError:
        raise NotTakenError(is_key=False) from None


def _refused(answer: urllib.error.HTTPError) -> NotTakenError:
    asked = answer.headers.get("Retry-After", "")
    return NotTakenError(
        is_key=answer.code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN},
        retry_after=float(asked) if asked.isdecimal() else 0,
    )
