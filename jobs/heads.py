"""Heads beside the database: whether it forgot a document that was issued, or has another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import typer
from sqlalchemy import Connection

from billing_core.faults import Faults
from db.engine import make_engine
from db.faults import StartFault
from db.queries.chains import chain_ends, verifiers_known
from db.session import owner_transaction
from db.settings import Settings
from documents.heads import Head, HeadState, head_files, head_in, state_of
from documents.keys import Verifier
from jobs.proof_files import heads_folder

_SENTENCES: Final = {
    HeadState.BEHIND: (
        "{head} was issued, and the database does not have it: was it restored from an older copy? "
        "Nothing may be issued for {client} until it is back"
    ),
    HeadState.FORKED: (
        "{head} was issued, and the database has another document in its place: it was changed, or "
        "went on from an older copy"
    ),
    HeadState.MISSING: "the documents of {client} have no head: the next one makes it",
    HeadState.AHEAD: (
        "the head of {client} is {head}, and the database goes further: the next document that is "
        "issued renews it"
    ),
}
_REFUSED: Final = {HeadState.BEHIND, HeadState.FORKED}


@dataclass(slots=True)
class Comparison:
    """What was found: sentences about what must not be, and about what mends itself."""

    refused: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    compared: int = 0  #: clients


def check_heads(settings: Settings, owner_url: str | None) -> None:
    """Say how the heads stand to the database; exit with 1 where one is not followed by it.

    Args:
        settings: name the folder.
        owner_url: of the database; only the owner sees every client.
    """
    try:
        folder = heads_folder(settings)
    except StartFault as fault:
        typer.echo(f"Heads are not compared: {fault}")
        return
    if owner_url is None:
        typer.echo("Heads are not compared: METERGLASS_DATABASE_URL_OWNER is not set.")
        return
    engine = make_engine(owner_url, pool_size=1)
    try:
        with owner_transaction(engine) as connection:
            found = compare_heads(connection, folder)
    finally:
        engine.dispose()
    _tell(found)


def _tell(found: Comparison) -> None:
    for sentence in found.remarks:
        typer.echo(f"note: {sentence}.")
    for sentence in found.refused:
        typer.echo(f"refused: {sentence}.", err=True)
    if found.refused:
        raise typer.Exit(1)
    if not found.remarks:
        typer.echo(f"All heads ({found.compared}) are those of their clients' newest documents.")


def compare_heads(connection: Connection, folder: Path) -> Comparison:
    """Hold each client's head against its documents.

    Args:
        connection: of the owner.
        folder: of the head files.
    """
    found = Comparison()
    heads = _heads_in(folder, found)
    places = sorted({head.manifest.position for head in heads.values()})
    chains = chain_ends(connection, places)
    verifiers = [Verifier.from_text(each) for each in verifiers_known(connection)]
    for client in sorted(heads.keys() | chains.keys()):
        head = heads.get(client)
        if head and not any(each.has_signed(head.note) for each in verifiers):
            found.refused.append(f"the head of {client} is signed by none of the known keys")
        _judge(client, head, chains.get(client, {}), found)
    return found


def _heads_in(folder: Path, found: Comparison) -> dict[str, Head]:
    heads: dict[str, Head] = {}
    for path in head_files(folder):
        try:
            head = head_in(path)
        except Faults as faults:
            found.refused.append(str(faults.faults[0]))
        else:
            heads[head.manifest.client] = head
    return heads


def _judge(client: str, head: Head | None, chain: Mapping[int, bytes], found: Comparison) -> None:
    found.compared += 1
    state = state_of(head, chain)
    number = head.manifest.number if head else ""
    if state is not HeadState.SAME:
        sentence = _SENTENCES[state].format(client=client, head=number)
        (found.refused if state in _REFUSED else found.remarks).append(sentence)
