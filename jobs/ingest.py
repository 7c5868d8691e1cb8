"""Taking in a file of usage: python -m jobs ingest FILE --client SLUG --profile PROFILE."""

from collections.abc import Iterator
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
from db.commands.ingest import Recorded
from db.session import writer_transaction
from intake.profiles.profile_file import shipped_profiles
from intake.profiles.refusals import FileRefused, ReadingLost
from jobs.ingest_file import Load, Loaded, OnProgress, prepared, recorded
from jobs.writer import writing_engine

REJECTED: Final = 1
REFUSED: Final = 2
INTERRUPTED: Final = 130

WHY = text(
    """
    SELECT r.code, r.reason, count(*) AS count, min(r.line) AS line
    FROM billing.rejected_record r
    LEFT JOIN billing.ingest_run i USING (client_id, ingest_run_id)
    WHERE r.client_id = :client AND r.state = 'open'
      AND (i.file_sha256 = :sha256 OR r.source_code = :source AND r.profile = :profile)
    GROUP BY r.code, r.reason ORDER BY min(r.line) LIMIT 10
    """
)
WHY_UNASSIGNED = text(
    """
    SELECT code, reason, count(*) AS count, min(line) AS line FROM billing.unassigned_record
    WHERE state = 'open' AND source_code = :source AND origin = :origin
    GROUP BY code, reason ORDER BY min(line) LIMIT 10
    """
)
out, err = (
    Console(highlight=False, soft_wrap=True),
    Console(stderr=True, highlight=False, soft_wrap=True),
)


def ingest_file(
    engine: Engine,
    path: Path,
    profile_name: str,
    client: str | None,
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
        client: slug; None where the profile takes it from a column.
        source: code of the source, where the profile doesn't name it.
        on_progress: called with the bytes read and the file's size.
        as_of: the present; default: now.

    Raises:
        FileRefused: if nothing of the file can be taken; nothing was stored.
        Faults: if the profile is wrong.
    """
    load = prepared(engine, path, profile_name, client, source)
    return recorded(engine, load, on_progress or (lambda _read, _size: None), as_of).total


def ingest(
    file: Annotated[Path, typer.Argument(help="CSV or JSON lines, plain or gzip.")],
    profile: Annotated[
        str, typer.Option(help=f"Shipped ({', '.join(shipped_profiles())}) or a path.")
    ],
    client: Annotated[
        str, typer.Option(help="Slug of the client; left out where a column names it.")
    ] = "",
    source: Annotated[str, typer.Option(help="Source, where the profile names none.")] = "",
) -> None:
    """Record a file of usage, or a vendor's bill in FOCUS. Loading it again stores nothing twice.

    Exit code 0: all of it is recorded. 1: some records were rejected; they are kept with line and
    reason. 2: the file was refused whole, nothing was stored.
    """
    with writing_engine() as engine:
        load, loaded = _taken_in(engine, file, profile, client or None, source or None)
        _tell(engine, load, loaded)
    raise typer.Exit(REJECTED if loaded.total.rejected else 0)


def _taken_in(
    engine: Engine, file: Path, profile: str, client: str | None, source: str | None
) -> tuple[Load, Loaded]:
    """Record a file with a progress bar; end with a line and an exit code where that can't be."""
    try:
        load = prepared(engine, file, profile, client, source)
        with _progress() as progress:
            bar = progress.add_task(file.name, total=load.file.size)
            loaded = recorded(
                engine, load, lambda read, _size: progress.update(bar, completed=read), None
            )
    except (FileRefused, Faults) as refusal:
        err.print(f"meterglass: refused: {refusal}", markup=False)
        raise typer.Exit(REFUSED) from None
    except ReadingLost as lost:
        err.print(f"meterglass: {lost}. What was recorded stays; load the file again to go on.")
        raise typer.Exit(REFUSED) from None
    except KeyboardInterrupt:
        err.print("Stopped. What was recorded stays; load the file again to go on.")
        raise typer.Exit(INTERRUPTED) from None
    return load, loaded


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=err,
    )


def _tell(engine: Engine, load: Load, loaded: Loaded) -> None:
    _tell_counts(loaded.total)
    for why, count in loaded.skipped.items():
        out.print(f"left out   {count:>12,}  {why}", markup=False)
    for note in loaded.notes:
        out.print(f"read as {note}", markup=False)
    for client, done in sorted(loaded.by_client.items()):
        if load.client is None:
            out.print(f"{client}: {_in_words(done)}", markup=False)
        if done.rejected:
            _tell_lines(_reasons(engine, load, client))
    if loaded.unassigned:
        out.print(f"no known client: rejected {loaded.unassigned:,}")
        _tell_lines(_reasons_of_unassigned(engine, load))


def _tell_counts(done: Recorded) -> None:
    late = f" (of these late: {done.late:,})" if done.late else ""
    out.print(f"accepted   {done.accepted:>12,}{late}")
    out.print(f"duplicate  {done.duplicate:>12,}")
    out.print(f"rejected   {done.rejected:>12,}")


def _in_words(done: Recorded) -> str:
    late = f" (of these late: {done.late:,})" if done.late else ""
    counts = f"duplicate {done.duplicate:,}, rejected {done.rejected:,}"
    return f"accepted {done.accepted:,}{late}, {counts}"


def _tell_lines(lines: Iterator[str]) -> None:
    for line in lines:
        out.print(f"  {line}", markup=False)


def _reasons(engine: Engine, load: Load, client: str) -> Iterator[str]:
    client_id = load.clients[client].client_id
    values = {"client": client_id, "sha256": bytes.fromhex(load.file.sha256)}
    values |= {"source": load.source, "profile": load.profile_name}
    with writer_transaction(engine, [client_id]) as connection:
        for row in connection.execute(WHY, values):
            yield f"line {row.line}: {row.reason} ({row.count:,} ×)"


def _reasons_of_unassigned(engine: Engine, load: Load) -> Iterator[str]:
    values = {"source": load.source, "origin": load.file.path.name}
    with writer_transaction(engine, []) as connection:
        for row in connection.execute(WHY_UNASSIGNED, values):
            yield f"line {row.line}: {row.reason} ({row.count:,} ×)"
