"""The demo's setup files: accepted as they are, moved to any month, with everything in use."""

from datetime import date
from pathlib import Path

import pytest

from billing_core.metering import Aggregation
from billing_core.prices import ChargeModel, Interval, Price
from billing_core.setup import Role, Setup
from billing_core.taxes import TaxTreatment
from demo.clients import PORTRAITS
from demo.setup_files import FOLDER, agreement_starts, anchor_month, people, write_setup
from intake.setup import read_folder

BITBRAINS = FOLDER.parent / "bitbrains"


@pytest.fixture(scope="module")
def setup() -> Setup:
    return read_folder(FOLDER)


def prices(setup: Setup) -> list[Price]:
    return [price for agreement in setup.agreements for price in agreement.prices]


@pytest.mark.parametrize("anchor", [date(2026, 11, 22), date(2027, 2, 28), date(2028, 3, 31)])
def test_the_files_are_accepted_in_any_month(tmp_path: Path, anchor: date) -> None:
    write_setup(tmp_path, anchor)
    moved = read_folder(tmp_path)
    assert len(moved.agreements) == 5
    assert moved.agreements[0].starts_on == agreement_starts(anchor)["deltawerk"]


def test_in_the_month_they_are_written_for_the_files_stay_as_they_are(tmp_path: Path) -> None:
    write_setup(tmp_path, date(2026, 11, 3))
    for path in FOLDER.glob("*.csv"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_the_law_does_not_move_with_the_demo(tmp_path: Path) -> None:
    write_setup(tmp_path, date(2028, 3, 31))
    assert (tmp_path / "taxes.csv").read_bytes() == (FOLDER / "taxes.csv").read_bytes()


def test_the_month_of_the_first_load_shows_in_an_agreements_start() -> None:
    assert anchor_month("kaveri", date(2027, 1, 17)) == date(2027, 4, 1)
    assert anchor_month("deltawerk", date(2025, 10, 1)) == date(2026, 11, 1)


def test_all_five_aggregations_are_priced_with_tiers(setup: Setup) -> None:
    aggregation = {meter.code: meter.aggregation for meter in setup.meters}
    tiered = {aggregation[price.meter] for price in prices(setup) if price.tiers and price.meter}
    assert tiered == set(Aggregation)


def test_all_charge_models_and_intervals_are_used(setup: Setup) -> None:
    assert {price.model for price in prices(setup)} == set(ChargeModel)
    assert {price.interval for price in prices(setup)} == set(Interval)


def test_there_are_two_currencies_and_three_zones(setup: Setup) -> None:
    assert {agreement.currency for agreement in setup.agreements} == {"EUR", "USD"}
    assert {client.zone for client in setup.clients} == {
        "America/New_York",
        "Asia/Kolkata",
        "Europe/Amsterdam",
    }


def test_every_kind_of_adjustment_is_agreed_somewhere(setup: Setup) -> None:
    found = prices(setup)
    assert any(price.included_quantity for price in found)
    assert any(price.discount_rate for price in found)
    assert any(price.maximum is not None for price in found)
    assert any(price.maximum_per_resource is not None for price in found)
    assert any(price.minimum is not None for price in found)
    assert any(agreement.minimum_commitment for agreement in setup.agreements)


def test_every_tax_treatment_is_met_and_one_client_has_two_rates(setup: Setup) -> None:
    treatments = {rate.code: rate.treatment for rate in setup.tax_rates}
    used = {agreement.client: agreement.tax_code for agreement in setup.agreements}
    assert {client: treatments[code] for client, code in used.items()} == {
        "deltawerk": TaxTreatment.STANDARD,
        "harbor-foods": TaxTreatment.STANDARD,
        "kaveri": TaxTreatment.EXEMPT,
        "maple-dental": TaxTreatment.EXEMPT,
        "vandenberg": TaxTreatment.REVERSE_CHARGE,
    }
    assert {price.tax_code for price in prices(setup)} == {"", "CT-GOODS"}


def test_every_client_is_billed_by_name_and_address_under_its_own_prefix(setup: Setup) -> None:
    assert [client.number_prefix for client in setup.clients] == [
        "DELT",
        "HARB",
        "KAV",
        "MAPL",
        "VDB",
    ]
    assert all(client.address for client in setup.clients)
    assert setup.issuer.payment_details
    assert {agreement.client for agreement in setup.agreements if agreement.purchase_order} == {
        "deltawerk",
        "harbor-foods",
        "kaveri",
        "vandenberg",
    }


def test_credits_and_discounts_say_why_they_are_given(setup: Setup) -> None:
    credited = [price for price in prices(setup) if price.fee is not None and price.fee < 0]
    assert [price.code for price in credited] == [
        "service-credit-gateway",
        "service-credit-backup",
    ]
    assert {price.starts_on.month for price in credited} == {9, 10}
    assert all(price.reason for price in credited)
    assert all(price.reason for price in prices(setup) if price.discount_rate)


def test_the_second_folder_has_the_same_issuer_and_the_same_taxes(setup: Setup) -> None:
    """It is applied beside the demo, and must change nothing of it."""
    bitbrains = read_folder(BITBRAINS)
    assert bitbrains.issuer == setup.issuer
    assert set(bitbrains.tax_rates) <= set(setup.tax_rates)
    assert {client.number_prefix for client in bitbrains.clients} == {"BITB"}
    assert {signed.tax_code for signed in bitbrains.agreements} == {"NL-VAT"}


def test_prices_change_at_the_start_of_a_month_and_within_one(setup: Setup) -> None:
    later = [price.starts_on.day for price in prices(setup) if price.starts_on.year == 2026]
    assert 1 in later
    assert 15 in later


def test_every_tier_stands_for_a_step_of_the_infrastructure(setup: Setup) -> None:
    tiers = [tier for price in prices(setup) for tier in price.tiers]
    assert all(tier.milestone for tier in tiers)
    assert any(tier.burst for tier in tiers)


def test_every_client_has_a_finance_and_an_it_person(setup: Setup) -> None:
    for client in setup.clients:
        roles = [person.role for person in setup.people if person.clients == (client.slug,)]
        assert sorted(roles) == [Role.FINANCE, Role.IT]


def test_the_provider_has_one_person_for_each_of_its_roles(setup: Setup) -> None:
    own = [person for person in setup.people if person.email.endswith("@fernhill.example")]
    assert sorted(person.role for person in own) == [
        Role.ACCOUNT_MANAGER,
        Role.ADMINISTRATOR,
        Role.BILLING,
    ]
    [manager] = [person for person in own if person.role == Role.ACCOUNT_MANAGER]
    assert len(manager.clients) == 4


def test_the_sources_of_the_files_are_those_that_report(setup: Setup) -> None:
    reporting = {(portrait.slug, source) for portrait in PORTRAITS for source in portrait.sources}
    assert {(source.client, source.code) for source in setup.sources} == reporting


def test_each_reported_meter_has_a_price(setup: Setup) -> None:
    for portrait in PORTRAITS:
        [agreement] = [one for one in setup.agreements if one.client == portrait.slug]
        reported = {series.meter for sources in portrait.sources.values() for series in sources}
        assert reported == {price.meter for price in agreement.prices if price.meter}


def test_sign_ins_are_the_people_of_the_files(setup: Setup) -> None:
    assert [person["email"] for person in people()] == [person.email for person in setup.people]
