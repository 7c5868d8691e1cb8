"""Parts of a file: what was found in it, gathered by client, for one transaction each."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from intake.profiles.found import NOBODY, Billed, Finding, Note, Skipped
from intake.profiles.measurements import Measured
from intake.profiles.refusals import RefusedRow

Encode = Callable[[list[Measured]], bytes]
ENCODED_AT_ONCE: Final = 1_000  # as bytes, measurements take a fifth of the memory
LONGEST_REFUSED: Final = 8_000_000  # characters of refused rows that a part keeps, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What was found for a client, in order, measurements encoded for whoever stores them."""

    client: str  #: slug; NOBODY: its refused rows name no known client
    encoded: bytes
    count: int  #: measurements in `encoded`
    refused: tuple[RefusedRow, ...]
    billed: tuple[Billed, ...]
    skipped: tuple[tuple[str, int], ...]  #: why rows are left out, and how many
    notes: tuple[str, ...]
    position: int  #: bytes of the file read so far


@dataclass(slots=True)
class _Gathered:
    measured: list[Measured] = field(default_factory=list)  #: not yet encoded
    encoded: list[bytes] = field(default_factory=list)
    count: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    billed: list[Billed] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


class Collected:
    """Gathers what is found until there is enough of it for a part of each client."""

    def __init__(self, encode: Encode, client: str | None, rows: int) -> None:
        self.encode, self.client, self.rows = encode, client, rows
        self._empty()

    @property
    def is_full(self) -> bool:
        """Whether it is time to take the parts."""
        return self.count >= self.rows or self.characters >= LONGEST_REFUSED

    def take(self, client: str, found: Finding) -> None:
        """Gather what was found for a client."""
        gathered = self.clients.get(client)
        if gathered is None:
            gathered = self.clients[client] = _Gathered()
        if isinstance(found, Measured):
            gathered.measured.append(found)
            self.count += 1
            if len(gathered.measured) >= ENCODED_AT_ONCE:
                self._encode(gathered)
        elif isinstance(found, RefusedRow):
            gathered.refused.append(found)
            self.count += 1
            self.characters += len(found.record)
        elif isinstance(found, Billed):
            gathered.billed.append(found)
        elif isinstance(found, Skipped):
            gathered.skipped[found.why] += 1
        elif isinstance(found, Note):
            gathered.notes.append(found.text)

    def parts(self, position: int) -> Iterator[Part]:
        """What was gathered, client by client; one empty part where there is nothing."""
        for client, gathered in sorted(self.clients.items()) or self._nothing():
            self._encode(gathered)
            yield Part(
                client=client,
                encoded=b"".join(gathered.encoded),
                count=gathered.count,
                refused=tuple(gathered.refused),
                billed=tuple(gathered.billed),
                skipped=tuple(gathered.skipped.items()),
                notes=tuple(gathered.notes),
                position=position,
            )
        self._empty()

    def _encode(self, gathered: _Gathered) -> None:
        gathered.encoded.append(self.encode(gathered.measured))
        gathered.count += len(gathered.measured)
        gathered.measured = []

    def _nothing(self) -> list[tuple[str, _Gathered]]:
        return [(self.client or NOBODY, _Gathered())]

    def _empty(self) -> None:
        self.clients: dict[str, _Gathered] = {}
        self.count = self.characters = 0
