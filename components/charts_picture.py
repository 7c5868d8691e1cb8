"""What the picture of a period shows: values, and the ends of its scales."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from billing_core.period import BillingPeriod
from components.format import Format
from components.marks import Band

Figure = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A quantity of the period at an instant."""

    at: datetime
    quantity: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledBand:
    """A tier's band and the words in it, such as ``Growth  € 0.11``."""

    band: Band
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnUp:
    """What the picture of a period shows."""

    period: BillingPeriod
    unit: str
    points: tuple[Point, ...]  #: ordered; from the period's start to now or its end
    before: tuple[Point, ...]  #: last month, moved onto this period's days
    before_label: str  #: the month in short, as it stands beside the line
    bands: tuple[LabelledBand, ...]
    gaps: tuple[tuple[datetime, datetime], ...]  #: without records; half-open
    today: datetime | None  #: None once the period has ended


def top_of(picture: BurnUp) -> float:
    """Give the upper end of the scale: a little above the next bound, if that is in reach.

    A bound further away than four times what is known is left out, else the course would lie flat.
    """
    highest = max((float(p.quantity) for p in (*picture.points, *picture.before)), default=0.0)
    bounds = [float(b.band.starts_at) for b in picture.bands if b.band.starts_at > 0]
    ahead = [bound for bound in bounds if bound > highest]
    if ahead and (not highest or ahead[0] <= highest * 4):
        return ahead[0] * 1.14
    return highest * 1.2 or 1.0


def local_text(writing: Format, at: datetime) -> str:
    """Write an instant as a place on the axis of days: the client's own clock."""
    return writing.local(at).replace(tzinfo=None).isoformat(timespec="seconds")
