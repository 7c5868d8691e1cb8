"""A thousand guesses in each way there is: at the form of a real portal, and at its login.

Through the form a guess takes the portal a moment, so the thousand are asked of the database as the
form asks it, with the portal's own login; the form itself is tried until it refuses and after.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from db.commands import sign_in as changes
from db.portal import BROWSER_COOKIES
from db.session import sign_in_transaction
from tests.security.conftest import Town
from tests.support.viewers import PASSWORD, give_password
from tests.support.visits import Visit

ADA = "ada@harbour.example"
HERE, THERE = "127.0.0.1", "127.0.0.9"
GUESSES = 1000
WRONG = "wrong password"
WINDOW_PASSES = "UPDATE auth.sign_in_attempt SET at = at - interval '15 minutes 1 second'"
Guess = tuple[str, str]  #: whose password, and from where


@pytest.fixture(autouse=True)
def calm(town: Town) -> Iterator[None]:
    """Nobody guesses after a test, and what it noted is noted again."""
    yield
    change(town, "DELETE FROM auth.sign_in_attempt")
    change(town, "DELETE FROM auth.session")


def change(town: Town, statement: str, **given: object) -> None:
    with town.database.as_owner() as connection:
        connection.execute(text(statement), given)


def looked_at(town: Town, guesses: Iterable[Guess]) -> int:
    """How many of the guesses the database lets a password be looked at for."""
    opened = 0
    with town.database.portal.connect() as connection:
        for email, address in guesses:
            attempt = changes.record_attempt(connection, email=email, address=address)
            opened += attempt is not None
            connection.commit()
    return opened


class Form:
    """The sign-in form in one window."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit.run()

    def lets_in(self, email: str, password: str = WRONG) -> bool:
        """Fill the form in and send it; whether a ticket came of it."""
        fields: dict[str, str | bool] = {
            self._visit.widget("E-mail address"): email,
            self._visit.widget("Password"): password,
            self._visit.widget("Sign in"): True,
        }
        return self._visit.run("", widgets=fields).sees("/session/start")


@contextmanager
def form(town: Town, address: str = HERE) -> Iterator[Form]:
    cookies = {BROWSER_COOKIES[False]: secrets.token_urlsafe(32)}
    with Visit.to(town.portal, cookies, address=address) as visit:
        yield Form(visit)


def lets_in(town: Town, email: str, password: str = PASSWORD, address: str = HERE) -> bool:
    with form(town, address) as shown:
        return shown.lets_in(email, password)


def test_f49_one_person_is_guessed_at_and_signs_in_after_the_window(town: Town) -> None:
    with form(town) as shown:
        assert not any(shown.lets_in(ADA) for _ in range(8))
    assert looked_at(town, [(ADA, HERE)] * GUESSES) == 0
    assert not lets_in(town, ADA)
    change(town, WINDOW_PASSES)
    assert lets_in(town, ADA)


def test_f49_one_address_guesses_at_many_and_the_next_person_there_waits(town: Town) -> None:
    names = [f"p{number}@harbour.example" for number in range(25)]
    for name in names[:3]:
        give_password(town.database, town.database.person(name, "it"))
    assert looked_at(town, [(name, HERE) for name in names[3:]]) == 20
    with form(town) as shown:
        assert not any(shown.lets_in(name, PASSWORD) for name in names[:3])
    assert looked_at(town, [(f"q{number}@x.example", HERE) for number in range(GUESSES)]) == 0
    assert lets_in(town, ADA, address=THERE)
    change(town, WINDOW_PASSES)
    assert all(lets_in(town, name) for name in names[:3])


def test_f49_many_addresses_guess_at_one_person(town: Town) -> None:
    for place in range(20, 26):
        assert not lets_in(town, ADA, WRONG, f"127.0.0.{place}")
    places = [f"198.51.{place // 250}.{place % 250}" for place in range(GUESSES)]
    assert looked_at(town, [(ADA, place) for place in places]) == 0
    assert not lets_in(town, ADA, address=THERE)
    change(town, WINDOW_PASSES)
    assert lets_in(town, ADA, address=THERE)


def test_f49_one_password_is_tried_on_everybody_from_everywhere(town: Town) -> None:
    """Each person is tried once, each address tries once: only the sum gives it away."""
    signed_in_before(town, ADA, HERE)
    spray = [
        (f"p{each}@x.example", f"198.51.{each // 250}.{each % 250}") for each in range(GUESSES)
    ]
    assert looked_at(town, spray) == 200
    assert not lets_in(town, "quin@quayside.example")
    assert lets_in(town, ADA), "she signed in from here before"
    assert not lets_in(town, ADA, address=THERE)
    change(town, WINDOW_PASSES)
    assert lets_in(town, "quin@quayside.example")


def signed_in_before(town: Town, email: str, address: str) -> None:
    change(
        town,
        "INSERT INTO auth.session (session_hash, person_id, created_at, last_seen_at,"
        " idle_expires_at, expires_at, address) SELECT sha256('then'), person_id, at, at, at, at,"
        " :address FROM auth.person, (SELECT now() - interval '29 days' AS at) once"
        " WHERE email = :email",
        email=email,
        address=address,
    )


def test_f49_a_place_is_known_for_thirty_days(town: Town) -> None:
    signed_in_before(town, ADA, HERE)
    change(town, "UPDATE auth.session SET created_at = created_at - interval '2 days'")
    spray = [(f"p{each}@x.example", f"198.51.100.{each}") for each in range(201)]
    assert looked_at(town, spray) == 200
    assert looked_at(town, [(ADA, HERE)]) == 0


def test_f49_what_guessing_writes_into_the_audit_log_has_a_limit(town: Town) -> None:
    query = "SELECT count(*) FROM billing.audit_log WHERE action = 'sign_in_throttled'"
    looked_at(town, [(f"r{each}@x.example", HERE) for each in range(GUESSES)])
    with town.database.as_owner() as connection:
        assert connection.execute(text(query)).scalar_one() <= 100


def test_f49_tickets_that_are_none_fill_no_log(town: Town) -> None:
    query = "SELECT count(*) FROM billing.audit_log WHERE action = 'ticket_refused'"
    with sign_in_transaction(town.database.portal) as connection:
        for number in range(150):
            statement = text(
                "SELECT auth.redeem_ticket(:ticket, :ticket, :ticket, NULL, '1 hour', '1 hour',"
                " '192.0.2.1', '')"
            )
            ticket = number.to_bytes(32, "big")
            assert connection.execute(statement, {"ticket": ticket}).scalar() is False
    with town.database.as_owner() as connection:
        assert connection.execute(text(query)).scalar_one() == 100
