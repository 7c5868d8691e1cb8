"""The people of the demo on the sign-in page."""

import secrets
from pathlib import Path

from sqlalchemy import text

from components.sign_in import DEMO_PASSWORD
from db.passwords import hash_password
from db.portal import BROWSER_COOKIES
from demo.people import PASSWORD
from tests.support.database import Database
from tests.support.portal import running_portal
from tests.support.visits import Visit

ADA, QUIN = "ada@harbour.example", "quin@quayside.example"


def make_demo(database: Database, email: str) -> None:
    with database.as_owner() as connection:
        connection.execute(
            text(
                "UPDATE auth.person SET is_demo = true, password_hash = :hash WHERE email = :email"
            ),
            {"hash": hash_password(DEMO_PASSWORD), "email": email},
        )


def test_the_page_knows_the_password_of_the_demo() -> None:
    assert DEMO_PASSWORD == PASSWORD


def test_a_demo_offers_its_people_and_nobody_else(
    database: Database, people: dict[str, int], tmp_path: Path
) -> None:
    make_demo(database, ADA)
    cookies = {BROWSER_COOKIES[False]: secrets.token_urlsafe(32)}
    settings = {"METERGLASS_DEMO": "true"}
    with (
        running_portal(database, tmp_path, settings) as portal,
        Visit.to(portal, cookies) as visit,
    ):
        visit.run()
        assert visit.sees(ADA)
        assert not visit.sees(QUIN)
        visit.run(widgets={visit.widget("As Finance"): True})
        assert visit.sees("/session/start")


def test_without_a_demo_nobody_is_named(
    database: Database, people: dict[str, int], tmp_path: Path
) -> None:
    make_demo(database, ADA)
    with running_portal(database, tmp_path) as portal, Visit.to(portal) as visit:
        visit.run()
        assert visit.sees("E-mail address")
        assert not visit.sees(ADA)
        assert not visit.sees(DEMO_PASSWORD)
