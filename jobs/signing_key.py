"""Commands for the key with which documents are signed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from sqlalchemy import Connection

from billing_core.faults import Faults
from billing_core.proof.endorsement import Endorsement, endorsement_text
from db.commands.signing_keys import StoredKey, clock_of, introduce_key, keys_known
from db.settings import load_settings
from documents.keys import SigningKey
from jobs.listing import show_list, shown
from jobs.owner import owner_connection
from jobs.proof_files import signing_key_file

app = typer.Typer(help="The key with which documents are signed.", no_args_is_help=True)

ACTOR: Final = "jobs signing-key"
#: From its introduction to its first signature: who signs just now is done by then.
LEAD: Final = timedelta(seconds=2)

Lost = Annotated[
    bool,
    typer.Option(
        "--lost", help="The old private key is lost: nothing endorses the new one to clients."
    ),
]


@app.command()
def new(
    name: Annotated[
        str, typer.Argument(help="Who signs, like quayside.example/invoices.", show_default=False)
    ],
) -> None:
    """Make the first key, keep it in its file, and print its public half for your clients."""
    path = signing_key_file(load_settings())
    with _refusing(), owner_connection() as connection:
        known = keys_known(connection)
        key = _first_key(path, name, known)
        if not known:
            at = clock_of(connection)
            introduce_key(connection, key.verifier_key, starts_at=at, endorsement=None, actor=ACTOR)
    _tell(key, path)


def _first_key(path: Path, name: str, known: tuple[StoredKey, ...]) -> SigningKey:
    """Make a key, or take the one whose registration was broken off."""
    if path.exists():
        key = SigningKey.load(path)
        if known and key.verifier_key.key_id.hex() != known[-1].key_id:
            _refuse(f"{path} holds another key than the one in use, {known[-1].verifier}.")
        return key
    if known:
        sentence = f"The key {known[-1].verifier} is in use, and its file is not at {path}"
        _refuse(f"{sentence}: put it there; `rotate` makes another.")
    key = SigningKey.new(name)
    key.save(path)
    return key


@app.command()
def rotate(*, lost: Lost = False) -> None:
    """Make a key that follows the one in use, endorsed by it, and retire that one.

    Clients that hold the old key need no new one; broken off anywhere, the command goes on.
    """
    path = signing_key_file(load_settings())
    beside = path.with_name(f"{path.name}.next")
    with _refusing(), owner_connection() as connection:
        known = keys_known(connection)
        if not known:
            _refuse("There is no key yet: make it with `jobs signing-key new`.")
        if not _is_followed(beside, known[-1]):
            _follow(connection, path, beside, known[-1], lost=lost)
        left = keys_known(connection)[-1].introduced_at - clock_of(connection)
    with _refusing():
        key = SigningKey.load(beside)
        time.sleep(max(left, timedelta(0)).total_seconds())
        retired = _take_over(path, beside)
    _tell(key, path)
    if retired is not None:
        sentence = f"{retired} is the key before it, which signs no more"
        typer.echo(f"{sentence}: destroy it, and the copies of it.", err=True)


def _is_followed(beside: Path, newest: StoredKey) -> bool:
    """Whether the new key was introduced before, and only the files are left to be moved."""
    return beside.exists() and SigningKey.load(beside).verifier_key.key_id.hex() == newest.key_id


def _follow(
    connection: Connection, path: Path, beside: Path, newest: StoredKey, *, lost: bool
) -> None:
    old = None if lost else _key_in_use(path, newest)
    if not beside.exists():
        SigningKey.new(newest.verifier.partition("+")[0]).save(beside)
    key = SigningKey.load(beside)
    starts_at = clock_of(connection) + LEAD
    endorsement = None
    if old is not None:
        said = Endorsement(key=key.verifier_key, follows=old.verifier_key, starts_at=starts_at)
        endorsement = str(key.sign_too(old.sign(endorsement_text(said))))
    introduce_key(
        connection, key.verifier_key, starts_at=starts_at, endorsement=endorsement, actor=ACTOR
    )


def _key_in_use(path: Path, newest: StoredKey) -> SigningKey:
    key = SigningKey.load(path)
    if key.verifier_key.key_id.hex() != newest.key_id:
        sentence = f"{path} holds {key.verifier_key}, and {newest.verifier} is in use"
        _refuse(f"{sentence}: put the file of that one there, or say --lost.")
    return key


def _take_over(path: Path, beside: Path) -> Path | None:
    """Put the new key's file in the place of the old one's, and give where that one is now."""
    retired = path.with_name(f"{path.name}.{_id_in(path)}.retired") if path.exists() else None
    if retired is not None:
        path.replace(retired)
    beside.replace(path)
    return retired


def _id_in(path: Path) -> str:
    try:
        return SigningKey.load(path).verifier_key.key_id.hex()
    except Faults:
        return "unreadable"


@app.command("list")
def list_keys() -> None:
    """List all public keys, the oldest first, as clients are handed them."""
    with owner_connection() as connection:
        known = keys_known(connection)
    show_list(("verifier key", "from (UTC)", "to (UTC)", "endorsed"), map(_row, known))


def _row(key: StoredKey) -> tuple[str, ...]:
    endorsed = "by the one before" if key.endorsement else "no"
    return (key.verifier, shown(key.introduced_at), shown(key.retired_at), endorsed)


def _tell(key: SigningKey, path: Path) -> None:
    typer.echo(str(key.verifier_key))
    typer.echo(
        f"The line above is the verifier key: publish it, and hand it to your clients. {path} "
        "holds the private half: keep a copy of it where only you get at it.",
        err=True,
    )


@contextmanager
def _refusing() -> Iterator[None]:
    """Tell what is wrong with a key or its file in one line, with exit code 1."""
    try:
        yield
    except Faults as faults:
        _refuse(f"{faults.faults[0]}.")


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
