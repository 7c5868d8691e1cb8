"""Everything of an issued document that leaves the portal, as its client takes it."""

import csv
import io
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from zipfile import ZipFile

import httpx
from pypdf import PdfReader
from sqlalchemy import text

from billing_core.canonical import value_from
from billing_core.invoicing.document import Document
from db.portal import SESSION_COOKIES
from documents.keys import SigningKey
from documents.verification import Report, verify_bundle
from tests.documents.focus_rules import Bill, read_bill
from tests.documents.spreadsheet import Spreadsheet
from tests.support.database import Database
from tests.support.portal import Portal, running_portal
from tests.support.viewers import open_session

#: The forms in which a document is handed out.
FORMS = ("pdf", "xlsx", "csv", "json", "focus.csv", "draft.csv", "draft.json", "bundle.zip")
Rows = list[dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """An issued document, by its client and number."""

    client: str  #: slug
    number: str


@dataclass
class Artefacts:
    """A portal from which finance of each client takes its documents."""

    portal: Portal
    folder: Path
    _cookies: dict[str, str] = field(default_factory=dict)
    _taken: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def documents(self) -> tuple[Numbered, ...]:
        """All that were issued, client by client in the order of their chains."""
        query = text(
            "SELECT slug, number FROM billing.invoice JOIN billing.client USING (client_id) "
            "ORDER BY slug, chain_position"
        )
        with self.portal.database.as_owner() as connection:
            return tuple(
                Numbered(client=row.slug, number=row.number) for row in connection.execute(query)
            )

    def content(self, found: Numbered, form: str) -> bytes:
        """A document in a form."""
        return self._get(found, f"/export/invoice/{found.number}.{form}")

    def document(self, found: Numbered) -> Document:
        return value_from(Document, self.content(found, "json").decode())

    def rows(self, found: Numbered, form: str) -> Rows:
        return _rows(self.content(found, form))

    def records(self, found: Numbered, line: int) -> Rows:
        """What is behind a line."""
        return _rows(self._get(found, f"/export/invoice/{found.number}/line/{line}/records.csv"))

    def bill(self, found: Numbered) -> Bill:
        return read_bill(self.content(found, "focus.csv"))

    def spreadsheet(self, found: Numbered) -> Spreadsheet:
        return Spreadsheet(self.content(found, "xlsx"))

    def pages(self, found: Numbered) -> str:
        """What a reader of the PDF reads, in one line."""
        reader = PdfReader(io.BytesIO(self.content(found, "pdf")))
        told = " ".join(page.extract_text() for page in reader.pages)
        return " ".join(told.replace("\u00a0", " ").split())

    def verified(self, found: Numbered, key: SigningKey) -> Report:
        """What somebody finds who verifies the bundle without us."""
        path = self.folder / f"{found.number}.zip"
        path.write_bytes(self.content(found, "bundle.zip"))
        return verify_bundle(path, key.verifier_key)

    def texts(self, found: Numbered) -> Iterator[tuple[str, str]]:
        """All that a person or a program can read in any form, by where it stands."""
        for form in FORMS:
            content = self.content(found, form)
            if form == "pdf":
                yield form, self.pages(found)
            elif content.startswith(b"PK"):
                with ZipFile(io.BytesIO(content)) as parts:
                    for name in parts.namelist():
                        yield f"{form}/{name}", parts.read(name).decode()
            else:
                yield form, content.decode("utf-8-sig")
        for line in self.document(found).invoice.lines:
            records = f"/export/invoice/{found.number}/line/{line.number}/records.csv"
            yield records, self._get(found, records).decode()

    def _get(self, found: Numbered, path: str) -> bytes:
        if path not in self._taken:
            headers = {"cookie": self._cookie_of(found.client)}
            answer = httpx.get(f"{self.portal.url}{path}", headers=headers, timeout=60)
            assert answer.status_code == 200, (path, answer.text)
            self._taken[path] = answer.content
        return self._taken[path]

    def _cookie_of(self, client: str) -> str:
        if client not in self._cookies:
            token = secrets.token_urlsafe(32)
            open_session(self.portal.database, _finance_of(self.portal.database, client), token)
            self._cookies[client] = f"{SESSION_COOKIES[False]}={token}"
        return self._cookies[client]


@contextmanager
def artefacts_of(database: Database, folder: Path) -> Iterator[Artefacts]:
    """Run a portal over a database, and take from it."""
    with running_portal(database, folder) as portal:
        yield Artefacts(portal=portal, folder=folder)


def _finance_of(database: Database, client: str) -> int:
    query = text(
        "SELECT p.person_id FROM auth.person p JOIN auth.person_client USING (person_id) "
        "JOIN billing.client c USING (client_id) WHERE c.slug = :client AND p.role = 'finance'"
    )
    let_in = text("UPDATE auth.person SET must_change_password = false WHERE person_id = :person")
    with database.as_owner() as connection:
        person: int = connection.execute(query, {"client": client}).scalar_one()
        connection.execute(let_in, {"person": person})
    return person


def _rows(content: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
