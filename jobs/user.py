"""Commands for the access of people: one-time passwords, shutting out, a list."""

from typing import Annotated, Final, NoReturn

import typer

from db.commands.people import PersonRefusedError, disable_person, enable_person, reset_password
from db.queries.people import PersonSummary, people_listed
from jobs.listing import show_list, shown
from jobs.owner import owner_connection

app = typer.Typer(help="Passwords and access of people.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="The person's address.", show_default=False)]
ACTOR: Final = "jobs user"


@app.command("reset-password")
def reset(email: Email) -> None:
    """Print a one-time password, which the person must change; ends the person's sessions."""
    try:
        with owner_connection() as connection:
            password = reset_password(connection, email=email, actor=ACTOR)
    except PersonRefusedError as error:
        _refuse(str(error))
    typer.echo(password)
    typer.echo(f"One-time password of {email}, shown only here; it must be changed.", err=True)


@app.command()
def disable(email: Email) -> None:
    """Shut a person out at once; running sessions end."""
    try:
        with owner_connection() as connection:
            was_in = disable_person(connection, email=email, actor=ACTOR)
    except PersonRefusedError as error:
        _refuse(str(error))
    typer.echo(f"{email} is {'disabled' if was_in else 'disabled already'}.")


@app.command()
def enable(email: Email) -> None:
    """Let a disabled person in again."""
    try:
        with owner_connection() as connection:
            was_out = enable_person(connection, email=email, actor=ACTOR)
    except PersonRefusedError as error:
        _refuse(str(error))
    typer.echo(f"{email} is {'enabled' if was_out else 'enabled already'}.")


@app.command("list")
def list_people() -> None:
    """List all people with role, clients and state."""
    with owner_connection() as connection:
        people = people_listed(connection)
    headers = ("address", "name", "role", "clients", "state", "last seen (UTC)")
    show_list(headers, map(_row, people))


def _row(person: PersonSummary) -> tuple[str, ...]:
    clients = " ".join(person.clients) or ("all" if _sees_all(person) else "none")
    last_seen = shown(person.last_seen_at)
    return (person.email, person.name, person.role, clients, _state(person), last_seen)


def _sees_all(person: PersonSummary) -> bool:
    return person.role in {"billing", "administrator"}


def _state(person: PersonSummary) -> str:
    if person.disabled_at is not None:
        return "disabled"
    if not person.has_password:
        return "no password yet"
    return "one-time password" if person.must_change_password else "active"


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
