"""Where documents are issued from: the writer's engine, the signing key, the folder of heads."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from billing_core.faults import Faults
from billing_core.proof.note import note_from
from db.commands.closing import ClosingRefusedError
from db.queries.newest_documents import chain_hashes, newest_manifest
from db.session import writer_transaction
from db.settings import Settings, load_settings
from documents.heads import HeadState, read_head, state_of, write_head
from documents.keys import SigningKey
from jobs.proof_files import heads_folder, signing_key_file
from jobs.writer import writing_engine

_RESTORED: Final = (
    "The database lacks documents of {client} that were issued: it was restored to an earlier "
    "state. Bring back a later one; see docs/operations.md."
)
_FORKED: Final = (
    "The database has another document of {client} in the place of {number}, which was issued: "
    "see docs/operations.md."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What it takes to issue a document."""

    engine: Engine  #: of the writer
    key: SigningKey | None  #: None: there is none yet
    heads: Path

    def require_whole_chain(self, client_id: int, slug: str) -> None:
        """Refuse to go on from a database that forgot documents.

        Raises:
            ClosingRefusedError: the database is behind the client's head, or has another document
                in its place.
        """
        try:
            head = read_head(self.heads, slug)
        except Faults as faults:
            raise ClosingRefusedError(*map(str, faults.faults)) from faults
        position = head.manifest.position if head else None
        with writer_transaction(self.engine, [client_id]) as connection:
            state = state_of(head, chain_hashes(connection, client_id, position))
        number = head.manifest.number if head else ""
        if state is HeadState.BEHIND:
            raise ClosingRefusedError(_RESTORED.format(client=slug))
        if state is HeadState.FORKED:
            raise ClosingRefusedError(_FORKED.format(client=slug, number=number))

    def keep_head(self, client_id: int) -> None:
        """Write the newest manifest of a client's chain as its head; again, it changes nothing.

        Raises:
            ClosingRefusedError: the file cannot be written; the document is issued all the same.
        """
        with writer_transaction(self.engine, [client_id]) as connection:
            manifest = newest_manifest(connection, client_id)
        if manifest is None:
            return
        try:
            write_head(self.heads, note_from(manifest))
        except Faults as faults:
            told = " ".join(f"{fault}." for fault in faults.faults)
            raise ClosingRefusedError(
                f"The document is issued, but its head could not be kept: {told} Give the command "
                "again when that is mended."
            ) from faults


@contextmanager
def open_desk() -> Iterator[Desk]:
    """Open the desk of this process's settings.

    Raises:
        StartFault: the database can't be reached, or a setting is missing.
        ClosingRefusedError: the file of the key is there and can't be used.
    """
    with writing_engine() as engine:
        yield desk_on(engine)


def desk_on(engine: Engine) -> Desk:
    """Give the desk of this process's settings over an engine of the writer.

    Raises:
        StartFault: a setting is missing.
        ClosingRefusedError: the file of the key is there and can't be used.
    """
    settings = load_settings()
    return Desk(engine=engine, key=_key(settings), heads=heads_folder(settings))


def _key(settings: Settings) -> SigningKey | None:
    path = signing_key_file(settings)
    if not path.exists():
        return None
    try:
        return SigningKey.load(path)
    except Faults as faults:
        raise ClosingRefusedError(*(f"{fault}." for fault in faults.faults)) from faults
