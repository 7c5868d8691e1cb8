"""A client whose months can be closed: an issuer, a key in use, and the closing itself."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from secrets import token_hex
from unittest.mock import patch

from sqlalchemy import text

from api.export_bundle import bundle_of
from billing_core.canonical import value_from
from billing_core.invoicing.document import Document
from db.commands.closing import Closed, Closing, close_month
from db.look import Looker
from documents.keys import SigningKey
from documents.verification import verify_bundle
from tests.support.database import Database
from tests.support.usage import Ground, ground

DECEMBER = datetime(2026, 12, 5, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Books:
    """A client's books, and the key that signs what is issued."""

    ground: Ground
    key: SigningKey

    @property
    def client_id(self) -> int:
        return self.ground.client_id

    @property
    def database(self) -> Database:
        return self.ground.database

    def asked(self, month: str, as_of: datetime, override: str = "") -> Closing:
        """What is asked for to close a month."""
        return Closing(
            client_id=self.client_id,
            month=date.fromisoformat(f"{month}-01"),
            as_of=as_of,
            actor="ada",
            override=override,
        )

    def close(self, month: str, as_of: datetime = DECEMBER, override: str = "") -> Closed:
        """Close a month that has a document."""
        asked = self.asked(month, as_of, override)
        closed = close_month(self.database.writer, asked, self.key)
        assert closed is not None
        return closed

    def document(self, number: str) -> Document:
        """A document as it is stored."""
        statement = "SELECT document FROM billing.invoice WHERE client_id = :client "
        [(stored,)] = self.ground.rows(f"{statement} AND number = :number", number=number)
        return value_from(Document, str(stored))

    def lines(self, number: str) -> list[tuple[str, str]]:
        """Price and amount of each line of a document; with the month that an adjustment is of."""
        return [
            (f"{line.price_code} of {line.adjusts}" if line.adjusts else line.price_code,
             str(line.amount))
            for line in self.document(number).invoice.lines
        ]  # fmt: skip


def books(
    database: Database,
    *,
    slug: str = "harbour",
    zone: str = "Europe/Amsterdam",
    key: SigningKey | None = None,
) -> Books:
    """A client from 1 October on with metered prices, whose months can be closed.

    Args:
        key: the one that is in use already; None: a new one.
    """
    client = ground(database, slug=slug, zone=zone)
    add_issuer(database)
    with database.as_owner() as connection:
        connection.execute(
            text("UPDATE billing.agreement SET starts_on = '2026-10-01' WHERE client_id = :client"),
            {"client": client.client_id},
        )
        connection.execute(
            text("UPDATE billing.source SET expects_every = NULL WHERE client_id = :client"),
            {"client": client.client_id},
        )
    return Books(ground=client, key=key or key_in_use(database))


def add_issuer(database: Database) -> None:
    """Set up who issues, unless it is."""
    with database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.issuer (issuer_id, name, legal_name, country) "
                "VALUES (1, 'Fairlead', 'Fairlead B.V.', 'NL') ON CONFLICT DO NOTHING"
            )
        )


def key_in_use(database: Database) -> SigningKey:
    """A new signing key, introduced as the one in use."""
    key = SigningKey.new("fairlead.example/invoices")
    with database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.signing_key (key_id, verifier, public_key) "
                "VALUES (:key, :verifier, :public)"
            ),
            {
                "key": key.verifier_key.key_id.hex(),
                "verifier": str(key.verifier_key),
                "public": key.verifier_key.public_key,
            },
        )
    return key


def proved(own: Books, number: str, folder: Path) -> list[str]:
    """What a client finds who verifies a document from its bundle, without us; nothing is good."""
    address = f"{token_hex(8)}@harbour.example"
    person = own.database.person(address, "finance", own.client_id)
    looker = Looker(
        session_hash=own.database.session(person),
        client_id=own.client_id,
        database_role="meterglass_client",
    )
    [(position,)] = own.ground.rows(
        "SELECT chain_position FROM billing.invoice WHERE client_id = :client AND number = :number",
        number=number,
    )
    path = folder / f"{number}.zip"
    with (
        patch("api.export_bundle.portal_engine", lambda: own.database.portal),
        patch("api.export_events.portal_engine", lambda: own.database.portal),
        path.open("wb") as file,
    ):
        for piece in bundle_of(looker, int(str(position))):
            file.write(piece)
    report = verify_bundle(path, own.key.verifier_key)
    return [str(each) for each in report.findings]
