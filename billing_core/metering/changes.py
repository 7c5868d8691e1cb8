"""Changes of a running quantity: by an event, by itself at an instant, or evenly over a time."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a meter's quantity went from one value to another.

    At once, where `since` is `at`: by an event, or by itself (a level ended, or was carried in).
    Else evenly all the time between them: a time-weighted mean grows by itself.
    """

    since: datetime  #: UTC; the quantity is `before` up to here
    at: datetime  #: UTC; the quantity is `after` here
    before: Fraction
    after: Fraction
    event_id: UUID | None = None  #: None: by itself
