"""Invoices: the list, a document, a line down to its evidence; figures from `billed`."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from billing_core.invoicing.legal import LegalInvoice
from db.commands.legal_invoices import take_legal_invoices
from tests.pages import billed, harbour
from tests.pages.conftest import Screens, words
from tests.support.corrections import correction

DECEMBER = datetime(2026, 12, 10, 12, tzinfo=UTC)
PAYS = (harbour.FINANCE, harbour.MANAGER, harbour.BILLING, harbour.ADMINISTRATOR)


@pytest.fixture
def issued(screens: Screens) -> Screens:
    """October and November are issued, and it is December."""
    billed.issue_october(screens.database)
    billed.issue_november(screens.database)
    screens.clock.now = DECEMBER
    return screens


@pytest.fixture
def adjusted(screens: Screens) -> Screens:
    """The same, with a late record of October that November's document adjusts."""
    billed.issue_october(screens.database)
    billed.issue_november_with_a_late_record(screens.database)
    screens.clock.now = DECEMBER
    return screens


def document(screens: Screens, number: str, email: str = harbour.FINANCE, **query: str) -> str:
    return words(screens.open("invoices", email, client="harbour", invoice=number, **query))


def is_not_found(opened: AppTest) -> bool:
    return [each.value for each in opened.subheader] == ["Not found"]


def test_nothing_issued_yet_says_when_the_first_invoice_comes(screens: Screens) -> None:
    screens.clock.now = datetime(2026, 10, 20, 12, tzinfo=UTC)
    shown = words(screens.open("invoices"))
    assert "Nothing is issued yet" in shown
    assert "The first invoice comes on 4 Nov 2026" in shown


def test_nothing_issued_yet_though_it_could_be_says_no_day(screens: Screens) -> None:
    shown = words(screens.open("invoices"))
    assert "As soon as your provider closes a month, its invoice stands here." in shown


@pytest.mark.parametrize("email", harbour.EVERYBODY)
def test_everybody_sees_the_documents_the_latest_first(issued: Screens, email: str) -> None:
    shown = words(issued.open("invoices", email, client="harbour"))
    assert shown.index(billed.SECOND) < shown.index(billed.FIRST)
    assert "November usage + December fee" in shown
    assert "October usage and fee + November fee" in shown
    for amount in ("€1,075.00", "€225.75", "€1,300.75", "€2,420.00"):
        assert amount in shown
    assert "Total with tax" in shown
    assert ("3 Jan 2027" in shown) is (email in PAYS)


def test_the_list_is_paged_by_the_server(issued: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.issued.ROWS", 1)
    first = issued.open("invoices")
    assert billed.FIRST not in words(first)
    older = next(each for each in first.button if each.label == "Older")
    second = older.click().run()
    assert billed.FIRST in words(second)
    assert billed.SECOND not in words(second)
    assert [each.label for each in second.button] == ["Newest"]


@pytest.mark.parametrize("before", ["1", "0", "x", "-1", "1e9", "' OR 1=1--", "9" * 19])
def test_a_place_with_nothing_before_it_is_not_found(issued: Screens, before: str) -> None:
    assert is_not_found(issued.open("invoices", before=before))


@pytest.mark.parametrize("email", harbour.EVERYBODY)
def test_a_document_says_all_that_it_said_when_it_was_issued(issued: Screens, email: str) -> None:
    shown = document(issued, billed.SECOND, email)
    assert f"Invoice {billed.SECOND}" in shown
    assert "November usage + December fee, issued 4 Dec 2026" in shown
    assert "Harbour &amp; Lane N.V." in shown
    assert "PO-4711" in shown
    assert "1–30 Nov 2026 (Europe/Amsterdam)" in shown
    assert "VAT 21 % (21% of €1,075.00)" in shown
    fixed, variable = shown.index("Fixed fees"), shown.index("Variable charges")
    assert fixed < shown.index("December 2026") < variable < shown.index("850")
    assert "100 included; Base: 500 × €0.10; Growth: 250 × €0.08 + €5.00" in shown


def test_the_payment_side_is_hidden_from_the_clients_it(issued: Screens) -> None:
    hidden = ("Rhine Bank", "3 Jan 2027", "NL009876543B01", "Dok 9", ".pdf", ".xlsx", "/export/")
    shown = document(issued, billed.SECOND, harbour.IT)
    assert [each for each in hidden if each in shown] == []
    assert "finance sees when and where it is paid" in shown
    for email in PAYS:
        shown = document(issued, billed.SECOND, email)
        assert [each for each in hidden if each not in shown] == []


@pytest.mark.parametrize("ending", ["pdf", "xlsx", "csv", "json", "focus.csv", "bundle.zip"])
def test_downloads_are_plain_links(issued: Screens, ending: str) -> None:
    shown = document(issued, billed.SECOND, harbour.MANAGER)
    assert f'href="/export/invoice/{billed.SECOND}.{ending}?client=harbour"' in shown
    assert f'href="/export/invoice/{billed.SECOND}.csv?client=harbour&amp;safe=1"' in shown
    assert ".draft." not in shown


def test_a_statement_has_what_an_accounting_system_takes_in(issued: Screens) -> None:
    with issued.database.administrator.begin() as connection:
        connection.execute(text("ALTER TABLE billing.invoice DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE billing.invoice SET is_legal = false"))
    shown = document(issued, billed.SECOND)
    assert f"Statement {billed.SECOND}" in shown
    assert "comes from another system; this states what it is to come to" in shown
    for ending in ("draft.csv", "draft.json"):
        assert f"/export/invoice/{billed.SECOND}.{ending}" in shown


def test_a_usage_line_opens_to_its_records_and_adds_up(issued: Screens) -> None:
    shown = document(issued, billed.SECOND, line="3")
    assert "Line 3: Compute hours" in shown
    for figure in ("€50.00", "€25.00", "€75.00", "850", "€0.08", "Schedule B 1"):
        assert figure in shown
    assert "3 records add up to €75.00 before tax" in shown
    records = shown[shown.index("newest first") :]
    assert records.index(">n3<") < records.index(">n2<") < records.index(">n1<")
    assert f"/export/invoice/{billed.SECOND}/line/3/records.csv" in shown


def test_records_of_a_line_are_chosen_by_day_and_resource(issued: Screens) -> None:
    shown = document(issued, billed.SECOND, line="3", day="2026-11-03", resource="vm-2")
    assert ">n2<" in shown
    assert ">n1<" not in shown
    chosen = issued.open("invoices", invoice=billed.SECOND, line="3", day="1999-01-01")
    assert is_not_found(chosen)


def test_what_comes_after_the_issue_changes_nothing_of_a_line(issued: Screens) -> None:
    late = harbour.event("n9", harbour.EVENTS[3].occurred_at, "vm-2", "500")
    harbour.record_usage(issued.database, DECEMBER, (late,))
    shown = document(issued, billed.SECOND, line="3")
    assert "3 records add up to €75.00 before tax" in shown
    assert "Late: billed with December 2026" in shown


def test_a_fixed_line_opens_to_its_price(issued: Screens) -> None:
    shown = document(issued, billed.SECOND, line="1")
    assert "Line 1: Platform" in shown
    assert "Platform: 1 Dec 2026 to 31 Dec 2026" in shown
    assert "€1,000.00 per month, billed in advance" in shown
    assert "agreement A-1; December 2026, 31 days" in shown
    assert 'href="agreement?client=harbour&amp;price=platform"' in shown
    assert "newest first" not in shown


def test_the_agreement_shows_the_price_that_a_line_leads_to(issued: Screens) -> None:
    shown = words(issued.open("agreement", price="platform"))
    assert "Platform" in shown
    assert "Compute hours" not in shown
    assert is_not_found(issued.open("agreement", price="nothing"))


def test_a_commitment_shortfall_opens_to_the_lines_that_counted(screens: Screens) -> None:
    """100.00 committed less 75.00 of usage: 25.00."""
    billed.issue_october(screens.database)
    with screens.database.as_owner() as connection:
        connection.execute(text("UPDATE billing.agreement SET minimum_commitment = 100"))
    billed.issue_november(screens.database)
    shown = document(screens, billed.SECOND, line="4")
    counted = shown[shown.index("which lines counted") :]
    assert "Line 4: Commitment shortfall" in shown
    assert f"invoice={billed.SECOND}&amp;line=3" in counted
    assert "Platform" not in counted
    assert "€100.00 is the minimum; €100.00 − €75.00 = €25.00." in counted


def test_nothing_on_a_document_says_cost_to_a_client(adjusted: Screens) -> None:
    for query in ({}, {"line": "1"}, {"line": "3"}, {"line": "4"}):
        assert "cost " not in document(adjusted, billed.SECOND, **query).lower()


def test_an_adjustment_opens_to_the_old_line_and_the_new_one(adjusted: Screens) -> None:
    whole = document(adjusted, billed.SECOND)
    assert "Adjustments of earlier months" in whole
    assert "Late or corrected records of October 2026" in whole
    assert "Compute hours, adjustments of earlier months" in whole
    shown = document(adjusted, billed.SECOND, line="4")
    before, now = shown.split("as it is known now</h2>")
    before = before.split("as it was billed</h2>")[1]
    assert f"line 4 of {billed.FIRST}" in before
    assert "€0.00" in before
    assert "€4.00" not in before
    assert "€4.00" in now
    assert f"Billed before: {billed.FIRST}" in shown
    assert "came late" in now
    assert ">90<" in now


def test_a_correction_that_moved_a_record_to_another_month_stands_behind_the_adjustment(
    screens: Screens,
) -> None:
    """October was billed with 90 hours more, 40 of them at 0.10; they are November's now."""
    harbour.record_usage(screens.database, datetime(2026, 11, 1, tzinfo=UTC), (billed.LATE,))
    billed.issue_october(screens.database)
    moved = correction(billed.LATE, at="2026-11-05T10:00:00+00:00")
    harbour.record_usage(screens.database, datetime(2026, 11, 21, 12, tzinfo=UTC), (moved,))
    billed.issue_november(screens.database)
    screens.clock.now = DECEMBER
    shown = document(screens, billed.SECOND, line="4")
    assert "€4.00" in shown.split("as it is known now</h2>")[0]
    since = shown.split("Records that came since</h2>")[1]
    assert f"event={moved.event_id}" in since
    assert "5 Nov 2026, 11:00" in since
    assert "replaces an earlier record: a wrong reading" in since
    assert "None of its own records" not in shown


def test_a_credit_note_and_what_it_credits_lead_to_each_other(issued: Screens) -> None:
    billed.credit_october(issued.database, "30.00")
    note = document(issued, billed.CREDIT)
    assert f"Credit note {billed.CREDIT}" in note
    assert "Credited to you, with tax" in note
    assert "€36.30" in note
    assert "Rhine Bank" not in note
    assert "Credits" in note
    assert f"invoice={billed.FIRST}" in note
    line = document(issued, billed.CREDIT, line="1")
    assert f"line 1 of {billed.FIRST}" in line
    assert "€1,000.00" in line
    credited = document(issued, billed.FIRST)
    assert "Credited by" in credited
    assert f"invoice={billed.CREDIT}" in credited
    listed = words(issued.open("invoices"))
    assert "partly credited" in listed
    row = listed[listed.index("Credit note") :]
    assert row.index("–") < row.index("€30")


def test_what_changed_against_last_month_adds_up(issued: Screens) -> None:
    """October 2,000.00: volume +75.00, the fee from the start on gone −1,000.00: 1,075.00."""
    shown = document(issued, billed.SECOND)
    way = shown[shown.index("What changed against last month") :]
    assert way.index("€2,000.00") < way.index("+€75.00") < way.index("−€1,000.00")
    assert way.index("−€1,000.00") < way.index("€1,075.00")
    assert "volume +€75.00" in way
    assert "gone −€1,000.00" in way


def test_the_first_document_has_nothing_to_compare_with(issued: Screens) -> None:
    assert "What changed" not in document(issued, billed.FIRST)


def test_the_records_of_a_month_are_counted_and_add_up(adjusted: Screens) -> None:
    shown = document(adjusted, billed.SECOND)
    assert "Checked: 4 records add up" in shown
    counts = shown[shown.index("Checked: 4 records") :]
    assert "October 2026" in counts
    assert "All records" in counts
    first = document(adjusted, billed.FIRST)
    assert "Checked: 1 record adds up" in first
    assert "Included: covered by what is included in the price" in first


def test_the_proof_names_fingerprints_place_and_key(issued: Screens) -> None:
    shown = document(issued, billed.SECOND)
    proof = shown[shown.index("what fixes this document") :]
    assert "yes: the signature covers exactly this document" in proof
    assert "fairlead.example/invoices, key 258f1cfa" in proof
    assert f"python -m jobs verify {billed.SECOND}.bundle.zip --key KEY" in proof
    assert "none: it is the first" in document(issued, billed.FIRST)


def test_a_document_that_was_changed_behind_its_signature_says_so(issued: Screens) -> None:
    with issued.database.administrator.begin() as connection:
        connection.execute(text("ALTER TABLE billing.invoice DISABLE TRIGGER ALL"))
        changed = "UPDATE billing.invoice SET document = replace(document, 'PO-4711', 'PO-4712')"
        connection.execute(text(changed))
    shown = document(issued, billed.SECOND)
    assert "no: please ask your provider before you pay" in shown


def test_a_month_that_is_issued_elsewhere_says_as_what_and_how_it_differs(
    issued: Screens,
) -> None:
    with issued.database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.legal_invoice (client_id, billing_period, number, issued_on, "
                "currency, net, gross, recorded_by) SELECT client_id, '2026-11-01', 'F-118', "
                "'2026-12-05', 'EUR', 1075.00, 1300.80, 'psa' FROM billing.invoice "
                "WHERE number = :number"
            ),
            {"number": billed.SECOND},
        )
    said = "ssued elsewhere as F-118 on 5 Dec 2026: €1,300.80, €0.05 more than here"
    assert said in words(issued.open("invoices"))
    assert said in document(issued, billed.SECOND)


def test_an_open_list_shows_another_systems_invoice_at_its_next_run(issued: Screens) -> None:
    """1,300.80 there are 0.05 more than 1,300.75 here."""
    opened = issued.open("invoices")
    assert "ssued elsewhere" not in words(opened)
    taken_back = LegalInvoice(
        client="harbour",
        period="2026-11",
        number="F-118",
        issued_on=date(2026, 12, 5),
        currency="EUR",
        net=Decimal("1075.00"),
        gross=Decimal("1300.80"),
    )
    assert take_legal_invoices(issued.database.writer, [taken_back], "ada") == 1
    said = "ssued elsewhere as F-118 on 5 Dec 2026: €1,300.80, €0.05 more than here"
    assert said in words(opened.run())


def test_each_line_shows_the_rate_that_its_tax_code_has_on_its_own_last_day(
    screens: Screens,
) -> None:
    """November's usage at 21 %, December's fee, on the same document, at the new 22 %."""
    billed.issue_october(screens.database)
    with screens.database.as_owner() as connection:
        connection.execute(
            text(
                "UPDATE billing.tax_rate SET ends_on = '2026-12-01'; "
                "INSERT INTO billing.tax_rate (code, starts_on, name, treatment, rate) "
                "VALUES ('NL-21', '2026-12-01', 'VAT 22 %', 'standard', 0.22)"
            )
        )
    billed.issue_november(screens.database)
    fee, usage = (document(screens, billed.SECOND, line=line) for line in ("1", "3"))
    assert ("Line 1: Platform" in fee, "Line 3: Compute hours" in usage) == (True, True)
    assert ("VAT 22 %" in fee, "VAT 21 %" in fee) == (True, False)
    assert ("VAT 22 %" in usage, "VAT 21 %" in usage) == (False, True)


@pytest.mark.parametrize(
    "query",
    [
        {"invoice": "HARB-2026-0009"},
        {"invoice": "0"},
        {"invoice": "-1"},
        {"invoice": "1e9"},
        {"invoice": "' OR 1=1--"},
        {"invoice": "x" * 10_000},
        {"invoice": [billed.SECOND, billed.SECOND]},
        {"invoice": "harb-2026-0002"},
        {"invoice": "HARB-2026-0002\u202e"},
        {"invoice": billed.SECOND, "line": "0"},
        {"invoice": billed.SECOND, "line": "99"},
        {"invoice": billed.SECOND, "line": "1e0"},
        {"invoice": billed.SECOND, "line": ["1", "2"]},
        {"invoice": billed.SECOND, "question": "1"},
        {"invoice": billed.SECOND, "question": "' OR 1=1--"},
    ],
    ids=lambda query: str(query)[:50],
)
def test_f40_what_is_not_there_is_not_found(
    issued: Screens, query: dict[str, str | list[str]]
) -> None:
    opened = issued.open("invoices", harbour.FINANCE, **query)
    assert is_not_found(opened)
    assert not opened.exception
    assert "Ask or dispute" not in words(opened)


def test_f40_another_clients_document_is_not_found(issued: Screens) -> None:
    for email, client in ((harbour.OTHER, None), (harbour.MANAGER, "quayside")):
        query = {"client": client} if client else {}
        assert is_not_found(issued.open("invoices", email, invoice=billed.SECOND, **query))


def test_an_issued_month_on_the_overview_leads_to_its_document(issued: Screens) -> None:
    for page in ("overview", "consumption"):
        shown = words(issued.open(page, period="2026-11"))
        assert "Issued as" in shown
        assert f"invoice={billed.SECOND}" in shown
    shown = words(issued.open("overview", period="2026-11"))
    assert "issued 4 Dec 2026" in shown
    assert "€1,300.75 with tax" in shown
    assert "drafted, not issued yet" not in shown
    assert "Ended months as they were billed." in shown


def test_a_running_month_beside_issued_ones_is_still_to_come(issued: Screens) -> None:
    shown = words(issued.open("overview"))
    assert "so far; to be issued 1 Jan" in shown
    assert "November usage + December fee came to €1,075.00" in shown


def test_an_adjusted_month_shows_what_was_billed_with_it(adjusted: Screens) -> None:
    shown = words(adjusted.open("overview", period="2026-11"))
    assert "€1,079.00" in shown
    assert "Compute hours, adjustment of October 2026" in shown


@pytest.mark.parametrize("email", harbour.EVERYBODY)
def test_the_last_invoices_stand_on_the_overview_of_those_who_pay(
    issued: Screens, email: str
) -> None:
    shown = words(issued.open("overview", email, client="harbour"))
    assert ("Last invoices" in shown) is (email in PAYS)
    assert ("3 Jan 2027" in shown) is (email in PAYS)
