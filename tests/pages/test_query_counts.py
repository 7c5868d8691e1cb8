"""How often a page asks the database: a bounded number of times cold, only for its viewer warm."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from db.portal import portal_engine
from tests.pages import billed, harbour
from tests.pages.conftest import Screens, words

SETTING_UP = ("set_config", "SET LOCAL ROLE", "PREPARE ")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the portal's questions, but for what opens a transaction or prepares a question."""
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


@pytest.mark.parametrize(
    ("query", "most"),
    [
        ({}, 8),
        ({"invoice": billed.SECOND}, 14),
        ({"invoice": billed.SECOND, "line": "1"}, 10),
        ({"invoice": billed.SECOND, "line": "3"}, 38),
        ({"invoice": billed.SECOND, "line": "4"}, 16),
    ],
    ids=str,
)
def test_issued_documents_are_asked_for_once_and_a_record_leaves_them_alone(
    screens: Screens, query: dict[str, str], most: int
) -> None:
    billed.issue_october(screens.database)
    billed.issue_november_with_a_late_record(screens.database)
    first, second = (
        harbour.event(name, harbour.EVENTS[3].occurred_at, "vm-2", "50") for name in ("n4", "n5")
    )
    harbour.record_usage(screens.database, screens.clock.now, (first,))  # it stores December
    with statements() as cold:
        opened = screens.open("invoices", harbour.FINANCE, **query)
    assert not opened.exception
    assert len(cold) <= most
    harbour.record_usage(screens.database, screens.clock.now, (second,))
    with statements() as after_a_record:
        opened.run()
    assert not opened.exception
    assert [each for each in after_a_record if "billing.invoice" in each] == []
    with statements() as warm:
        opened.run()
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
