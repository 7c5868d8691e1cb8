"""What a person does on the two screens, and by what on the page it is known to be done."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

#: Meters that events are posted to; both screens show their quantities of the month.
POSTED: Final[Mapping[str, str]] = {"compute-hours": "Hosted machines", "data-out": "Data out"}
MONTH, METER, VIEW, PAGE = "Month", "Meter", "Behind this figure", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that a person does."""

    name: str
    widget: str  #: the label of what is changed; empty: another page is opened
    value: str  #: what is chosen there, or the page's path
    shows: "re.Pattern[str]"  #: what the page has to show then
    present: bool = True  #: whether the running month is shown afterwards


def acts(today: date) -> tuple[Act, ...]:
    """What a person does in turn, beginning and ending on the Overview of the running month."""
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    return (
        Act(
            name="another month",
            widget=MONTH,
            value=f"{before:%B %Y}",
            shows=_total(before, "compute-hours"),
            present=False,
        ),
        Act(
            name="the running month",
            widget=MONTH,
            value=f"{month:%B %Y}",
            shows=_total(month, "compute-hours"),
        ),
        Act(name="Consumption", widget=PAGE, value="consumption", shows=_panel("All meters")),
        Act(name="a meter", widget=METER, value="Data out", shows=_panel("Data out")),
        Act(name="by resource", widget=VIEW, value="By resource", shows=_panel("By resource")),
        Act(name="records", widget=VIEW, value="Records", shows=_panel("Records")),
        Act(name="by day", widget=VIEW, value="By day", shows=_panel("By day")),
        Act(name="Overview", widget=PAGE, value="", shows=_panel("What it is made of")),
    )


def first_page(today: date) -> "re.Pattern[str]":
    """What the Overview of the running month shows."""
    return _total(today, "compute-hours")


def totals(today: date) -> dict[str, "re.Pattern[str]"]:
    """By meter, what finds its quantity of the running month on either screen."""
    return {meter: _total(today, meter) for meter in POSTED}


def quantity(text: str) -> int:
    """The whole part of a quantity as the page writes it.

    >>> quantity("12,345.5")
    12345
    """
    return int(text.replace(",", "").split(".")[0])


def _total(month: date, meter: str) -> "re.Pattern[str]":
    link = rf'period={month:%Y-%m}&amp;meter={meter}"[^>]*>{POSTED[meter]}</a></td>'
    return re.compile(rf"{link}<td[^>]*>([\d,.]+)")


def _panel(title: str) -> "re.Pattern[str]":
    return re.compile(rf">{title}</h2>")
