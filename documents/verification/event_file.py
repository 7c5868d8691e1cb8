"""One file of events: each row's hashes computed again, its order, its month, and the root."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Final, NamedTuple

from billing_core.event import encoded_fields, event_id, leaf_hash_of
from billing_core.numbers import DECIMALS, INTEGER_DIGITS
from billing_core.proof.merkle import GrowingTree
from documents.bundle.event_rows import COLUMNS
from documents.verification.records import Spoiled

_ZERO: Final = Decimal(0)
_MOST_FAULTS: Final = 1000
_WIDTH: Final = len(COLUMNS)
#: A quantity as it is hashed: plain, without a zero too many; none, where it only withdraws.
_QUANTITY: Final = re.compile(
    rf"(?!-0\Z)(?:-?(?:0|[1-9][0-9]{{0,{INTEGER_DIGITS - 1}}})"
    rf"(?:\.[0-9]{{0,{DECIMALS - 1}}}[1-9])?)?\Z"
)


class CheckedRow(NamedTuple):
    """An event as metering sees it, of a row that can be read."""

    occurred_at: datetime  #: UTC
    event_id: str  #: sorts as the UUID does
    resource: str
    quantity: Decimal
    counted_value: str | None
    withdraws: bool


def rows_of(records: Iterator[list[str]]) -> Iterator[CheckedRow]:
    """Give the rows of a file that was checked before, those left out that cannot be read.

    Raises:
        Spoiled, ValueError, Unreadable: the file cannot be read on.
    """
    for fields in records:
        if len(fields) == _WIDTH and _is_readable(fields[6], fields[7]):
            yield _row_of(fields)


def _is_readable(occurred: str, quantity: str) -> bool:
    return bool(_QUANTITY.match(quantity)) and occurred.endswith("Z")


def _row_of(fields: list[str]) -> CheckedRow:
    """Take in a row.

    Raises:
        ValueError: its instant is none.
    """
    quantity = fields[7]
    return CheckedRow(
        datetime.fromisoformat(fields[6]),
        fields[0],
        fields[8],
        Decimal(quantity) if quantity else _ZERO,
        fields[9] or None,
        not quantity,
    )


@dataclass(slots=True, kw_only=True)
class EventFile:
    """What is expected of a file, and what was found while its rows passed by."""

    client: str
    meter: str
    most: int  #: rows that it has at most
    starts: str  #: inclusive: "2026-09-30T22:00:00.000000Z"
    ends: str  #: exclusive
    count: int = 0
    tree: GrowingTree = field(default_factory=GrowingTree)
    faults: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)  #: ids of rows that differ from their leaf
    supersedes: dict[str, str] = field(default_factory=dict)  #: by the superseded: by which
    withdrawing: set[str] = field(default_factory=set)

    def rows(self, records: Iterator[list[str]]) -> Iterator[CheckedRow]:
        """Check each row and give it on, but for those that cannot be read or stand wrongly.

        Raises:
            Unreadable: the file is damaged.
        """
        last, add, starts, ends = ("", ""), self.tree.add, self.starts, self.ends
        try:
            for fields in records:
                self.count += 1
                if len(fields) != _WIDTH or self.count > self.most:
                    self._found_end(fields)
                    return
                event, occurred = fields[0], fields[6]
                add(self._leaf_of(fields))
                order = (occurred, event)
                if order <= last or not starts <= occurred < ends:
                    self._found_out_of_place(order, last)
                    continue
                last = order
                if not _is_readable(occurred, fields[7]):
                    self._found("has a quantity or an instant that is none", event)
                    continue
                yield _row_of(fields)
        except Spoiled as spoiled:
            self._found(str(spoiled))
        except ValueError:
            self._found("has an instant that is none")

    def _leaf_of(self, fields: list[str]) -> bytes:
        """Check a row's id and hash it. Give its leaf, or that which was stored where they differ.

        The forms are those of `billing_core.event`, written out because there may be millions.
        They count signs, and leave corrections out: where that is not enough they are made anew.
        """
        event, leaf, client, source, own, meter = fields[:6]
        occurred, quantity, resource, counted, supersedes, reason = fields[6:]
        named = f"{len(source)}:{source}\n{len(own)}:{own}\n{len(meter)}:{meter}\n"
        name = sha256(named.encode()).hexdigest()
        if (
            f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:32]}" != event
            or not named.isascii()
        ):
            self._check_id(event, fields)
        if client != self.client or meter != self.meter:
            self._found(f"is of {client!a} and {meter!a}, which are others", event)
        form = (
            f"\x00{len(client)}:{client}\n{named}{len(occurred)}:{occurred}\n"
            f"{len(quantity)}:{quantity}\n{len(resource)}:{resource}\n"
            f"{f'{len(counted)}:{counted}' if counted else '-'}\n-\n-\n"
        )
        found = sha256(form.encode()).digest()
        if supersedes or reason or found.hex() != leaf or not form.isascii():
            return self._corrected_leaf(fields)
        return found

    def _corrected_leaf(self, fields: list[str]) -> bytes:
        event, leaf, *texts = fields
        found = leaf_hash_of(encoded_fields(each or None for each in texts))
        quantity, supersedes = fields[7], fields[10]
        if supersedes:
            self.supersedes[supersedes] = event
        if not quantity:
            self.withdrawing.add(event)
        if found.hex() == leaf:
            return found
        self.edited.append(event)
        try:
            return bytes.fromhex(leaf)
        except ValueError:
            return found

    def _check_id(self, event: str, fields: list[str]) -> None:
        if event != str(event_id(*fields[3:6])):
            self._found("has an id that its source, its own id and its meter do not make", event)

    def _found_out_of_place(self, order: tuple[str, str], last: tuple[str, str]) -> None:
        occurred, event = order
        if order == last:
            self._found("stands twice", event)
        elif order < last:
            self._found("stands after a later one: the order is (occurred_at, event_id)", event)
        else:
            self._found(f"occurred at {occurred[:40]!a}, which is not in the file's month", event)

    def _found_end(self, fields: list[str]) -> None:
        if len(fields) != _WIDTH:
            self._found(f"has {len(fields)} fields rather than {_WIDTH}")
        else:
            self._found("is one more than the document was made from")

    def _found(self, message: str, event: str = "") -> None:
        if len(self.faults) < _MOST_FAULTS:
            called = f" (event {event[:36]!a})" if event else ""
            self.faults.append(f"row {self.count}{called} {message}")
