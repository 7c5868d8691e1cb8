"""Harbour & Lane's issued documents, worked by hand from the table in `harbour`; VAT is 21 %.

HARB-2026-0001, issued 4 November: October's usage (50 hours, all included: 0.00), October's and
November's fee: 2,000.00, VAT 420.00, 2,420.00.

HARB-2026-0002, issued 4 December: November's usage 200 × 0.10 + 300 × 0.10 + 250 × 0.08 + 5.00 =
75.00, December's fee 1,000.00: 1,075.00, VAT 225.75, 1,300.75.

With a late record of 90 hours on 20 October: 140 hours then, 40 of them at 0.10 are 4.00, less 0.00
that was billed, an adjustment of 4.00. 1,079.00, VAT 226.59, 1,305.59.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import text

from db.commands.closing import Closing, Crediting, close_month, credit
from tests.pages import harbour
from tests.support.database import Database
from tests.support.issued import KEY

FIRST, SECOND, CREDIT = "HARB-2026-0001", "HARB-2026-0002", "HARB-2026-0003"
LATE: Final = harbour.event("o2", datetime(2026, 10, 20, 10, tzinfo=UTC), "vm-1", "90")
#: What a document says of its parties, its order and its tax.
_SAID: Final = text(r"""
    UPDATE billing.issuer SET address = E'Kade 1\n3011 AA Rotterdam',
        tax_number = 'NL001234567B01', email = 'billing@fairlead.example',
        payment_details = E'Rhine Bank, NL91 ABNA 0417 1643 00\nPlease name the invoice';
    UPDATE billing.client SET legal_name = 'Harbour & Lane N.V.', invoice_prefix = 'HARB',
        address = E'Dok 9\n3089 JK Rotterdam', tax_number = 'NL009876543B01'
    WHERE slug = 'harbour';
    UPDATE billing.agreement SET tax_code = 'NL-21', purchase_order = 'PO-4711'
    WHERE client_id = (SELECT client_id FROM billing.client WHERE slug = 'harbour');
    INSERT INTO billing.tax_rate (code, starts_on, name, treatment, rate)
    VALUES ('NL-21', '2012-10-01', 'VAT 21 %', 'standard', 0.21);
    INSERT INTO billing.signing_key (key_id, verifier, public_key)
    VALUES (:key, :verifier, :public);
    SELECT billing.raise_client_version(client_id) FROM billing.client WHERE slug = 'harbour'
""")


def issue_october(database: Database) -> None:
    """Issue HARB-2026-0001."""
    key = KEY.verifier_key
    named = {"key": key.key_id.hex(), "verifier": str(key), "public": key.public_key}
    with database.as_owner() as connection:
        connection.execute(_SAID, named)
    _close(database, date(2026, 10, 1), datetime(2026, 11, 4, 9, tzinfo=UTC))


def issue_november(database: Database) -> None:
    """Issue HARB-2026-0002."""
    _close(database, date(2026, 11, 1), datetime(2026, 12, 4, 9, tzinfo=UTC))


def issue_november_with_a_late_record(database: Database) -> None:
    """Issue HARB-2026-0002 after `LATE` was recorded, with the adjustment of October."""
    harbour.record_usage(database, datetime(2026, 11, 21, 12, tzinfo=UTC), (LATE,))
    issue_november(database)


def _close(database: Database, month: date, at: datetime) -> None:
    asked = Closing(client_id=_client(database), month=month, as_of=at, actor="ada")
    close_month(database.writer, asked, KEY)


def _client(database: Database) -> int:
    return harbour.number_of(database, "billing.client", "client_id", "slug", "harbour")


def credit_october(database: Database, amount: str, question: int | None = None) -> str:
    """Issue the next number, which credits some of line 1 of October's; the number."""
    asked = Crediting(
        client_id=_client(database),
        number=FIRST,
        reason="Agreed in a dispute",
        as_of=datetime(2026, 12, 9, 9, tzinfo=UTC),
        actor="ada",
        amounts={1: Decimal(amount)},
        question_id=question,
    )
    return credit(database.writer, asked, KEY).credit_note
