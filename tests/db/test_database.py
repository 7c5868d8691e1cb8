"""Making the database where the administrator is less than a superuser, as with hosted servers."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy.engine import make_url

from db.database import create_database
from db.embedded import EmbeddedServer, Urls
from db.engine import make_engine
from db.safety import check_portal_login, check_protection
from tests.support.database import urls_on


@pytest.fixture
def hosted() -> Iterator[Urls]:
    """Addresses on an empty server, with an administrator who may only make roles and databases."""
    with tempfile.TemporaryDirectory(prefix="meterglass-test-") as folder:
        Path(folder).chmod(0o711)
        server = EmbeddedServer(Path(folder) / "kept", forgetful=True)
        superuser = server.start().administrator or ""
        connection = psycopg2.connect(superuser, dbname="postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE ROLE hosted LOGIN CREATEROLE CREATEDB PASSWORD 'hosted'")
        connection.close()
        yield urls_on(make_url(superuser).set(username="hosted", password="hosted"))
        server.stop()


def test_an_administrator_who_is_no_superuser_makes_a_safe_database(hosted: Urls) -> None:
    create_database(hosted)
    create_database(hosted)
    portal = make_engine(hosted.portal or "")
    faults = (*check_portal_login(portal), *check_protection(portal))
    portal.dispose()
    assert faults == ()
