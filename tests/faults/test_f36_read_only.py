"""F36: the database answers and takes no change, as a standby does until it is promoted."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from db.commands import sign_in as changes
from db.session import sign_in_transaction
from tests.faults.quays import (
    BROWSER,
    ERROR_ID,
    OWN_PAGE,
    PAGES,
    SESSION,
    Quay,
    alerts,
    leaks,
    sign_in,
)
from tests.support.viewers import PASSWORD
from tests.support.visits import Visit

NOBODY_ENTERS = "Nobody can sign in at the moment: the billing database takes no changes."
NOTHING_CHANGES = "Nothing can be changed at the moment: the billing database takes no changes."
#: What the portal's connections were told at their beginning stays with them.
ENDED = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE usename = 'meterglass_portal' AND datname = current_database()"
)
LONG_AGO = "UPDATE auth.session SET last_seen_at = now() - interval '10 minutes'"


@contextmanager
def read_only(quay: Quay) -> Iterator[None]:
    """Let the database take no changes from now on, and for connections that are open too."""
    name = quay.database.name
    quay.database.disconnect()
    quay.administer(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    quay.administer(ENDED)
    try:
        yield
    finally:
        with quay.database.administrator.begin() as connection:
            connection.execute(text("SET TRANSACTION READ WRITE"))
            connection.execute(text(f"ALTER DATABASE {name} RESET default_transaction_read_only"))
        quay.administer(ENDED)
        quay.database.disconnect()


def says(visit: Visit, sentence: str) -> None:
    (alert,) = alerts(visit)
    assert sentence in alert
    assert len([each for each in visit.elements if ERROR_ID.search(each)]) == 1
    assert leaks(visit) == []


def test_f36_a_read_only_database_shows_the_pages_to_whoever_is_signed_in(quay: Quay) -> None:
    with Visit.to(quay.portal, quay.cookies(quay.boss)) as visit:
        quay.change(LONG_AGO)
        with read_only(quay):
            for page in PAGES:
                visit.run(page)
                assert alerts(visit) == [], page
                assert visit.sees("Sign out")
            visit.run("consumption", f"period={quay.month}&meter=egress&show=resources")
            assert visit.sees("harbour-vm-0")
            with quay.browser() as anybody:
                assert anybody.get("/readyz").text == "ready"
        assert alerts(visit.run()) == []


def test_f36_a_read_only_database_lets_nobody_in_and_says_so(quay: Quay) -> None:
    browser = secrets.token_urlsafe(32)
    with Visit.to(quay.portal, {BROWSER: browser}) as visit:
        with read_only(quay):
            says(sign_in(visit, "ada@harbour.example", PASSWORD), NOBODY_ENTERS)
            assert visit.sees('label: "E-mail address"')
            assert not visit.sees("The e-mail address or the password is wrong")
        sign_in(visit, "ada@harbour.example", PASSWORD)
        assert visit.sees("/session/start")


def test_f36_a_ticket_that_a_read_only_database_could_not_take_is_good_afterwards(
    quay: Quay,
) -> None:
    ticket, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    with sign_in_transaction(quay.database.portal) as connection:
        attempt = changes.record_attempt(connection, email="ada@harbour.example", address="x")
        assert attempt is not None
        changes.make_ticket(
            connection,
            ticket_hash=hashlib.sha256(ticket.encode()).digest(),
            person_id=quay.ada,
            browser_hash=hashlib.sha256(browser.encode()).digest(),
            attempt=attempt,
        )
    with quay.browser({BROWSER: browser}) as window:
        with read_only(quay):
            refused = window.post("/session/start", data={"ticket": ticket}, headers=OWN_PAGE)
        taken = window.post("/session/start", data={"ticket": ticket}, headers=OWN_PAGE)
    assert (refused.status_code, taken.status_code) == (503, 303)
    assert NOBODY_ENTERS in refused.text
    assert SESSION not in refused.cookies
    assert SESSION in taken.cookies


def test_f36_signing_out_of_a_read_only_database_drops_the_cookie_and_says_what_is_left(
    quay: Quay,
) -> None:
    cookies = quay.cookies(quay.quin)
    with Visit.to(quay.portal, cookies) as visit, read_only(quay):
        visit.run()
        visit.run("", widgets={visit.widget("Sign out"): True})
        assert visit.sees("/session/end")
        assert alerts(visit) == []
        with quay.browser(cookies) as window:
            answer = window.post("/session/end", headers=OWN_PAGE)
        assert answer.status_code == 503
        assert f'{SESSION}=""' in answer.headers["set-cookie"]
        assert "You are signed out in this browser." in answer.text
        assert "the session ends by itself after 30 minutes" in answer.text


def test_f36_what_a_person_changes_in_a_read_only_database_is_refused_in_words(quay: Quay) -> None:
    with Visit.to(quay.portal, quay.cookies(quay.ada)) as visit, read_only(quay):
        visit.run("account")
        new = "seven slow herons wading"
        fields: dict[str, str | bool] = {
            visit.widget("Present password"): PASSWORD,
            visit.widget("New password"): new,
            visit.widget("New password again"): new,
            visit.widget("Change password"): True,
        }
        says(visit.run("account", widgets=fields), NOTHING_CHANGES)
        assert visit.run("account").sees("Sign out")
        assert alerts(visit) == []
