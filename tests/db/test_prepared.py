"""Prepared questions: planned once for each connection, answered for each transaction anew."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from db.engine import make_engine
from db.look import Looker, NoLongerSeenError, read
from db.prepared import Question
from db.session import portal_transaction
from tests.support.database import Database
from tests.support.tenants import Tenants, make_tenants

CLIENT, MSP = "meterglass_client", "meterglass_msp"
#: Whatever client is named, they ask for the rows of all.
SEEN = Question("seen", "SELECT DISTINCT client_id FROM billing.usage_event WHERE :client > 0")
COSTS = Question("costs", "SELECT DISTINCT client_id FROM billing.vendor_cost WHERE :client > 0")
OF_CLIENT = Question("of", "SELECT count(*) FROM billing.usage_event WHERE client_id = :client")
PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'meterglass%'")


@pytest.fixture
def tenants(database: Database) -> Tenants:
    return make_tenants(database)


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    """The portal's login with one connection, which all share."""
    made = make_engine(database.portal_url, pool_size=1)
    made.pool._max_overflow = 0  # type: ignore[attr-defined]  # nothing else bounds it
    yield made
    made.dispose()


def look(
    engine: Engine, session: bytes, client: int, role: str = CLIENT, question: Question = SEEN
) -> list[int]:
    """What a look of a viewer answers."""
    looker = Looker(session_hash=session, client_id=client, database_role=role)
    return read(engine, looker, lambda each, of: list(question.ask(each, {"client": of}).scalars()))


def prepared(connection: Connection) -> int:
    count: int = connection.execute(PREPARED).scalar_one()
    return count


def test_a_plan_made_for_one_client_gives_another_only_its_own(
    engine: Engine, tenants: Tenants
) -> None:
    small, large = tenants.small, tenants.large
    manager = tenants.account_manager_of_small_and_large
    for _ in range(8):  # PostgreSQL plans for the values at hand a few times, then once for all
        assert look(engine, tenants.finance_of_small, small) == [small]
        assert look(engine, tenants.it_of_large, large) == [large]
        assert look(engine, manager, small, MSP) == [small]
        assert look(engine, manager, large, MSP) == [large]


def test_what_the_msp_may_ask_is_refused_to_a_client_on_the_same_connection(
    engine: Engine, tenants: Tenants
) -> None:
    manager = tenants.account_manager_of_small_and_large
    assert look(engine, manager, tenants.large, MSP, COSTS) == [tenants.large]
    with pytest.raises(DBAPIError, match="permission denied"):
        look(engine, tenants.it_of_large, tenants.large, CLIENT, COSTS)


def test_a_session_that_ended_sees_nothing_by_a_plan_that_was_kept(
    engine: Engine, database: Database, tenants: Tenants
) -> None:
    session, small = tenants.finance_of_small, tenants.small
    assert look(engine, session, small) == [small]
    with database.as_owner() as connection:
        connection.execute(text("UPDATE auth.session SET revoked_at = now()"))
    with pytest.raises(NoLongerSeenError):
        look(engine, session, small)
    with portal_transaction(
        engine, session_hash=session, client_id=small, database_role=CLIENT
    ) as connection:
        assert SEEN.ask(connection, {"client": small}).all() == []


def test_a_question_is_planned_once_for_a_connection(engine: Engine, tenants: Tenants) -> None:
    for _ in range(3):
        assert look(engine, tenants.finance_of_small, tenants.small) == [tenants.small]
    with engine.begin() as connection:
        assert prepared(connection) == 1


def test_a_transaction_that_failed_leaves_its_plans(engine: Engine, tenants: Tenants) -> None:
    def fail(connection: Connection, client: int) -> None:
        SEEN.ask(connection, {"client": client})
        connection.execute(text("SELECT 1 / 0"))

    looker = Looker(
        session_hash=tenants.finance_of_small, client_id=tenants.small, database_role=CLIENT
    )
    with pytest.raises(DBAPIError, match="division by zero"):
        read(engine, looker, fail)
    assert look(engine, tenants.finance_of_small, tenants.small) == [tenants.small]


def test_a_new_connection_plans_anew(engine: Engine, tenants: Tenants) -> None:
    assert look(engine, tenants.finance_of_small, tenants.small) == [tenants.small]
    engine.dispose()
    assert look(engine, tenants.finance_of_small, tenants.small) == [tenants.small]


def test_nothing_is_prepared_where_no_screen_looks(database: Database, tenants: Tenants) -> None:
    with database.as_writer(tenants.small) as connection:
        assert OF_CLIENT.ask(connection, {"client": tenants.small, "more": 1}).scalar_one() > 0
        assert prepared(connection) == 0
