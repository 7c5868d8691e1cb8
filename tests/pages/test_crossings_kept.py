"""Crossings are kept until one is noticed, in whatever order writers get their numbers."""

from sqlalchemy import text

from tests.pages.conftest import Screens, words

#: What a writer of another meter leaves, whose number was drawn before and stored after.
NOTICED = text(
    """
    INSERT INTO billing.crossing (client_id, crossing_id, price_id, meter_id, billing_period, kind,
        tier_ordinal, share, bound, crossed_at, noticed_at, total_before, total_after)
    SELECT c.client_id, :number, p.price_id, p.meter_id, date '2026-11-01', 'threshold', 2, :share,
        :bound, CAST('2026-11-19T08:00Z' AS timestamptz), now(), :bound - 1, :bound + 1
    FROM billing.client c JOIN billing.price p USING (client_id)
    WHERE c.slug = 'harbour' AND p.code = 'compute'
    """
)
RAISED = text(
    "SELECT billing.raise_client_version(client_id, date '2026-11-01') FROM billing.client "
    "WHERE slug = 'harbour'"
)


def notice(screens: Screens, number: int, share: str, bound: int) -> None:
    with screens.database.as_owner() as connection:
        connection.execute(NOTICED, {"number": number, "share": share, "bound": bound})
        connection.execute(RAISED)


def test_a_crossing_with_a_lower_number_that_is_stored_later_is_seen_at_once(
    screens: Screens,
) -> None:
    assert "95%" not in words(screens.open("overview"))
    notice(screens, 1002, "0.95", 1050)
    assert "95%" in words(screens.open("overview"))
    notice(screens, 1001, "0.85", 950)
    assert "85%" in words(screens.open("overview"))
