"""Commands for the access of a client's own people."""

from typing import Annotated, Final, NoReturn

import typer

from db.commands.clients import ClientRefusedError, disable_client, enable_client
from jobs.owner import owner_connection

app = typer.Typer(help="Access of a client's own people.", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(help="Slug of the client.", show_default=False)]
ACTOR: Final = "jobs client"


@app.command()
def disable(slug: Slug) -> None:
    """Shut a client's own people out at once; its usage is taken in as before."""
    try:
        with owner_connection() as connection:
            was_in = disable_client(connection, slug=slug, actor=ACTOR)
    except ClientRefusedError as error:
        _refuse(str(error))
    typer.echo(f"{slug} is {'disabled' if was_in else 'disabled already'}.")


@app.command()
def enable(slug: Slug) -> None:
    """Let a disabled client's own people sign in again."""
    try:
        with owner_connection() as connection:
            was_out = enable_client(connection, slug=slug, actor=ACTOR)
    except ClientRefusedError as error:
        _refuse(str(error))
    typer.echo(f"{slug} is {'enabled' if was_out else 'enabled already'}.")


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
