"""What was billed keeps its taxes, its numbers and its books; what is not yet billed may change."""

from datetime import date

import pytest
from sqlalchemy import Text, insert, select, text

from billing_core.period import month_period
from billing_core.setup import Setup
from db import models
from db.commands.billing_periods import ensure_period
from db.queries.setup import agreements_of
from db.queries.stored_setup import stored_setup
from intake.setup import COLUMNS, read_setup
from tests.support.database import Database
from tests.support.setup_files import (
    NOVEMBER,
    Replacement,
    applied,
    contents_with,
    refused,
    setup_with,
)

BILLED = "is billed to harbour: what is wrong in a billed month is mended by a credit note."
ZONES = {"harbour": "Europe/Amsterdam", "millbrook": "Europe/Berlin"}


def month(database: Database, client: str, name: str, state: str = "issued") -> None:
    """Store a billing period of a client."""
    with database.as_owner() as connection:
        client_id = connection.execute(
            text("SELECT client_id FROM billing.client WHERE slug = :slug"), {"slug": client}
        ).scalar_one()
        ensure_period(connection, client_id, month_period(name, ZONES[client]))
        states = ("open", "closing", "issued")
        for step in states[: states.index(state) + 1]:
            connection.execute(
                text(
                    "UPDATE billing.billing_period SET state = :state "
                    "WHERE client_id = :client AND billing_period = :month"
                ),
                {"client": client_id, "month": date.fromisoformat(f"{name}-01"), "state": step},
            )


def issue(database: Database, client: str) -> None:
    """Store a document of a client's only month, over nothing; its texts are empty."""
    period = models.BillingPeriod
    columns = models.Invoice.__table__.columns
    blank = {each.name: "" for each in columns if isinstance(each.type, Text) and not each.nullable}
    with database.as_owner() as connection:
        row = connection.execute(
            select(period.client_id, period.billing_period, period.agreement_id)
            .join(models.Client, models.Client.client_id == period.client_id)
            .where(models.Client.slug == client)
        ).one()
        values = {
            **blank,
            **row._mapping,
            "number": "HARB-2026-0001",
            "kind": "invoice",
            "is_legal": True,
            "currency": "EUR",
            "as_of": NOVEMBER,
            "issued_at": NOVEMBER,
            "issued_on": NOVEMBER.date(),
            "due_on": NOVEMBER.date(),
            **dict.fromkeys(("net", "tax", "gross"), 0),
            "chain_position": 1,
            "manifest_hash": bytes(32),
        }
        connection.execute(insert(models.Invoice).values(values))


def without_harbour(*replacements: Replacement) -> Setup:
    """The setup of the example without the first client, who is then left alone."""
    files = contents_with(*replacements)
    for file in {*COLUMNS} - {"issuer.csv", "meters.csv", "taxes.csv"}:
        rows = files[file].decode().splitlines(keepends=True)
        files[file] = "".join(row for row in rows if "harbour" not in row).encode()
    return read_setup(files)


TWENTY_ONE = "NL-VAT,VAT 21 %,standard,0.21,2012-10-01,,\n"
#: What a rate of 25 % from a day on is, as a row after the last one of the code.
TWENTY_FIVE = "NL-VAT,VAT 25 %,standard,0.25,{day},,\n"


def raised_on(day: str) -> Replacement:
    """The example with a rate more."""
    return ("taxes.csv", TWENTY_ONE, TWENTY_ONE + TWENTY_FIVE.format(day=day))


@pytest.fixture
def billed(database: Database) -> Database:
    """The example with October issued to harbour, and November open."""
    applied(database, setup_with())
    month(database, "harbour", "2026-10")
    month(database, "harbour", "2026-11", "open")
    return database


def test_changes_of_what_invoices_need_are_told_and_stored(database: Database) -> None:
    applied(database, setup_with())
    changed = setup_with(
        ("issuer.csv", 'BIC ABNANL2A",', 'BIC ABNANL2A",elsewhere'),
        ("clients.csv", ",HARB,", ",HL,2026-11"),
        ("clients.csv", "Lindenallee 4\n14050", "Ahornallee 9\n14050"),
        ("taxes.csv", "VAT 19 %", "Btw 19 %"),
        raised_on("2027-01-01"),
        ("agreements.csv", "PO-2026-0117,,", "PO-2027-0003,45,"),
        ("prices.csv", "Two-year term", "Three-year term"),
    )
    assert applied(database, changed) == [
        "changed: issuer Fairlead (books: here → elsewhere)",
        "changed: client harbour (invoice_prefix: HARB → HL; invoices_from: – → 2026-11-01)",
        (
            "changed: client millbrook (address: Lindenallee 4\n14050 Berlin → "
            "Ahornallee 9\n14050 Berlin)"
        ),
        "changed: tax rate NL-VAT 2001-01-01 (name: VAT 19 % → Btw 19 %)",
        "ended: tax rate NL-VAT 2012-10-01 on 2027-01-01 (ends_on: – → 2027-01-01)",
        "added: tax rate NL-VAT 2027-01-01",
        (
            "changed: agreement harbour HARB-2026 (purchase_order: PO-2026-0117 → PO-2027-0003; "
            "payment_days: 30 → 45)"
        ),
        (
            "changed: price harbour HARB-2026 compute-hours 2026-01-01 (reason: Two-year term → "
            "Three-year term)"
        ),
    ]
    with database.as_owner() as connection:
        assert stored_setup(connection) == changed
    assert applied(database, changed) == []


def test_two_clients_may_exchange_their_prefixes(database: Database) -> None:
    first = ("clients.csv", "DE812345678,,", "DE812345678,MILL,")
    applied(database, setup_with(first))
    second = setup_with(
        ("clients.csv", ",HARB,", ",MILL,"), ("clients.csv", "DE812345678,,", "DE812345678,HARB,")
    )
    assert applied(database, second) == [
        "changed: client harbour (invoice_prefix: HARB → MILL)",
        "changed: client millbrook (invoice_prefix: MILL → HARB)",
    ]
    with database.as_owner() as connection:
        assert stored_setup(connection) == second


@pytest.mark.parametrize(
    ("prefix", "fault"),
    [
        ("HARB", "HARB is the prefix of client harbour, whom the folder doesn't name"),
        ("HARBOUR", ""),
    ],
)
def test_a_prefix_of_a_client_that_is_not_named_is_taken(
    database: Database, prefix: str, fault: str
) -> None:
    applied(database, setup_with())
    files = without_harbour(("clients.csv", "DE812345678,,", f"DE812345678,{prefix},"))
    expected = [f"clients.csv:2:invoice_prefix: {fault}: choose another."] if fault else []
    assert refused(database, files) == expected


def test_a_slug_in_capitals_of_a_client_that_is_not_named_is_taken(database: Database) -> None:
    applied(database, setup_with(("clients.csv", ",HARB,", ",,")))
    files = without_harbour(("clients.csv", "DE812345678,,", "DE812345678,HARBOUR,"))
    assert refused(database, files) == [
        (
            "clients.csv:2:invoice_prefix: HARBOUR is the prefix of client harbour, whom the "
            "folder doesn't name: choose another."
        )
    ]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        (
            [("taxes.csv", "standard,0.21", "standard,0.2")],
            ("taxes.csv:4:rate", "2026-01-01"),
        ),
        (
            [("taxes.csv", "VAT 21 %,standard,0.21", "VAT,exempt,")],
            ("taxes.csv:4:treatment", "2026-01-01"),
        ),
        (
            [raised_on("2026-10-31")],
            ("taxes.csv:5:starts_on", "2026-10-31"),
        ),
        (
            [("taxes.csv", TWENTY_ONE, "")],
            ("taxes.csv:3:ends_on", "2026-01-01"),
        ),
    ],
)
def test_a_tax_code_means_in_billed_months_what_it_meant(
    billed: Database, changes: list[Replacement], refusal: tuple[str, str]
) -> None:
    place, day = refusal
    assert refused(billed, setup_with(*changes)) == [
        f"{place}: It would take effect on {day}, and all before 2026-11-01 {BILLED}"
    ]


@pytest.mark.parametrize(
    "changes",
    [
        [raised_on("2026-11-01")],
        [raised_on("2026-11-15")],
        [("taxes.csv", "VAT 21 %", "Btw 21 %")],
        [("taxes.csv", "standard,0.19", "standard,0.175")],
        [("taxes.csv", "NL-VAT,VAT 19 %,standard,0.19,2001-01-01,,\n", "")],
        [("taxes.csv", "0.21,2012-10-01", "0.21,2012-09-01")],
        [("taxes.csv", "VAT reverse charged,reverse_charge,", "No VAT,exempt,")],
        [("taxes.csv", "NL-VAT,VAT 19 %", "LOW,Low,standard,0.09,2019-01-01,,\nNL-VAT,VAT 19 %")],
    ],
)
def test_a_tax_code_may_change_where_nothing_was_billed_by_it(
    billed: Database, changes: list[Replacement]
) -> None:
    assert refused(billed, setup_with(*changes)) == []


def test_a_rate_of_a_client_that_is_not_named_is_as_fixed(billed: Database) -> None:
    files = without_harbour(("taxes.csv", "standard,0.21", "standard,0.2"))
    assert refused(billed, files) == [
        f"taxes.csv:4:rate: It would take effect on 2026-01-01, and all before 2026-11-01 {BILLED}"
    ]


def test_a_client_that_is_not_named_keeps_a_rate_on_each_day(database: Database) -> None:
    applied(database, setup_with())
    assert refused(
        database, without_harbour(("taxes.csv", "2012-10-01,,", "2012-10-01,2027-03-01,"))
    ) == [
        (
            "taxes.csv:4:ends_on: Client harbour is taxed by NL-VAT on 2027-03-01, which would "
            "have no rate then: add one."
        )
    ]


def test_a_client_that_is_not_named_keeps_the_tax_numbers_of_a_reverse_charge(
    database: Database,
) -> None:
    without_number = ("clients.csv", "NL862104390B01", "")
    applied(database, setup_with(without_number))
    assert refused(
        database, without_harbour(("taxes.csv", TWENTY_ONE, TWENTY_ONE
                                   + "NL-VAT,Reverse,reverse_charge,,2027-01-01,,\n"))
    ) == [
        (
            "taxes.csv:5:starts_on: Client harbour is taxed by NL-VAT and has no tax number, "
            "which a reverse charge must name: give it first."
        )
    ]  # fmt: skip


def test_the_issuer_keeps_its_tax_number_for_a_client_that_is_not_named(
    database: Database,
) -> None:
    reverse = ("agreements.csv", "PO-2026-0117,,NL-VAT", "PO-2026-0117,,EU-REVERSE")
    applied(database, setup_with(reverse))
    files = without_harbour(
        ("issuer.csv", "NL004495445B01", ""), ("agreements.csv", "14,EU-REVERSE", "14,")
    )
    assert refused(database, files) == [
        (
            "issuer.csv:2:tax_number: Client harbour has a reverse charge, which names both tax "
            "numbers: give the issuer's."
        )
    ]


def test_tax_codes_that_are_not_named_are_left_alone(database: Database) -> None:
    applied(database, setup_with())
    files = without_harbour(
        ("taxes.csv", "NL-VAT,VAT 19 %,standard,0.19,2001-01-01,,\n", ""),
        ("taxes.csv", TWENTY_ONE, ""),
    )
    assert applied(database, files) == ["left alone: person m.okafor@fairlead.example"]
    with database.as_owner() as connection:
        stored = stored_setup(connection)
    assert stored is not None
    assert stored.tax_rates == setup_with().tax_rates


def test_the_tax_code_of_a_price_stays_once_a_month_is_billed(billed: Database) -> None:
    changed = setup_with(
        ("prices.csv", "Schedule B 1,,,Two-year", "Schedule B 1,,EU-REVERSE,Two-year")
    )
    assert refused(billed, changed) == [
        (
            "prices.csv:6:tax_code: The version from 2026-01-01 covers 2026-10, which is billed, "
            "so tax_code can't change: add a version that begins later."
        )
    ]


def test_the_tax_code_of_a_price_may_come_while_its_months_only_hold_usage(
    database: Database,
) -> None:
    """What was recorded before invoices is taxed by the first of them."""
    applied(database, setup_with())
    month(database, "harbour", "2026-11", "open")
    with database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.usage_total (client_id, meter_id, billing_period, "
                "event_count, quantity, first_at, last_at, last_event_id) "
                "SELECT client_id, meter_id, billing_period, 1, 5, now(), now(), "
                "gen_random_uuid() FROM billing.billing_period, billing.meter "
                "WHERE code = 'compute-hours'"
            )
        )
    taxed = ("prices.csv", "Schedule B 1,,,Two-year", "Schedule B 1,,EU-REVERSE,Two-year")
    assert refused(database, setup_with(taxed)) == []
    both = setup_with(taxed, ("prices.csv", ",0.0045,", ",0.005,"))
    assert refused(database, both) == [
        (
            "prices.csv:6:unit_price: The version from 2026-01-01 covers 2026-11, which holds "
            "usage, so unit_price, tax_code can't change: add a version that begins later."
        )
    ]


def test_terms_of_later_invoices_may_change_after_a_month_is_issued(billed: Database) -> None:
    changed = setup_with(
        ("agreements.csv", "PO-2026-0117,,NL-VAT", "PO-2027-0003,45,EU-REVERSE"),
        ("prices.csv", "Two-year term", "Three-year term"),
        ("clients.csv", "Westerkade 8", "Westerkade 9"),
        ("issuer.csv", "ABNANL2A", "INGBNL2A"),
    )
    assert refused(billed, changed) == []


def test_prefix_and_first_month_stay_once_a_document_is_issued(database: Database) -> None:
    applied(database, setup_with())
    moved = ("clients.csv", ",HARB,", ",HL,2026-11")
    month(database, "harbour", "2026-10")
    assert refused(database, setup_with(moved)) == []
    issue(database, "harbour")
    assert refused(database, setup_with(moved)) == [
        (
            "clients.csv:2:invoice_prefix: Issued documents are numbered HARB already, in one "
            "series: keep the prefix."
        )
    ]
    assert refused(database, setup_with(("clients.csv", ",HARB,", ",HARB,2026-11"))) == [
        (
            "clients.csv:2:invoices_from: Documents are issued already, so the first month that is "
            "billed here can't change: keep it empty."
        )
    ]
    assert refused(database, setup_with(("clients.csv", "Westerkade 8", "Westerkade 9"))) == []


def test_a_prefix_may_be_written_out_once_a_document_is_issued(database: Database) -> None:
    applied(database, setup_with(("clients.csv", ",HARB,", ",,")))
    month(database, "harbour", "2026-10")
    issue(database, "harbour")
    assert refused(database, setup_with(("clients.csv", ",HARB,", ",HARBOUR,"))) == []


ELSEWHERE = ("issuer.csv", 'BIC ABNANL2A",', 'BIC ABNANL2A",elsewhere')


def test_the_books_do_not_move_while_a_month_is_closing(database: Database) -> None:
    applied(database, setup_with())
    month(database, "harbour", "2026-10", "closing")
    assert refused(database, setup_with(ELSEWHERE)) == [
        (
            "issuer.csv:2:books: The books change only between months, and 2026-10 is not issued "
            "for harbour yet: change them when it is."
        )
    ]


def test_the_books_do_not_move_while_a_month_is_issued_for_some(database: Database) -> None:
    applied(database, setup_with())
    month(database, "harbour", "2026-10")
    month(database, "millbrook", "2026-10", "open")
    assert refused(database, setup_with(ELSEWHERE)) == [
        (
            "issuer.csv:2:books: The books change only between months, and 2026-10 is not issued "
            "for millbrook yet: change them when it is."
        )
    ]
    assert refused(database, setup_with(("issuer.csv", "ABNANL2A", "INGBNL2A"))) == []


def test_the_books_move_between_months(database: Database) -> None:
    applied(database, setup_with())
    for client in ("harbour", "millbrook"):
        month(database, client, "2026-10")
        month(database, client, "2026-11", "open")
    assert refused(database, setup_with(ELSEWHERE)) == []


def test_a_month_before_the_first_that_is_billed_here_holds_no_books_up(
    database: Database,
) -> None:
    """millbrook is billed here from April 2026 on."""
    applied(database, setup_with())
    month(database, "millbrook", "2026-03", "open")
    month(database, "harbour", "2026-03")
    assert refused(database, setup_with(ELSEWHERE)) == []
    month(database, "millbrook", "2026-04", "open")
    month(database, "harbour", "2026-04")
    assert refused(database, setup_with(ELSEWHERE)) == [
        (
            "issuer.csv:2:books: The books change only between months, and 2026-04 is not issued "
            "for millbrook yet: change them when it is."
        )
    ]


def test_a_viewer_reads_the_tax_codes_of_the_own_rate_card(database: Database) -> None:
    applied(database, setup_with())
    with database.administrator.connect() as connection:
        query = "SELECT client_id FROM billing.client WHERE slug = 'harbour'"
        harbour = connection.execute(text(query)).scalar_one()
        query = "SELECT person_id FROM auth.person WHERE name = 'Iris Tan'"
        person = connection.execute(text(query)).scalar_one()
    with database.as_viewer(database.session(person), harbour) as connection:
        [signed] = agreements_of(connection, harbour)
    [credit] = [price for price in signed.prices if price.code == "service-credit-march"]
    assert (signed.tax_code, signed.purchase_order) == ("NL-VAT", "PO-2026-0117")
    assert (credit.tax_code, credit.reason) == ("NL-VAT", "Backups late on four nights in March")
