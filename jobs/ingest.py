"""Taking in a file of usage: python -m jobs ingest FILE --client SLUG --profile PROFILE."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from sqlalchemy import Engine, text

from billing_core.faults import Faults
from db.commands.ingest import (
    BATCH_ROWS,
    Batch,
    Origin,
    Recorded,
    Run,
    UnknownSourceError,
    begin_run,
    encoded,
    finish_run,
    record_batch,
)
from db.engine import make_engine
from db.session import writer_transaction
from db.settings import load_settings
from db.urls import resolve_urls
from intake.profiles.apart import Part, Task, parts_beside
from intake.profiles.profile import Profile
from intake.profiles.profile_file import load_profile, shipped_profiles
from intake.profiles.refusals import FileRefused
from intake.profiles.text_file import TextFile, look_through

REJECTED: Final = 1
REFUSED: Final = 2
INTERRUPTED: Final = 130

CLIENT = text("SELECT client_id FROM billing.client_ids(ARRAY[:slug])")
WHY = text(
    """
    SELECT r.code, r.reason, count(*) AS count, min(r.line) AS line
    FROM billing.rejected_record r
    JOIN billing.ingest_run i USING (client_id, ingest_run_id)
    WHERE r.client_id = :client AND r.state = 'open' AND i.file_sha256 = :sha256
    GROUP BY r.code, r.reason ORDER BY min(r.line) LIMIT 10
    """
)

OnProgress = Callable[[int, int], None]
out, err = (
    Console(highlight=False, soft_wrap=True),
    Console(stderr=True, highlight=False, soft_wrap=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One file on its way to one client."""

    file: TextFile
    profile: Profile
    profile_name: str
    client: str  #: slug
    client_id: int
    source: str


def ingest_file(
    engine: Engine,
    path: Path,
    profile_name: str,
    client: str,
    *,
    source: str | None = None,
    on_progress: OnProgress | None = None,
    as_of: datetime | None = None,
) -> Recorded:
    """Record a file of usage; again after a crash, nothing is stored twice.

    Args:
        engine: of the writer.
        path: the file, plain or gzip.
        profile_name: a shipped profile or the path of one.
        client: slug.
        source: code of the source, where the profile doesn't name it.
        on_progress: called with the bytes read and the file's size.
        as_of: the present; default: now.

    Raises:
        FileRefused: if nothing of the file can be taken; nothing was stored.
        Faults: if the profile is wrong.
    """
    load = _prepared(engine, path, profile_name, client, source)
    return _recorded(engine, load, on_progress or (lambda _read, _size: None), as_of)


def ingest(
    file: Annotated[Path, typer.Argument(help="CSV or JSON lines, plain or gzip.")],
    client: Annotated[str, typer.Option(help="Slug of the client.")],
    profile: Annotated[
        str, typer.Option(help=f"Shipped ({', '.join(shipped_profiles())}) or a path.")
    ],
    source: Annotated[str, typer.Option(help="Source, where the profile names none.")] = "",
) -> None:
    """Record a file of usage. Loading it again stores nothing twice.

    Exit code 0: all of it is recorded. 1: some records were rejected; they are kept with line and
    reason. 2: the file was refused whole, nothing was stored.
    """
    engine = make_engine(resolve_urls(load_settings()).writer or "")
    try:
        load = _prepared(engine, file, profile, client, source or None)
        with _progress() as progress:
            bar = progress.add_task(file.name, total=load.file.size)
            recorded = _recorded(
                engine, load, lambda read, _size: progress.update(bar, completed=read), None
            )
    except (FileRefused, Faults) as refusal:
        err.print(f"meterglass: refused: {refusal}", markup=False)
        raise typer.Exit(REFUSED) from None
    except KeyboardInterrupt:
        err.print("Stopped. What was recorded stays; load the file again to go on.")
        raise typer.Exit(INTERRUPTED) from None
    _tell(engine, load, recorded)
    raise typer.Exit(REJECTED if recorded.rejected else 0)


def _prepared(
    engine: Engine, path: Path, profile_name: str, client: str, source: str | None
) -> Load:
    profile = load_profile(profile_name)
    named = source or profile.source
    if named is None:
        raise FileRefused("the profile names no source; give one with --source")
    with engine.begin() as connection:
        client_id = connection.execute(CLIENT, {"slug": client}).scalar()
    if client_id is None:
        raise FileRefused(f"there is no client {client!r}")
    return Load(
        file=look_through(path.absolute()),
        profile=profile,
        profile_name=Path(profile_name).stem,
        client=client,
        client_id=client_id,
        source=named,
    )


def _recorded(
    engine: Engine, load: Load, on_progress: OnProgress, as_of: datetime | None
) -> Recorded:
    task = Task(
        file=load.file,
        profile=load.profile,
        client=load.client,
        source=load.source,
        rows=BATCH_ROWS,
    )
    recorded, run = Recorded(), None
    with parts_beside(task, encoded) as parts:
        for part in parts:
            run = run or _begun(engine, load)
            recorded += record_batch(engine, run, _batch(part), as_of=as_of)
            on_progress(part.position, load.file.size)
    if run is not None:
        finish_run(engine, run)
    return recorded


def _begun(engine: Engine, load: Load) -> Run:
    origin = Origin(
        profile=load.profile_name,
        file_name=load.file.path.name,
        sha256=bytes.fromhex(load.file.sha256),
    )
    try:
        return begin_run(engine, load.client_id, load.source, origin)
    except UnknownSourceError as unknown:
        raise FileRefused(str(unknown)) from None


def _batch(part: Part) -> Batch:
    return Batch(lines=part.encoded, count=part.count, refused=part.refused)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=err,
    )


def _tell(engine: Engine, load: Load, recorded: Recorded) -> None:
    late = f" (of these late: {recorded.late:,})" if recorded.late else ""
    out.print(f"accepted   {recorded.accepted:>12,}{late}")
    out.print(f"duplicate  {recorded.duplicate:>12,}")
    out.print(f"rejected   {recorded.rejected:>12,}")
    if not recorded.rejected:
        return
    with writer_transaction(engine, [load.client_id]) as connection:
        values = {"client": load.client_id, "sha256": bytes.fromhex(load.file.sha256)}
        for row in connection.execute(WHY, values):
            out.print(f"  line {row.line}: {row.reason} ({row.count:,} ×)", markup=False)
