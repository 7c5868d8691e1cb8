"""People and Audit log: what an administrator sees and does, and nobody else."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text
from streamlit.testing.v1 import AppTest

from components import denied
from components.audit import ROWS
from db.models import AuditLog
from tests.pages import harbour
from tests.pages.conftest import Screens, words

BOSS = "boss@fairlead.example"
NOON = datetime(2099, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def boss(screens: Screens) -> None:
    """An administrator, and a log with nothing in it yet but what setting up left."""
    screens.database.person(BOSS, "administrator")


def log(screens: Screens, *entries: tuple[str, str, str], at: datetime = NOON) -> None:
    """Write entries of who, what and to whom, a second apart."""
    rows = [
        {"actor": actor, "action": action, "subject": subject, "at": at + timedelta(seconds=place)}
        for place, (actor, action, subject) in enumerate(entries)
    ]
    with screens.database.as_owner() as connection:
        connection.execute(insert(AuditLog), rows)


def deeds(page: AppTest) -> list[str]:
    """What the rows of the table say was done, from top to bottom."""
    body = next(each.proto.body for each in page.main.get("html") if "<tbody>" in each.proto.body)
    rows = body.partition("<tbody>")[2].split("<tr")[1:]
    cells = [row.split("<td")[1:] for row in rows if 'class="mg-note"' not in row]
    return [" ".join(cell.partition(">")[2].partition("<")[0] for cell in row[1:]) for row in cells]


def test_the_log_is_shown_newest_first_in_plain_words(screens: Screens) -> None:
    log(screens, ("ada@x.example", "sign_in", "ada@x.example"), (BOSS, "password_reset", "ada@x"))
    page = screens.open("audit", BOSS)
    assert deeds(page)[:2] == [
        f"{BOSS} Gave a one-time password ada@x",
        "ada@x.example Signed in ",
    ]
    assert "20 Nov 2099, 12:00:01" in words(page)
    assert "Times are UTC." in words(page)


FILTERED: tuple[tuple[dict[str, str], list[str]], ...] = (
    ({"what": "refused"}, ["nobody Access refused /media"]),
    (
        {"who": "ada@x.example"},
        ["ada@x.example Signed in ", "jobs user Shut a person out ada@x.example"],
    ),
    ({"since": "2099-11-20", "who": "nobody"}, ["nobody Access refused /media"]),
)
EMPTY: tuple[dict[str, str], ...] = (
    {"who": "ADA@x.example"},
    {"what": "keys", "since": "2099-11-21"},
)


def test_the_log_is_filtered_by_what_by_whom_and_since_when(screens: Screens) -> None:
    log(
        screens,
        ("jobs user", "person_disabled", "ada@x.example"),
        ("jobs api-key", "api_key_issued", "mg_12345678"),
        ("nobody", "access_denied", "/media"),
        ("ada@x.example", "sign_in", "ada@x.example"),
    )
    for query, shown in FILTERED:
        assert deeds(screens.open("audit", BOSS, **query)) == shown
    for query in EMPTY:
        page = screens.open("audit", BOSS, **query)
        assert page.text[0].value == "Nothing of this kind is in the log."


def test_a_filter_that_is_typed_stands_in_the_address(screens: Screens) -> None:
    page = screens.open("audit", BOSS)
    page.text_input(key="audit_who").set_value(" ADA@x.example\x00").run()
    assert page.query_params["who"] == "ada@x.example"
    page.selectbox(key="audit_kind").set_value("keys").run()
    assert (page.query_params["what"], page.query_params["who"]) == ("keys", "ada@x.example")


def test_older_entries_are_a_page_away_and_none_is_lost_between(screens: Screens) -> None:
    log(screens, *((f"p{number:03}", "sign_in", "x") for number in range(ROWS + 5)))
    page = screens.open("audit", BOSS, what="signing-in")
    first = deeds(page)
    page.button(key="pager_older").click().run()
    second = deeds(page)
    assert [len(first), len(second)] == [ROWS, 5]
    assert [first[-1], second[0], second[-1]] == [
        "p005 Signed in x",
        "p004 Signed in x",
        "p000 Signed in x",
    ]
    page.button(key="pager_newest").click().run()
    assert deeds(page) == first
    assert page.query_params["what"] == "signing-in"


def test_an_address_that_says_nothing_is_not_found(screens: Screens) -> None:
    asked: tuple[dict[str, str | list[str]], ...] = (
        {"what": "everything"},
        {"since": "2026-02-30"},
        {"since": "' OR 1=1--"},
        {"before": "20261120T120000.000000Z_x"},
        {"before": "20269920T120000.000000Z_1"},
        {"before": "1" * 300},
        {"who": ["a", "b"]},
    )
    for query in asked:
        page = screens.open("audit", BOSS, **query)
        assert page.subheader[0].value == "Not found"
        assert not page.exception


def test_what_others_wrote_is_shown_as_text(screens: Screens) -> None:
    log(
        screens, ("<script>alert(1)</script>", "sign_in_refused", "![x](http://evil.example)\u202e")
    )
    page = screens.open("audit", BOSS)
    drawn = "".join(each.proto.body for each in page.main.get("html"))
    assert "&lt;script&gt;" in drawn
    assert "<script>" not in drawn
    assert "\u202e" not in drawn


@pytest.mark.parametrize("name", ["audit", "people"])
@pytest.mark.parametrize("email", [harbour.FINANCE, harbour.MANAGER])
def test_others_get_no_such_page_and_the_log_says_that_they_asked(
    screens: Screens, name: str, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denied, "network_address", lambda: "192.0.2.1")
    log(screens, ("somebody@x.example", "sign_in", "x"))
    opened = screens.open(name, email)
    assert opened.text[0].value == "There is no such page, or you may not see it."
    assert "somebody@x.example" not in words(opened)
    newest = text("SELECT actor, action, subject FROM billing.audit_log ORDER BY audit_id DESC")
    with screens.database.as_owner() as connection:
        entry = connection.execute(newest).first()
    assert entry is not None
    assert tuple(entry) == (email, "access_denied", f"page {name}")


def test_a_page_of_the_log_takes_its_index_however_long_it_is(screens: Screens) -> None:
    filled = text(
        "INSERT INTO billing.audit_log (actor, action, subject, at) SELECT 'p' || n % 500, "
        "'sign_in', 'x', now() - n * interval '1 minute' FROM generate_series(1, 20000) n"
    )
    asked = text(
        "EXPLAIN (FORMAT JSON) SELECT * FROM billing.audit_log l WHERE (l.actor = 'p7' OR l.subject"
        " = 'p7') AND (l.at, l.audit_id) < (now(), 1) ORDER BY l.at DESC, l.audit_id DESC LIMIT 51"
    )
    with screens.database.as_owner() as connection:
        connection.execute(filled)
    with screens.database.administrator.begin() as connection:
        connection.execute(text("ANALYZE billing.audit_log"))
        plan = json.dumps(connection.execute(asked).scalar())
    assert "Seq Scan" not in plan


def test_the_open_sessions_of_a_person_are_listed_and_ended_by_an_administrator(
    screens: Screens,
) -> None:
    person = screens.person(harbour.FINANCE)
    sessions = [screens.database.session(person) for _ in range(2)]
    page = screens.open("people", BOSS)
    page.selectbox(key="person_picker").set_value(person).run()
    assert [button.label for button in page.button].count("End") == 2
    page.button(key="end_all_sessions").click().run()
    live = text("SELECT count(*) FROM auth.session WHERE person_id = :p AND revoked_at IS NULL")
    with screens.database.as_owner() as connection:
        assert connection.execute(live, {"p": person}).scalar_one() == 0
    assert len(sessions) == 2
