"""``python -m jobs demo``: made-up clients, for a database of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from db.settings import Settings, load_settings
from db.urls import resolve_urls
from demo.people import sign_in_lines
from jobs.demo_feed import feed
from jobs.demo_load import OnProgress, load_demo
from jobs.demo_months import DeskFiles
from jobs.own_key import ensure_own_key
from jobs.proof_files import heads_folder, signing_key_file
from jobs.stopping import Stopped, stoppable

app = typer.Typer(
    help="Made-up clients to look at, in a database of their own.", no_args_is_help=True
)
app.command("feed")(feed)
_console = Console(stderr=True, highlight=False)


@app.command()
def load(
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing unless it fails.")] = False,
    leave: Annotated[int, typer.Option(help="Minutes up to now that `demo feed` will post.")] = 0,
) -> None:
    """Load the demo up to now. Again: only what has happened since."""
    settings = load_settings()
    urls = resolve_urls(settings)
    until = _now() - timedelta(minutes=leave)
    try:
        with stoppable(), _progress(quiet=quiet) as on_progress:
            ensure_own_key(settings, urls)
            added = load_demo(urls, until, _desk_files(settings), on_progress=on_progress)
    except Stopped:
        if not quiet:
            _console.print("Stopped. What was recorded stays; load again to go on.")
        raise typer.Exit(1) from None
    for refusal in added.refusals:
        _console.print(f"meterglass: {refusal}", markup=False)
    if not quiet:
        records, documents = f"{added.stored:,} records", f"{added.issued} documents"
        typer.echo(f"The demo is up to date: {records} and {documents} added.")


def _desk_files(settings: Settings) -> DeskFiles:
    return DeskFiles(signing_key=signing_key_file(settings), heads=heads_folder(settings))


@app.command()
def users() -> None:
    """List who may sign in to the demo, and how."""
    for line in sign_in_lines():
        typer.echo(line)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[OnProgress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_console, disable=quiet) as progress:
        bar = progress.add_task("Loading the demo", total=None)
        yield lambda done, whole: progress.update(bar, completed=done, total=whole)
