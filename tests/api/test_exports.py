"""Downloads over real HTTP: the right file for the right viewer, and for nobody else."""

import csv
import hashlib
import io
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import text

from billing_core.canonical import value_from
from billing_core.invoicing.document import Document
from billing_core.proof import Disposition, Evidence, Exclusion, ExclusionReason
from db.commands.setup.apply import apply_setup
from db.portal import SESSION_COOKIES
from db.queries.exports import exported_document
from db.queries.issued_documents import IssuedDocument
from documents.verification import verify_bundle
from tests.documents.focus_rules import broken, read_bill
from tests.pages import billed, harbour
from tests.support.database import Database, DatabaseServer
from tests.support.issued import KEY, issue
from tests.support.portal import Portal, running_portal
from tests.support.viewers import open_session

NOW = datetime(2026, 12, 10, 12, tzinfo=UTC)
FORMS = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8; header=present",
    "json": "application/json",
    "focus.csv": "text/csv; charset=utf-8; header=present",
    "draft.csv": "text/csv; charset=utf-8; header=present",
    "draft.json": "application/json",
    "bundle.zip": "application/zip",
}
DOCUMENT = f"/export/invoice/{billed.SECOND}"
RECORDS = f"{DOCUMENT}/line/3/records.csv"


class Downloads:
    """A portal with two issued months, and sessions of its people."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self._cookies: dict[str, dict[str, str]] = {}

    @property
    def database(self) -> Database:
        return self.portal.database

    def cookie_of(self, email: str) -> Mapping[str, str]:
        if email not in self._cookies:
            person = harbour.number_of(self.database, "auth.person", "person_id", "email", email)
            token = secrets.token_urlsafe(32)
            open_session(self.database, person, token)
            self._cookies[email] = {"cookie": f"{SESSION_COOKIES[False]}={token}"}
        return self._cookies[email]

    def get(
        self, path: str, email: str | None = harbour.FINANCE, method: str = "GET"
    ) -> httpx.Response:
        headers = self.cookie_of(email) if email else {}
        return httpx.request(method, f"{self.portal.url}{path}", headers=headers, timeout=60)

    def noted(self, action: str = "export") -> list[tuple[str, str, str]]:
        """Who took what in which form, the latest first."""
        query = text(
            "SELECT actor, subject, detail ->> 'form' FROM billing.audit_log "
            "WHERE action = :action ORDER BY audit_id DESC"
        )
        with self.database.as_owner() as connection:
            rows = connection.execute(query, {"action": action})
            return [(row[0], row[1], row[2]) for row in rows]


@pytest.fixture(scope="module")
def downloads(
    server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Downloads]:
    database = server.copy()
    with database.as_owner() as connection:
        apply_setup(connection, harbour.SETUP, as_of=NOW, actor="test")
    harbour.record_usage(database, NOW)
    billed.issue_october(database)
    billed.issue_november(database)
    with database.as_owner() as connection:
        # People of a setup have yet to choose a password; these have.
        connection.execute(text("UPDATE auth.person SET must_change_password = false"))
    with running_portal(database, tmp_path_factory.mktemp("portal")) as portal:
        yield Downloads(portal)
    server.drop(database)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "email", [harbour.FINANCE, harbour.MANAGER, harbour.BILLING, harbour.ADMINISTRATOR]
)
def test_whoever_sees_the_bill_may_take_it_in_every_form(
    downloads: Downloads, email: str, form: str
) -> None:
    answer = downloads.get(f"{DOCUMENT}.{form}?client=harbour", email)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == FORMS[form]
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="{billed.SECOND}.{form}"'
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert downloads.noted()[0] == (email, billed.SECOND, form)


def test_each_form_says_what_was_issued(downloads: Downloads) -> None:
    def content(form: str) -> bytes:
        return downloads.get(f"{DOCUMENT}.{form}").content

    page = PdfReader(io.BytesIO(content("pdf"))).pages[0].extract_text()
    assert "HARB-2026-0002" in page
    assert "€1,300.75" in page
    book = load_workbook(io.BytesIO(content("xlsx")), data_only=True)
    assert 1300.75 in [cell.value for row in book["Invoice"] for cell in row]
    lines = list(csv.DictReader(io.StringIO(content("csv").decode(), newline="")))
    assert sum(Decimal(row["amount"]) for row in lines) == Decimal("1075.00")
    document = value_from(Document, content("json").decode())
    assert (document.number, document.invoice.gross) == (billed.SECOND, Decimal("1300.75"))
    bill = read_bill(content("focus.csv"))
    assert broken(bill) == []
    assert sum(Decimal(row["BilledCost"]) for row in bill.rows) == Decimal("1300.75")
    assert json.loads(content("draft.json"))["gross"] == "1300.75"
    assert content("draft.csv").startswith(b"document,client,")


def test_the_json_is_the_signed_text(downloads: Downloads) -> None:
    query = text("SELECT document FROM billing.invoice WHERE number = :number")
    with downloads.database.as_owner() as connection:
        stored = connection.execute(query, {"number": billed.SECOND}).scalar_one()
    assert downloads.get(f"{DOCUMENT}.json").content == stored.encode()


def test_the_pdf_names_the_signed_manifest(downloads: Downloads) -> None:
    query = text("SELECT manifest_hash FROM billing.invoice WHERE number = :number")
    with downloads.database.as_owner() as connection:
        stored = bytes(connection.execute(query, {"number": billed.SECOND}).scalar_one())
    content = downloads.get(f"{DOCUMENT}.pdf").content
    text_of = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert stored.hex() in text_of


def test_f54_the_same_document_gives_the_same_bytes_to_everybody(downloads: Downloads) -> None:
    def digest(form: str, email: str) -> str:
        answer = downloads.get(f"{DOCUMENT}.{form}?client=harbour", email)
        return hashlib.sha256(answer.content).hexdigest()

    for form in FORMS:
        assert digest(form, harbour.FINANCE) == digest(form, harbour.BILLING), form
    assert (
        digest("pdf", harbour.FINANCE)
        != hashlib.sha256(downloads.get(f"/export/invoice/{billed.FIRST}.pdf").content).hexdigest()
    )


def test_a_bundle_holds_the_document_its_rate_card_and_its_records(downloads: Downloads) -> None:
    with ZipFile(io.BytesIO(downloads.get(f"{DOCUMENT}.bundle.zip").content)) as bundle:
        names = bundle.namelist()
        assert bundle.testzip() is None
        document = bundle.read("document.json")
        (events,) = [name for name in names if name.startswith("events/")]
        rows = list(csv.DictReader(io.StringIO(bundle.read(events).decode(), newline="")))
    assert document == downloads.get(f"{DOCUMENT}.json").content
    assert [row["source_event_id"] for row in rows] == ["n1", "n2", "n3"]
    assert [row["quantity"] for row in rows] == ["300", "300", "250"]


def test_a_bundle_that_was_taken_proves_its_document_offline(
    downloads: Downloads, tmp_path: Path
) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(downloads.get(f"{DOCUMENT}.bundle.zip").content)
    report = verify_bundle(path, KEY.verifier_key)
    assert report.findings == []


def records(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def compute_line(downloads: Downloads) -> int:
    lines = list(
        csv.DictReader(io.StringIO(downloads.get(f"{DOCUMENT}.csv").content.decode(), newline=""))
    )
    return next(int(row["line"]) for row in lines if row["price_code"] == "compute")


@pytest.mark.parametrize("email", harbour.EVERYBODY)
def test_everybody_may_take_the_records_of_a_line(downloads: Downloads, email: str) -> None:
    line = compute_line(downloads)
    answer = downloads.get(f"{DOCUMENT}/line/{line}/records.csv?client=harbour", email)
    rows = records(answer)
    assert [(row["kind"], row["running_quantity"], row["tier"], row["added"]) for row in rows] == [
        ("event", "300", "Base", "20"),
        ("event", "600", "Base", "30"),
        ("event", "850", "Growth", "25"),
        ("included", "", "", "0"),
    ]
    assert sum(Decimal(row["added"]) for row in rows) == Decimal(75)
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="{billed.SECOND}-line-{line}-records.csv"'
    )
    assert downloads.noted()[0] == (email, f"{billed.SECOND} line {line}", "records.csv")


def test_a_line_without_records_says_so(downloads: Downloads) -> None:
    lines = json.loads(downloads.get(f"{DOCUMENT}.json").content)["invoice"]["lines"]
    fee = next(line["number"] for line in lines if line["price_code"] == "platform")
    (row,) = records(downloads.get(f"{DOCUMENT}/line/{fee}/records.csv"))
    assert (row["kind"], row["added"], row["text"]) == (
        "line",
        "1000.00",
        "No metered record stands behind it",
    )


def test_f43_a_spreadsheet_runs_nothing_of_the_safe_form(downloads: Downloads) -> None:
    line = compute_line(downloads)
    answer = downloads.get(f"{DOCUMENT}/line/{line}/records.csv?safe=1")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-disposition"].endswith(f'-{line}-records-safe.csv"')
    assert records(answer)[0]["quantity"] == "300"
    assert downloads.get(f"{DOCUMENT}.csv?safe=2").status_code == 400
    assert downloads.get(f"{DOCUMENT}.csv?safe=1&safe=1").status_code == 400


@pytest.mark.parametrize("form", [each for each in FORMS if each not in {"csv", "draft.csv"}])
def test_a_form_that_has_no_safe_one_says_so_and_takes_no_name_of_one(
    downloads: Downloads, form: str
) -> None:
    before = downloads.noted()
    for method in ("GET", "HEAD"):
        answer = downloads.get(f"{DOCUMENT}.{form}?safe=1", method=method)
        assert answer.status_code == 400
        assert "content-disposition" not in answer.headers
    assert downloads.get(f"{DOCUMENT}.{form}?safe=1").text == "This form has no safe one."
    assert downloads.noted() == before


@pytest.mark.parametrize(
    ("form", "named"),
    [("csv", "HARB-2026-0002-safe.csv"), ("draft.csv", "HARB-2026-0002.draft-safe.csv")],
)
def test_the_safe_form_is_named_so(downloads: Downloads, form: str, named: str) -> None:
    answer = downloads.get(f"{DOCUMENT}.{form}?safe=1")
    assert answer.headers["content-disposition"] == f'attachment; filename="{named}"'


@pytest.mark.parametrize("form", FORMS)
def test_it_sees_what_was_used_but_not_the_bill(downloads: Downloads, form: str) -> None:
    before = downloads.noted()
    answer = downloads.get(f"{DOCUMENT}.{form}", harbour.IT)
    assert (answer.status_code, answer.text) == (403, "Your role does not see this file.")
    missing = downloads.get(f"/export/invoice/NONE-2026-0001.{form}", harbour.IT)
    assert (missing.status_code, missing.text) == (403, answer.text)
    assert downloads.noted() == before


@pytest.mark.parametrize("path", [*(f"{DOCUMENT}.{form}" for form in FORMS), RECORDS])
def test_f55_without_a_session_nothing_is_given(downloads: Downloads, path: str) -> None:
    answer = downloads.get(path, None)
    assert (answer.status_code, answer.text) == (401, "Sign in first.")
    assert answer.headers["cache-control"] == "no-store"
    stolen = httpx.get(
        f"{downloads.portal.url}{path}",
        headers={"cookie": f"{SESSION_COOKIES[False]}={'x' * 43}"},
    )
    assert (stolen.status_code, stolen.text) == (401, "Sign in first.")


@pytest.mark.parametrize(
    "path",
    [
        *(f"{DOCUMENT}.{form}" for form in FORMS),
        RECORDS,
        f"{DOCUMENT}.pdf?client=harbour",
        f"{RECORDS}?client=harbour",
    ],
)
def test_f55_another_clients_files_are_not_there(downloads: Downloads, path: str) -> None:
    foreign = downloads.get(path, harbour.OTHER)
    nothing = downloads.get("/export/invoice/NONE-2026-0001.pdf", harbour.OTHER)
    assert (foreign.status_code, foreign.text) == (404, "There is no such document.")
    assert (nothing.status_code, nothing.text) == (404, foreign.text)
    assert foreign.headers["cache-control"] == "no-store"


def test_an_account_manager_takes_only_what_is_of_the_client_he_names(downloads: Downloads) -> None:
    assert downloads.get(f"{DOCUMENT}.csv?client=harbour", harbour.MANAGER).status_code == 200
    assert downloads.get(f"{DOCUMENT}.csv?client=quayside", harbour.MANAGER).status_code == 404
    assert downloads.get(f"{DOCUMENT}.csv?client=newcomer", harbour.MANAGER).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/export/invoice/0.pdf",
        "/export/invoice/-1.pdf",
        "/export/invoice/1e9.pdf",
        "/export/invoice/'%20OR%201=1--.pdf",
        f"/export/invoice/{'A' * 10_000}.pdf",
        "/export/invoice/.pdf",
        "/export/invoice/HARB-2026-0002.exe",
        "/export/invoice/HARB-2026-0002",
        "/export/invoice/harb-2026-0002.pdf",
        f"{DOCUMENT}.pdf?client=harbour&client=harbour",
        f"{DOCUMENT}.pdf?client=%00",
        f"{DOCUMENT}.pdf?client={'a' * 10_000}",
        f"{DOCUMENT}/line/0/records.csv",
        f"{DOCUMENT}/line/99/records.csv",
        f"{DOCUMENT}/line/-1/records.csv",
        f"{DOCUMENT}/line/%D9%A1/records.csv",
        f"{DOCUMENT}/line/1e0/records.csv",
    ],
)
def test_f40_whatever_else_is_asked_for_is_not_there(downloads: Downloads, path: str) -> None:
    answer = downloads.get(path)
    assert (answer.status_code, answer.text) == (404, "There is no such document.")


@pytest.mark.parametrize(
    "path",
    [
        "/export",
        "/export/",
        "/export/invoice/a/../../../etc/passwd",
        "/export/..%2f..%2fx",
        "/export/invoice/%00.pdf",
    ],
)
def test_f44_other_addresses_below_give_no_file(downloads: Downloads, path: str) -> None:
    answer = downloads.get(path)
    assert answer.status_code in {301, 400, 404}
    assert "content-disposition" not in answer.headers


def test_head_says_what_get_would_give_and_is_not_noted(downloads: Downloads) -> None:
    before = downloads.noted()
    for path in (*(f"{DOCUMENT}.{form}" for form in FORMS), f"{DOCUMENT}/line/1/records.csv"):
        answer = downloads.get(path, method="HEAD")
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-disposition"].startswith("attachment;")
    assert downloads.get(f"{DOCUMENT}.pdf", None, "HEAD").status_code == 401
    assert downloads.get(f"{DOCUMENT}.pdf", harbour.OTHER, "HEAD").status_code == 404
    assert downloads.noted() == before


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_download_is_only_got(downloads: Downloads, method: str) -> None:
    assert downloads.get(f"{DOCUMENT}.pdf", method=method).status_code == 405


def test_what_was_refused_is_noted(downloads: Downloads) -> None:
    downloads.get(f"{DOCUMENT}.pdf", harbour.OTHER)
    actors = [
        actor for actor, subject, _ in downloads.noted("access_denied") if subject == "export"
    ]
    assert harbour.OTHER in actors


def test_whoever_must_choose_a_password_takes_nothing_yet(downloads: Downloads) -> None:
    change = text("UPDATE auth.person SET must_change_password = :must WHERE email = :email")
    mail = "finance@newcomer.example"
    with downloads.database.as_owner() as connection:
        connection.execute(change, {"must": True, "email": mail})
    answer = downloads.get(f"{DOCUMENT}.pdf", mail)
    assert (answer.status_code, answer.text) == (403, "Choose a new password first.")


def test_an_ended_session_takes_nothing_more(downloads: Downloads) -> None:
    person = harbour.number_of(
        downloads.database, "auth.person", "person_id", "email", harbour.FINANCE
    )
    token = secrets.token_urlsafe(32)
    session_hash = open_session(downloads.database, person, token)
    headers = {"cookie": f"{SESSION_COOKIES[False]}={token}"}
    url = f"{downloads.portal.url}{DOCUMENT}.csv"
    assert httpx.get(url, headers=headers).status_code == 200
    with downloads.database.as_owner() as connection:
        connection.execute(
            text("UPDATE auth.session SET revoked_at = now() WHERE session_hash = :hash"),
            {"hash": session_hash},
        )
    assert httpx.get(url, headers=headers).status_code == 401


def test_f36_while_the_database_is_away_a_sentence_is_given(downloads: Downloads) -> None:
    downloads.cookie_of(harbour.FINANCE)
    with downloads.portal.database_down():
        answer = downloads.get(f"{DOCUMENT}.pdf")
    assert answer.status_code == 503
    assert answer.text.startswith("The billing database does not answer at the moment.")
    assert "Traceback" not in answer.text
    assert downloads.get(f"{DOCUMENT}.csv").status_code == 200


def stored(downloads: Downloads, number: str) -> IssuedDocument:
    client = harbour.number_of(downloads.database, "billing.client", "client_id", "slug", "harbour")
    with downloads.database.as_owner() as connection:
        found = exported_document(connection, client, number)
    assert found is not None
    return found.issued


def replaced(
    downloads: Downloads,
    original: str,
    number: str,
    evidence: Sequence[Evidence] = (),
    exclusions: Sequence[Exclusion] = (),
) -> Document:
    """Issue a document again under another number."""
    whole = stored(downloads, original)
    again = replace(whole.document, number=number, reason="Again", replaces=original)
    meters = tuple(whole.meters.values())
    issue(downloads.database, again, whole.agreement, evidence, exclusions, meters=meters)
    return again


def test_a_number_is_read_as_a_name_and_never_as_a_path(downloads: Downloads) -> None:
    """Numbers are made of a prefix that a setup chose; a file name is made of safe letters."""
    replaced(downloads, billed.FIRST, "Ä B..7")
    answer = downloads.get("/export/invoice/%C3%84%20B..7.csv")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="_B..7.csv"'


def test_excluded_records_stand_in_the_file_and_add_nothing(downloads: Downloads) -> None:
    """As if n2 had been superseded: 200 × 0.10 = 20.00, then 250 × 0.10 = 25.00."""
    with downloads.database.as_owner() as connection:
        event_id = connection.execute(
            text("SELECT event_id FROM billing.usage_event WHERE source_event_id = 'n2'")
        ).scalar_one()
    excluded = Exclusion(
        event_id=event_id,
        meter="compute-hours",
        usage_period="2026-11",
        reason=ExclusionReason.SUPERSEDED,
        by=event_id,
    )
    line = compute_line(downloads)
    evidence = Evidence(
        meter="compute-hours",
        usage_period="2026-11",
        disposition=Disposition.BILLED,
        lines=(line,),
        event_count=3,
        excluded_count=1,
        included_count=0,
        root=bytes(32),
    )
    number = "HARB-2026-0009"
    replaced(downloads, billed.SECOND, number, [evidence], [excluded])
    rows = records(downloads.get(f"/export/invoice/{number}/line/{line}/records.csv"))
    assert [(row["excluded"], row["running_quantity"], row["added"]) for row in rows[:3]] == [
        ("", "300", "20"),
        ("superseded", "", ""),
        ("", "550", "25"),
    ]
    assert sum(Decimal(row["added"] or "0") for row in rows) == Decimal(75)
