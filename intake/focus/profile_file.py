"""Reading the profile of FOCUS bills: TOML, checked whole, every fault named."""

from fractions import Fraction
from typing import Final

from billing_core.numbers import NumberFault, parse_number
from intake.focus.columns import TAG, may_tell_a_cost
from intake.focus.profile import FocusProfile, Rule
from intake.profiles.client_column import CLIENT_KEYS, client_column
from intake.profiles.declaration import Declaration

FOCUS_KEYS: Final = {
    "": {"name", "kind", "source", "id", "meter", "rows", "resale", *CLIENT_KEYS},
    "rows": {"when", "meter", "skip"},
    "resale": {"rate"},
}


def focus_profile(reading: Declaration) -> FocusProfile:
    """The profile as declared; faults are noted in `reading`."""
    return FocusProfile(
        name=reading.text("name", needed=True) or "",
        source=reading.code("source"),
        id_columns=_ids(reading),
        rules=_rules(reading),
        meter=reading.code("meter"),
        resale_rate=_resale_rate(reading),
        client=client_column(reading),
    )


def _ids(reading: Declaration) -> tuple[str, ...]:
    columns = reading.texts("id")
    for column in columns:
        if may_tell_a_cost(column):
            reading.fault("id", f"{column} may tell a cost, and an id is shown to the client")
        elif column.startswith(TAG):
            reading.fault("id", "tags change; an id must not")
    return columns


def _rules(reading: Declaration) -> tuple[Rule, ...]:
    if "rows" not in reading.values:
        if "meter" not in reading.values:
            reading.fault("meter", "needed, unless [[rows]] say which rows go to which meter")
        return ()
    rules = []
    for section in reading.sections("rows"):
        rules.append(_rule(section))
        reading.faults += section.faults
    return tuple(rules)


def _rule(section: Declaration) -> Rule:
    meter, skip = section.code("meter"), section.text("skip")
    if (meter is None) == (skip is None) and not section.faults:
        section.fault("", 'needs either meter, or skip = "why these rows are left out"')
    return Rule(when=_conditions(section), meter=meter, skip=skip or "")


def _conditions(section: Declaration) -> dict[str, frozenset[str]]:
    declared = section.values.get("when")
    if not isinstance(declared, dict) or not declared:
        section.fault("when", 'needed: columns and their values, { ChargeCategory = ["Tax"] }')
        return {}
    conditions = {}
    for column, values in declared.items():
        listed = [values] if isinstance(values, str) else values
        if isinstance(listed, list) and all(isinstance(value, str) for value in listed) and listed:
            conditions[column] = frozenset(value.casefold() for value in listed)
        else:
            section.fault(f"when.{column}", "must be a text or a list of texts")
    return conditions


def _resale_rate(reading: Declaration) -> Fraction | None:
    section = reading.section("resale", needed=False)
    if section is None:
        return None
    text = section.text("rate", needed=True)
    rate = _rate(section, text) if text else None
    reading.faults += section.faults
    return rate


def _rate(section: Declaration, text: str) -> Fraction | None:
    try:
        rate = parse_number(text)
    except NumberFault as fault:
        section.fault("rate", f'{fault}; 12 % is "0.12"')
        return None
    if rate < 0:
        section.fault("rate", 'must not be below 0; 12 % is "0.12"')
    return Fraction(rate)
