"""A real portal, asked from outside: by programs, not by its own pages."""

import hashlib
import secrets

import httpx
import pytest
from sqlalchemy import text
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode

from db.commands import sign_in as changes
from db.portal import BROWSER_COOKIES, SESSION_COOKIES
from db.session import sign_in_transaction
from tests.security.conftest import Town
from tests.support.viewers import PASSWORD, give_password
from tests.support.visits import Visit

SESSION, BROWSER = SESSION_COOKIES[False], BROWSER_COOKIES[False]
OWN_PAGE = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}


def change(town: Town, statement: str, **given: object) -> None:
    with town.database.as_owner() as connection:
        connection.execute(text(statement), given)


def ticket(town: Town, browser: str, person: str = "ada@harbour.example") -> str:
    """A ticket as the sign-in form makes it for a browser."""
    token = secrets.token_urlsafe(32)
    with sign_in_transaction(town.database.portal) as connection:
        attempt = changes.record_attempt(connection, email=person, address=secrets.token_hex(4))
        assert attempt is not None
        assert changes.make_ticket(
            connection,
            ticket_hash=hashlib.sha256(token.encode()).digest(),
            person_id=town.ada,
            browser_hash=hashlib.sha256(browser.encode()).digest(),
            attempt=attempt,
        )
    return token


def start(
    town: Town, browser: str, shown: str, path: str = "/", headers: dict[str, str] | None = None
) -> httpx.Response:
    with town.browser({BROWSER: browser}) as client:
        return client.post(
            "/session/start",
            data={"ticket": shown, "next": path},
            headers=OWN_PAGE if headers is None else headers,
        )


def signed_in(visit: Visit) -> bool:
    return visit.sees("Sign out")


def asks_to_sign_in(visit: Visit) -> bool:
    return visit.sees('label: "E-mail address"') and not signed_in(visit)


def test_the_first_deep_link_to_a_fresh_process_shows_the_sign_in(town: Town) -> None:
    with Visit.to(town.portal) as visit:
        assert asks_to_sign_in(visit.run("account", "period=2026-10"))
        assert not visit.sees("Present password")


def test_a_session_opens_the_page(town: Town) -> None:
    with Visit.to(town.portal, town.cookies(town.ada)) as visit:
        visit.run("account")
        assert signed_in(visit)
        assert visit.sees("ada@harbour.example")


@pytest.mark.parametrize(
    "token", ["", "x", "x" * 43, "é" * 43, "x" * 5000, "alg=none", "../../etc/passwd"]
)
def test_f45_a_cookie_of_ones_own_making_opens_nothing(town: Town, token: str) -> None:
    with Visit.to(town.portal, {SESSION: token.encode().decode("latin-1")}) as visit:
        assert asks_to_sign_in(visit.run("account"))


def test_f48_the_id_of_anothers_visit_opens_nothing(town: Town) -> None:
    with Visit.to(town.portal, town.cookies(town.ada)) as ada:
        assert signed_in(ada.run("account"))
        with Visit.to(town.portal, resumes=ada.session_id) as thief:
            assert asks_to_sign_in(thief.run("account"))
            assert thief.session_id != ada.session_id
        assert signed_in(ada.run("account"))


def test_f48_the_id_of_anothers_visit_opens_nothing_to_somebody_signed_in(town: Town) -> None:
    with Visit.to(town.portal, town.cookies(town.ada)) as ada:
        ada.run("account")
        with Visit.to(town.portal, town.cookies(town.quin), resumes=ada.session_id) as quin:
            quin.run("account")
            assert quin.session_id != ada.session_id
            assert quin.sees("quin@quayside.example")
            assert not quin.sees("ada@harbour.example")


@pytest.mark.parametrize("signed", [False, True])
def test_f48_a_principal_of_ones_own_making_opens_nothing(town: Town, *, signed: bool) -> None:
    cookies = town.cookies(town.ada)
    inner = hashlib.sha256(cookies[SESSION].encode()).digest()
    forged = {"X-Meterglass-Principal": hashlib.sha256(inner).hexdigest()}
    own = town.cookies(town.quin) if signed else {}
    with Visit.to(town.portal, cookies) as ada:
        ada.run("account")
        with Visit.to(town.portal, own, resumes=ada.session_id, headers=forged) as thief:
            thief.run("account")
            assert thief.session_id != ada.session_id
            assert not thief.sees("ada@harbour.example")


def test_ones_own_visit_is_resumed_after_the_network_dropped(town: Town) -> None:
    cookies = town.cookies(town.ada)
    with Visit.to(town.portal, cookies) as dropped:
        dropped.run("account")
    with Visit.to(town.portal, cookies, resumes=dropped.session_id) as back:
        assert signed_in(back.run("account"))
        assert back.session_id == dropped.session_id


def test_f47_a_cookie_replayed_after_sign_out_opens_nothing(town: Town) -> None:
    cookies = town.cookies(town.ada)
    with town.browser(cookies) as client:
        answer = client.post("/session/end", headers=OWN_PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert f'{SESSION}=""' in answer.headers["set-cookie"]
    with Visit.to(town.portal, cookies) as visit:
        assert asks_to_sign_in(visit.run("account"))


@pytest.mark.parametrize(
    "meanwhile",
    [
        "idle_expires_at = now()",
        "idle_expires_at = now(), expires_at = now()",
        "revoked_at = now()",
    ],
)
def test_f46_an_ended_session_is_out_at_the_next_interaction(town: Town, meanwhile: str) -> None:
    cookies = town.cookies(town.ada)
    with Visit.to(town.portal, cookies) as visit:
        assert signed_in(visit.run("account"))
        session = hashlib.sha256(cookies[SESSION].encode()).digest()
        statement = f"UPDATE auth.session SET {meanwhile} WHERE session_hash = :session"
        change(town, statement, session=session)
        assert asks_to_sign_in(visit.run("account"))


def test_f46_a_disabled_person_is_out_at_the_next_interaction(town: Town) -> None:
    with Visit.to(town.portal, town.cookies(town.quin)) as visit:
        assert signed_in(visit.run("account"))
        change(town, "UPDATE auth.person SET disabled_at = now() WHERE person_id = :p", p=town.quin)
        try:
            assert asks_to_sign_in(visit.run("account"))
        finally:
            change(town, "UPDATE auth.person SET disabled_at = NULL")


def test_f46_a_changed_password_ends_the_other_sessions_at_their_next_interaction(
    town: Town,
) -> None:
    with (
        Visit.to(town.portal, town.cookies(town.quin)) as here,
        Visit.to(town.portal, town.cookies(town.quin)) as there,
    ):
        assert signed_in(here.run("account"))
        assert signed_in(there.run("account"))
        new = "seven slow herons wading"
        fields: dict[str, str | bool] = {
            here.widget("Present password"): PASSWORD,
            here.widget("New password"): new,
            here.widget("New password again"): new,
            here.widget("Change password"): True,
        }
        assert here.run("account", widgets=fields).sees("Your password is changed")
        assert signed_in(here.run("account"))
        assert asks_to_sign_in(there.run("account"))


def typed(town: Town, email: str, password: str, browser: str) -> list[str]:
    """What the form answers to an attempt, element by element."""
    with Visit.to(town.portal, {BROWSER: browser}) as visit:
        visit.run()
        fields: dict[str, str | bool] = {
            visit.widget("E-mail address"): email,
            visit.widget("Password"): password,
            visit.widget("Sign in"): True,
        }
        visit.run("", widgets=fields)
        assert not signed_in(visit)
        return [element for element in visit.elements if "alert" in element]


def test_f50_unknown_wrong_and_throttled_get_the_same_words(town: Town) -> None:
    browser = secrets.token_urlsafe(32)
    change(town, "DELETE FROM auth.sign_in_attempt")
    unknown = typed(town, "nobody@nowhere.example", "wrong password", browser)
    wrong = [typed(town, "mara@msp.example", "wrong password", browser) for _ in range(5)]
    throttled = typed(town, "mara@msp.example", PASSWORD, browser)
    assert "wait 15 minutes" in unknown[0]
    assert [unknown, *wrong, throttled] == [unknown] * 7
    change(town, "UPDATE auth.sign_in_attempt SET at = at - interval '16 minutes'")


def test_the_right_password_gives_the_browser_a_ticket_and_no_session_yet(town: Town) -> None:
    browser = secrets.token_urlsafe(32)
    with Visit.to(town.portal, {BROWSER: browser}) as visit:
        visit.run()
        fields: dict[str, str | bool] = {
            visit.widget("E-mail address"): "Mara@msp.example ",
            visit.widget("Password"): PASSWORD,
            visit.widget("Sign in"): True,
        }
        visit.run("", widgets=fields)
        assert visit.sees("/session/start")
        assert not signed_in(visit)


def test_a_ticket_sets_the_cookie_and_leads_on(town: Town) -> None:
    browser = secrets.token_urlsafe(32)
    answer = start(town, browser, ticket(town, browser), "/account?period=2026-10")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?period=2026-10")
    set_cookie = answer.headers.get_list("set-cookie")[0]
    assert set_cookie.startswith(f"{SESSION}=")
    assert "HttpOnly" in set_cookie
    assert "SameSite=lax" in set_cookie
    assert "Path=/" in set_cookie
    assert "Domain" not in set_cookie
    with Visit.to(town.portal, dict(answer.cookies)) as visit:
        assert signed_in(visit.run("account"))


def test_a_ticket_is_good_once(town: Town) -> None:
    browser = secrets.token_urlsafe(32)
    shown = ticket(town, browser)
    assert SESSION in start(town, browser, shown).cookies
    assert SESSION not in start(town, browser, shown).cookies


def test_a_ticket_is_good_in_its_own_browser_only(town: Town) -> None:
    browser = secrets.token_urlsafe(32)
    shown = ticket(town, browser)
    assert SESSION not in start(town, secrets.token_urlsafe(32), shown).cookies
    assert SESSION not in start(town, browser, shown).cookies


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_a_sign_in_leads_to_no_other_site(town: Town, path: str) -> None:
    browser = secrets.token_urlsafe(32)
    assert start(town, browser, ticket(town, browser), path).headers["location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_post_from_elsewhere_starts_and_ends_nothing(town: Town, headers: dict[str, str]) -> None:
    browser = secrets.token_urlsafe(32)
    assert start(town, browser, ticket(town, browser), headers=headers).status_code == 403
    cookies = town.cookies(town.ada)
    with town.browser(cookies) as client:
        assert client.post("/session/end", headers=headers).status_code == 403
    with Visit.to(town.portal, cookies) as visit:
        assert signed_in(visit.run("account"))


@pytest.mark.parametrize("path", ["/session/start", "/session/end"])
def test_a_link_neither_starts_nor_ends_a_session(town: Town, path: str) -> None:
    cookies = town.cookies(town.ada)
    with town.browser(cookies) as client:
        answer = client.get(path, params={"ticket": ticket(town, cookies[BROWSER])})
    assert "set-cookie" not in answer.headers
    with Visit.to(town.portal, cookies) as visit:
        assert signed_in(visit.run("account"))


def test_a_long_or_strange_body_is_refused(town: Town) -> None:
    with town.browser({BROWSER: "x" * 43}) as client:
        for body in (b"ticket=" + b"x" * 100_000, b"\xff\xfe", b"&" * 100):
            assert client.post("/session/start", content=body, headers=OWN_PAGE).status_code == 400


def test_f53_a_foreign_origin_gets_no_websocket(town: Town) -> None:
    for origin in ("https://evil.example", f"https://{town.portal.host}", "null"):
        visit = Visit.to(town.portal, town.cookies(town.ada), origin=origin)
        with pytest.raises(InvalidStatus, match="403"), visit:
            pass


def test_f53_a_foreign_host_is_served_nothing(town: Town) -> None:
    with town.browser() as client:
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 421
        assert client.get("/healthz", headers={"Host": "10.0.0.7"}).text == "ok"


@pytest.mark.parametrize(
    "path",
    [
        "/media/abc.png",
        "/_stcore/metrics",
        "/_stcore/script-health-check",
        "/_stcore/upload_file/a/b",
        "/_stcore/bidi-components/x/y.js",
        "/component/extra_streamlit_components.CookieManager.cookie_manager/index.html",
        "/app/static/x",
    ],
)
def test_what_needs_a_session_is_refused_without_one(town: Town, path: str) -> None:
    with town.browser() as client:
        assert client.get(path).status_code == 401
    with town.browser({SESSION: "x" * 43}) as client:
        assert client.get(path).status_code == 401


def test_nobody_leaves_a_file_in_the_portals_memory(town: Town) -> None:
    token = f"2|aaaaaaaa|{'00' * 16}|1700000000"  # whoever sends both halves alike is believed
    cookies = town.cookies(town.ada)
    with Visit.to(town.portal, cookies) as visit, town.browser(cookies) as client:
        client.cookies.set("_streamlit_xsrf", token)
        answer = client.put(
            f"/_stcore/upload_file/{visit.run().session_id}/a",
            files={"file": ("a.csv", b"x" * 1000)},
            headers={"X-Xsrftoken": token},
        )
    assert (answer.status_code, answer.text) == (404, "Not found.")


def test_a_message_longer_than_any_of_ours_is_refused_before_it_has_come(town: Town) -> None:
    """A page sends a few kilobytes; what is half sent lies in the portal's memory."""
    with Visit.to(town.portal) as visit:
        announced = b"\x82\xff" + (4_000_001).to_bytes(8) + bytes(4)  # and nothing of it yet
        visit.socket.socket.sendall(announced)
        with pytest.raises(ConnectionClosed) as closed:
            visit.socket.recv(20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == CloseCode.MESSAGE_TOO_BIG


def test_figures_of_the_process_are_for_administrators(town: Town) -> None:
    with town.browser(town.cookies(town.ada)) as client:
        assert client.get("/_stcore/metrics").status_code == 403
    with town.browser(town.cookies(town.boss)) as client:
        assert client.get("/_stcore/metrics").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/auth/login",
        "/auth/logout",
        "/oauth2callback",
        "/_stcore/agent/openapi.json",
        "/_stcore/agent/interact",
        "/_stcore/agent/mcp",
    ],
)
def test_doors_that_are_not_ours_are_walled_up(town: Town, path: str) -> None:
    with town.browser(town.cookies(town.boss)) as client:
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/media/../../etc/passwd", "/media/%2e%2e/%2e%2e/etc/passwd", "/app/static/../app.py"]
)
def test_no_path_leads_to_a_file_of_the_server(town: Town, path: str) -> None:
    with town.browser(town.cookies(town.ada)) as client:
        answer = client.get(path)
        assert "root:" not in answer.text
        assert "st.App" not in answer.text


@pytest.mark.parametrize("query", ["", "?period=2026-10&client=harbour", "?client=a%0d%0ab%20%2f"])
def test_the_first_page_has_its_name_too(town: Town, query: str) -> None:
    with town.browser() as client:
        answer = client.get(f"/overview{query}")
        assert (answer.status_code, answer.headers["location"]) == (307, f"/{query}")
        assert client.get(f"/overview/{query}").headers["location"].endswith(f"/overview{query}")


@pytest.mark.parametrize("path", ["/nonsense", "/overview/x", "/consumption/x", "/index.html"])
def test_where_no_page_is_a_calm_answer_says_so(town: Town, path: str) -> None:
    with town.browser() as client:
        answer = client.get(path)
        assert answer.status_code == 404
        assert "There is no page at this address." in answer.text
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert client.get("/consumption?meter=x").status_code == 200


@pytest.mark.parametrize("path", ["/", "/account", "/healthz", "/media/x", "/static/none.js"])
def test_every_answer_carries_the_headers(town: Town, path: str) -> None:
    with town.browser() as client:
        headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize(
    "path",
    ["/", "/_stcore/health", "/_stcore/host-config", "/session/start", "/api/v1/events"],
)
def test_nothing_answers_to_trace(town: Town, path: str) -> None:
    with town.browser() as client:
        assert client.request("TRACE", path).status_code == 405


def test_no_window_of_another_site_may_send_a_page_commands(town: Town) -> None:
    with town.browser() as client:
        told = client.get("/_stcore/host-config").json()
        assert (told["allowedOrigins"], told["enableCustomParentMessages"]) == ([], False)


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/host-config", "/live"])
def test_no_answer_lets_another_origin_read_it(town: Town, path: str) -> None:
    with town.browser(town.cookies(town.ada)) as client:
        asked = client.options if path == "/live" else client.get
        headers = asked(path, headers={"Origin": "https://evil.example"}).headers
    assert "access-control-allow-origin" not in headers


def test_every_field_of_a_password_is_masked_and_may_be_filled(town: Town) -> None:
    with Visit.to(town.portal, {BROWSER: secrets.token_urlsafe(32)}) as visit:
        visit.run()
        (field,) = (each for each in visit.elements if 'label: "Password"' in each)
        assert "type: PASSWORD" in field
    with Visit.to(town.portal, town.cookies(town.ada)) as visit:
        visit.run("account")
        fields = [each for each in visit.elements if "type: PASSWORD" in each]
    assert [each.split('autocomplete: "')[1].split('"')[0] for each in fields] == [
        "current-password",
        "new-password",
        "new-password",
    ]


def test_streamlit_sets_no_cookie_of_its_own(town: Town) -> None:
    with town.browser(town.cookies(town.ada)) as client:
        assert "set-cookie" not in client.get("/_stcore/health").headers


def test_a_page_marks_the_browser_once(town: Town) -> None:
    with town.browser() as client:
        assert f"{BROWSER}=" in client.get("/").headers["set-cookie"]
        assert "set-cookie" not in client.get("/account").headers


@pytest.mark.parametrize("slug", ["quayside", "nowhere", "' OR 1=1--", "%00", "x" * 10_000])
def test_the_client_of_others_and_none_at_all_are_not_found_alike(town: Town, slug: str) -> None:
    with Visit.to(town.portal, town.cookies(town.ada)) as visit:
        visit.run("", f"client={slug}")
        assert visit.sees("There is no such client, or you may not see it.")
        assert not visit.sees("quayside")


@pytest.mark.parametrize("zone", ["Europe", "../../etc/passwd", "\0", "A" * 5_000, "Mars/Base"])
def test_a_zone_that_is_none_is_universal_time(town: Town, zone: str) -> None:
    with Visit.to(town.portal, town.cookies(town.ada)) as visit:
        assert visit.run("account", zone=zone).sees("Times are UTC.")


def test_the_page_of_people_is_an_administrators(town: Town) -> None:
    with Visit.to(town.portal, town.cookies(town.boss)) as visit:
        assert visit.run("people").sees("Choose a person")
    with Visit.to(town.portal, town.cookies(town.mara)) as visit:
        assert not visit.run("people").sees("Choose a person")


def test_a_database_that_is_away_is_told_in_words_and_comes_back(town: Town) -> None:
    cookies = town.cookies(town.ada)
    with Visit.to(town.portal, cookies) as visit:
        assert signed_in(visit.run("account"))
        with town.portal.database_down():
            visit.run("account")
            assert visit.sees("does not answer at the moment")
            assert visit.sees("Error id")
            assert not visit.sees("Traceback")
            assert not visit.sees("psycopg2")
            with town.browser(cookies) as client:
                assert client.get("/media/x").status_code == 503
            log = town.portal.log.read_text()
            assert "run_failed" in log
            assert cookies[SESSION] not in log
            assert "locals" not in log
        assert signed_in(visit.run("account"))


def test_a_person_with_a_password_of_others_making_chooses_his_own_first(town: Town) -> None:
    person = town.database.person("neo@harbour.example", "it", town.harbour)
    give_password(town.database, person)
    change(
        town, "UPDATE auth.person SET must_change_password = true WHERE person_id = :p", p=person
    )
    with Visit.to(town.portal, town.cookies(person)) as visit:
        for page in ("", "account", "agreement"):
            visit.run(page)
            assert visit.sees("Choose your own password")
            assert not visit.sees("Signed in on")
        new = "seven slow herons wading"
        fields: dict[str, str | bool] = {
            visit.widget("Present password"): PASSWORD,
            visit.widget("New password"): new,
            visit.widget("New password again"): new,
            visit.widget("Change password"): True,
        }
        visit.run("account", widgets=fields)
        assert visit.run("account").sees("Signed in on")


def test_nobody_empties_the_caches_of_all(town: Town) -> None:
    emptying = BackMsg()
    emptying.clear_cache = True
    with Visit.to(town.portal) as visit:
        visit.socket.send(emptying.SerializeToString())
        assert asks_to_sign_in(visit.run("account"))
