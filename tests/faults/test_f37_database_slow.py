"""F37: a statement takes too long, a lock is held, all connections are taken."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from tests.faults.quays import ERROR_ID, Quay, alerts, leaks, running_quay
from tests.support.database import DatabaseServer
from tests.support.visits import PATIENCE, Visit

SENTENCE = "The billing database takes too long to answer at the moment. Your figures are safe."
#: Whoever reads an agreement waits for a minute.
SLOW = (
    "CREATE POLICY slow ON billing.agreement AS RESTRICTIVE FOR SELECT"
    " TO meterglass_client, meterglass_msp USING ((SELECT true FROM pg_sleep(60)))"
)
#: Nobody is answered from what was kept.
NEWER = "UPDATE billing.month_version SET version = version + 1"
SLEEPING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event = 'PgSleep'"
)
WAKE = (
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event = 'PgSleep'"
)


@pytest.fixture(scope="module")
def quay(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quay]:
    """A portal that keeps one connection, opens one more, and waits for three seconds."""
    database = server.copy()
    settings = {"METERGLASS_DATABASE_CONNECTIONS": "1", "METERGLASS_DATABASE_SECONDS": "3"}
    with running_quay(database, tmp_path_factory.mktemp("portal"), settings) as started:
        yield started
    server.drop(database)


@contextmanager
def slow_agreements(quay: Quay) -> Iterator[None]:
    quay.change(SLOW)
    quay.change(NEWER)
    try:
        yield
    finally:
        quay.change("DROP POLICY slow ON billing.agreement")


def says_so(visit: Visit) -> None:
    (alert,) = alerts(visit)
    assert SENTENCE in alert
    assert len([each for each in visit.elements if ERROR_ID.search(each)]) == 1
    assert visit.widget("Try again")
    assert leaks(visit) == []


def is_well(visit: Visit) -> None:
    assert visit.sees("Sign out")
    assert alerts(visit) == []


def test_f37_a_statement_that_takes_too_long_is_given_up_and_said_in_a_sentence(
    quay: Quay,
) -> None:
    with Visit.to(quay.portal, quay.cookies(quay.ada)) as visit:
        with slow_agreements(quay):
            says_so(visit.run("agreement"))
            assert visit.sees("Sign out")
        is_well(visit.run("agreement"))


def test_f37_a_lock_that_somebody_holds_is_waited_for_a_while(quay: Quay) -> None:
    with Visit.to(quay.portal, quay.cookies(quay.ada)) as visit:
        with quay.database.as_owner() as owner:
            owner.execute(text("LOCK TABLE auth.session IN ACCESS EXCLUSIVE MODE"))
            says_so(visit.run())
            with quay.browser() as anybody:
                assert anybody.get("/healthz").text == "ok"
                assert anybody.get("/").status_code == 200
        is_well(visit.run())


def test_f37_where_all_connections_are_taken_the_next_one_is_told_so(quay: Quay) -> None:
    with (
        Visit.to(quay.portal, quay.cookies(quay.ada)) as ada,
        Visit.to(quay.portal, quay.cookies(quay.quin)) as quin,
        Visit.to(quay.portal, quay.cookies(quay.mara)) as mara,
        ThreadPoolExecutor(2) as beside,
    ):
        with slow_agreements(quay):
            slow = [beside.submit(each.run, "agreement") for each in (ada, quin)]
            wait_until_sleeping(quay, 2)
            says_so(mara.run("account"))
            quay.administer(WAKE)
            for each in slow:
                says_so(each.result(PATIENCE))
        for visit in (ada, quin, mara):
            is_well(visit.run("agreement"))


def wait_until_sleeping(quay: Quay, count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while sleeping(quay) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def sleeping(quay: Quay) -> int:
    """How many statements sleep; in a transaction of its own, which would go on seeing the same."""
    with quay.database.administrator.begin() as connection:
        return int(connection.execute(text(SLEEPING)).scalar_one())
