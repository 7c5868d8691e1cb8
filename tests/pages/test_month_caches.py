"""Whatever changes is seen at once in each month that it touches, and the others are not asked for.

The pages of both months are opened before each change, so that everything is kept.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from billing_core.event import UsageEvent
from db.commands.ingest import record
from db.commands.setup.apply import apply_setup
from tests.pages import harbour
from tests.pages.conftest import NOW, Screens, words
from tests.pages.test_query_counts import statements

O1, N1, N2, N3 = harbour.EVENTS
OCTOBER, NOVEMBER = "2026-10", "2026-11"
LEVEL = UsageEvent(
    client="harbour",
    source="hypervisor",
    source_event_id="level",
    meter="backup",
    occurred_at=datetime(2026, 10, 29, 23, tzinfo=UTC),
    quantity=Decimal(6200),
    resource="vault",
)


def shown(screens: Screens) -> tuple[str, str]:
    """What the Overview shows of October and of November."""
    october, november = (
        words(screens.open("overview", client="harbour", period=month))
        for month in (OCTOBER, NOVEMBER)
    )
    return october, november


def recorded(screens: Screens, *events: UsageEvent) -> None:
    harbour.record_usage(screens.database, screens.clock.now, events)


def corrected(wrong: UsageEvent, quantity: str, *, withdraws: bool = False) -> UsageEvent:
    return replace(
        wrong,
        source_event_id=f"corrects {wrong.source_event_id}",
        quantity=Decimal(quantity),
        supersedes=wrong.event_id,
        reason="misread",
        withdraws=withdraws,
    )


def test_a_late_record_is_seen_in_its_own_month_and_in_what_later_ones_say_of_it(
    screens: Screens,
) -> None:
    october, november = shown(screens)
    assert "€1,025.00" not in october + november
    # October: 50 + 300 hours, 100 of them included: 250 × 0.10 = 25.00 and the fee.
    recorded(screens, replace(O1, source_event_id="late", quantity=Decimal(300)))
    october, november = shown(screens)
    assert "€25.00" in october
    assert "350 machine hours" in october
    assert "€25.00" in november  # the month before, in the twelve months


def test_a_level_of_october_is_carried_into_november_at_once(screens: Screens) -> None:
    """Stated for the last 48 of October's 745 hours, held for 469 of November's 720 until now.

    6,200 × 48 ÷ 745 = 399.463 GB at 0.05: 19.97. 6,200 × 469 ÷ 720 = 4,038.611 GB: 201.93.
    """
    october, november = shown(screens)
    assert "€19.97" not in october
    assert "€201.93" not in november
    recorded(screens, LEVEL)
    october, november = shown(screens)
    assert "€19.97" in october
    assert "€201.93" in november
    recorded(screens, corrected(LEVEL, "0"))
    october, november = shown(screens)
    assert "€19.97" not in october
    assert "€201.93" not in november


def test_corrections_and_withdrawals_are_seen_in_their_month(screens: Screens) -> None:
    _, november = shown(screens)
    assert "850 machine hours" in november
    recorded(screens, corrected(N3, "150"))
    assert "750 machine hours" in shown(screens)[1]
    recorded(screens, corrected(N2, "0", withdraws=True))
    assert "450 machine hours" in shown(screens)[1]


def test_a_change_of_prices_is_seen_in_each_month(screens: Screens) -> None:
    before = shown(screens)
    assert "Platform" in before[0]
    setup = harbour.SETUP
    meters = (setup.meters[0], replace(setup.meters[1], name="Machine time"))
    agreements = tuple(
        replace(
            each,
            prices=tuple(replace(price, name=f"{price.name} II") for price in each.prices),
        )
        for each in setup.agreements
    )
    with screens.database.as_owner() as connection:
        apply_setup(
            connection, replace(setup, meters=meters, agreements=agreements), as_of=NOW, actor="t"
        )
    october, november = shown(screens)
    assert "Platform II" in october
    assert "Compute hours II" in november


def test_a_refused_record_is_seen_in_each_month(screens: Screens) -> None:
    assert "1 record refused" not in shown(screens)[0]
    client = harbour.number_of(screens.database, "billing.client", "client_id", "slug", "harbour")
    unknown = replace(N1, source_event_id="u", meter="unheard-of")
    record(screens.database.writer, client, "hypervisor", [unknown], as_of=NOW)
    october, november = shown(screens)
    assert "1 record refused" in october
    assert "1 record refused" in november


@pytest.mark.parametrize("page", ["overview", "consumption"])
def test_a_record_of_november_leaves_what_is_kept_of_october(screens: Screens, page: str) -> None:
    opened = screens.open(page, client="harbour", period=OCTOBER)
    recorded(screens, replace(N3, source_event_id="n4"))
    with statements() as sent:
        opened.run()
    assert not opened.exception
    months = [each for each in sent if "usage_hour" in each or "usage_distinct" in each]
    # The Overview says what needs attention now: that is November's draft, one question of sums
    # and one of levels.
    assert len(months) <= (3 if page == "overview" else 0)
