"""From a row of a bill to a measurement: the cost that the client pays for, on its meter."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from billing_core.event import LONGEST_RESOURCE
from billing_core.numbers import parse_number, plain, rounded_quantity, size_fault
from intake.focus.columns import CURRENCY, IDENTITY, PERIODS
from intake.focus.profile import FocusProfile, Rule
from intake.focus.rows import FocusRow, text_of
from intake.profiles.found import Billed, Skipped
from intake.profiles.measurements import Measured, field, measuring
from intake.profiles.record import refused
from intake.profiles.refusals import Refusal, RefusedRow
from intake.profiles.times import occurred_text
from intake.profiles.values import (
    Remembered,
    id_part,
    id_text,
    is_plain,
    quantity_text,
    resource_code,
)

COST: Final = "BilledCost"
KNOWN_AS: Final = "source_event_id"
"""The key under which a refused row's own id is kept."""
STARTS: Final = PERIODS.index("ChargePeriodStart")  # when the event occurred
HIDDEN: Final = (
    f"{COST} is not a number of at most 18 + 15 digits, written like 1234.5 (closed book: it is "
    "not shown here)"
)
DIGEST: Final = 32  # hexadecimal digits of what stands for the rest of a long resource id
UTC: Final = ZoneInfo("UTC")

Values = Mapping[str, str]


def bill_times() -> Remembered:
    """The canonical texts of a bill's times, whoever's the row is."""
    return Remembered(lambda text: occurred_text(text, UTC))


class FocusReading:
    """What reading bills for a client remembers: times, and how often rows came."""

    def __init__(
        self, profile: FocusProfile, client: str, source: str, times: Remembered | None = None
    ) -> None:
        self.profile = profile
        self.measure = measuring(client, source)
        self.times = bill_times() if times is None else times
        self.equal_rows: Counter[bytes] = Counter()

    def of_row(
        self, row: FocusRow, known_as: str | None = None
    ) -> Iterator[Measured | Billed | RefusedRow | Skipped]:
        """What the bill says of the row's measurement, and then that; or why there is none.

        Args:
            row: the row.
            known_as: its id, where it was refused before and is read again.
        """
        values = row[1]
        periods = [_tried(partial(self._instant, values, column)) for column in PERIODS]
        readable = [text for text in periods if isinstance(text, str)]
        try:
            if known_as is None and len(readable) == len(PERIODS):
                known_as = self._id(values, readable)
            rule = self._rule(values)
            if rule.meter is None:
                yield Skipped(rule.skip)
            else:
                yield from self._charged(row, rule.meter, periods, known_as or "")
        except Refusal as refusal:
            yield self.refused(row, refusal, known_as)

    def refused(self, row: FocusRow, refusal: Refusal, known_as: str | None = None) -> RefusedRow:
        """The row as it is kept beside its refusal, with its id among equal rows."""
        line, values = row
        return refused(line, {**values, KNOWN_AS: known_as}, refusal)

    def text_of(self, row: FocusRow, column: str) -> str | None:
        """The row's text in a column; `Tags:key` is the value of a tag."""
        return text_of(row[1], column)

    def _rule(self, values: Values) -> Rule:
        for rule in self.profile.rules:
            if all(_fits(values, column, among) for column, among in rule.when.items()):
                return rule
        if self.profile.meter is None:
            raise Refusal("meter", "no [[rows]] of the profile fit, and it names no other meter")
        return Rule(when={}, meter=self.profile.meter, skip="")

    def _charged(
        self, row: FocusRow, meter: str, periods: list[str | Refusal], known_as: str
    ) -> Iterator[Measured | Billed]:
        line, values = row
        currency_of = partial(self._read, "BillingCurrency", partial(_currency, values))
        resource_of = partial(self._read, "ResourceId", partial(_resource, values))
        read = (partial(self._cost, values), currency_of, resource_of)
        *instants, cost, currency, resource = _all_of([*periods, *map(_tried, read)])
        occurred, quantity = instants[STARTS], self._quantity(cost)
        measured = self.measure(
            line, known_as, meter, occurred, quantity, resource, None, None, None, None
        )
        yield self._billed(measured, values, cost, currency)
        yield measured

    def _instant(self, values: Values, column: str) -> str:
        return self._read(column, partial(self._time, values, column))

    def _time(self, values: Values, column: str) -> str:
        try:
            return self.times[values.get(column, "")]
        except Refusal as refusal:
            raise Refusal(refusal.code, f"{column}: {refusal.reason}") from None

    def _read(self, column: str, reading: Callable[[], str]) -> str:
        """A value. Closed book, a refusal doesn't quote it: cells that slipped may hold a cost."""
        try:
            return reading()
        except Refusal as refusal:
            if self.profile.resale_rate is None:
                raise
            message = f"{column} can't be read (closed book: it is not shown here)"
            raise Refusal(refusal.code, message) from None

    def _cost(self, values: Values) -> str:
        try:
            return quantity_text(values.get(COST, ""))
        except Refusal as refusal:
            is_open = self.profile.resale_rate is None
            raise Refusal("number", f"{COST}: {refusal.reason}" if is_open else HIDDEN) from None

    def _quantity(self, cost: str) -> str:
        """What the meter counts: the cost, or the retail amount."""
        rate = self.profile.resale_rate
        if rate is None:
            return cost
        retail = rounded_quantity(Fraction(parse_number(cost)) * (1 + rate))
        if size_fault(retail):
            raise Refusal("number", HIDDEN)
        return plain(retail)

    def _billed(self, measured: Measured, values: Values, cost: str, currency: str) -> Billed:
        name = values.get("ResourceName", "")
        return Billed(
            measured.event_id,
            currency,
            cost if self.profile.resale_rate is not None else None,
            _name(values.get("ProviderName", "")),
            _name(values.get("ServiceName", "")),
            _name(name) if "ResourceId" in values else None,
        )

    def _id(self, values: Values, periods: list[str]) -> str:
        columns = self.profile.id_columns
        if columns:
            parts = [values.get(column) for column in columns]
            return id_text(parts[0] or "" if len(parts) == 1 else "/".join(map(id_part, parts)))
        fields = [*periods, *(values.get(column) for column in IDENTITY[len(PERIODS) :])]
        row = hashlib.sha256("".join(map(field, fields)).encode()).digest()[:16]
        self.equal_rows[row] += 1
        return f"focus-{row.hex()}-{self.equal_rows[row]}"


def _tried(reading: Callable[[], str]) -> str | Refusal:
    try:
        return reading()
    except Refusal as refusal:
        return refusal


def _all_of(found: list[str | Refusal]) -> list[str]:
    """The texts; where some couldn't be read, all of these are told at once."""
    refusals = [each for each in found if isinstance(each, Refusal)]
    if refusals:
        raise Refusal(refusals[0].code, "; ".join(refusal.reason for refusal in refusals))
    return [each for each in found if isinstance(each, str)]


def _fits(values: Values, column: str, among: frozenset[str]) -> bool:
    return (text_of(values, column) or "").casefold() in among


def _currency(values: Values) -> str:
    currency = values.get("BillingCurrency", "")
    if not CURRENCY.fullmatch(currency):
        raise Refusal("currency", f"BillingCurrency: {currency[:40]!r} is no ISO 4217 code")
    return currency


def _resource(values: Values) -> str:
    """The resource's id; where a charge has none, its service."""
    text = values.get("ResourceId") or values.get("ServiceName") or "unnamed"
    if len(text) > LONGEST_RESOURCE:
        digest = hashlib.sha256(text.encode()).hexdigest()[:DIGEST]
        text = f"{text[: LONGEST_RESOURCE - DIGEST - 1].rstrip()}#{digest}"
    return resource_code(text)


def _name(text: str) -> str | None:
    return text if is_plain(text, LONGEST_RESOURCE) else None
