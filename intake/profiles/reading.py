"""From a file and a profile to measurements, in the order of the file, in bounded memory."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import IO

from billing_core.event import LONGEST_CODE
from billing_core.numbers import NumberFault, parse_number, plain
from intake.profiles.csv_rows import Row, csv_rows, cut
from intake.profiles.json_rows import json_rows
from intake.profiles.measurements import Measured, field, measuring, superseded_id
from intake.profiles.profile import FileKind, MeterColumn, Profile
from intake.profiles.refusals import FileRefused, Refusal, RefusedRow
from intake.profiles.times import occurred_text

CANONICAL_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{0,14}[1-9])?")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LONGEST_ID = 200  # of a source's own id, and of a counted value
REMEMBERED = 1 << 16  # texts kept of each kind; forgotten together when full

Cells = Sequence[str | None]


def measurements(
    text: IO[bytes], profile: Profile, *, client: str, source: str
) -> Iterator[Measured | RefusedRow]:
    """Give each measurement of a file, and each refusal, in the file's order.

    Raises:
        FileRefused: if the header doesn't fit, or there is nothing below it.
    """
    rows = (csv_rows if profile.kind is FileKind.CSV else json_rows)(text, profile)
    reading = _Reading(profile, client, source)
    nothing = True
    for row in rows:
        nothing = False
        if isinstance(row, RefusedRow):
            yield row
        else:
            yield from reading.of_row(row)
    if nothing:
        raise FileRefused("there is nothing to read: no rows")


def quantity_text(text: str) -> str:
    """The number's canonical text.

    Raises:
        Refusal: if it isn't a number.

    Example:
        >>> quantity_text("8e-05"), quantity_text("1.50")
        ('0.00008', '1.5')
    """
    if CANONICAL_NUMBER.fullmatch(text):
        return text
    try:
        return plain(parse_number(text))
    except NumberFault as fault:
        raise Refusal("number", str(fault)) from None


class _Remembered(dict[str, str]):
    """Canonical texts by the text that was read: most times and numbers come again."""

    def __init__(self, canonical: Callable[[str], str]) -> None:
        super().__init__()
        self.canonical = canonical

    def __missing__(self, text: str) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[text] = self.canonical(text)
        return found


class _Reading:
    """What reading a file remembers: where its columns are, texts, and how often rows came."""

    def __init__(self, profile: Profile, client: str, source: str) -> None:
        self.profile, self.source = profile, source
        self.place = {name: at for at, name in enumerate(profile.columns)}
        self.measure = measuring(client, source)
        self.times = _Remembered(lambda text: occurred_text(text, profile.time.zone))
        self.numbers = _Remembered(quantity_text)
        self.codes = _Remembered(_code)
        self.ids = [self.place[name] for name in profile.id_columns]
        self.equal_rows: Counter[bytes] = Counter()

    def of_row(self, row: Row) -> Iterator[Measured | RefusedRow]:
        line, cells = row
        try:
            occurred, resource = self._time(cells), self._resource(cells)
            source_event_id = self._id(cells, occurred, resource)
        except Refusal as refusal:
            yield _refused(line, cells, refusal)
            return
        for meter in self.profile.meters:
            try:
                yield self._measured(line, cells, meter, source_event_id, occurred, resource)
            except Refusal as refusal:
                yield _refused(line, cells, refusal)

    def _measured(
        self, line: int, cells: Cells, meter: MeterColumn, source_event_id: str,
        occurred: str, resource: str,
    ) -> Measured:  # fmt: skip
        code = meter.meter or self._code_at(cells, meter.meter_column)
        quantity = self._quantity(cells, meter)
        counted = self._optional_text(cells, meter.counted_value)
        supersedes = reason = None
        if self.profile.correction:
            supersedes = self._optional_text(cells, self.profile.correction.supersedes)
            reason = cells[self.place[self.profile.correction.reason]] or None
            _check_correction(supersedes, reason)
        if supersedes:
            supersedes = superseded_id(self.source, supersedes, code)
        return self.measure(
            line, source_event_id, code, occurred, quantity, resource, counted, supersedes, reason,
            None,
        )  # fmt: skip

    def _time(self, cells: Cells) -> str:
        text = cells[self.place[self.profile.time.column]]
        return self.times[text or ""]

    def _resource(self, cells: Cells) -> str:
        declared = self.profile.resource
        return declared.constant or self._code_at(cells, declared.column)

    def _code_at(self, cells: Cells, column: str | None) -> str:
        text = cells[self.place[column or ""]]
        return self.codes[text or ""]

    def _quantity(self, cells: Cells, meter: MeterColumn) -> str:
        if meter.quantity is None:
            return "1"
        return self.numbers[cells[self.place[meter.quantity]] or ""]

    def _optional_text(self, cells: Cells, column: str | None) -> str | None:
        text = cells[self.place[column]] if column else None
        return _text(text) if text else None

    def _id(self, cells: Cells, occurred: str, resource: str) -> str:
        if len(self.ids) == 1:
            return _text(cells[self.ids[0]] or "")
        if self.ids:
            return _text("/".join(_part(cells[place]) for place in self.ids))
        return self._ordinal_id(cells, occurred, resource)

    def _ordinal_id(self, cells: Cells, occurred: str, resource: str) -> str:
        """The canonical row and its ordinal among equal rows: the id of a row without one."""
        parts = [occurred, resource]
        for meter in self.profile.meters:
            code = meter.meter or self._code_at(cells, meter.meter_column)
            counted = self._optional_text(cells, meter.counted_value)
            parts += [code, self._quantity(cells, meter), counted or ""]
        row = hashlib.sha256("".join(map(field, parts)).encode()).digest()[:16]
        self.equal_rows[row] += 1
        return f"row-{row.hex()}-{self.equal_rows[row]}"


def _check_correction(supersedes: str | None, reason: str | None) -> None:
    if supersedes and not reason:
        raise Refusal("reason", "an event that supersedes another must say why (reason)")
    if reason and not supersedes:
        raise Refusal("reason", "there is a reason, but no event that is superseded")


def _code(text: str) -> str:
    return _checked(text, "the name of a resource or meter", LONGEST_CODE)


def _text(text: str) -> str:
    return _checked(text, "a text", LONGEST_ID)


def _checked(text: str, what: str, longest: int) -> str:
    if not text:
        raise Refusal("text", f"{what} is empty")
    if len(text) > longest:
        raise Refusal("text", f"{what} has more than {longest} characters: {text[:40]!r}…")
    if not text.isprintable() and CONTROL.search(text):
        raise Refusal("text", f"{what} holds a line break, tab or other control sign: {text!r}")
    if text != text.strip():
        raise Refusal("text", f"{what} has spaces at an end: {text!r}")
    return text


def _part(cell: str | None) -> str:
    if not cell:
        raise Refusal("text", "a part of the id is empty")
    return cell.replace("%", "%25").replace("/", "%2F")


def _refused(line: int, cells: Cells, refusal: Refusal) -> RefusedRow:
    record = cut(",".join(cell or "" for cell in cells))
    return RefusedRow(line=line, code=refusal.code, reason=refusal.reason, record=record)
