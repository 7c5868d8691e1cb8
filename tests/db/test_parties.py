"""Who issues, who is billed, and at which rates it is taxed, as documents need them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from billing_core.setup import Books
from billing_core.taxes import TaxRate, TaxTreatment
from db.queries.parties import parties_of
from db.queries.setup import agreements_of
from db.queries.taxes import tax_rates
from tests.support.database import Database
from tests.support.setup_files import applied, setup_with


def id_of(database: Database, slug: str) -> int:
    with database.administrator.connect() as connection:
        query = text("SELECT client_id FROM billing.client WHERE slug = :slug")
        return int(connection.execute(query, {"slug": slug}).scalar_one())


def test_a_job_reads_both_parties_of_a_document_whole(database: Database) -> None:
    setup = setup_with()
    issuer = replace(
        setup.issuer, payment_details="NL18 FAIR 0123 4567 89\nFAIRNL2A", books=Books.ELSEWHERE
    )
    harbour = replace(
        setup.clients[0],
        legal_name="Harbour & Lane LLP (Netherlands)",
        address="Kade 4\n3011 AA Rotterdam",
        tax_number="NL862104390B01",
        invoice_prefix="HARB",
        invoices_from=date(2026, 10, 1),
    )
    applied(database, replace(setup, issuer=issuer, clients=(harbour, setup.clients[1])))
    client_id = id_of(database, "harbour")
    with database.as_writer(client_id) as connection:
        assert parties_of(connection, client_id) == (issuer, harbour)


def test_a_client_that_may_not_be_seen_has_no_parties(database: Database) -> None:
    applied(database, setup_with())
    harbour, millbrook = id_of(database, "harbour"), id_of(database, "millbrook")
    with (
        database.as_writer(harbour) as connection,
        pytest.raises(LookupError, match="is not set up, or may not be seen"),
    ):
        parties_of(connection, millbrook)


def test_without_a_setup_there_are_no_parties(database: Database) -> None:
    with (
        database.as_owner() as connection,
        pytest.raises(LookupError, match="client 1 is not set up"),
    ):
        parties_of(connection, 1)


def test_the_rates_of_a_code_are_read_in_order_of_time(database: Database) -> None:
    with database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.tax_rate "
                "(code, starts_on, ends_on, name, treatment, rate, note) VALUES "
                "('NL-VAT', '2012-10-01', NULL, 'VAT 21 %', 'standard', 0.21, ''), "
                "('NL-VAT', '2001-01-01', '2012-10-01', 'VAT 19 %', 'standard', 0.19, ''), "
                "('EU-RC', '2010-01-01', NULL, 'Reverse charge', 'reverse_charge', 0, 'Art. 196')"
            )
        )
    with database.as_writer() as connection:
        found = tax_rates(connection)
    assert found == (
        TaxRate(
            code="EU-RC",
            name="Reverse charge",
            treatment=TaxTreatment.REVERSE_CHARGE,
            rate=Decimal(0),
            starts_on=date(2010, 1, 1),
            note="Art. 196",
        ),
        TaxRate(
            code="NL-VAT",
            name="VAT 19 %",
            treatment=TaxTreatment.STANDARD,
            rate=Decimal("0.19"),
            starts_on=date(2001, 1, 1),
            ends_on=date(2012, 10, 1),
        ),
        TaxRate(
            code="NL-VAT",
            name="VAT 21 %",
            treatment=TaxTreatment.STANDARD,
            rate=Decimal("0.21"),
            starts_on=date(2012, 10, 1),
        ),
    )


def test_an_agreement_is_read_with_its_order_terms_and_tax_codes(database: Database) -> None:
    applied(database, setup_with())
    with database.as_owner() as connection:
        connection.execute(
            text(
                "UPDATE billing.agreement SET purchase_order = 'PO 4711', payment_days = 14, "
                "tax_code = 'NL-VAT' WHERE code = 'HARB-2026'"
            )
        )
        connection.execute(
            text(
                "UPDATE billing.price SET tax_code = 'EU-RC', reason = 'Fewer than agreed' "
                "WHERE code = 'compute-hours'"
            )
        )
        [signed] = agreements_of(connection, id_of(database, "harbour"))
    assert (signed.purchase_order, signed.payment_days, signed.tax_code) == (
        "PO 4711",
        14,
        "NL-VAT",
    )
    assert {
        (price.code, price.tax_code, price.reason)
        for price in signed.prices
        if price.tax_code == "EU-RC"
    } == {("compute-hours", "EU-RC", "Fewer than agreed")}
