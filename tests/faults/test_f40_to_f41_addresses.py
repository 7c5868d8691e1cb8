"""F40 and F41: what stands in an address or is typed into a field is never more than a text."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from sqlalchemy import text

from db.queries.setup import agreements_of
from tests.faults.quays import PAGES, PAGES_OF_A_CLIENT, Quay, leaks, sign_in
from tests.support.issued import issue, plain_document, plain_line
from tests.support.visits import Visit

NOT_FOUND = re.compile(
    r"There is no such client, or you may not see it\.|Nothing was found at this"
)
#: What no address may lead to, in any parameter.
NONSENSE = ("0", "-1", "1e9", "' OR 1=1--", "x" * 10_000)
#: What each page reads of its address, and what of another client's may stand there.
READ_BY_PAGES_OF_A_CLIENT = {"client": "quayside", "period": "1999-01"}
READ_BY_CONSUMPTION = {
    "meter": "quayside-secret",
    "show": "everything",
    "day": "1999-01-01",
    "resource": "quayside-vm-0",
    "event": "{foreign}",
    "after": "{foreign}",
    "before": "{foreign}",
}
OWN, FOREIGN = "HARB-2020-0001", "QUAY-2020-0001"
READ_BY_INVOICES = {
    "invoice": FOREIGN,
    "line": "2",
    "question": "1",
    "before": "1",
}
MONTHS_WITHOUT_ONE = ("agreement", "invoices")  #: pages that read no month of their address
INJECTIONS = (
    "' OR 1=1--",
    "'; DROP TABLE billing.usage_event; --",
    "%' UNION SELECT password_hash FROM auth.person --",
    "\\' :x %s %(x)s $1 \x00",
)


@pytest.fixture(scope="module")
def foreign(quay: Quay) -> str:
    """The id of a record of the other client."""
    with quay.database.as_owner() as connection:
        query = text("SELECT event_id FROM billing.usage_event WHERE client_id = :client LIMIT 1")
        return str(connection.execute(query, {"client": quay.quayside}).scalar_one())


@pytest.fixture(scope="module")
def ada(quay: Quay) -> Iterator[Visit]:
    """One visit of harbour's finance, for all that only reads."""
    with Visit.to(quay.portal, quay.cookies(quay.ada)) as visit:
        yield visit


def is_not_found(visit: Visit) -> bool:
    """Whether the last run found nothing; it says so in one of two sentences, and no more."""
    found = [each for each in visit.elements if NOT_FOUND.search(each)]
    assert len(found) <= 1
    assert leaks(visit) == []
    assert not visit.sees("quayside-vm")
    assert not visit.sees("alert {")
    return len(found) == 1


def values_of(theirs: str) -> tuple[str, ...]:
    return (quote(theirs), *(quote(each) for each in NONSENSE))


@pytest.mark.parametrize("where", PAGES_OF_A_CLIENT)
@pytest.mark.parametrize("parameter", READ_BY_PAGES_OF_A_CLIENT)
def test_f40_an_address_of_others_and_a_wrong_one_are_not_found_alike(
    ada: Visit, where: str, parameter: str
) -> None:
    if where in MONTHS_WITHOUT_ONE and parameter == "period":
        return
    for value in values_of(READ_BY_PAGES_OF_A_CLIENT[parameter]):
        assert is_not_found(ada.run(where, f"{parameter}={value}")), value[:40]
    assert not is_not_found(ada.run(where))


@pytest.mark.parametrize("parameter", READ_BY_CONSUMPTION)
def test_f40_a_choice_of_others_and_a_wrong_one_are_not_found_alike(
    quay: Quay, ada: Visit, foreign: str, parameter: str
) -> None:
    chosen = f"period={quay.month}&meter=egress&show=records"
    kept = "&".join(each for each in chosen.split("&") if not each.startswith(parameter))
    for value in values_of(READ_BY_CONSUMPTION[parameter].format(foreign=foreign)):
        assert is_not_found(ada.run("consumption", f"{kept}&{parameter}={value}")), value[:40]
    assert not is_not_found(ada.run("consumption", chosen))


@pytest.mark.parametrize("parameter", ["after", "before"])
def test_f40_a_place_beside_anothers_record_shows_ones_own_records(
    quay: Quay, ada: Visit, foreign: str, parameter: str
) -> None:
    chosen = f"period={quay.month}&meter=egress&show=records"
    place = f"{quay.month.replace('-', '')}01T000000.000000Z_{foreign}"
    assert not is_not_found(ada.run("consumption", f"{chosen}&{parameter}={place}"))


def test_f40_a_parameter_that_stands_there_twice_is_not_found(quay: Quay, ada: Visit) -> None:
    for twice in (f"period={quay.month}", "client=harbour", "meter=egress"):
        assert is_not_found(ada.run("consumption", f"{twice}&{twice}")), twice
    assert is_not_found(ada.run("", "client=quayside&client=harbour"))


@pytest.mark.parametrize("where", PAGES)
@pytest.mark.parametrize("value", ["1", "-1", "1e9", "quayside", "' OR 1=1--"])
def test_f40_a_parameter_that_no_page_knows_changes_nothing(
    ada: Visit, where: str, value: str
) -> None:
    assert not is_not_found(ada.run(where, f"bill={quote(value)}&view={quote(value)}"))


@pytest.fixture(scope="module")
def documents(quay: Quay) -> None:
    """A document of each client, the other's with a question."""
    month = (
        "INSERT INTO billing.billing_period (client_id, billing_period, starts_at, ends_at, zone, "
        "agreement_id) SELECT client_id, '2020-02-01', '2020-02-01', '2020-03-01', 'UTC', "
        "agreement_id FROM billing.agreement"
    )
    quay.change(month)
    for slug, number in (("harbour", OWN), ("quayside", FOREIGN)):
        line = plain_line(1, "10.00", name=f"{slug}-vm fee")
        made = plain_document(slug, number, line, month="2020-02", agreement="A")
        with quay.database.as_owner() as connection:
            client = connection.execute(
                text("SELECT client_id FROM billing.client WHERE slug = :slug"), {"slug": slug}
            ).scalar_one()
            agreement = agreements_of(connection, client)[0]
        issue(quay.database, made, agreement)
    quay.change(
        "INSERT INTO billing.invoice_question (client_id, invoice_id, kind, state, opened_by) "
        "SELECT client_id, invoice_id, 'question', 'open', 'quin@quayside.example' "
        "FROM billing.invoice WHERE number = :number",
        number=FOREIGN,
    )


@pytest.mark.usefixtures("documents")
@pytest.mark.parametrize("parameter", READ_BY_INVOICES)
def test_f40_a_document_of_others_and_a_wrong_one_are_not_found_alike(
    ada: Visit, parameter: str
) -> None:
    chosen = "" if parameter == "before" else f"invoice={OWN}&line=1"
    kept = "&".join(each for each in chosen.split("&") if not each.startswith(parameter))
    for value in values_of(READ_BY_INVOICES[parameter]):
        assert is_not_found(ada.run("invoices", f"{kept}&{parameter}={value}")), value[:40]
    good = OWN if parameter == "invoice" else "1"
    assert is_not_found(ada.run("invoices", f"{kept}&{parameter}={good}&{parameter}={good}"))
    assert not is_not_found(ada.run("invoices", chosen))
    assert ada.sees(OWN)


@pytest.mark.usefixtures("documents")
@pytest.mark.parametrize("injected", INJECTIONS)
def test_f41_what_is_asked_about_a_document_is_a_text(quay: Quay, injected: str) -> None:
    query = f"invoice={OWN}&line=1"
    with Visit.to(quay.portal, quay.cookies(quay.ada)) as ada:
        rows = rows_of(quay)
        ada.run("invoices", query)
        amount = ada.widget("Amount you dispute, before tax; empty for a question")
        message = ada.widget("What do you want to know, or why is the amount wrong?")
        send: dict[str, str | bool] = {message: injected, ada.widget("Send"): True}
        ada.run("invoices", query, widgets={**send, amount: injected})
        assert ada.sees("What you typed is kept.")
        ada.run("invoices", query, widgets={**send, amount: ""})
        assert ada.sees("It is sent.")
        assert not any(ada.sees(sign) for sign in ("Traceback", "psycopg2", "$2b$"))
    assert rows_of(quay) == rows
    with quay.database.as_owner() as connection:
        said = text("SELECT message FROM billing.question_message ORDER BY said_at DESC LIMIT 1")
        assert connection.execute(said).scalar_one() == injected.replace("\x00", "").strip()


def test_f40_an_administrators_filters_are_checked_too(quay: Quay) -> None:
    with Visit.to(quay.portal, quay.cookies(quay.boss)) as boss:
        for parameter in ("what", "since", "before", "older"):
            for value in NONSENSE:
                boss.run("audit", f"{parameter}={quote(value)}")
                assert leaks(boss) == []
                assert not boss.sees("alert {")


def rows_of(quay: Quay) -> list[int]:
    tables = ("billing.usage_event", "auth.person", "auth.session", "billing.client")
    with quay.database.as_owner() as connection:
        return [
            int(connection.execute(text(f"SELECT count(*) FROM {each}")).scalar_one())
            for each in tables
        ]


@pytest.mark.parametrize("injected", INJECTIONS)
def test_f41_what_is_typed_into_the_sign_in_is_a_text(quay: Quay, injected: str) -> None:
    rows = rows_of(quay)
    for email, password in ((injected, "x" * 12), ("ada@harbour.example", injected)):
        with Visit.to(quay.portal, {"meterglass-browser": "y" * 43}) as visit:
            sign_in(visit, email, password)
            assert visit.sees("The e-mail address or the password is wrong")
            assert leaks(visit) == []
    assert rows_of(quay) == rows
    quay.change("DELETE FROM auth.sign_in_attempt")


@pytest.mark.parametrize("injected", INJECTIONS)
def test_f41_what_is_typed_behind_the_sign_in_is_a_text(quay: Quay, injected: str) -> None:
    with Visit.to(quay.portal, quay.cookies(quay.boss)) as boss:
        rows = rows_of(quay)
        boss.run("account")
        fields: dict[str, str | bool] = {
            boss.widget(each): injected
            for each in ("Present password", "New password", "New password again")
        }
        boss.run("account", widgets={**fields, boss.widget("Change password"): True})
        assert leaks(boss) == []
        boss.run("audit")
        boss.run("audit", widgets={boss.widget("Who, or to whom"): injected})
        assert not any(boss.sees(sign) for sign in ("Traceback", "psycopg2", "$2b$", "alert {"))
        assert rows_of(quay) == rows
    quay.change("DELETE FROM auth.sign_in_attempt")


@pytest.mark.parametrize("injected", INJECTIONS)
def test_f41_what_is_picked_is_one_of_the_choices(quay: Quay, injected: str) -> None:
    pickers = ("Client", "Month", "Meter", "Day", "Resource")
    with Visit.to(quay.portal, quay.cookies(quay.mara)) as mara:
        query = f"client=harbour&period={quay.month}&meter=egress&show=records"
        mara.run("consumption", query)
        forged = {mara.widget(each): injected for each in pickers}
        for widget, value in forged.items():
            mara.run("consumption", query, widgets={widget: value})
            assert leaks(mara) == []
            assert not mara.sees("quayside-vm")
    log = quay.portal.log.read_text()
    assert "ProgrammingError" not in log
    assert "SyntaxError" not in log
