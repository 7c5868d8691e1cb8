"""Commands that make, migrate and check the database."""

import secrets
from dataclasses import replace
from typing import Annotated

import typer
from sqlalchemy.engine import URL

from db.database import LoginPasswords, existing_logins, make_database
from db.embedded import Urls
from db.engine import driver_url, make_engine
from db.faults import StartFault
from db.migrate import current_version, expected_version, require_expected_version, upgrade
from db.roles import OWNER, PORTAL, WRITER
from db.safety import check_portal_login, check_protection
from db.schema_document import schema_document
from db.settings import Settings, load_settings
from db.urls import resolve_urls
from jobs.heads import check_heads

app = typer.Typer(help="Make, migrate and check the database.", no_args_is_help=True)

AdministratorUrl = Annotated[
    str,
    typer.Option(
        envvar="METERGLASS_DATABASE_URL_ADMINISTRATOR",
        help="Address of the database to make, with an administrator's login.",
    ),
]


@app.command()
def init(administrator_url: AdministratorUrl = "") -> None:
    """Make logins, database, schema and grants; running it again changes nothing.

    The logins get the passwords in METERGLASS_DATABASE_URL_OWNER, _WRITER and _PORTAL. For a new
    login without such a setting a password is made, and its address printed once.
    """
    settings = load_settings()
    if not administrator_url:
        _init_embedded(settings)
        return
    administrator = driver_url(administrator_url)
    given = LoginPasswords.of(_given_urls(settings))
    passwords = _completed(given, existing_logins(administrator))
    make_database(administrator, passwords)
    for line in _new_addresses(administrator, given, passwords):
        typer.echo(line)
    typer.echo(f"The database {administrator.database} is at version {expected_version()}.")


@app.command()
def migrate() -> None:
    """Bring the schema to the version of this program, as the owner."""
    url = _needed(resolve_urls(load_settings()).owner, "METERGLASS_DATABASE_URL_OWNER")
    upgrade(url)
    typer.echo(f"The schema is at version {expected_version()}.")


@app.command()
def check() -> None:
    """Check the schema, its protection, the portal's login and the heads; one line for each."""
    settings = load_settings()
    urls = resolve_urls(settings)
    engine = make_engine(_needed(urls.portal, "METERGLASS_DATABASE_URL_PORTAL"))
    try:
        require_expected_version(engine)
        faults = (*check_protection(engine), *check_portal_login(engine))
        version = current_version(engine)
    finally:
        engine.dispose()
    for fault in faults:
        typer.echo(f"refused: {fault}", err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo(f"The schema is at version {version}.")
    typer.echo("Every table is protected by row-level security.")
    typer.echo("The portal's login reads only what a session may see.")
    check_heads(settings, urls.owner)


@app.command()
def schema() -> None:
    """Print the documentation of the schema, as it stands in docs/schema.md."""
    typer.echo(schema_document(), nl=False)


def _init_embedded(settings: Settings) -> None:
    if any(
        (settings.database_url_owner, settings.database_url_writer, settings.database_url_portal)
    ):
        message = "making a database needs METERGLASS_DATABASE_URL_ADMINISTRATOR."
        raise StartFault(message)
    resolve_urls(settings)
    typer.echo(
        f"The embedded database in {settings.data_directory} is at version {expected_version()}."
    )


def _given_urls(settings: Settings) -> Urls:
    return Urls(
        owner=settings.database_url_owner,
        writer=settings.database_url_writer,
        portal=settings.database_url_portal,
    )


def _completed(given: LoginPasswords, existing: tuple[str, ...]) -> LoginPasswords:
    """The given passwords, and new ones for logins that have none and are not there yet."""

    def word(password: str | None, login: str) -> str | None:
        return password if password is not None or login in existing else secrets.token_urlsafe(24)

    return replace(
        given,
        owner=word(given.owner, OWNER),
        writer=word(given.writer, WRITER),
        portal=word(given.portal, PORTAL),
    )


def _new_addresses(administrator: URL, given: LoginPasswords, made: LoginPasswords) -> list[str]:
    logins = (
        ("OWNER", OWNER, given.owner, made.owner),
        ("WRITER", WRITER, given.writer, made.writer),
        ("PORTAL", PORTAL, given.portal, made.portal),
    )
    return [
        f"METERGLASS_DATABASE_URL_{name}={_address(administrator, login, password)}"
        for name, login, before, password in logins
        if before is None and password is not None
    ]


def _address(administrator: URL, login: str, password: str) -> str:
    url = administrator.set(drivername="postgresql", username=login, password=password)
    return url.render_as_string(hide_password=False)


def _needed(url: str | None, setting: str) -> str:
    if url is None:
        message = f"{setting} is not set."
        raise StartFault(message)
    return url
