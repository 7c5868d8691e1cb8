"""Months in which clocks change, in three zones, by hand: hours as they pass, days as days.

**March 2026 in Amsterdam**, 743 hours: the 29th has 23. A volume holds 100 GB for 28 days and
843 GB from the 29th on; the price of compute doubles on the 29th::

    backup-storage   100 × 672 h + 843 × 71 h = 127,053; ÷ 743 h = 171 GB × 0.50          85.50
    compute-hours    10 in the last instant of the 28th   × 0.10                           1.00
                     10 in the first of the 29th          × 0.20                           2.00
                     1.5 in the month's last instant      × 0.20                           0.30

**November 2026 in New York**, 721 hours: the 1st has 25, and the month starts at 04:00 UTC and ends
at 05:00. A volume holds 288.4 GB on the 1st; three seats become five on the 2nd::

    backup-storage   288.4 × 25 h = 7,210; ÷ 721 h = 10 GB × 0.50                          5.00
    seats            -3 × 30.00 × 29 ÷ 30 = -87.00,  5 × 30.00 × 29 ÷ 30 = 145.00         58.00
                     December: 5 × 30.00                                                 150.00

**October 2026 on Lord Howe**, 743.5 hours: its clocks go half an hour forward on the 4th. A volume
holds 1,487 GB on the 4th only::

    backup-storage   1,487 × 23.5 h = 34,944.5; ÷ 743.5 h = 47 GB × 0.50                  23.50
"""

from datetime import date, timedelta
from decimal import Decimal

from billing_core.invoicing import build_invoice, rating_instants
from billing_core.metering import Level, usage_of
from billing_core.period import month_period
from billing_core.prices import AgreementQuantity
from tests.billing_core.made import AMSTERDAM, agreement, event, meter, price, utc
from tests.scenarios.worked import amounts_of, services_of

COMPUTE = meter(code="compute-hours", name="Compute", unit="h")
STORAGE = meter("time_weighted_mean", code="backup-storage", name="Backup storage")
STORED = price("unit", code="backup-storage", meter="backup-storage", unit_price="0.50")

MARCH = month_period("2026-03", AMSTERDAM)
NEW_YORK = month_period("2026-11", "America/New_York")
LORD_HOWE = month_period("2026-10", "Australia/Lord_Howe")
HOUR = timedelta(hours=1)


def test_the_months_have_the_hours_that_pass_in_them() -> None:
    hours = [(each.ends_at - each.starts_at) / HOUR for each in (MARCH, NEW_YORK, LORD_HOWE)]
    assert hours == [743, 721, 743.5]


def test_a_spring_month_in_amsterdam_weighs_its_short_day_as_it_passed() -> None:
    change = date(2026, 3, 29)
    compute = {"code": "compute-hours", "meter": "compute-hours"}
    of = agreement(
        STORED,
        price("unit", unit_price="0.10", ends_on=change, **compute),
        price("unit", unit_price="0.20", starts_on=change, **compute),
    )
    instants = rating_instants(of, MARCH, MARCH.ends_at)
    assert instants == (utc("2026-03-28T23:00"), utc("2026-03-31T22:00"))
    held = {"vol-1": Level(level=Decimal(100), since=utc("2026-02-01T00:00"))}
    levels = [event(1, "2026-03-28T23:00", "843", "vol-1")]
    hours = [
        event(1, "2026-03-28T22:59:59.999999", "10"),
        event(2, "2026-03-28T23:00", "10"),
        event(3, "2026-03-31T21:59:59.999999", "1.5"),
    ]
    invoice = build_invoice(
        agreement=of,
        period=MARCH,
        usage={
            "backup-storage": usage_of(STORAGE, MARCH, levels, held, instants),
            "compute-hours": usage_of(COMPUTE, MARCH, hours, {}, instants),
        },
        as_of=MARCH.ends_at,
    )
    assert amounts_of(invoice) == [("backup-storage", "85.50"), ("compute-hours", "3.30")]
    assert [str(each.amount) for each in invoice.lines[1].detailed_lines] == ["1.00", "2.30"]
    assert not MARCH.contains(utc("2026-03-31T22:00"))


def test_an_autumn_month_in_new_york_has_an_hour_more_and_as_many_days() -> None:
    seats = [(date(2026, 1, 1), 3), (date(2026, 11, 2), 5)]
    of = agreement(
        STORED,
        price("flat", code="seats", fee="30", per_agreement_quantity=True),
        zone="America/New_York",
        currency="USD",
        quantities=tuple(
            AgreementQuantity(price_code="seats", starts_on=day, quantity=Decimal(count))
            for day, count in seats
        ),
    )
    assert (NEW_YORK.starts_at, NEW_YORK.ends_at) == (
        utc("2026-11-01T04:00"),
        utc("2026-12-01T05:00"),
    )
    held = {"vol-1": Level(level=Decimal("288.4"), since=utc("2026-10-01T00:00"))}
    levels = [event(1, "2026-11-02T05:00", "0", "vol-1")]
    usage = usage_of(STORAGE, NEW_YORK, levels, held, [NEW_YORK.ends_at])
    invoice = build_invoice(
        agreement=of,
        period=NEW_YORK,
        usage={"backup-storage": usage},
        as_of=NEW_YORK.ends_at,
    )
    assert services_of(invoice) == [
        ("seats", "2026-11-02 to 2026-11-30", "58.00"),
        ("seats", "2026-12-01 to 2026-12-31", "150.00"),
        ("backup-storage", "2026-11-01 to 2026-11-30", "5.00"),
    ]


def test_half_an_hour_on_lord_howe_is_half_an_hour() -> None:
    of = agreement(STORED, zone="Australia/Lord_Howe", currency="AUD")
    levels = [
        event(1, "2026-10-03T13:30", "1487", "vol-1"),  # the 4th starts at +10:30
        event(2, "2026-10-04T13:00", "0", "vol-1"),  # the 5th at +11:00
    ]
    usage = usage_of(STORAGE, LORD_HOWE, levels, {}, [LORD_HOWE.ends_at])
    invoice = build_invoice(
        agreement=of,
        period=LORD_HOWE,
        usage={"backup-storage": usage},
        as_of=LORD_HOWE.ends_at,
    )
    assert (invoice.lines[0].quantity, str(invoice.net)) == (Decimal(47), "23.50")
