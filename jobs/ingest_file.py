"""A file of usage on its way into the database: prepared, read part by part, recorded."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from db.commands.ingest import (
    BATCH_ROWS,
    Batch,
    Origin,
    Recorded,
    Run,
    TwoWriters,
    UnknownSourceError,
    begin_run,
    encoded,
    finish_run,
    keep,
)
from db.commands.ingest.rejections import UnknownSource, of_refused
from db.commands.ingest.unassigned import keep_unassigned_rows
from db.queries.clients import KnownClient, client_id_of, known_clients
from db.session import writer_transaction
from intake.focus.profile import FocusProfile
from intake.profiles.apart import Task, parts_beside
from intake.profiles.found import NOBODY, Reader
from intake.profiles.parts import Part
from intake.profiles.profile_file import AnyProfile, load_profile
from intake.profiles.refusals import FileRefused
from intake.profiles.text_file import TextFile, look_through

FOCUS_ROWS = 10_000  # in a part: a bill says far more of a row than a meter does

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One file on its way to one client, or to those that its rows name."""

    file: TextFile
    profile: AnyProfile
    profile_name: str  #: shipped, or the path as it was given
    client: str | None  #: slug; None where each row names its own
    clients: Mapping[str, KnownClient]  #: by slug
    source: str


@dataclass(slots=True, kw_only=True)
class Loaded:
    """What became of a file."""

    by_client: dict[str, Recorded] = field(default_factory=dict)
    unassigned: int = 0  #: rows that name no known client
    skipped: Counter[str] = field(default_factory=Counter)  #: rows left out, by why
    notes: list[str] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=dict)

    @property
    def total(self) -> Recorded:
        """Of all clients; rows of unknown ones are rejected."""
        return sum(self.by_client.values(), Recorded(rejected=self.unassigned))


def prepared(
    engine: Engine, path: Path, profile_name: str, client: str | None, source: str | None
) -> Load:
    """Check what was asked for, and look through the file.

    Raises:
        FileRefused: if nothing of the file can be taken.
        Faults: if the profile is wrong.
    """
    profile = load_profile(profile_name)
    named = source or profile.source
    if named is None:
        raise FileRefused("the profile names no source; give one with --source")
    return Load(
        file=look_through(path.absolute()),
        profile=profile,
        profile_name=profile_name,
        client=client,
        clients=_clients(engine, profile, client, named),
        source=named,
    )


def recorded(engine: Engine, load: Load, on_progress: OnProgress, as_of: datetime | None) -> Loaded:
    """Record a prepared file.

    Raises:
        FileRefused: if its header doesn't fit; nothing was stored.
    """
    loaded = Loaded()
    with parts_beside(_task(load), encoded) as parts, TwoWriters(engine, as_of=as_of) as writers:
        for part in parts:
            loaded.skipped.update(dict(part.skipped))
            loaded.notes += part.notes
            _record(engine, load, loaded, part, writers)
            on_progress(part.position, load.file.size)
        for client, run in loaded.runs.items():
            loaded.by_client[client] = writers.recorded(run)
            finish_run(engine, run)
    return loaded


def _clients(
    engine: Engine, profile: AnyProfile, client: str | None, source: str
) -> Mapping[str, KnownClient]:
    if profile.client is not None:
        if client is not None:
            column = profile.client.column
            raise FileRefused(f"the profile takes the client from {column}; leave out --client")
        return known_clients(engine, source)
    if client is None:
        raise FileRefused("the profile names no column of the client; give one with --client")
    client_id = client_id_of(engine, client)
    if client_id is None:
        raise FileRefused(f"there is no client {client!r}")
    return {client: KnownClient(client_id=client_id, has_source=True)}


def _task(load: Load) -> Task:
    known = {slug: each.has_source for slug, each in load.clients.items()}
    return Task(
        file=load.file,
        profile=load.profile,
        reader=Reader(source=load.source, client=load.client, known=known),
        rows=FOCUS_ROWS if isinstance(load.profile, FocusProfile) else BATCH_ROWS,
    )


def _record(engine: Engine, load: Load, loaded: Loaded, part: Part, writers: TwoWriters) -> None:
    """Record a part: of a client, of one without the source, or of nobody."""
    if part.client == NOBODY:
        _keep_unassigned(engine, load, part)
        loaded.unassigned += len(part.refused)
        return
    client = load.clients[part.client]
    if client.has_source:
        run = loaded.runs.get(part.client)
        run = loaded.runs[part.client] = run or _begun(engine, load, client.client_id)
        writers.record(run, _batch(part))
    else:
        done = _without_source(engine, load, client.client_id, part)
        loaded.by_client[part.client] = loaded.by_client.get(part.client, Recorded()) + done


def _keep_unassigned(engine: Engine, load: Load, part: Part) -> None:
    with writer_transaction(engine, []) as connection:
        keep_unassigned_rows(
            connection,
            part.refused,
            source=load.source,
            origin=load.file.path.name,
            profile=load.profile_name,
        )


def _without_source(engine: Engine, load: Load, client_id: int, part: Part) -> Recorded:
    unknown = UnknownSource(code=load.source, profile=load.profile_name)
    rejections = of_refused(part.refused)
    with writer_transaction(engine, [client_id]) as connection:
        keep(connection, client_id, None, None, rejections, unknown=unknown)
    return Recorded(rejected=len(rejections))


def _begun(engine: Engine, load: Load, client_id: int) -> Run:
    origin = Origin(
        profile=load.profile_name,
        file_name=load.file.path.name,
        sha256=bytes.fromhex(load.file.sha256),
    )
    try:
        return begin_run(engine, client_id, load.source, origin)
    except UnknownSourceError as unknown:
        raise FileRefused(str(unknown)) from None


def _batch(part: Part) -> Batch:
    return Batch(lines=part.encoded, count=part.count, refused=part.refused, billed=part.billed)
