"""A year of usage of fifty clients as one file, skewed: one client holds a tenth of it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

SHARE: Final = 0.1  #: of the first client
SPAN: Final = timedelta(days=350)
PROFILE: Final = """
name = "live"
kind = "csv"
client = "client"
id = ["id"]
optional = ["counted_value"]

[time]
column = "time"
zone = "offset"

[resource]
column = "resource"

[[meters]]
meter_column = "meter"
quantity = "quantity"
counted_value = "counted_value"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What one resource of each client reports."""

    meter: str
    resource: str  #: follows the client's code
    least: int
    most: int  #: inclusive
    counts: bool = False  #: whether values are counted, not quantities


SERIES: Final = (
    Series(meter="compute-hours", resource="erp", least=1, most=1),
    Series(meter="compute-hours", resource="files", least=1, most=1),
    Series(meter="compute-hours", resource="warehouse", least=1, most=1),
    Series(meter="data-out", resource="head-office", least=1, most=4),
    Series(meter="backup-storage", resource="file-server", least=2300, most=2600),
    Series(meter="backup-storage", resource="mail-archive", least=1100, most=1300),
    Series(meter="managed-devices", resource="cold-store", least=24, most=26),
    Series(meter="remote-users", resource="gateway", least=1, most=1, counts=True),
    Series(meter="vpn-peak", resource="firewall", least=8, most=44),
    Series(meter="cloud-usd", resource="production", least=2, most=9),
)


def events_of(place: int, clients: int, total: int) -> int:
    """How many events the client at a place has.

    >>> [events_of(place, 4, 1000) for place in (0, 1, 3)]
    [100, 300, 300]
    """
    return round(total * SHARE if place == 0 else total * (1 - SHARE) / (clients - 1))


def written(path: Path, clients: tuple[str, ...], total: int, until: datetime) -> int:
    """Write the usage of the year before an instant; gives how many events there are."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("client,time,meter,resource,quantity,id,counted_value\n")
        for place, client in enumerate(clients):
            for row in _rows(client, events_of(place, len(clients), total), until):
                file.write(f"{row}\n")
                count += 1
    return count


def _rows(client: str, count: int, until: datetime) -> Iterator[str]:
    drawn = random.Random(client)
    rounds = count // len(SERIES)
    for number in range(rounds):
        at = (until - SPAN + number * (SPAN / rounds)).astimezone(UTC)
        for each in SERIES:
            value = f"user-{drawn.randrange(60)}" if each.counts else ""
            yield (
                f"{client},{at:%Y-%m-%dT%H:%M:%SZ},{each.meter},{client}-{each.resource},"
                f"{drawn.randint(each.least, each.most)},{each.resource}/{number},{value}"
            )
