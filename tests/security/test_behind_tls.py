"""A portal whose public address is HTTPS, behind a proxy."""

import hashlib
import secrets
from collections.abc import Iterator

import httpx
import pytest

from db.commands import sign_in as changes
from db.portal import BROWSER_COOKIES, SESSION_COOKIES
from db.session import sign_in_transaction
from tests.security.conftest import settle
from tests.support.database import DatabaseServer
from tests.support.portal import Portal, running_portal
from tests.support.viewers import open_session

PUBLIC = "portal.northwind.example"
HOST = {"Host": PUBLIC}


@pytest.fixture(scope="module")
def public(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    database = server.copy()
    settle(database)
    settings = {"METERGLASS_PUBLIC_URL": f"https://{PUBLIC}"}
    with running_portal(database, tmp_path_factory.mktemp("portal"), settings) as portal:
        yield portal
    server.drop(database)


def ticket(public: Portal, browser: str) -> str:
    token = secrets.token_urlsafe(32)
    with sign_in_transaction(public.database.portal) as connection:
        attempt = changes.record_attempt(
            connection, email="ada@harbour.example", address=secrets.token_hex(4)
        )
        assert attempt is not None
        changes.make_ticket(
            connection,
            ticket_hash=hashlib.sha256(token.encode()).digest(),
            person_id=1,
            browser_hash=hashlib.sha256(browser.encode()).digest(),
            attempt=attempt,
        )
    return token


def test_only_the_public_host_is_served(public: Portal) -> None:
    assert httpx.get(public.url).status_code == 421
    assert httpx.get(public.url, headers=HOST).status_code == 200


def test_browsers_are_told_to_stay_with_tls(public: Portal) -> None:
    headers = httpx.get(public.url, headers=HOST).headers
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_the_cookies_are_secure_and_bound_to_the_host(public: Portal) -> None:
    browser = secrets.token_urlsafe(32)
    answer = httpx.post(
        f"{public.url}/session/start",
        data={"ticket": ticket(public, browser), "next": "/"},
        headers={
            **HOST,
            "Origin": f"https://{PUBLIC}",
            "Cookie": f"__Host-meterglass-browser={browser}",
        },
    )
    cookies = answer.headers.get_list("set-cookie")
    assert [each.split("=")[0] for each in cookies] == [
        "__Host-meterglass",
        "__Host-meterglass-browser",
    ]
    for each in cookies:
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(each.split("; "))
        assert "Domain" not in each


def test_the_cookie_of_plain_http_opens_nothing(public: Portal) -> None:
    token = secrets.token_urlsafe(32)
    open_session(public.database, 1, token)
    named = {True: 404, False: 401}
    for secure, status in named.items():
        cookie = f"{SESSION_COOKIES[secure]}={token}"
        answer = httpx.get(f"{public.url}/media/none.png", headers={**HOST, "Cookie": cookie})
        assert answer.status_code == status


def test_an_origin_without_tls_is_foreign(public: Portal) -> None:
    browser = secrets.token_urlsafe(32)
    cookie = f"{BROWSER_COOKIES[True]}={browser}"
    headers = {**HOST, "Origin": f"http://{PUBLIC}", "Cookie": cookie}
    given = {"ticket": ticket(public, browser), "next": "/"}
    assert httpx.post(f"{public.url}/session/start", data=given, headers=headers).status_code == 403
