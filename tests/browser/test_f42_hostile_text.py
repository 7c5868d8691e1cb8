"""F42: what a sender or a setup file writes is shown as text: nothing runs, nobody is asked."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import pytest
from playwright.sync_api import StorageState, StorageStateCookie, expect
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.browser.visitor import PATIENCE_MS, Arrive, Visitor
from tests.faults.quays import SESSION, cookies_of, month_of, new_client, use
from tests.support.database import Database, DatabaseServer
from tests.support.portal import Portal, running_portal
from tests.support.usage import Ground

SCRIPT: Final = "<script>window.hit = 1</script>"
PICTURE: Final = "![x](http://evil.example/a.png)<img src=http://evil.example/b.png onerror=hit=1>"
LINK: Final = "[pay here](javascript:window.hit=1)"
FORMULA: Final = "=cmd|'/C calc'!A0"
TURNED: Final = "invoice\u202efdp.exe"
MACHINES: Final = (SCRIPT, PICTURE, LINK, FORMULA, TURNED)
LONG: Final = 100_000
#: Every name that a screen may show, each with its own mischief.
NAMES: Final = (
    f"UPDATE billing.client SET name = $m${SCRIPT}{PICTURE}$m$",
    f"UPDATE billing.meter SET name = $m${PICTURE}$m$",
    f"UPDATE billing.price SET name = $m${LINK}{SCRIPT}$m$",
    f"UPDATE billing.price_tier SET name = $m${PICTURE}$m$ || ordinal, milestone = $m${LINK}$m$",
    f"UPDATE billing.source SET name = $m${SCRIPT}{FORMULA}$m$",
    f"UPDATE auth.person SET name = $m${SCRIPT}{LINK}$m$",
)


@pytest.fixture(scope="module")
def hostile(server: DatabaseServer) -> Iterator[Database]:
    """A client whose every name was chosen by somebody with bad intentions."""
    database, now = server.copy(), datetime.now(UTC)
    client = new_client(database, "harbour", now)
    ground = Ground(database=database, client_id=client, slug="harbour", zone="UTC")
    use(ground, now, *MACHINES)
    with database.as_owner() as connection:
        for each in NAMES:
            connection.execute(text(each.replace(":", r"\:")))
    yield database
    server.drop(database)


@pytest.fixture(scope="module")
def portal(hostile: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal of that client, in place of the demo's."""
    with running_portal(hostile, tmp_path_factory.mktemp("portal")) as started:
        yield started


@pytest.fixture
def ada(hostile: Database, portal: Portal, arrive: Arrive) -> Visitor:
    """Somebody of that client's IT, signed in."""
    with hostile.as_owner() as connection:
        client = connection.execute(text("SELECT client_id FROM billing.client")).scalar_one()
    person = hostile.person("ada@harbour.example", "it", client)
    token = cookies_of(hostile, person)[SESSION]
    cookie: StorageStateCookie = {
        "name": SESSION,
        "value": token,
        "domain": "127.0.0.1",
        "path": "/",
        "expires": -1,
        "httpOnly": True,
        "secure": False,
        "sameSite": "Lax",
    }
    kept: StorageState = {"cookies": [cookie]}
    return arrive(kept)


#: Where a text of somebody else's choosing is kept and shown.
KEPT: Final = (
    ("billing.client", "name"),
    ("billing.meter", "name"),
    ("billing.price", "name"),
    ("billing.price_tier", "name"),
    ("billing.resource", "code"),
    ("billing.source", "name"),
)


@pytest.mark.parametrize(("table", "column"), KEPT)
def test_f42_a_text_of_a_hundred_kilobytes_is_kept_nowhere(
    hostile: Database, table: str, column: str
) -> None:
    statement = text(f"UPDATE {table} SET {column} = repeat('w', {LONG})")
    with pytest.raises(IntegrityError), hostile.administrator.begin() as connection:
        connection.execute(statement)


def test_f42_hostile_names_are_shown_as_text_and_ask_nobody(ada: Visitor) -> None:
    month = month_of(datetime.now(UTC))
    chosen = f"/consumption?period={month}&meter=egress"
    pages = ["/", "/agreement", "/account"]
    pages += [f"{chosen}&show={show}" for show in ("days", "resources", "records", "quality")]
    for path in pages:
        ada.open(path)
        expect(ada.sign_out_button).to_be_visible(timeout=PATIENCE_MS)
        expect(ada.page.get_by_text("could not be shown")).to_have_count(0)
        assert ada.page.evaluate("window.hit") is None, path
        assert ada.page.locator("a[href^='javascript']").count() == 0
        assert ada.page.locator("img[src^='http']").count() == 0
    ada.open(f"{chosen}&show=resources")
    shown = ada.main_text()
    for machine in (*MACHINES[:4], "fdp.exe"):
        assert machine in shown
