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
class Delay:
    """Days of which a meter's readings arrive only after all others."""

    source: str
    meter: str
    first: int  #: inclusive, in days after the anchor
    last: int  #: inclusive, in days after the anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongReading:
    """A reading that its source took back later, or replaced by the right one."""

    source: str
    age: int  #: in days after the anchor
    meter: str
    resource: str
    wrong: str
    right: str  #: "" where it is only withdrawn
    reason: str
    is_lost: bool = False  #: whether the wrong reading never arrives, only its correction


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """Readings that are refused for what stands in them."""

    source: str
    age: int  #: in days after the anchor
    meter: str
    resource: str
    quantity: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """A client of the demo."""

    slug: str
    zone: str
    sources: dict[str, tuple[Series, ...]]
    silences: tuple[Silence, ...] = ()
    delays: tuple[Delay, ...] = ()
    corrected: tuple[WrongReading, ...] = ()
    unusable: tuple[Unusable, ...] = ()
