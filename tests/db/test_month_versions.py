"""From which month on a change is told: earlier months keep what they showed, later ones do not."""

import pytest

from billing_core.event import UsageEvent
from components.persons import ClientRef, Role, Viewer
from tests.support.corrections import correction, recorded, withdrawal
from tests.support.database import Database
from tests.support.usage import Ground, ground

EVERY_MONTH = "0001-01-01"
SEPTEMBER, OCTOBER, NOVEMBER = (
    "2026-09-02T10:00:00+00:00",
    "2026-10-02T10:00:00+00:00",
    "2026-11-02T10:00:00+00:00",
)


@pytest.fixture
def client(database: Database) -> Ground:
    """A client whose three months are stored, so that they are not new any more."""
    made = ground(database)
    recorded(made, *(made.event(at, id_=f"first {at}") for at in (SEPTEMBER, OCTOBER, NOVEMBER)))
    return made


def versions(client: Ground) -> dict[str, int]:
    rows = client.rows(
        "SELECT billing_period::text, version::int FROM billing.month_version"
        " WHERE client_id = :client"
    )
    return {str(month): int(str(version)) for month, version in rows}


def raised_by(client: Ground, *events: UsageEvent) -> list[str]:
    """The months whose version rose while events were recorded."""
    before = versions(client)
    recorded(client, *events)
    return sorted(month for month, at in versions(client).items() if at != before.get(month))


def test_a_record_raises_its_own_month_and_no_other(client: Ground) -> None:
    assert raised_by(client, client.event(NOVEMBER, id_="b")) == ["2026-11-01"]
    assert raised_by(client, client.event(SEPTEMBER, id_="c")) == ["2026-09-01"]


def test_a_batch_raises_the_earliest_of_its_months(client: Ground) -> None:
    events = [client.event(at, id_=f"d {at}") for at in (NOVEMBER, OCTOBER)]
    assert raised_by(client, *events) == ["2026-10-01"]


def test_what_is_stored_already_raises_nothing(client: Ground) -> None:
    event = client.event(OCTOBER, id_="e")
    assert raised_by(client, event) == ["2026-10-01"]
    assert raised_by(client, event) == []


def test_a_correction_raises_the_month_of_what_it_corrects(client: Ground) -> None:
    wrong = client.event(SEPTEMBER, id_="wrong")
    recorded(client, wrong)
    moved = correction(wrong, at=NOVEMBER, quantity="3")
    assert raised_by(client, moved) == ["2026-09-01"]
    assert raised_by(client, withdrawal(moved)) == ["2026-11-01"]


def test_an_original_that_comes_after_its_correction_raises_the_months_of_both(
    client: Ground,
) -> None:
    wrong = client.event(NOVEMBER, id_="late original")
    assert raised_by(client, correction(wrong, at=SEPTEMBER, quantity="3")) == ["2026-09-01"]
    assert raised_by(client, wrong) == ["2026-09-01"]


def test_a_month_that_is_stored_for_the_first_time_raises_every_month(client: Ground) -> None:
    assert raised_by(client, client.event("2026-08-02T10:00:00+00:00")) == [EVERY_MONTH]


def test_a_late_record_of_a_closed_month_raises_from_that_month_on(client: Ground) -> None:
    client.close("2026-09")
    assert raised_by(client, client.event(SEPTEMBER, id_="late")) == ["2026-09-01"]


def viewer(*versions: tuple[str, int]) -> Viewer:
    harbour = ClientRef(
        client_id=1, slug="harbour", name="Harbour", zone="UTC", locale="en", is_demo=False
    )
    return Viewer(
        person_id=1,
        name="Ada",
        email="ada@harbour.example",
        role=Role.FINANCE,
        client=harbour,
        clients=(harbour,),
        database_role="meterglass_client",
        viewing_as=False,
        session_hash=b"",
        records_version=9,
        month_versions=versions,
        is_demo=False,
    )


def test_a_month_is_as_new_as_what_came_before_it() -> None:
    looking = viewer(("0001-01", 2), ("2026-09", 7), ("2026-10", 4), ("2026-11", 9))
    months = ("2026-08", "2026-09", "2026-10", "2026-11", "2026-12")
    assert [looking.version_up_to(month) for month in months] == [2, 7, 7, 9, 9]
    assert viewer().version_up_to("2026-11") == 0
