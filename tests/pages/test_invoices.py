"""Invoices: the list, a document, a line down to its evidence; figures from `billed`."""

from datetime import UTC, datetime

import pytest

from tests.pages import billed, harbour
from tests.pages.conftest import Screens, words

DECEMBER = datetime(2026, 12, 10, 12, tzinfo=UTC)


@pytest.fixture
def issued(screens: Screens) -> Screens:
    """October and November are issued, and it is December."""
    billed.issue_october(screens.database)
    billed.issue_november(screens.database)
    screens.clock.now = DECEMBER
    return screens


def test_nothing_issued_yet_says_when_the_first_invoice_comes(screens: Screens) -> None:
    screens.clock.now = datetime(2026, 10, 20, 12, tzinfo=UTC)
    shown = words(screens.open("invoices"))
    assert "Nothing is issued yet" in shown
    assert "The first invoice comes on 4 Nov 2026" in shown


@pytest.mark.parametrize("email", harbour.EVERYBODY)
def test_everybody_sees_the_documents_the_latest_first(issued: Screens, email: str) -> None:
    shown = words(issued.open("invoices", email, client="harbour"))
    assert shown.index(billed.SECOND) < shown.index(billed.FIRST)
    assert "November usage + December fee" in shown
    assert "€1,075.00" in shown
    assert "€225.75" in shown
    assert "€1,300.75" in shown
    assert "4 Dec 2026" in shown
