"""What is asked for when a month is to be closed."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A client's month, by whom, and when."""

    client_id: int
    month: date  #: by its first day
    as_of: datetime  #: the present, UTC
    actor: str
    override: str = ""  #: why in spite of what is not ready; "": only if all is
    of_approval: bool = False  #: only while an approval on screen stands, with its reason
