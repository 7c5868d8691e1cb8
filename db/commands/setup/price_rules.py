"""What of a price and of an agreement quantity may not change. Pure."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Final

from billing_core.prices import AgreementQuantity, ChargeModel, Price, Tier
from db.commands.setup.billed import Refusal, moved_from, named, too_early_for
from db.commands.setup.facts import Facts

#: Fields of a price that say what it is called and where it is written down, not what it charges.
_TEXTS: Final = frozenset({"name", "clause", "reference", "reason"})
#: Fields of a price that stand in a column of another name; tiers stand in another file.
_COLUMNS: Final = {"interval": "fee_interval", "model": "charge_model", "tiers": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The first days of a price's versions, before and after."""

    before: frozenset[date]
    after: frozenset[date]

    def accounts_for(self, old: date | None, new: date | None) -> bool:
        """Whether an end moves because a version is added or removed, which is judged by itself."""
        return new in self.after - self.before or old in self.before - self.after


def version_refusal(
    old: Price | None, new: Price | None, neighbours: Neighbours, facts: Facts
) -> Refusal | None:
    """Why a version of a price may not be added, changed or removed."""
    if old is None:
        return None if new is None else _added(new, facts)
    if new is None:
        return _removed(old, facts)
    return _amounts(old, new, facts) or _end(old, new, neighbours, facts)


def _added(new: Price, facts: Facts) -> Refusal | None:
    return too_early_for(new.model, "starts_on", new.starts_on, facts)


def _removed(old: Price, facts: Facts) -> Refusal | None:
    if old.starts_on > facts.today:
        return too_early_for(old.model, "", old.starts_on, facts)
    message = (
        f"The version of price {old.code} from {old.starts_on} has begun and is not in prices.csv: "
        "keep its row and give it an ends_on."
    )
    return Refusal(column="", message=message)


def _amounts(old: Price, new: Price, facts: Facts) -> Refusal | None:
    """A version keeps its amounts once it covers a month that is billed or that holds usage.

    Its tax code only matters once a month is billed.
    """
    moved = _moved_amounts(old, new)
    if not moved:
        return None
    column = _COLUMNS.get(moved[0], moved[0])
    fixed = facts.billed_month if moved == ["tax_code"] else facts.fixed_month
    month = fixed(old.starts_on, old.ends_on)
    if month is None:
        return _advance(old, column, facts)
    what = "holds usage" if month.is_open else "is billed"
    names = ", ".join(_COLUMNS.get(name) or name for name in moved)
    message = (
        f"The version from {old.starts_on} covers {named(month)}, which {what}, so {names} can't "
        "change: add a version that begins later."
    )
    return Refusal(column=column, message=message)


def _advance(old: Price, column: str, facts: Facts) -> Refusal | None:
    """The refusal of a flat fee that is billed for one day so far, in advance."""
    until = facts.billed_until
    covers = until and old.starts_on <= until and (old.ends_on is None or until < old.ends_on)
    return too_early_for(old.model, column, until, facts) if covers else None


def _moved_amounts(old: Price, new: Price) -> list[str]:
    return [
        each.name
        for each in fields(Price)
        if each.name not in _TEXTS | {"ends_on"}
        and _amount(getattr(old, each.name)) != _amount(getattr(new, each.name))
    ]


def _amount(value: object) -> object:
    """A field without its texts: of a tier its bound, prices and burst mark."""
    if isinstance(value, tuple):
        return tuple(_amount(each) for each in value)
    if isinstance(value, Tier):
        return (value.up_to, value.unit_price, value.flat_fee, value.burst)
    return value


def _end(old: Price, new: Price, neighbours: Neighbours, facts: Facts) -> Refusal | None:
    if neighbours.accounts_for(old.ends_on, new.ends_on):
        return None
    return too_early_for(new.model, "ends_on", moved_from(old.ends_on, new.ends_on), facts)


def quantity_refusal(
    old: AgreementQuantity | None, new: AgreementQuantity | None, facts: Facts
) -> Refusal | None:
    """Why an agreement quantity may not be added, changed or removed."""
    value = new or old
    if value is None:
        return None
    if new is None and value.starts_on <= facts.today:
        message = (
            f"The quantity of {value.price_code} from {value.starts_on} has begun and is not in "
            "quantities.csv: keep its row."
        )
        return Refusal(column="", message=message)
    return too_early_for(ChargeModel.FLAT, "starts_on", value.starts_on, facts)
