"""How often a page asks the database: a bounded number of times cold, only for its viewer warm."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from db.portal import portal_engine
from tests.pages import harbour
from tests.pages.conftest import Screens, words

SETTING_UP = ("set_config", "SET LOCAL ROLE")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements that the portal sends, but for those that open a transaction."""
    sent: list[str] = []

    def note(*given: object) -> None:
        statement = str(given[2])
        if not any(each in statement for each in SETTING_UP):
            sent.append(statement)

    event.listen(portal_engine(), "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(portal_engine(), "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("page", "query", "most"),
    [
        ("overview", {}, 23),
        ("consumption", {}, 24),
        ("consumption", {"show": "records"}, 28),
        ("invoices", {}, 7),
        ("agreement", {}, 7),
    ],
)
def test_a_page_asks_a_bounded_number_of_times_and_again_only_who_looks(
    screens: Screens, page: str, query: dict[str, str], most: int
) -> None:
    with statements() as cold:
        opened = screens.open(page, **query)
    assert not opened.exception
    assert len(cold) <= most
    with statements() as warm:
        opened.run()
    assert not opened.exception
    assert [each for each in warm if "auth." not in each] == []


@pytest.mark.parametrize(("page", "most"), [("overview", 11), ("consumption", 13)])
def test_after_a_record_of_the_running_month_only_what_it_changes_is_asked_for(
    screens: Screens, page: str, most: int
) -> None:
    opened = screens.open(page)
    extra = harbour.event("n4", harbour.EVENTS[3].occurred_at, "vm-2", "50")
    harbour.record_usage(screens.database, screens.clock.now, (extra,))
    with statements() as sent:
        opened.run()
    assert not opened.exception
    assert len(sent) <= most


def test_a_new_record_is_seen_by_the_next_run(screens: Screens) -> None:
    opened = screens.open("overview")
    assert "850 machine hours" in words(opened)
    extra = harbour.event("n4", harbour.EVENTS[3].occurred_at, "vm-2", "50")
    harbour.record_usage(screens.database, screens.clock.now, (extra,))
    assert "900 machine hours" in words(opened.run())
