"""Commands for the setup: ten CSV files that say what was agreed with whom. See docs/setup.md."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console
from rich.text import Text
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from billing_core.faults import Fault, Faults
from billing_core.setup import Setup
from db.commands.setup import Action, Change, apply_setup
from db.queries.stored_setup import stored_setup
from intake.setup import files_of, read_folder, read_setup
from jobs.owner import owner_connection

app = typer.Typer(help="Set up issuer, clients, people, agreements, prices.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="Folder of the ten files.", show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, change nothing.")]
Demo = Annotated[bool, typer.Option("--demo", help="Mark new clients and people as a demo's.")]

ACTOR: Final = "jobs setup"
_SIGNS: Final = {
    Action.ADDED: ("+", "green"),
    Action.CHANGED: ("~", "yellow"),
    Action.ENDED: ("|", "yellow"),
    Action.REMOVED: ("-", "red"),
    Action.LEFT: ("·", "dim"),
}


@app.command()
def check(folder: Folder) -> None:
    """Check the files by themselves; needs no database."""
    setup = _read(folder)
    typer.echo(
        f"{_counted(len(setup.clients), 'client')}, {_counted(len(setup.people), 'person')}, "
        f"{_counted(len(setup.agreements), 'agreement')}: no fault found."
    )


@app.command()
def apply(folder: Folder, *, dry_run: DryRun = False, demo: Demo = False) -> None:
    """Store the files, whole or not at all; the second time nothing changes."""
    setup = _read(folder)
    with owner_connection() as connection:
        changes = _applied(connection, setup, is_demo=demo)
        if dry_run:
            connection.rollback()
    _show(changes)
    typer.echo(_summary(changes, dry_run=dry_run))


@app.command()
def export(folder: Folder) -> None:
    """Write what is stored as the same ten files."""
    with owner_connection() as connection:
        stored = stored_setup(connection)
    if stored is None:
        _refuse([Fault(where="export", message="Nothing is set up yet: apply a folder first.")])
    files = _checked_files(stored)
    try:
        written = _write(folder, files)
    except OSError as error:
        _unusable(error)
    typer.echo(f"{_counted(written, 'file')} written to {folder}.")


def _read(folder: Path) -> Setup:
    try:
        return read_folder(folder)
    except Faults as error:
        _refuse(error.faults)
    except OSError as error:
        _unusable(error)


def _unusable(error: OSError) -> NoReturn:
    """Tell which file or folder can't be used, and end with exit code 2."""
    told = f"{error.filename}: {error.strerror}." if error.strerror else str(error)
    typer.echo(told, err=True)
    raise typer.Exit(2) from None


def _applied(connection: Connection, setup: Setup, *, is_demo: bool) -> tuple[Change, ...]:
    try:
        return apply_setup(connection, setup, as_of=datetime.now(UTC), actor=ACTOR, is_demo=is_demo)
    except Faults as error:
        connection.rollback()
        _refuse(error.faults)
    except (IntegrityError, DataError) as error:
        connection.rollback()
        reason = str(error.orig).strip().partition("\n")[0]
        _refuse([Fault(where="database", message=f"{reason}. Nothing was stored.")])


def _refuse(faults: Iterable[Fault]) -> NoReturn:
    """Name the faults, one per line, and end with exit code 1."""
    named = tuple(faults)
    for fault in named:
        typer.echo(str(fault), err=True)
    typer.echo(f"Refused: {_counted(len(named), 'fault')}, nothing was changed.", err=True)
    raise typer.Exit(1)


def _show(changes: Iterable[Change]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for change in changes:
        sign, style = _SIGNS[change.action]
        console.print(Text(f"{sign} {change}", style=style))


def _summary(changes: tuple[Change, ...], *, dry_run: bool) -> str:
    made = Counter(change.action for change in changes if change.action is not Action.LEFT)
    if not made:
        return "Nothing to change."
    counts = ", ".join(f"{count} {action}" for action, count in made.items())
    return f"Dry run, nothing was stored: {counts}." if dry_run else f"Stored: {counts}."


def _checked_files(stored: Setup) -> Mapping[str, bytes]:
    """The files of what is stored, refused where they would not read back as the same."""
    files = files_of(stored)
    try:
        same = read_setup(files) == stored
    except Faults as error:
        _refuse(error.faults)
    if not same:
        message = "What another system stored can't be written as files without loss."
        _refuse([Fault(where="export", message=message)])
    return files


def _write(folder: Path, files: Mapping[str, bytes]) -> int:
    """Write each file that differs from what is there; says how many."""
    folder.mkdir(parents=True, exist_ok=True)
    stale = [name for name, content in files.items() if not _is_same(folder / name, content)]
    for name in stale:
        part = folder / f".{name}.part"
        part.write_bytes(files[name])
        part.replace(folder / name)
    return len(stale)


def _is_same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _counted(count: int, what: str) -> str:
    plural = {"person": "people"}.get(what, f"{what}s")
    return f"{count} {what if count == 1 else plural}"
