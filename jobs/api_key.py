"""Commands for the keys with which collectors post usage."""

from typing import Annotated, Final

import typer

from billing_core.faults import Faults
from db.commands.api_keys import KeySummary, issue_key, keys_listed, revoke_key
from jobs.listing import show_list, shown
from jobs.owner import owner_connection

app = typer.Typer(help="Keys with which collectors post usage.", no_args_is_help=True)

SourceCode = Annotated[str, typer.Option("--source", help="Source that it posts as.")]
Clients = Annotated[list[str], typer.Option("--client", help="Client it posts for; repeatable.")]
Name = Annotated[str, typer.Option("--name", help="What the key is for.")]
Prefix = Annotated[str, typer.Argument(help="The key's first part, mg_….", show_default=False)]
ACTOR: Final = "jobs api-key"


@app.command()
def issue(source: SourceCode, client: Clients, name: Name) -> None:
    """Make a key and print it: it is shown only here and kept as a hash."""
    try:
        with owner_connection() as connection:
            slugs = tuple(dict.fromkeys(client))
            issued = issue_key(connection, source=source, slugs=slugs, name=name, actor=ACTOR)
    except Faults as error:
        for fault in error.faults:
            typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None
    typer.echo(issued.key)
    typer.echo(f"Key {issued.prefix} of source {source}, shown only here.", err=True)


@app.command("list")
def list_keys() -> None:
    """List all keys, the newest first, never in the clear."""
    with owner_connection() as connection:
        keys = keys_listed(connection)
    headers = ("key", "name", "source", "clients", "issued (UTC)", "last used (UTC)", "state")
    show_list(headers, map(_row, keys))


def _row(key: KeySummary) -> tuple[str, ...]:
    clients = " ".join(key.clients)
    times = (shown(key.issued_at), shown(key.last_used_at))
    return (key.prefix, key.name, key.source, clients, *times, _state(key))


@app.command()
def revoke(prefix: Prefix) -> None:
    """Revoke a key for good; what it posted stays."""
    with owner_connection() as connection:
        was_good = revoke_key(connection, prefix=prefix, actor=ACTOR)
    if was_good is None:
        typer.echo(f"There is no key {prefix}: see api-key list.", err=True)
        raise typer.Exit(1)
    typer.echo(f"{prefix} is {'revoked' if was_good else 'revoked already'}.")


def _state(key: KeySummary) -> str:
    return "good" if key.revoked_at is None else f"revoked {shown(key.revoked_at)}"
