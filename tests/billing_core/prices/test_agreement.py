from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing_core.faults import Faults
from billing_core.prices import AgreementQuantity, Price
from tests.billing_core.made import agreement, faults_in, price, tier


def seats(day: int, quantity: str, code: str = "flat") -> AgreementQuantity:
    return AgreementQuantity(
        price_code=code, starts_on=date(2026, 3, day), quantity=Decimal(quantity)
    )


OLD = price("unit", unit_price="1", ends_on=date(2026, 5, 1))
NEW = price("unit", unit_price="2", starts_on=date(2026, 5, 1))
SEATS = price("flat", fee="5", per_agreement_quantity=True)
VOLUME = {"tiers": (tier("All", None, "1"),)}


def test_versions_are_found_by_day_within_the_term() -> None:
    of = agreement(NEW, SEATS, OLD, starts_on=date(2026, 2, 1), ends_on=date(2026, 12, 1))
    assert of.codes() == ("unit", "flat")
    assert of.metered_codes() == ("unit",)
    assert of.versions_of("unit") == (OLD, NEW)
    assert of.price_at("unit", date(2026, 4, 30)) is OLD
    assert of.price_at("unit", date(2026, 5, 1)) is NEW
    assert of.price_at("unit", date(2026, 1, 31)) is None
    assert of.price_at("unit", date(2026, 12, 1)) is None
    assert of.price_at("other", date(2026, 5, 1)) is None


def test_the_agreement_quantity_is_the_latest_agreed_one() -> None:
    of = agreement(SEATS, quantities=(seats(20, "12"), seats(1, "10")))
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 19), date(2026, 3, 20)]
    assert [of.quantity_at("flat", day) for day in days] == [0, 10, 10, 12]


@pytest.mark.parametrize(
    ("prices", "fields", "faults"),
    [
        ((), {"code": "", "client": "", "zone": "Nowhere"}, ["code", "client", "zone"]),
        ((), {"currency": "XXX"}, ["currency"]),
        ((), {"ends_on": date(2026, 1, 1)}, ["ends_on"]),
        ((), {"minimum_commitment": Decimal(-1)}, ["minimum_commitment"]),
        ((), {"grace_hours": -1, "back_billing_days": -1}, ["grace_hours", "back_billing_days"]),
        ((), {"renews_on": date(2026, 6, 1), "notice_by": date(2026, 6, 2)}, ["notice_by"]),
        ((OLD, OLD), {}, ["prices[unit]"]),
        ((price("unit", unit_price="1"), NEW), {}, ["prices[unit]"]),
        (
            (OLD, price("unit", unit_price="1", meter="tb", starts_on=date(2026, 5, 1))),
            {},
            ["prices[unit]"],
        ),
        (
            (price("volume", starts_on=date(2026, 5, 2), **VOLUME),),
            {},
            ["prices[volume].starts_on"],
        ),
        ((price("flat", fee="1", minimum="1", maximum="2"),), {},
         ["prices[flat].maximum", "prices[flat].minimum"]),
        ((SEATS,), {"quantities": (seats(1, "1", "seat"),)}, ["quantities[seat]"]),
        ((SEATS,), {"quantities": (seats(1, "1"), seats(1, "2"))}, ["quantities[flat]"]),
    ],
)  # fmt: skip
def test_an_agreement_names_its_faults(
    prices: tuple[Price, ...], fields: dict[str, Any], faults: list[str]
) -> None:
    with pytest.raises(Faults) as raised:
        agreement(*prices, **fields)
    assert faults_in(raised.value) == faults


def test_a_volume_price_may_start_with_the_agreement_in_mid_month() -> None:
    started = agreement(price("volume", **VOLUME), starts_on=date(2026, 5, 15))
    assert started.price_at("volume", date(2026, 5, 15)) is not None


def test_terms_of_renewal_may_be_open() -> None:
    assert agreement(renews_on=date(2027, 1, 1)).notice_by is None
    known = agreement(renews_on=date(2027, 1, 1), notice_by=date(2026, 10, 1))
    assert known.notice_by == date(2026, 10, 1)


def test_an_agreed_quantity_is_not_below_zero() -> None:
    with pytest.raises(Faults, match="quantity: -1 is below zero"):
        seats(1, "-1")
