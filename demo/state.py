"""How much of the demo a database holds: read from the names of the files that were taken in."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from db.embedded import Urls
from db.engine import make_engine
from db.faults import StartFault
from db.queries.demo import ClientsHeld, clients_held, finished_files
from db.session import owner_transaction
from demo.clients import PORTRAITS
from demo.generator import once_name

_NAME = re.compile(
    r"demo\.(?P<stream>[^.]+\.[^.]+)\.(?P<anchor>\d{8})\.(?P<until>\d{8}T\d{6})\.csv"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a database holds of the demo."""

    anchor: date | None  #: the day of the first load; None before any
    until: Mapping[str, datetime]  #: exclusive, UTC, by ``client.source``
    files: frozenset[str] = frozenset()  #: names of all that were taken in to their end

    @property
    def is_whole(self) -> bool:
        """Whether a first load has come to its end: the readings that are refused come last."""
        return self.anchor is not None and _last_files(self.anchor) <= self.files


def loaded(urls: Urls) -> Loaded:
    """What the database holds of the demo.

    Raises:
        StartFault: it holds other clients and no demo yet, or an address is missing.
    """
    if urls.owner is None or urls.writer is None:
        raise StartFault("loading the demo needs METERGLASS_DATABASE_URL_OWNER and _WRITER.")
    engine = make_engine(urls.owner)
    try:
        with owner_transaction(engine) as connection:
            _require_room(clients_held(connection))
            return loaded_from(finished_files(connection))
    finally:
        engine.dispose()


def loaded_from(file_names: Iterable[str]) -> Loaded:
    """What was loaded, from the names of the files.

    >>> state = loaded_from(["demo.kaveri.monitoring.20261122.20261122T093000.csv"])
    >>> state.anchor, state.until["kaveri.monitoring"].hour
    (datetime.date(2026, 11, 22), 9)
    """
    names = frozenset(file_names)
    found = [match for name in names if (match := _NAME.fullmatch(name))]
    until: dict[str, datetime] = {}
    for match in found:
        end = datetime.strptime(match["until"], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        until[match["stream"]] = max(end, until.get(match["stream"], end))
    anchors = [date.fromisoformat(match["anchor"]) for match in found]
    return Loaded(anchor=min(anchors, default=None), until=until, files=names)


def _last_files(anchor: date) -> set[str]:
    sent = ((each.slug, unusable.source) for each in PORTRAITS for unusable in each.unusable)
    return {once_name("refused", client, source, anchor) for client, source in sent}


def _require_room(held: ClientsHeld) -> None:
    """Refuse a first load beside real clients; one that is there already may have neighbours."""
    if held.other and not held.demo:
        some = ", ".join(held.other[:3])
        raise StartFault(
            f"this database holds clients that are not the demo's ({some}); use an empty one."
        )
