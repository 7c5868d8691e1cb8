"""Profiles of bills: which rows go where, and what is wrong with a profile."""

from pathlib import Path

import pytest

from billing_core.faults import Faults
from intake.profiles.profile_file import load_profile, parse_profile
from tests.intake.bills import FOCUS, bill, refused_whole, told

RULES = """
name = "bill"
kind = "focus"
[[rows]]
when = { ChargeCategory = "Tax" }
skip = "tax of the vendor"
[[rows]]
when = { ChargeCategory = ["Credit", "Adjustment"], ProviderName = "AWS" }
meter = "aws-credits"
[[rows]]
when = { "Tags:team" = "sales" }
meter = "sales"
[[rows]]
when = { ChargeFrequency = "Usage-Based" }
meter = "usage"
"""


def test_the_first_rule_that_fits_decides(tmp_path: Path) -> None:
    rows = [
        {"ChargeCategory": "Credit", "Tags": '{"team": "sales"}', "ChargeFrequency": "One-Time"},
        {"ChargeCategory": "Credit", "Tags": '{"team": "sales"}', "ProviderName": "Oracle"},
        {"ChargeCategory": "Adjustment"},
        {"ChargeFrequency": "Usage-based"},
        {"ChargeFrequency": "Usage-Based"},
    ]
    found = told(tmp_path, bill(*rows), RULES)
    assert [each.meter for each in found.measured] == [
        "aws-credits", "sales", "aws-credits", "usage", "usage",
    ]  # fmt: skip


def test_rows_that_are_left_out_are_counted_with_the_reason(tmp_path: Path) -> None:
    rows = [{"ChargeCategory": "Tax", "ChargeFrequency": "", "Tags": ""}] * 3
    found = told(tmp_path, bill(*rows), RULES)
    assert (found.measured, dict(found.skipped)) == ([], {"tax of the vendor": 3})


def test_a_row_that_no_rule_fits_is_refused_where_no_meter_takes_the_rest(tmp_path: Path) -> None:
    row = {"ChargeFrequency": "One-Time", "Tags": ""}
    (refused,) = told(tmp_path, bill(row), RULES).refused
    assert (refused.code, refused.reason) == (
        "meter", "no [[rows]] of the profile fit, and it names no other meter",
    )  # fmt: skip


@pytest.mark.parametrize("tags", ["{", "[]", '{"team": 7}', "[" * 5000, "NULL"])
def test_tags_that_can_not_be_read_fit_no_rule(tmp_path: Path, tags: str) -> None:
    found = told(tmp_path, bill({"Tags": tags, "ChargeFrequency": "Usage-Based"}), RULES)
    assert [each.meter for each in found.measured] == ["usage"]


def test_a_column_that_the_profile_asks_for_must_be_there(tmp_path: Path) -> None:
    assert refused_whole(tmp_path, bill({}), RULES) == (
        "header (read as FOCUS 1.0): the column 'Tags', which the profile asks for, is missing; "
        "the column 'ChargeFrequency', which the profile asks for, is missing"
    )


def test_the_shipped_profile_passes_all_on_but_the_vendors_tax(tmp_path: Path) -> None:
    text = (Path("intake") / "profiles" / "focus.toml").read_text(encoding="utf-8")
    rows = [
        {"ChargeCategory": each} for each in ("Usage", "Purchase", "Credit", "Adjustment", "Tax")
    ]
    found = told(tmp_path, bill(*rows), text)
    assert [each.meter for each in found.measured] == ["cloud-cost"] * 4
    assert dict(found.skipped) == {"tax that the vendor charges the MSP": 1}
    assert load_profile("focus").source is None


def faults_of(text: str) -> list[str]:
    with pytest.raises(Faults) as raised:
        parse_profile(text, "p.toml")
    return [str(fault) for fault in raised.value.faults]


def test_every_fault_of_a_profile_is_named_at_once() -> None:
    assert faults_of(
        'kind = "focus"\nid = ["EffectiveCost", "Tags:a"]\ntime = "x"\n'
        '[[rows]]\nwhen = { A = 7 }\n[[rows]]\nmeter = "m"\nskip = "s"\n'
        '[resale]\nrate = "12 %"\n[clients]\na = "b c"\n'
    ) == [
        (
            "p.toml: time: unknown key; known here: client, clients, id, kind, meter, name, "
            "resale, rows, source"
        ),
        "p.toml: name: needed: a text that is not empty",
        "p.toml: id: EffectiveCost may tell a cost, and an id is shown to the client",
        "p.toml: id: tags change; an id must not",
        'p.toml: rows[1]: needs either meter, or skip = "why these rows are left out"',
        "p.toml: rows[1].when.A: must be a text or a list of texts",
        'p.toml: rows[2]: needs either meter, or skip = "why these rows are left out"',
        'p.toml: rows[2].when: needed: columns and their values, { ChargeCategory = ["Tax"] }',
        (
            'p.toml: resale.rate: "12 %" is not a number: write it like 1234.5, -0.02 or 8e-05; '
            '12 % is "0.12"'
        ),
        "p.toml: clients.a: must be the slug of a client",
        'p.toml: clients: needs client = "the column whose texts these are"',
    ]


def test_a_profile_of_bills_needs_a_meter() -> None:
    assert faults_of('name = "a"\nkind = "focus"\n') == [
        "p.toml: meter: needed, unless [[rows]] say which rows go to which meter"
    ]


def test_a_rate_below_zero_is_refused() -> None:
    assert faults_of(FOCUS + '[resale]\nrate = "-0.1"\n') == [
        'p.toml: resale.rate: must not be below 0; 12 % is "0.12"'
    ]
