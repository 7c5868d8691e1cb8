"""A collector that posts as fast as it is answered: python -m bench.posting JSON."""

import json
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue

import httpx

MEDIA_TYPE = "application/cloudevents-batch+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What is posted, and where."""

    url: str
    key: str
    bodies: str  #: a file with one body per line
    connections: int
    warm: int  #: bodies posted before the clock starts

    def as_json(self) -> str:
        """As the program takes it."""
        return json.dumps(asdict(self))


def bodies_in(path: Path, bodies: Iterable[str]) -> Path:
    """Write bodies to a file, one per line."""
    path.write_text("".join(f"{body}\n" for body in bodies), encoding="utf-8")
    return path


def main() -> None:
    """Post, and print how many events were accepted in how many seconds."""
    posting = Posting(**json.loads(sys.argv[1]))
    with Path(posting.bodies).open("rb") as file:
        lines = (line.rstrip() for line in file)
        accepted = _accepted(posting, islice(lines, posting.warm))
        rest = [*lines]
    began = time.perf_counter()
    accepted += _accepted(posting, rest)
    print(json.dumps({"accepted": accepted, "seconds": time.perf_counter() - began}))


def _accepted(posting: Posting, bodies: Iterable[bytes]) -> int:
    waiting: SimpleQueue[bytes] = SimpleQueue()
    for body in bodies:
        waiting.put(body)
    with ThreadPoolExecutor(posting.connections) as connections:
        counts = [connections.submit(_posted, posting, waiting) for _ in range(posting.connections)]
        return sum(each.result() for each in counts)


def _posted(posting: Posting, waiting: "SimpleQueue[bytes]") -> int:
    headers = {"authorization": f"Bearer {posting.key}", "content-type": MEDIA_TYPE}
    with httpx.Client(headers=headers, timeout=60) as client:
        return sum(_answered(client, posting.url, body) for body in _taken(waiting))


def _taken(waiting: "SimpleQueue[bytes]") -> Iterator[bytes]:
    while True:
        try:
            yield waiting.get_nowait()
        except Empty:
            return


def _answered(client: httpx.Client, url: str, body: bytes) -> int:
    answer = client.post(url, content=body)
    answer.raise_for_status()
    return int(answer.json()["accepted"])


if __name__ == "__main__":
    main()
