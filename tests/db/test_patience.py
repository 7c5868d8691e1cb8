"""F36: a server that stands still is given up here, since its own timeouts stand still with it."""

from collections.abc import Iterator

import psycopg2
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from db import engine as connecting
from db import patience
from db.engine import make_engine
from db.trouble import Trouble, database_trouble
from tests.support.database import Database
from tests.support.relay import Relay, relay_to

BACKEND = text("SELECT pg_backend_pid()")


@pytest.fixture
def relay(database: Database) -> Iterator[Relay]:
    with relay_to(make_url(database.portal_url).port or 0) as started:
        yield started


@pytest.fixture
def engine(database: Database, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """One connection through the relay, which waits a short while only."""
    monkeypatch.setattr(connecting, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(connecting, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(patience, "PING_SECONDS", 0.3)
    monkeypatch.setattr(patience, "LOOK_SECONDS", 0.05)
    made = make_engine(
        relay.address(database.portal_url),
        pool_size=1,
        pool_seconds=0.1,
        statement_timeout_ms=300,
        lock_timeout_ms=100,
    )
    yield made
    made.dispose()


def backend_of(engine: Engine) -> int:
    with engine.begin() as connection:
        return int(connection.execute(BACKEND).scalar_one())


def trouble_of(engine: Engine, statement: str = "SELECT 1") -> Trouble | None:
    with pytest.raises((DBAPIError, PoolTimeoutError)) as failed, engine.begin() as connection:
        connection.execute(text(statement))
    return database_trouble(failed.value)


def test_f36_a_statement_on_a_server_that_stands_still_is_given_up(
    engine: Engine, relay: Relay
) -> None:
    with engine.connect() as connection:
        connection.execute(BACKEND)
        with relay.standing_still(), pytest.raises(DBAPIError) as failed:
            connection.execute(BACKEND)
        assert database_trouble(failed.value) is Trouble.AWAY
        assert connection.invalidated
    assert backend_of(engine)


def test_f36_a_commit_on_a_server_that_stands_still_is_given_up(
    engine: Engine, relay: Relay
) -> None:
    with engine.connect() as connection:
        connection.execute(BACKEND)
        with relay.standing_still(), pytest.raises(DBAPIError) as failed:
            connection.commit()
    assert database_trouble(failed.value) is Trouble.AWAY
    assert backend_of(engine)


def test_f36_a_pooled_connection_to_a_server_that_stands_still_is_not_lent(
    engine: Engine, relay: Relay
) -> None:
    assert backend_of(engine)
    with relay.standing_still():
        assert trouble_of(engine) is Trouble.AWAY
    assert backend_of(engine)


def test_f36_connections_that_broke_are_noticed_before_they_are_used(
    engine: Engine, relay: Relay
) -> None:
    former = backend_of(engine)
    relay.cut()
    assert backend_of(engine) != former
    with relay.refusing():
        assert trouble_of(engine) is Trouble.AWAY
    assert backend_of(engine)


def test_f36_after_a_refused_change_the_engine_connects_anew(engine: Engine) -> None:
    former = backend_of(engine)
    change = "SET LOCAL transaction_read_only = on; SELECT auth.record_attempt('a', 'b')"
    assert trouble_of(engine, change) is Trouble.READ_ONLY
    assert backend_of(engine) != former


def test_f37_what_takes_too_long_is_given_up_by_the_server_and_keeps_its_connection(
    engine: Engine,
) -> None:
    former = backend_of(engine)
    assert trouble_of(engine, "SELECT pg_sleep(60)") is Trouble.BUSY
    assert backend_of(engine) == former


def test_f37_a_lock_is_waited_for_a_while(engine: Engine, database: Database) -> None:
    with database.as_owner() as owner:
        owner.execute(text("LOCK TABLE auth.session IN ACCESS EXCLUSIVE MODE"))
        asked = "SELECT person_id FROM auth.session_viewer(sha256('x'), NULL)"
        assert trouble_of(engine, asked) is Trouble.BUSY


def test_f37_a_connection_is_waited_for_a_while(engine: Engine) -> None:
    with engine.connect(), engine.connect():
        assert trouble_of(engine) is Trouble.BUSY
    assert backend_of(engine)


def test_an_engine_without_a_limit_waits(database: Database) -> None:
    unhurried = make_engine(database.owner_url)
    with unhurried.connect() as connection:
        driver = connection.connection.driver_connection
    unhurried.dispose()
    assert isinstance(driver, psycopg2.extensions.connection)
    assert getattr(driver, "seconds", None) == 0


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), TimeoutError()])
def test_what_the_database_has_no_part_in_is_no_trouble_of_it(error: Exception) -> None:
    assert database_trouble(error) is None
