"""Month end of all clients: how far each is, and what billing approves."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from components import denied, month_states
from components.month_states import ROWS
from tests.pages import harbour
from tests.pages.conftest import Screens, words
from tests.pages.test_query_counts import statements
from tests.support.month_ends import put_approval, put_month

OCTOBER = date(2025, 10, 1)
LOOKED = datetime(2026, 11, 20, 11, 58, tzinfo=UTC)
SHOWN = {"period": "2025-10"}


@pytest.fixture(autouse=True)
def at_the_desk(screens: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody comes from one place, with a password of his own."""
    monkeypatch.setattr(denied, "network_address", lambda: "192.0.2.1")
    monkeypatch.setattr(month_states, "network_address", lambda: "192.0.2.1")
    with screens.database.as_owner() as connection:
        connection.execute(text("UPDATE auth.person SET must_change_password = false"))


def rows(page: AppTest) -> list[str]:
    """What each row of the table says, its notes with it, without markup."""
    body = words(page).partition("<tbody>")[2].partition("</tbody>")[0]
    lines = [" ".join(plain(line).split()) for line in body.split("<tr")[1:]]
    said: list[str] = []
    for line, source in zip(lines, body.split("<tr")[1:], strict=True):
        if 'class="mg-note"' in source:
            said[-1] = f"{said[-1]} | {line}"
        else:
            said.append(line)
    return said


def plain(markup: str) -> str:
    shown, inside = "", True
    for sign in markup:
        if sign == "<":
            inside, shown = True, f"{shown} "
        elif sign == ">":
            inside = False
        elif not inside:
            shown += sign
    return shown


def approvals(screens: Screens) -> list[tuple[object, ...]]:
    """Whose month was approved by whom and why."""
    found = text(
        "SELECT c.slug, a.approved_by, a.override_reason FROM billing.period_approval a "
        "JOIN billing.client c USING (client_id) ORDER BY c.slug"
    )
    with screens.database.as_owner() as connection:
        return [tuple(row) for row in connection.execute(found)]


@pytest.mark.parametrize("email", [harbour.FINANCE, harbour.IT, harbour.MANAGER])
def test_others_get_no_such_page_and_the_log_says_that_they_asked(
    screens: Screens, email: str
) -> None:
    put_month(screens.database, "harbour", OCTOBER, looked_at=LOOKED)
    page = screens.open("month_end", email)
    assert page.text[0].value == "There is no such page, or you may not see it."
    assert words(page) == ""
    newest = text("SELECT actor, action, subject FROM billing.audit_log ORDER BY audit_id DESC")
    with screens.database.as_owner() as connection:
        entry = connection.execute(newest).first()
    assert entry is not None
    assert tuple(entry) == (email, "access_denied", "page month end")


def test_who_views_as_the_client_sees_what_the_client_sees(screens: Screens) -> None:
    put_month(screens.database, "harbour", OCTOBER, looked_at=LOOKED)
    page = screens.open("month_end", harbour.BILLING, view="client", client="harbour")
    assert page.text[0].value == "There is no such page, or you may not see it."


def test_before_anything_is_known_the_page_says_what_makes_it_known(screens: Screens) -> None:
    page = screens.open("month_end", harbour.BILLING)
    assert page.title[0].value == "Month end"
    assert "Nothing is known of any month yet" in words(page)
    assert "python -m jobs worker" in words(page)


def test_each_client_stands_with_its_state_totals_and_what_is_missing(screens: Screens) -> None:
    place = screens.database
    put_month(
        place,
        "harbour",
        OCTOBER,
        looked_at=LOOKED,
        net="1050.00",
        former_net="1000.00",
        adjusted_net="-12.50",
        matters={"silent_sources": 1, "refused_records": 14},
    )
    put_month(
        place,
        "newcomer",
        OCTOBER,
        looked_at=LOOKED,
        currency="CHF",
        period_state="issued",
        number="NEW-2025-0007",
        is_legal=True,
    )
    put_month(
        place, "quayside", OCTOBER, looked_at=LOOKED, grace_until=LOOKED + timedelta(hours=26)
    )
    page = screens.open("month_end", harbour.BILLING, **SHOWN)
    assert rows(page) == [
        "Harbour & Lane not ready €1,050.00 €1,000.00 +€50.00 (+5.0%) | 1 source silent · "
        "14 records refused · adjustments of earlier months: −€12.50".replace("&", "&amp;"),
        "Newcomer issued as NEW-2025-0007 CHF 1,000.00",
        "Quayside in grace until 21 Nov 2026, 13:58 €1,000.00",
    ]
    shown = words(page)
    assert 'href="consumption?client=harbour&amp;period=2025-10&amp;show=quality"' in shown
    assert 'href="invoices?client=newcomer&amp;invoice=NEW-2025-0007"' in shown
    assert 'href="month_end?client=harbour&amp;period=2025-10"' in shown
    assert "3 clients · looked up 20 Nov 2026, 11:58 · amounts before tax · times in UTC" in shown
    assert "€2,050.00 of 2 clients, +€50.00 (+5.0%) against the month before" in shown
    assert "CHF\xa01,000.00 of 1 client" in shown


STAGES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("running", {"ends_at": LOOKED + timedelta(days=1), "grace_until": LOOKED + timedelta(days=4)},
     "running until 21 Nov 2026, 11:58"),
    ("compared", {"is_shadow": True}, "compared only"),
    ("closing", {"period_state": "closing"}, "closing"),
    ("ready", {}, "ready"),
    ("issued", {"period_state": "issued", "number": "H-7", "is_legal": False}, "stated as H-7"),
)  # fmt: skip


@pytest.mark.parametrize(("stage", "known", "said"), STAGES, ids=[each[0] for each in STAGES])
def test_a_stage_is_said_and_can_be_chosen(
    screens: Screens, stage: str, known: dict[str, Any], said: str
) -> None:
    put_month(screens.database, "harbour", OCTOBER, looked_at=LOOKED, **known)
    put_month(screens.database, "quayside", OCTOBER, looked_at=LOOKED, matters={"x": 1})
    page = screens.open("month_end", harbour.BILLING, **SHOWN, stage=stage)
    assert [row.partition(" €")[0] for row in rows(page)] == [f"Harbour &amp; Lane {said}"]
    other = screens.open("month_end", harbour.BILLING, **SHOWN, stage="not-ready")
    assert [row.partition(" €")[0] for row in rows(other)] == ["Quayside not ready"]


def test_what_was_approved_says_by_whom_and_what_went_wrong(screens: Screens) -> None:
    place = screens.database
    for slug in ("harbour", "newcomer"):
        put_month(place, slug, OCTOBER, looked_at=LOOKED, matters={"silent_sources": 2})
    put_month(place, "quayside", OCTOBER, looked_at=LOOKED)
    for slug, reason, fault in (
        ("harbour", "The gap is agreed.", None),
        ("newcomer", None, "Source collector was never heard."),
        ("quayside", None, "There is no signing key."),
    ):
        put_approval(
            place, slug, OCTOBER, by=harbour.BILLING, at=LOOKED, reason=reason, fault=fault
        )
    by = "approved by billing@msp.example on 20 Nov 2026, 11:58"
    why = "in spite of it: The gap is agreed."
    assert rows(screens.open("month_end", harbour.ADMINISTRATOR, **SHOWN)) == [
        f"Harbour &amp; Lane approved €1,000.00 | 2 sources silent · {by} · {why}",
        f"Newcomer approved €1,000.00 | 2 sources silent · {by}",
        f"Quayside failed €1,000.00 | There is no signing key. · {by}",
    ]


def test_the_worker_is_counted_while_it_closes_what_was_approved(screens: Screens) -> None:
    place = screens.database
    put_month(
        place, "harbour", OCTOBER, looked_at=LOOKED, period_state="issued", number="H-1",
        is_legal=True,
    )  # fmt: skip
    put_month(place, "newcomer", OCTOBER, looked_at=LOOKED, period_state="closing")
    put_month(place, "quayside", OCTOBER, looked_at=LOOKED)
    for minute, slug in enumerate(("newcomer", "harbour", "quayside")):
        at = LOOKED + timedelta(minutes=minute)
        fault = "It broke." if slug == "quayside" else None
        put_approval(place, slug, OCTOBER, by=harbour.BILLING, at=at, fault=fault)
    shown = words(screens.open("month_end", harbour.BILLING, **SHOWN))
    assert "The worker is closing: 1 of 3 issued, 1 failed" in shown
    assert '<progress max="3" value="2"' in shown
    put_month(
        place, "newcomer", OCTOBER, looked_at=LOOKED, period_state="issued", number="N-1",
        is_legal=True,
    )  # fmt: skip
    assert "The worker is closing" not in words(screens.open("month_end", harbour.BILLING, **SHOWN))


def test_what_waits_for_its_grace_time_is_not_counted_as_closing(screens: Screens) -> None:
    later = LOOKED + timedelta(days=2)
    put_month(screens.database, "harbour", OCTOBER, looked_at=LOOKED, grace_until=later)
    put_approval(screens.database, "harbour", OCTOBER, by=harbour.BILLING, at=LOOKED)
    page = screens.open("month_end", harbour.BILLING, **SHOWN)
    assert "The worker is closing" not in words(page)


def test_the_other_systems_total_stands_beside_with_the_difference(screens: Screens) -> None:
    put_month(
        screens.database,
        "harbour",
        OCTOBER,
        looked_at=LOOKED,
        legal_numbers="F-2025-118",
        legal_net="1002.50",
        legal_gross="1213.03",
    )
    put_month(screens.database, "quayside", OCTOBER, looked_at=LOOKED)
    assert rows(screens.open("month_end", harbour.BILLING, **SHOWN)) == [
        "Harbour &amp; Lane ready €1,000.00 €1,002.50 +€2.50 (+0.2%) | elsewhere F-2025-118",
        "Quayside ready €1,000.00",
    ]


def test_the_latest_month_that_ended_is_shown_first(screens: Screens) -> None:
    put_month(screens.database, "harbour", OCTOBER, looked_at=LOOKED)
    put_month(screens.database, "harbour", date(2025, 11, 1), looked_at=LOOKED)
    put_month(screens.database, "harbour", date(2026, 12, 1), looked_at=LOOKED)
    page = screens.open("month_end", harbour.BILLING)
    assert page.selectbox(key="month_picker").value == "2025-11"
    page.selectbox(key="month_picker").set_value("2025-10").run()
    assert page.query_params["period"] == "2025-10"


def test_where_nobody_has_looked_for_minutes_the_page_says_so(screens: Screens) -> None:
    put_month(screens.database, "harbour", OCTOBER, looked_at=LOOKED)
    late = "Nobody has looked since"
    assert late not in words(screens.open("month_end", harbour.BILLING, **SHOWN))
    screens.clock.now += timedelta(minutes=10)
    assert late in words(screens.open("month_end", harbour.BILLING, **SHOWN))


def test_where_all_is_issued_nobody_needs_to_have_looked(screens: Screens) -> None:
    issued: dict[str, Any] = {"period_state": "issued", "number": "H-7", "is_legal": True}
    put_month(screens.database, "harbour", OCTOBER, looked_at=LOOKED, **issued)
    screens.clock.now += timedelta(minutes=10)
    shown = words(screens.open("month_end", harbour.BILLING, **SHOWN))
    assert "Nobody has looked since" not in shown
    assert "1 client · amounts before tax" in shown


NOWHERE: tuple[dict[str, str | list[str]], ...] = (
    {"stage": "everything"},
    {"stage": "' OR 1=1--"},
    {"page": "0"},
    {"page": "2"},
    {"page": "9" * 30},
    {"period": "2024-01"},
    {"period": ["2025-10", "2025-11"]},
    {"client": "nobody"},
    {"client": ["harbour", "quayside"]},
)


@pytest.mark.parametrize("query", NOWHERE, ids=str)
def test_an_address_that_says_nothing_is_not_found(
    screens: Screens, query: dict[str, str | list[str]]
) -> None:
    put_month(screens.database, "harbour", OCTOBER, looked_at=LOOKED)
    page = screens.open("month_end", harbour.BILLING, **SHOWN)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert page.subheader[0].value == "Not found"
    assert not page.exception


def test_many_clients_come_page_by_page_in_the_order_of_their_names(screens: Screens) -> None:
    many(screens, ROWS + 5)
    page = screens.open("month_end", harbour.BILLING, **SHOWN)
    first = [row.partition(" ready")[0] for row in rows(page)]
    assert first == [f"Client {number:03}" for number in range(ROWS)]
    page.button(key="pager_2").click().run()
    assert page.query_params["page"] == "2"
    second = [row.partition(" ready")[0] for row in rows(page)]
    assert second == [f"Client {number:03}" for number in range(ROWS, ROWS + 5)]
    page.button(key="pager_1").click().run()
    assert len(rows(page)) == ROWS


def many(screens: Screens, count: int) -> None:
    """So many clients more, each with a month that is ready."""
    made = text(
        "WITH c AS (INSERT INTO billing.client (slug, name, zone, locale, country) SELECT "
        "'client-' || n, 'Client ' || to_char(n, 'FM000'), 'UTC', 'en_GB', 'NL' "
        "FROM generate_series(0, :last) n RETURNING client_id), a AS ("
        "INSERT INTO billing.agreement (client_id, code, currency, starts_on) "
        "SELECT client_id, 'A-1', 'EUR', '2025-01-01' FROM c RETURNING client_id, agreement_id), "
        "p AS (INSERT INTO billing.billing_period (client_id, billing_period, starts_at, ends_at, "
        "zone, agreement_id) SELECT client_id, '2025-10-01', '2025-10-01', '2025-11-01', 'UTC', "
        "agreement_id FROM a RETURNING client_id) "
        "SELECT count(*) FROM p"
    )
    ready = text(
        "INSERT INTO billing.month_state (client_id, billing_period, ends_at, grace_until, "
        "period_state, is_shadow, currency, net, gross, booked_net, booked_gross, records_version, "
        "month_version, looked_at) SELECT client_id, billing_period, ends_at, ends_at, 'open', "
        "false, 'EUR', 10, 12.1, 10, 12.1, 1, 1, "
        ":at FROM billing.billing_period JOIN billing.client c USING (client_id) "
        "WHERE c.slug LIKE 'client-%'"
    )
    with screens.database.as_owner() as connection:
        connection.execute(made, {"last": count - 1})
        connection.execute(ready, {"at": LOOKED})


@pytest.mark.parametrize("count", [2, 120])
def test_the_page_asks_as_often_for_many_clients_as_for_few(screens: Screens, count: int) -> None:
    many(screens, count)
    with statements() as asked:
        page = screens.open("month_end", harbour.BILLING, **SHOWN)
    assert len(rows(page)) == min(count, ROWS)
    assert len([each for each in asked if "auth." not in each]) <= 10


def test_several_are_chosen_confirmed_with_their_totals_and_approved_at_once(
    screens: Screens,
) -> None:
    place = screens.database
    put_month(place, "harbour", OCTOBER, looked_at=LOOKED, net="14310.00", gross="14310.00")
    put_month(place, "newcomer", OCTOBER, looked_at=LOOKED, currency="CHF", net="2000.00")
    put_month(place, "quayside", OCTOBER, looked_at=LOOKED, matters={"silent_sources": 1})
    page = screens.open("month_end", harbour.BILLING, **SHOWN)
    ids = [screens_id(screens, slug) for slug in ("harbour", "newcomer")]
    chosen = page.multiselect(key="months_chosen_2025-10")
    assert chosen.options == ["Harbour & Lane", "Newcomer"]
    chosen.set_value(ids).run()
    totals = "2 clients: CHF\xa02,000.00 (1 client) and €14,310.00 (1 client) before tax."
    assert totals in words(page)
    page.button(key="approve_several").click().run()
    assert approvals(screens) == []
    page.button(key="approve_not").click().run()
    page.button(key="approve_several").click().run()
    page.button(key="approve_sure").click().run()
    assert approvals(screens) == [
        ("harbour", harbour.BILLING, None),
        ("newcomer", harbour.BILLING, None),
    ]
    assert page.session_state["notice"] == "2 clients are approved."
    assert [row.partition(" approved")[0] for row in rows(page)][:2] == [
        "Harbour &amp; Lane",
        "Newcomer",
    ]


def screens_id(screens: Screens, slug: str) -> int:
    return harbour.number_of(screens.database, "billing.client", "client_id", "slug", slug)


def test_another_choice_is_to_be_confirmed_anew(screens: Screens) -> None:
    for slug in ("harbour", "newcomer"):
        put_month(screens.database, slug, OCTOBER, looked_at=LOOKED)
    page = screens.open("month_end", harbour.BILLING, **SHOWN)
    one, other = (screens_id(screens, slug) for slug in ("harbour", "newcomer"))
    page.multiselect(key="months_chosen_2025-10").set_value([one]).run()
    page.button(key="approve_several").click().run()
    page.multiselect(key="months_chosen_2025-10").set_value([other]).run()
    assert "approve_sure" not in {button.key for button in page.button}


def test_whoever_was_approved_meanwhile_is_told_apart(screens: Screens) -> None:
    for slug in ("harbour", "newcomer"):
        put_month(screens.database, slug, OCTOBER, looked_at=LOOKED)
    page = screens.open("month_end", harbour.BILLING, **SHOWN)
    ids = [screens_id(screens, slug) for slug in ("harbour", "newcomer")]
    page.multiselect(key="months_chosen_2025-10").set_value(ids).run()
    page.button(key="approve_several").click().run()
    put_approval(screens.database, "harbour", OCTOBER, by="other@msp.example", at=LOOKED)
    page.button(key="approve_sure").click().run()
    assert page.session_state["notice"] == "1 client is approved."
    assert page.session_state["not_done"] == "Not approved: 1 client: It was approved before."


def test_an_administrator_reads_and_decides_nothing(screens: Screens) -> None:
    put_month(screens.database, "harbour", OCTOBER, looked_at=LOOKED)
    page = screens.open("month_end", harbour.ADMINISTRATOR, **SHOWN)
    assert len(rows(page)) == 1
    assert not page.multiselect
    one = screens.open("month_end", harbour.ADMINISTRATOR, **SHOWN, client="harbour")
    assert "People of the role billing approve and issue." in words(one)
    assert not {"approve", "withdraw"} & {button.key for button in one.button}


def test_what_people_wrote_is_shown_as_text(screens: Screens) -> None:
    hostile = "<script>alert(1)</script> ![x](http://evil.example/x.png) \u202etxt"
    with screens.database.as_owner() as connection:
        connection.execute(
            text("UPDATE billing.client SET name = :name WHERE slug = 'harbour'"),
            {"name": hostile.replace("\u202e", "")},
        )
    put_month(screens.database, "harbour", OCTOBER, looked_at=LOOKED, fault=hostile)
    put_approval(
        screens.database, "harbour", OCTOBER, by=hostile, at=LOOKED, reason=hostile, fault=hostile
    )
    for query in ({}, {"client": "harbour"}):
        page = screens.open("month_end", harbour.BILLING, **SHOWN, **query)
        shown = words(page)
        assert "&lt;script&gt;" in shown
        assert "<script>" not in shown
        assert "\u202e" not in shown
        assert not page.markdown
