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
class Straggler:
    """A reading, or the correction of one, that comes when its month has long been issued.

    Months are counted from the anchor's; the one before it is -1.
    """

    source: str
    meter: str
    resource: str
    month: int  #: in which it was measured
    day: int  #: of that month, 1 to 28
    billed: int  #: the month that bills it: it comes once the one before is issued
    quantity: str
    wrong: str = ""  #: what was reported in time; "" where nothing was
    reason: str = ""  #: of a correction


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody of the demo wrote."""

    email: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What a client's finance asked about a line of an issued document, and what came of it."""

    month: int  #: of the document, counted from the anchor's
    price: str  #: code of the line's price
    asked: Said
    disputed: str = ""  #: net; "" where it is a question
    answered: tuple[Said, ...] = ()
    settled: Said | None = None  #: None while it is open
    agreed: str = ""  #: net, of what was settled; "" where it was rejected


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
    stragglers: tuple[Straggler, ...] = ()
    conversations: tuple[Conversation, ...] = ()
    in_spite: str = ""  #: why its months are issued where something is missing; "": nothing is
