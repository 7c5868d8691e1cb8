"""The Consumption page as sheets, each made once as long as nothing that it shows changes.

What is of the month is made once for whichever meter is chosen, and what is of a meter for
whichever way its charge is taken apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from components import data, drafts
from components.crossings import crossings_block
from components.filters import month_words
from components.glance import glance_panel, names_in_address
from components.heading import whose_days
from components.late import late_panel
from components.markup import element, panel
from components.meter import Picture, figures_row, picture_of
from components.month_shown import MonthShown, issued_sentence
from components.quality import quality_panel
from components.standing import before


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSheet:
    """What the page shows of a month."""

    months: tuple[tuple[str, str], ...]  #: name and words of each month in the picker
    meters: tuple[tuple[str, str], ...]  #: name in the address and words of each metered price
    names: tuple[tuple[str, str], ...]  #: texts in the address, and which of them each leads to
    head: str  #: safe HTML: whose days, as what they are issued, and all meters at a glance
    quality: str  #: safe HTML: how whole the data is


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSheet:
    """What the page shows of one metered price."""

    figures: str  #: safe HTML
    picture: Picture
    foot: str  #: safe HTML: late records, crossings


def month_sheet(month: MonthShown) -> MonthSheet:
    """Give the sheet of a month."""
    return data.sheet(month.viewer, ("month", *month.kept_by), lambda: _month(month))


def meter_sheet(month: MonthShown, name: str) -> MeterSheet:
    """Give the sheet of the metered price of a name in the address."""
    return data.sheet(month.viewer, ("meter", name, *month.kept_by), lambda: _meter(month, name))


def _month(month: MonthShown) -> MonthSheet:
    writing, standings = month.writing, dict(month.standings)
    days = whose_days(month.viewer, month.period, writing, month.fresh)
    glance = glance_panel(standings, month.period.name, writing) if standings else ""
    return MonthSheet(
        months=tuple(month_words(month.periods, writing).items()),
        meters=tuple((name, each.price.name) for name, each in standings.items()),
        names=tuple(names_in_address(standings).items()),
        head=sheet_of(days, issued_sentence(month), glance),
        quality=quality_panel(month.quality, writing),
    )


def _meter(month: MonthShown, name: str) -> MeterSheet:
    standing, writing = month.standings[name], month.writing
    usage = drafts.course(month.viewer, month.period, standing.meter, month.now)
    earlier = before(month.periods, month.period)
    ghost = drafts.course(month.viewer, earlier, standing.meter, month.now) if earlier else None
    gaps = month.quality.found.gaps_of(standing.meter)
    return MeterSheet(
        figures=figures_row(standing, writing),
        picture=picture_of(standing, usage, ghost, gaps, writing),
        foot=sheet_of(*_foot(month, name)),
    )


def _foot(month: MonthShown, name: str) -> Iterator[str]:
    standing = month.standings[name]
    late = data.late(month.viewer, month.period, standing.meter)
    if late:
        yield late_panel(late, standing.meter, month.writing)
    passed = data.crossings(month.viewer, month.period)
    of_meter = [each for each in passed if each.price_code == standing.price.code]
    yield panel(crossings_block(of_meter, month.writing, named=False))


def sheet_of(*parts: str) -> str:
    """Give blocks below each other, as far apart as Streamlit draws its own."""
    return element("div", "".join(parts), "mg-sheet")
