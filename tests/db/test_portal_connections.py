"""The portal's connections: opened at its start, as many as it keeps."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

import db.portal
from db.engine import make_engine
from tests.support.database import Database, portal_connections


@pytest.fixture
def administrator(portal_process: Database) -> Iterator[Engine]:
    """Who is let in where nobody else is any more."""
    engine = make_engine(portal_process.administrator_url)
    yield engine
    engine.dispose()


def test_a_portal_opens_all_connections_that_it_keeps(
    administrator: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METERGLASS_DATABASE_CONNECTIONS", "4")
    db.portal.open_connections()
    assert portal_connections(administrator) == 4
    with db.portal.portal_engine().connect() as first, db.portal.portal_engine().connect():
        first.execute(text("SELECT 1"))
        assert portal_connections(administrator) == 4


def test_where_the_database_gives_fewer_the_portal_goes_on_with_those(
    portal_process: Database, administrator: Engine
) -> None:
    with administrator.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {portal_process.name} CONNECTION LIMIT 4"))
    db.portal.open_connections()
    assert 1 < portal_connections(administrator) < 5
    with db.portal.portal_engine().connect() as portal:
        assert portal.execute(text("SELECT 1")).scalar_one() == 1
