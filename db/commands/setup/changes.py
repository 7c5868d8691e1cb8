"""What a setup would change: stored values and wanted values → a list of changes. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import singledispatch
from typing import Final

from billing_core.metering import Meter
from billing_core.numbers import plain
from billing_core.prices import Agreement, AgreementQuantity, Price, Tier
from billing_core.setup import Client, Issuer, Person, Setup, Source
from billing_core.taxes import TaxRate

Key = tuple[str, ...]


class Action(StrEnum):
    """What happens to a value."""

    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"  #: only its end moves to an earlier day
    REMOVED = "removed"
    LEFT = "left alone"  #: stored, not in the folder, and not touched


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of a changed value."""

    field: str
    before: str  #: "" where it was empty
    after: str

    def __str__(self) -> str:
        return f"{self.field}: {self.before or '–'} → {self.after or '–'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value that a setup adds, changes, ends or removes."""

    action: Action
    kind: str  #: issuer, client, person, meter, source, tax rate, agreement, price, quantity
    key: Key
    effective_on: date | None = None  #: the first day it holds for; None where it has no day
    fields: tuple[FieldChange, ...] = ()

    def __str__(self) -> str:
        day = self.effective_on
        word = "on" if self.action is Action.ENDED else "from"
        since = f" {word} {day}" if day and str(day) not in self.key else ""
        moved = "; ".join(str(each) for each in self.fields)
        fields = f" ({moved})" if moved else ""
        return f"{self.action}: {self.kind} {' '.join(self.key)}{since}{fields}"


Value = Client | Person | Meter | Source | TaxRate | Agreement | Price | AgreementQuantity
#: Fields that name a value or that hold values with keys of their own.
_NOT_COMPARED: Final = frozenset({"prices", "quantities"})
_KEYS: Final = (
    "client",
    "person",
    "meter",
    "source",
    "tax rate",
    "agreement",
    "price",
    "quantity",
)
_DATED: Final = TaxRate | Price | Agreement


def values_of(setup: Setup) -> Mapping[str, Mapping[Key, Value]]:
    """The values of a setup by kind and key, but for the issuer."""
    return {
        "client": {(each.slug,): each for each in setup.clients},
        "person": {(each.email,): each for each in setup.people},
        "meter": {(each.code,): each for each in setup.meters},
        "source": {(each.client, each.code): each for each in setup.sources},
        "tax rate": {(each.code, each.starts_on.isoformat()): each for each in setup.tax_rates},
        "agreement": {(each.client, each.code): each for each in setup.agreements},
        "price": {
            (each.client, each.code, price.code, price.starts_on.isoformat()): price
            for each in setup.agreements
            for price in each.prices
        },
        "quantity": {
            (each.client, each.code, dated.price_code, dated.starts_on.isoformat()): dated
            for each in setup.agreements
            for dated in each.quantities
        },
    }


def changes_between(stored: Setup | None, wanted: Setup) -> Iterator[Change]:
    """The changes from what is stored of the wanted clients to what is wanted, kind by kind.

    `stored` has what is stored of the clients that `wanted` names, with all meters and people; None
    before the first setup. Meters, people and tax codes that aren't named are left alone; people
    are told where they are tied to one of the clients.
    """
    if stored is None or stored.issuer != wanted.issuer:
        yield _issuer_change(stored, wanted)
    before = values_of(stored) if stored else {}
    after = values_of(wanted)
    codes = {rate.code for rate in wanted.tax_rates}
    for kind in _KEYS:
        old = before.get(kind, {})
        if kind == "tax rate":
            old = {key: rate for key, rate in old.items() if key[0] in codes}
        for change in _changes(kind, old, after[kind]):
            if change.action is not Action.LEFT or _is_told(before[kind][change.key], wanted):
                yield change


def _is_told(left: Value, wanted: Setup) -> bool:
    slugs = {client.slug for client in wanted.clients}
    return isinstance(left, Person) and not slugs.isdisjoint(left.clients)


def _issuer_change(stored: Setup | None, wanted: Setup) -> Change:
    key = (wanted.issuer.name,)
    if stored is None:
        return Change(action=Action.ADDED, kind="issuer", key=key)
    moved = tuple(_field_changes(stored.issuer, wanted.issuer))
    return Change(action=Action.CHANGED, kind="issuer", key=key, fields=moved)


def _changes(
    kind: str, before: Mapping[Key, Value], after: Mapping[Key, Value]
) -> Iterator[Change]:
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if new is None and old is not None:
            action = Action.LEFT if kind in {"person", "meter"} else Action.REMOVED
            yield Change(action=action, kind=kind, key=key, effective_on=_first_day(old))
        elif old is None and new is not None:
            yield Change(action=Action.ADDED, kind=kind, key=key, effective_on=_first_day(new))
        elif old is not None and new is not None and (moved := tuple(_field_changes(old, new))):
            yield _changed(kind, key, new, moved)


def _changed(kind: str, key: Key, new: Value, moved: tuple[FieldChange, ...]) -> Change:
    ends = isinstance(new, _DATED) and [each.field for each in moved] == ["ends_on"]
    if ends and moved[0].after and (not moved[0].before or moved[0].after < moved[0].before):
        day = date.fromisoformat(moved[0].after)
        return Change(action=Action.ENDED, kind=kind, key=key, effective_on=day, fields=moved)
    day_of_change = _first_day(new) if not isinstance(new, Agreement) else None
    return Change(
        action=Action.CHANGED, kind=kind, key=key, effective_on=day_of_change, fields=moved
    )


def _first_day(value: Value) -> date | None:
    return value.starts_on if isinstance(value, _DATED | AgreementQuantity) else None


def _field_changes(old: Value | Issuer, new: Value | Issuer) -> Iterator[FieldChange]:
    # An agreement's zone is its client's, and told there.
    hidden = _NOT_COMPARED | ({"zone"} if isinstance(old, Agreement) else set())
    for field in fields(old):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if field.name not in hidden and before != after:
            yield FieldChange(field=field.name, before=shown(before), after=shown(after))


@singledispatch
def shown(value: object) -> str:
    """A field's value in words, as a change shows it; "" where it is empty."""
    return "" if value is None else str(value)


@shown.register
def _(value: bool) -> str:  # noqa: FBT001 - the one argument of what it shows
    return "yes" if value else "no"


@shown.register
def _(value: Decimal) -> str:
    return plain(value)


@shown.register
def _(value: timedelta) -> str:
    return f"{value // timedelta(minutes=1)} minutes"


@shown.register(tuple)
def _(value: tuple[object, ...]) -> str:
    return ", ".join(shown(each) for each in value) or "none"


@shown.register
def _shown_tier(tier: Tier) -> str:
    bound = "and above" if tier.up_to is None else f"up to {plain(tier.up_to)}"
    fee = f" + {plain(tier.flat_fee)}" if tier.flat_fee else ""
    burst = " (burst)" if tier.burst else ""
    milestone = f" [{tier.milestone}]" if tier.milestone else ""
    return f"{tier.name} {bound} at {plain(tier.unit_price)}{fee}{burst}{milestone}"
