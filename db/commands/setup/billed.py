"""What may not take effect where a month is billed, and how the refusal reads. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from billing_core.prices import ChargeModel
from db.commands.setup.facts import Facts, Month

MENDED: Final = "what is wrong in a billed month is mended by a credit note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a change is refused."""

    column: str  #: "" where it is about the whole row
    message: str  #: one sentence, with what to do


def moved_from(old: date | None, new: date | None) -> date | None:
    """The first day that is different when an end moves; None where it doesn't.

    >>> moved_from(date(2026, 10, 1), None)
    datetime.date(2026, 10, 1)
    """
    return None if old == new else min(old or date.max, new or date.max)


def too_early(column: str, day: date | None, facts: Facts) -> Refusal | None:
    """The refusal of what would take effect in a month that is closing or issued."""
    until = facts.billed_until
    if day is None or until is None or day >= until:
        return None
    message = f"It would take effect on {day}, and all before {until} is billed: {MENDED}."
    return Refusal(column=column, message=message)


def too_early_for(
    model: ChargeModel, column: str, day: date | None, facts: Facts
) -> Refusal | None:
    """The same for a price: a flat fee is also billed for the first day after the billed months.

    With October issued, the fee of November is billed: a change may begin on 2 November, and is
    then charged and credited by days.
    """
    if model is ChargeModel.FLAT and day is not None and day == facts.billed_until:
        message = (
            f"The fee from {day} on was billed in advance with the month before: "
            "begin one day later, then it is charged and credited by days."
        )
        return Refusal(column=column, message=message)
    return too_early(column, day, facts)


def named(month: Month) -> str:
    """A month as it is called: 2026-10."""
    return f"{month.first_day:%Y-%m}"
