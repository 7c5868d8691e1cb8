"""Account: what everybody sees of himself."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from db.models import AuditLog
from tests.pages import harbour
from tests.pages.conftest import Screens, words

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def note(screens: Screens, *entries: tuple[str, str, str | None]) -> None:
    """Write entries of whose sign-in, what became of it and from where, a minute apart."""
    rows = [
        {
            "actor": subject,
            "action": action,
            "subject": subject,
            "address": address,
            "at": NOON + timedelta(minutes=place),
        }
        for place, (subject, action, address) in enumerate(entries)
    ]
    with screens.database.as_owner() as connection:
        connection.execute(insert(AuditLog), rows)


def test_the_account_lists_ones_last_sign_ins_with_place_and_the_refused_ones_marked(
    screens: Screens,
) -> None:
    note(
        screens,
        (harbour.FINANCE, "sign_in", "192.0.2.1"),
        (harbour.IT, "sign_in", "192.0.2.9"),
        (harbour.FINANCE, "sign_in_refused", "198.51.100.7"),
        (harbour.FINANCE, "sign_in_throttled", None),
        (harbour.FINANCE, "password_changed", "192.0.2.1"),
    )
    body = words(screens.open("account")).partition("Last sign-ins, newest first")[2]
    cells = body.partition("</table>")[0]
    assert "20 Nov 2026, 12:03" in cells
    shown = [
        "Sign-in refused: too many attempts",
        "unknown",
        "Sign-in refused",
        "198.51.100.7",
        "Signed in",
        "192.0.2.1",
    ]
    places = [cells.rindex(each) for each in shown]
    assert places == sorted(places)
    assert cells.count("mg-warning") == 2
    assert "192.0.2.9" not in cells
    assert "Changed the password" not in cells


@pytest.mark.parametrize("count", [10, 11])
def test_no_more_than_ten_are_listed(screens: Screens, count: int) -> None:
    note(screens, *((harbour.FINANCE, "sign_in", f"192.0.2.{n}") for n in range(count)))
    assert words(screens.open("account")).count("Signed in") == 10
