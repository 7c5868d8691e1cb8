"""The books that the tests of bundles share: three months, worked by hand.

Backup is a level (time-weighted mean), calls are a sum with 100 included at 0.10. October has calls
of 70 (in place of a wrong 60) and 60: 130, 30 of them at 0.10 = 3.00. One more call record of 33
comes in November, so October comes to 163 - 100 = 63 × 0.10 = 6.30, 3.30 more.
"""

from datetime import timedelta
from decimal import Decimal

from documents.keys import SigningKey
from tests.billing_core.made import agreement, meter, price, tier
from tests.documents.books import Books
from tests.scenarios.worked import VAT

KEY = SigningKey("quayside.example/invoices", bytes(range(32)))
BACKUP = meter(
    "time_weighted_mean", code="backup", name="Backup", unit="GB", holds_for=timedelta(days=40)
)
CALLS = meter("sum", code="calls", name="Calls", unit="1")
TIERS = (tier("first", "100", "0.5"), tier("second", None, "0.4"))
AGREEMENT = agreement(
    price("flat", code="base", fee="1000"),
    price("graduated", code="backup", meter="backup", tiers=TIERS),
    price("unit", code="calls", meter="calls", unit_price="0.10", included_quantity="100"),
    tax_code="NL-21",
    minimum_commitment=Decimal(50),
    back_billing_days=200,
)


def one_month() -> Books:
    books = Books(agreement=AGREEMENT, meters=(BACKUP, CALLS), key=KEY, tax_rates=(VAT,))
    books.record("2026-10", "backup", "2026-10-03T10:00", "140")
    books.record("2026-10", "backup", "2026-10-05T10:00", "14", resource="vm-2")
    wrong = books.record("2026-10", "calls", "2026-10-03T10:00", "60")
    books.record("2026-10", "calls", "2026-10-13T10:00", "60")
    reason = 'typed "60",\nmeant 70'
    books.record(
        "2026-10",
        "calls",
        "2026-10-14T10:00",
        "70",
        supersedes=wrong.event_id,
        reason=reason,
        source="téléphone",
    )
    books.close("2026-10")
    return books


def three_months() -> Books:
    books = one_month()
    books.record("2026-11", "backup", "2026-11-20T10:00", "100")
    books.record("2026-11", "calls", "2026-10-20T10:00", "33")
    wrong = books.record("2026-11", "calls", "2026-11-20T10:00", "1")
    books.record(
        "2026-11",
        "calls",
        "2026-11-20T10:00",
        "0",
        supersedes=wrong.event_id,
        reason="no such call",
        withdraws=True,
    )
    books.close("2026-11")
    books.record("2026-12", "calls", "2026-12-20T10:00", "300")
    books.close("2026-12")
    return books


def smallest() -> Books:
    """One price, two records: a bundle of which every byte can be tried."""
    of = agreement(price("unit", code="calls", meter="calls", unit_price="0.10"))
    books = Books(agreement=of, meters=(CALLS,), key=KEY)
    books.record("2026-10", "calls", "2026-10-03T10:00", "60")
    books.record("2026-10", "calls", "2026-10-13T10:00", "60")
    books.close("2026-10")
    return books
