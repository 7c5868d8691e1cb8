"""What a client of the demo is made of."""

from dataclasses import dataclass

from demo.series import Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Days on which a source reports nothing."""

    source: str
    first: int  #: inclusive, in days after the anchor
    last: int  #: inclusive, in days after the anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongReading:
    """A reading that its source corrected later the same day."""

    source: str
    age: int  #: in days after the anchor
    meter: str
    resource: str
    wrong: str
    right: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """A client of the demo."""

    slug: str
    zone: str
    sources: dict[str, tuple[Series, ...]]
    silences: tuple[Silence, ...] = ()
    corrected: tuple[WrongReading, ...] = ()
