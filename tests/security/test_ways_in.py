"""Who is in, who is out, and who can't be told to be somebody else: at a real portal, from outside.

Beside `test_from_outside.py`, whose tests of the same ids are not told again here.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import text
from websockets.exceptions import InvalidStatus

from db.commands.clients import disable_client, enable_client
from db.portal import BROWSER_COOKIES, SESSION_COOKIES
from db.session import sign_in_transaction
from tests.security.conftest import Town
from tests.support.viewers import PASSWORD, give_password
from tests.support.visits import Visit

SESSION, BROWSER = SESSION_COOKIES[False], BROWSER_COOKIES[False]
OWN_PAGE = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
ADA, QUIN = "ada@harbour.example", "quin@quayside.example"
#: 8, 128 and 10,000 characters; bcrypt reads 72 bytes, and what it would cut is refused.
TOO_SHORT_OR_LONG = ("wading-1", "slow herons wade " * 7 + "far afield", "x" * 10_000)
#: Passwords of 64 characters, with a blank at the beginning, with pictures, and one next to each.
TAKEN = (
    (
        "seven slow herons wading where the tide left our old harbour wet",
        "seven slow herons wading where the tide left our old harbour we",
    ),
    (" slow herons wading far", "slow herons wading far"),
    ("slow 🌊 herons 🐚 wading", "slow 🌊 herons 🐚 wadinG"),
)


@pytest.fixture(autouse=True)
def calm(town: Town) -> Iterator[None]:
    """No attempt of one test counts in the next."""
    yield
    change(town, "DELETE FROM auth.sign_in_attempt")


def change(town: Town, statement: str, **given: object) -> None:
    with town.database.as_owner() as connection:
        connection.execute(text(statement), given)


def noted(town: Town, action: str) -> list[tuple[str, str]]:
    """Who did it and to whom, the newest first."""
    query = text(
        "SELECT actor, subject FROM billing.audit_log WHERE action = :action ORDER BY audit_id DESC"
    )
    with town.database.as_owner() as connection:
        rows = connection.execute(query, {"action": action})
        return [(row.actor, row.subject) for row in rows]


def signed_in(visit: Visit) -> bool:
    return visit.sees("Sign out")


def is_out(visit: Visit) -> bool:
    visit.run("account")
    return visit.sees('label: "E-mail address"') and not signed_in(visit)


def ticket_of(visit: Visit, email: str, password: str = PASSWORD) -> str | None:
    """Fill the form in; the ticket that comes of it."""
    visit.run()
    fields: dict[str, str | bool] = {
        visit.widget("E-mail address"): email,
        visit.widget("Password"): password,
        visit.widget("Sign in"): True,
    }
    visit.run("", widgets=fields)
    drawn = next((each for each in visit.elements if "/session/start" in each), None)
    if drawn is None:
        return None
    return drawn.partition('\\"ticket\\": \\"')[2].partition('\\"')[0]


def shown(client: httpx.Client, ticket: str | None) -> httpx.Response:
    """What the browser does with a ticket."""
    given = {"ticket": ticket or "", "next": "/account"}
    return client.post("/session/start", data=given, headers=OWN_PAGE)


def part(words: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(words).encode()).rstrip(b"=").decode()


def signed(algorithm: str, key: str) -> str:
    """A token as the sign-in library and Streamlit make them, which say themselves who one is."""
    told = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part({'username': ADA, 'email': ADA})}"
    mark = hmac.new(key.encode(), told.encode(), "sha256").digest() if key else b""
    return f"{told}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def tampered(token: str) -> str:
    return token[:-1] + ("A" if token[-1] != "A" else "B")


def stored(token: str) -> str:
    """What the database keeps of a token, in a token's form."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param({SESSION: "tampered"}, id="tampered"),
        pytest.param({SESSION: "stored"}, id="what the database keeps"),
        pytest.param({SESSION: signed("none", "")}, id="alg none"),
        pytest.param({SESSION: signed("HS256", "some_key")}, id="signed with the default key"),
        pytest.param({SESSION: "x" * 5000}, id="garbage of 5 kB"),
        pytest.param({"some_cookie_name": signed("HS256", "some_key")}, id="the library's cookie"),
        pytest.param({"_streamlit_user": signed("none", "")}, id="Streamlit's cookie, alg none"),
        pytest.param({"_streamlit_user": signed("HS256", "other")}, id="Streamlit's, other key"),
        pytest.param({"__Host-meterglass": "live"}, id="a live one under the name of TLS"),
        pytest.param({BROWSER: "live"}, id="a live one as the browser's"),
    ],
)
def test_f45_no_cookie_but_a_live_sessions_own_opens_anything(
    town: Town, forged: dict[str, str]
) -> None:
    token = town.cookies(town.ada)[SESSION]
    made = {"tampered": tampered(token), "stored": stored(token), "live": token}
    cookies = {name: made.get(value, value) for name, value in forged.items()}
    with Visit.to(town.portal, cookies) as visit:
        assert is_out(visit)
    with town.browser(cookies) as client:
        assert client.get("/media/x").status_code == 401
        assert client.get("/live").status_code == 401


def test_f46_a_deleted_person_is_out_at_the_next_interaction(town: Town) -> None:
    person = town.database.person("leo@harbour.example", "it", town.harbour)
    with Visit.to(town.portal, town.cookies(person)) as visit:
        assert signed_in(visit.run("account"))
        for table in ("session", "ticket", "person_client", "person"):
            change(town, f"DELETE FROM auth.{table} WHERE person_id = :person", person=person)
        assert is_out(visit)


def test_f46_the_people_of_a_disabled_client_are_out_and_nobody_else(town: Town) -> None:
    cookies = town.cookies(town.ada)
    with (
        Visit.to(town.portal, cookies) as ada,
        Visit.to(town.portal, town.cookies(town.quin)) as quin,
        Visit.to(town.portal, town.cookies(town.mara)) as mara,
        Visit.to(town.portal, {BROWSER: secrets.token_urlsafe(32)}) as back,
    ):
        assert signed_in(ada.run("account"))
        with town.database.as_owner() as connection:
            assert disable_client(connection, slug="harbour", actor="a test")
        try:
            assert is_out(ada)
            assert signed_in(quin.run("account"))
            assert mara.run("", "client=harbour").sees("harbour")
            assert ticket_of(back, ADA) is None
        finally:
            with town.database.as_owner() as connection:
                assert enable_client(connection, slug="harbour", actor="a test")
        assert is_out(ada), "a session that was ended stays ended"
        assert ticket_of(back, ADA) is not None


def test_f46_a_client_disabled_by_its_row_alone_shows_its_people_nothing(town: Town) -> None:
    cookies = town.cookies(town.ada)
    session = hashlib.sha256(cookies[SESSION].encode()).digest()
    current = text("SELECT billing.current_client_id()")
    with Visit.to(town.portal, cookies) as visit:
        assert signed_in(visit.run("account"))
        change(town, "UPDATE billing.client SET disabled_at = now() WHERE slug = 'harbour'")
        try:
            assert is_out(visit)
            with town.database.as_viewer(session, town.harbour) as connection:
                assert connection.execute(current).scalar() is None
        finally:
            change(town, "UPDATE billing.client SET disabled_at = NULL")
        with town.database.as_viewer(session, town.harbour) as connection:
            assert connection.execute(current).scalar() == town.harbour


def test_f46_an_administrator_ends_one_session_of_a_person_or_all(town: Town) -> None:
    change(town, "DELETE FROM auth.session")
    with (
        Visit.to(town.portal, town.cookies(town.boss)) as boss,
        Visit.to(town.portal, town.cookies(town.quin)) as first,
        Visit.to(town.portal, town.cookies(town.quin)) as second,
        Visit.to(town.portal, town.cookies(town.ada)) as ada,
    ):
        boss.run("people")
        chosen: dict[str, str | bool] = {boss.widget("Person"): f"{QUIN} ({QUIN})"}
        boss.run("people", widgets=chosen)
        boss.run("people", widgets={**chosen, boss.widget("End"): True})
        assert boss.sees("The session is ended.")
        assert [is_out(first), is_out(second)].count(True) == 1
        boss.run("people", widgets={**chosen, boss.widget("End this session"): True})
        assert is_out(first)
        assert is_out(second)
        assert signed_in(ada.run("account"))
    assert noted(town, "session_ended_by_administrator") == [("boss@msp.example", QUIN)]
    assert noted(town, "sessions_ended_by_administrator") == [("boss@msp.example", QUIN)]


def test_f46_a_one_time_password_ends_after_a_week(town: Town) -> None:
    person = town.database.person("ott@harbour.example", "it", town.harbour)
    give_password(town.database, person)
    given = "UPDATE auth.person SET must_change_password = true, password_changed_at = now() - "
    with Visit.to(town.portal, {BROWSER: secrets.token_urlsafe(32)}) as visit:
        change(town, f"{given} interval '6 days' WHERE person_id = :p", p=person)
        assert ticket_of(visit, "ott@harbour.example") is not None
        change(town, f"{given} interval '8 days' WHERE person_id = :p", p=person)
        assert ticket_of(visit, "ott@harbour.example") is None


def test_f47_a_click_on_sign_out_and_an_immediate_reload_are_out(town: Town) -> None:
    cookies = town.cookies(town.ada)
    with Visit.to(town.portal, cookies) as visit:
        visit.run("account")
        visit.run("account", widgets={visit.widget("Sign out"): True})
        with Visit.to(town.portal, cookies, resumes=visit.session_id) as again:
            assert is_out(again)
        assert is_out(visit)
    with town.browser(cookies) as client:
        assert client.get("/live").status_code == 401
    assert noted(town, "sign_out")[0] == (ADA, ADA)


def test_f52_two_people_sign_in_in_two_tabs_and_the_first_stays(town: Town) -> None:
    with town.browser() as browser:
        browser.get("/")
        cookies = dict(browser.cookies)
        with Visit.to(town.portal, cookies) as first, Visit.to(town.portal, cookies) as second:
            tickets = ticket_of(first, ADA), ticket_of(second, QUIN)
            assert SESSION in shown(browser, tickets[0]).cookies
            assert SESSION not in shown(browser, tickets[1]).cookies
            assert is_out(first), "a tab that was not loaded again is nobody's"
            assert is_out(second)
        with Visit.to(town.portal, dict(browser.cookies)) as either:
            assert either.run("account").sees(ADA)
            assert not either.sees(QUIN)


def test_f52_who_signs_in_over_somebody_elses_session_ends_it(town: Town) -> None:
    with town.browser() as browser:
        browser.get("/")
        for email in (ADA, QUIN):
            before = dict(browser.cookies)
            with Visit.to(town.portal, before) as tab:
                without = {name: value for name, value in before.items() if name != SESSION}
                with Visit.to(town.portal, without) as form:
                    shown(browser, ticket_of(form, email))
                assert is_out(tab)
            with Visit.to(town.portal, dict(browser.cookies)) as tab:
                assert tab.run("account").sees(email)
    assert noted(town, "session_replaced")[0] == (QUIN, ADA)


def test_f52_tickets_of_two_people_shown_at_once_mix_nobody(town: Town) -> None:
    cookies = {BROWSER: secrets.token_urlsafe(32)}
    with Visit.to(town.portal, cookies) as first, Visit.to(town.portal, cookies) as second:
        tickets = [ticket_of(first, ADA), ticket_of(second, QUIN)]

    def show(ticket: str | None) -> dict[str, str]:
        with town.browser(cookies) as tab:
            return dict(shown(tab, ticket).cookies)

    with ThreadPoolExecutor(2) as together:
        held = list(together.map(show, tickets))
    for mine, own, other in ((held[0], ADA, QUIN), (held[1], QUIN, ADA)):
        with Visit.to(town.portal, mine) as tab:
            assert tab.run("account").sees(own)
            assert not tab.sees(other)


def chosen(visit: Visit, present: str, new: str) -> bool:
    """Change one's password on the page of one's account; whether it was."""
    visit.run("account")
    fields: dict[str, str | bool] = {
        visit.widget("Present password"): present,
        visit.widget("New password"): new,
        visit.widget("New password again"): new,
        visit.widget("Change password"): True,
    }
    return visit.run("account", widgets=fields).sees("Your password is changed")


def test_f51_a_password_is_taken_as_it_is_typed_or_not_at_all(town: Town) -> None:
    person = town.database.person("pip@harbour.example", "it", town.harbour)
    give_password(town.database, person)
    present = PASSWORD
    with (
        Visit.to(town.portal, town.cookies(person)) as account,
        Visit.to(town.portal, {BROWSER: secrets.token_urlsafe(32)}) as form,
    ):
        for refused in (*TOO_SHORT_OR_LONG, "slow\x00herons wading far"):
            assert not chosen(account, present, refused)
            assert ticket_of(form, "pip@harbour.example", refused) is None
            change(town, "DELETE FROM auth.sign_in_attempt")
        for taken, close_by in TAKEN:
            assert chosen(account, present, taken)
            assert ticket_of(form, "pip@harbour.example", close_by) is None
            assert ticket_of(form, "pip@harbour.example", taken)
            present = taken


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Host": "127.0.0.1.evil.example:8501"}, {"Host": ""}]
)
def test_f53_a_websocket_at_a_foreign_host_is_refused(town: Town, headers: dict[str, str]) -> None:
    origin = f"http://{headers['Host'] or town.portal.host}"
    answer = handshake(town, {**headers, "Origin": origin})
    assert answer.status_code in {400, 403}


def handshake(town: Town, headers: dict[str, str]) -> httpx.Response:
    """Ask for a websocket as a program would, with whatever headers."""
    asked = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(secrets.token_bytes(16)).decode(),
        "Sec-WebSocket-Protocol": "streamlit",
    }
    with town.browser(town.cookies(town.ada)) as client:
        return client.get("/_stcore/stream", headers={**asked, **headers})


def test_f53_the_own_page_gets_its_websocket_and_the_same_without_an_origin_does_not(
    town: Town,
) -> None:
    with Visit.to(town.portal, town.cookies(town.ada)) as visit:
        assert signed_in(visit.run("account"))
    assert handshake(town, {"Host": town.portal.host}).status_code == 403
    foreign = Visit.to(town.portal, town.cookies(town.ada), origin="http://127.0.0.1:1")
    with pytest.raises(InvalidStatus, match="403"), foreign:
        pass


def test_denied_ways_in_are_noted_so_often_and_no_more(town: Town) -> None:
    change(town, "DELETE FROM auth.session")
    with Visit.to(town.portal, town.cookies(town.ada)) as visit:
        visit.run("people")
        visit.run("audit")
        visit.run("", "client=quayside")
    with town.browser(town.cookies(town.ada)) as browser:
        assert browser.get("/_stcore/metrics").status_code == 403
    mine = noted(town, "access_denied")[:4]
    assert [what for who, what in mine if who == ADA] == [
        "/_stcore/metrics",
        "client",
        "page audit",
        "page people",
    ]
    session = town.database.session(town.quin)
    asked = text("SELECT auth.note_denied(:session, 'client', 'harbour', '192.0.2.9')")
    with sign_in_transaction(town.database.portal) as connection:
        for who, most in ((session, 10), (None, 200)):
            written = [
                connection.execute(asked, {"session": who}).scalar() for _ in range(most + 5)
            ]
            assert 0 < written.count(True) <= (10 if who else 100)
            assert written[-1] is False
