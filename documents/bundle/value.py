"""What a bundle is made from: texts as they are stored, and events as they pass by."""

from collections.abc import Iterable
from dataclasses import dataclass

from documents.bundle.event_rows import EventRow


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedDocument:
    """A document as the database keeps it: nothing is parsed, each text is handed on as it is."""

    position: int  #: its place in the client's chain
    manifest: str  #: the signed note
    document: str  #: canonical JSON, and so the next two
    rate_card: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A public key with which documents were signed."""

    verifier: str  #: as C2SP writes it
    endorsement: str | None = None  #: signed note of the key before it; None: the first key


@dataclass(frozen=True, slots=True, kw_only=True)
class SetKey:
    """Which events a set holds."""

    meter: str  #: code
    billing_period: str  #: the month that bills them
    usage_period: str  #: the month in which they occurred


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedKey:
    """Which levels were carried where."""

    meter: str  #: code
    into: str  #: month


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """All that is needed to check a document, and to compute it again."""

    document: IssuedDocument
    earlier: tuple[IssuedDocument, ...]  #: as `needed` names them, by position
    chain: tuple[str, ...]  #: signed manifests of all the client's documents, from the first on
    keys: tuple[KeyRecord, ...]  #: the oldest first
    #: As `needed` names them. Events of each in order (occurred, event id), and so for `carried`.
    sets: Iterable[tuple[SetKey, Iterable[EventRow]]]
    carried: Iterable[tuple[CarriedKey, Iterable[EventRow]]]
