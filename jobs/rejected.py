"""Refused records: python -m jobs rejected list | show | repair | replay | dismiss."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from sqlalchemy import Connection

from db.commands.rejected import (
    Mended,
    ResolvedAlreadyError,
    StillRefusedError,
    dismiss,
    repair,
)
from db.commands.rejected_reading import Place
from db.queries.clients import client_ids
from db.queries.refused_records import (
    Asked,
    RefusedRecord,
    counts_of_refused,
    refused_named,
    refused_records,
)
from jobs.listing import show_list
from jobs.rejected_mending import NotMendable, mended, profile_of, reader
from jobs.rejected_replay import replay_records
from jobs.rejected_words import described, listed, record_row
from jobs.writer import Actor, actor_named, seeing, writing_engine

app = typer.Typer(
    help="Records that were refused: list, repair, replay, dismiss.", no_args_is_help=True
)

LONGEST_RECORD: Final = 1_000_000
STATES: Final = ("open", "replayed", "dismissed")
Client = Annotated[str, typer.Option("--client", help="Slug of the client.")]
Source = Annotated[str, typer.Option("--source", help="Code of the source.")]
Code = Annotated[str, typer.Option("--code", help="Kind of fault, like number or meter.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="Number of the record; see rejected list.")]
ProfileOption = Annotated[
    str, typer.Option("--profile", help="File of the profile that reads it, if it moved.")
]


@app.command("list")
def list_refused(
    client: Client = "",
    source: Source = "",
    code: Code = "",
    state: Annotated[str, typer.Option(help="open, replayed, dismissed or all.")] = "open",
    *,
    records: Annotated[
        bool, typer.Option("--records", help="Single records, the newest first.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Single records at most.")] = 50,
) -> None:
    """List refused records by client, source, kind of fault and state, with counts.

    Example: python -m jobs rejected list --client harbour --records
    """
    if state not in {*STATES, "all"}:
        _refuse(f"There is no state {state!r}; it is one of {', '.join(STATES)}, all.")
    asked = Asked(
        client=client or None,
        source=source or None,
        code=code or None,
        state=None if state == "all" else state,
    )
    with writing_engine() as engine, seeing(engine) as connection:
        if records:
            found = refused_records(connection, asked, limit=limit)
            rows = [record_row(each) for each in found]
            headers: Sequence[str] = (
                "id", "client", "source", "kind", "state", "from", "arrived (UTC)", "reason",
            )  # fmt: skip
        else:
            rows = [listed(each) for each in counts_of_refused(connection, asked)]
            headers = (
                "client", "source", "kind", "state", "count", "oldest (UTC)", "newest (UTC)",
                "reason of the newest",
            )  # fmt: skip
    if not rows:
        typer.echo("There is no such refused record.")
        return
    show_list(headers, rows)


@app.command()
def show(record_id: Id) -> None:
    """Show one refused record: as it came, why it was refused, what became of it."""
    with writing_engine() as engine, seeing(engine) as connection:
        record = _one(connection, record_id)
    for line in described(record):
        typer.echo(line)


@app.command("repair")
def repair_record(
    record_id: Id,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="column=value; data.quantity=5 in a posted event. Repeatable."),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="File with the whole record as it should have come.")
    ] = None,
    client: Annotated[
        str, typer.Option(help="Slug of the client, where the record named an unknown one.")
    ] = "",
    profile: ProfileOption = "",
    actor: Actor = "",
) -> None:
    """Mend a record and record it. If it is refused again, nothing changes.

    Example: python -m jobs rejected repair 17 --set quantity=1.5

    Exit code 0: it is recorded, now or before. 1: refused, with the reason.
    """
    with writing_engine() as engine:
        with seeing(engine) as connection:
            wrong = _one(connection, record_id)
            clients = client_ids(connection)
        slug = client or wrong.client
        if slug not in clients or (client and wrong.client_id not in {None, clients[client]}):
            _refuse(_no_client(wrong, client))
        try:
            right = _right(wrong, changes or [], record)
            place = Place(client_id=clients[slug], slug=slug, source=wrong.source or "")
            read = reader(profile_of(wrong.profile, profile))
            repair(engine, place, record_id, right, read, actor=actor_named(actor))
        except ResolvedAlreadyError as resolved:
            typer.echo(f"{resolved}.", err=resolved.state != "replayed")
            raise typer.Exit(0 if resolved.state == "replayed" else 1) from None
        except (NotMendable, StillRefusedError) as refusal:
            _refuse(f"{record_id} stays open: {refusal}.")
    typer.echo(f"{record_id} is recorded: {right.changes}.")


@app.command("replay")
def replay_refused(
    record_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Only these; else all open ones.")
    ] = None,
    client: Client = "",
    source: Source = "",
    code: Code = "",
    profile: ProfileOption = "",
    actor: Actor = "",
) -> None:
    """Try refused records again as they are, for example after the setup was completed.

    Example: python -m jobs rejected replay --client harbour --code meter

    Exit code 0: all of them are recorded, or nothing waits. 1: some stay open, with their new
    reason.
    """
    asked = Asked(client=client or None, source=source or None, code=code or None)
    with writing_engine() as engine:
        all_recorded = replay_records(
            engine, record_ids or [], asked, profile=profile, actor=actor_named(actor)
        )
    raise typer.Exit(0 if all_recorded else 1)


@app.command("dismiss")
def dismiss_refused(
    record_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Numbers of records.")],
    reason: Annotated[str, typer.Option(help="Why they are never to be recorded.")],
    actor: Actor = "",
) -> None:
    """Dismiss records for good, with a reason. Said again, nothing changes."""
    if not reason.strip():
        _refuse("Say with --reason why they are dismissed.")
    with writing_engine() as engine:
        with seeing(engine) as connection:
            clients = client_ids(connection)
            for each in record_ids:
                _one(connection, each)
        was_replayed = False
        for each in record_ids:
            try:
                dismiss(engine, [*clients.values()], each, reason.strip(), actor=actor_named(actor))
                typer.echo(f"{each} is dismissed.")
            except ResolvedAlreadyError as resolved:
                was_replayed = was_replayed or resolved.state != "dismissed"
                typer.echo(f"{resolved}.", err=resolved.state != "dismissed")
    raise typer.Exit(1 if was_replayed else 0)


def _right(wrong: RefusedRecord, changes: Sequence[str], file: Path | None) -> Mended:
    if bool(changes) == (file is not None):
        raise NotMendable("say what is right, either with --set or with --record")
    if file is None:
        text, said = mended(wrong.record, changes)
        return Mended(record=text, changes=said)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise NotMendable(f"{file.name} can't be read as UTF-8 text: {fault}") from None
    if len(text) > LONGEST_RECORD:
        raise NotMendable(f"{file.name} is longer than one record can be")
    return Mended(record=text.strip(), changes=f"all of it, from {file.name}")


def _no_client(record: RefusedRecord, given: str) -> str:
    if given and record.client_id is not None:
        return f"{record.reference} is a record of {record.client}, not of {given!r}."
    return (
        f"There is no client {given or record.client!r}; "
        "set it up, or name the right one with --client."
    )


def _one(connection: Connection, reference: str) -> RefusedRecord:
    found = refused_named(connection, [reference])
    if not found:
        _refuse(f"There is no refused record {reference[:32]!r}; see rejected list --records.")
    return found[0]


def _refuse(sentence: str) -> NoReturn:
    typer.echo(f"meterglass: refused: {sentence}", err=True)
    raise typer.Exit(1)
