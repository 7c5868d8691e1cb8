"""Ingest by HTTP: python -m bench.http --scale small|full.

One server process (`uvicorn api:app`) takes batches of 500 events, each event a CloudEvent, from
another process on the same machine over a few connections. Beside it the recording of such batches
alone, without HTTP, by one connection.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket
from typing import Final

import httpx

from bench.figures import Figure, Scale, table_of
from bench.ground import SLUG, SOURCE, Bench, Sample, bench, samples, settle
from bench.posting import Posting, bodies_in
from db.commands.api_keys import issue_key
from db.commands.ingest import Batch, encoded, record_posted
from db.session import owner_transaction
from intake.profiles.measurements import measuring
from intake.profiles.times import occurred_text

LEAST: Final = 10_000  # events/s
BATCH: Final = 500
CONNECTIONS: Final = 4
WARM_BATCHES: Final = 8
BATCHES: Final = {"small": 60, "full": 400}
START_SECONDS: Final = 60


def measure(scale: Scale) -> tuple[Figure, ...]:
    """Measure in a server of its own, with the durability that the product has."""
    count = BATCHES[scale]
    with bench() as own:
        alone = _alone(own, count)
        posted = _posted(own, count, first=(WARM_BATCHES + count) * BATCH)
    return (
        Figure(
            name=f"ingest by HTTP, batches of {BATCH}, one server process, client beside it",
            value=f"{posted:,.0f} events/s",
            limit=f"at least {LEAST:,} events/s",
            within=posted >= LEAST,
            note=(
                f"{CONNECTIONS} connections; recording alone, by one connection without HTTP, "
                f"{alone:,.0f} events/s"
            ),
        ),
    )


def _alone(own: Bench, count: int) -> float:
    """Events a second of `record_posted` by itself."""
    batches = [_batch(each) for each in _batches(0, WARM_BATCHES + count)]
    client_id = 1
    for batch in batches[:WARM_BATCHES]:
        record_posted(own.writer, client_id, SOURCE, batch)
    settle(own.urls)
    began = time.perf_counter()
    for batch in batches[WARM_BATCHES:]:
        record_posted(own.writer, client_id, SOURCE, batch)
    return count * BATCH / (time.perf_counter() - began)


def _posted(own: Bench, count: int, *, first: int) -> float:
    """Events a second that a client in another process gets accepted."""
    file = bodies_in(
        own.folder / "bodies",
        (json.dumps([*map(_cloud_event, each)]) for each in _batches(first, WARM_BATCHES + count)),
    )
    with owner_transaction(own.owner) as connection:
        issued = issue_key(connection, source=SOURCE, slugs=[SLUG], name="bench", actor="bench")
    settle(own.urls)
    with _serving(own) as url:
        posting = Posting(
            url=f"{url}/api/v1/events",
            key=issued.key,
            bodies=str(file),
            connections=CONNECTIONS,
            warm=WARM_BATCHES,
        )
        command = [sys.executable, "-m", "bench.posting", posting.as_json()]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(answer.stdout)
    if told["accepted"] != (WARM_BATCHES + count) * BATCH:
        raise AssertionError(f"not all was accepted: {told}")
    return count * BATCH / float(told["seconds"])


def _batches(first: int, count: int) -> Iterator[list[Sample]]:
    for place in range(count):
        yield [*samples(first + place * BATCH, BATCH)]


def _batch(drawn: list[Sample]) -> Batch:
    measure_one = measuring(SLUG, SOURCE)
    offered = [
        measure_one(
            line, each.id, each.meter, occurred_text(each.at, None), each.quantity,
            each.resource, None, None, None, None,
        )
        for line, each in enumerate(drawn, start=1)
    ]  # fmt: skip
    return Batch(lines=encoded(offered), count=len(offered))


def _cloud_event(sample: Sample) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "type": "meterglass.usage",
        "source": "/bench",
        "id": sample.id,
        "time": sample.at,
        "data": {
            "meter": sample.meter,
            "resource": sample.resource,
            "quantity": sample.quantity,
        },
    }


@contextmanager
def _serving(own: Bench) -> Iterator[str]:
    """One process that takes posts, until the end of the block."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("METERGLASS_")}
    ours = {
        "METERGLASS_DATABASE_URL_WRITER": own.urls.writer or "",
        "METERGLASS_POSTS_PER_MINUTE": "1000000",
    }
    command = [sys.executable, "-m", "uvicorn", "api:app", "--host", "127.0.0.1"]
    with (own.folder / "uvicorn.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--port", str(port), "--no-access-log"],
            env={**kept, **ours},
            stdout=log,
            stderr=log,
        )
    try:
        _wait(server, url)
        yield url
    finally:
        server.terminate()
        server.wait()


def _wait(server: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise AssertionError("the server did not answer")


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def main() -> int:
    """Print the figures; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m bench.http", description=__doc__)
    parser.add_argument("--scale", choices=("small", "full"), default="full")
    figures = measure(parser.parse_args().scale)
    print(table_of(figures))
    return int(any(each.within is False for each in figures))


if __name__ == "__main__":
    sys.exit(main())
