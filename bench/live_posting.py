"""Collectors that post at a steady rate: python -m bench.live_posting JSON.

Prints a JSON object for each event as it is posted: when, whose, which meter, and the month's
total that it makes. The rate is kept whatever the answers take.
"""

import json
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import httpx

from bench.live_acts import POSTED
from bench.live_usage import SHARE

_SPEAKING = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What is posted, and where."""

    url: str  #: of the route that takes events
    key: str
    clients: tuple[str, ...]  #: the first has its larger share
    totals: dict[str, int]  #: `client/meter` → quantity before the first post
    per_second: float = 5.0

    def as_json(self) -> str:
        """As the program takes it."""
        return json.dumps(asdict(self))


def main() -> None:
    """Post until told to stop."""
    posting = Posting(**json.loads(sys.argv[1]))
    drawn, totals = random.Random("live"), dict(posting.totals)
    meters, begun = tuple(POSTED), time.time()
    headers = {"authorization": f"Bearer {posting.key}"}
    with (
        httpx.Client(headers=headers, timeout=30, trust_env=False) as web,
        ThreadPoolExecutor(4) as posts,
    ):
        number = 0
        while True:
            time.sleep(max(0.0, begun + number / posting.per_second - time.time()))
            client, meter = _client(posting.clients, drawn), meters[number % len(meters)]
            totals[f"{client}/{meter}"] = total = totals.get(f"{client}/{meter}", 0) + 1
            _say({"at": time.time(), "client": client, "meter": meter, "total": total})
            posts.submit(_post, web, posting.url, _event(client, meter, f"{begun}/{number}"))
            number += 1


def _client(clients: tuple[str, ...], drawn: random.Random) -> str:
    return clients[0] if drawn.random() < SHARE else drawn.choice(clients[1:])


def _event(client: str, meter: str, event_id: str) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "type": "meterglass.usage",
        "source": "/bench",
        "id": event_id,
        "subject": client,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        "data": {"meter": meter, "resource": f"{client}-erp", "quantity": "1"},
    }


def _post(web: httpx.Client, url: str, event: dict[str, object]) -> None:
    try:
        answer = web.post(
            url,
            content=json.dumps(event),
            headers={"content-type": "application/cloudevents+json"},
        )
        if not answer.is_success or answer.json().get("accepted") != 1:
            _say({"failed": f"{answer.status_code} {answer.text[:200]}"})
    except httpx.HTTPError as fault:
        _say({"failed": type(fault).__name__})


def _say(told: object) -> None:
    with _SPEAKING:
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
