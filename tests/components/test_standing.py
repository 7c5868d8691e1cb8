from datetime import UTC, date, datetime
from decimal import Decimal

from billing_core.period import month_period
from components.standing import months_shown
from tests.billing_core.made import agreement, price

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ZONE = "Europe/Amsterdam"


def test_an_agreement_that_has_ended_opens_at_its_last_month() -> None:
    ended = agreement(
        price("unit", unit_price=Decimal(1), starts_on=date(2026, 7, 1)),
        starts_on=date(2026, 7, 1),
        ends_on=date(2026, 9, 1),
        zone=ZONE,
    )
    shown = months_shown((ended,), (), ZONE, NOW)
    assert [period.name for period in shown] == ["2026-08", "2026-07"]


def test_what_was_recorded_after_the_end_is_a_month_too() -> None:
    shown = months_shown((), (month_period("2026-10", ZONE),), ZONE, NOW)
    assert [period.name for period in shown] == ["2026-10"]


def test_with_nothing_to_show_the_running_month_stands_alone() -> None:
    assert [period.name for period in months_shown((), (), ZONE, NOW)] == ["2026-11"]
