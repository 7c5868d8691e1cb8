"""What a client signed: the terms of agreements.csv, without their prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Final

from billing_core.money import MINOR_UNITS, round_amount
from billing_core.numbers import plain
from billing_core.setup import Client
from intake.setup.files import CLIENTS, TAXES
from intake.setup.keys import Key, refuse_repeats, refuse_unknown
from intake.setup.row import AMOUNT, Row

_MOST_GRACE_HOURS: Final = 744
_MOST_BACK_BILLING_DAYS: Final = 3650
_MOST_PAYMENT_DAYS: Final = 365
GRACE_HOURS: Final = 72
BACK_BILLING_DAYS: Final = 90
PAYMENT_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A row of agreements.csv whose client and first day are known."""

    row: Row
    client: str  #: slug
    code: str
    zone: str  #: the client's
    currency: str
    starts_on: date  #: inclusive
    ends_on: date | None  #: exclusive
    minimum_commitment: Decimal | None
    grace_hours: int
    back_billing_days: int
    renews_on: date | None
    notice_by: date | None
    purchase_order: str
    payment_days: int
    tax_code: str

    @property
    def key(self) -> Key:
        """What other files call it."""
        return (self.client, self.code)


def terms_of(
    rows: Sequence[Row],
    clients: Mapping[str, Client],
    named: frozenset[Key],
    tax_codes: frozenset[Key],
) -> tuple[Terms, ...]:
    """The agreements whose client and first day are known, each client's in order of time.

    Args:
        rows: the rows of agreements.csv; what is wrong is noted there.
        clients: by slug, those whose row is right.
        named: the slugs of all rows of clients.csv, right or wrong.
        tax_codes: those of all rows of taxes.csv, right or wrong.
    """
    refuse_repeats(rows, ("client", "agreement"))
    for row in rows:
        refuse_unknown(row, ("client",), named, CLIENTS)
        if row.cells["tax_code"]:
            refuse_unknown(row, ("tax_code",), tax_codes, TAXES)
    known = [terms for row in rows if (terms := _terms(row, clients))]
    known.sort(key=attrgetter("client", "starts_on"))
    for _, agreements in groupby(known, key=attrgetter("client")):
        for earlier, later in pairwise(agreements):
            _refuse_overlap(earlier, later)
    return tuple(known)


def _terms(row: Row, clients: Mapping[str, Client]) -> Terms | None:
    slug, code = row.cells["client"], row.code("agreement")
    currency = row.known("currency", frozenset(MINOR_UNITS), _CURRENCY)
    starts_on, ends_on = row.day("starts_on"), row.day("ends_on", needed=False)
    renews_on, notice_by = row.day("renews_on", needed=False), row.day("notice_by", needed=False)
    commitment = _commitment(row, currency)
    purchase_order = row.text("purchase_order", longest=64, needed=False)
    settings = {column: _setting(row, column) for column in _SETTINGS}
    if starts_on is None or slug not in clients:
        return None
    _check_order(row, starts_on, ends_on, renews_on, notice_by)
    return Terms(
        row=row,
        client=slug,
        code=code,
        zone=clients[slug].zone,
        currency=currency,
        starts_on=starts_on,
        ends_on=ends_on,
        minimum_commitment=commitment,
        renews_on=renews_on,
        notice_by=notice_by,
        purchase_order=purchase_order,
        tax_code=row.cells["tax_code"],
        **settings,
    )


#: Column to the most that it may be, and what it is where the cell is empty.
_SETTINGS: Final = {
    "grace_hours": (_MOST_GRACE_HOURS, GRACE_HOURS),
    "back_billing_days": (_MOST_BACK_BILLING_DAYS, BACK_BILLING_DAYS),
    "payment_days": (_MOST_PAYMENT_DAYS, PAYMENT_DAYS),
}


def _setting(row: Row, column: str) -> int:
    most, default = _SETTINGS[column]
    given = row.whole(column, least=0, most=most)
    return default if given is None else given


_CURRENCY: Final = "a currency: write its ISO 4217 code of three capital letters, such as EUR"


def _commitment(row: Row, currency: str) -> Decimal | None:
    amount = row.number("minimum_commitment", AMOUNT)
    if amount is None or currency not in MINOR_UNITS:
        return None
    if round_amount(Fraction(amount), currency) != amount:
        decimals = MINOR_UNITS[currency]
        message = f"{plain(amount)} has more decimals than the {decimals} of {currency}: round it."
        row.refuse("minimum_commitment", message)
    return amount


def _check_order(
    row: Row,
    starts_on: date,
    ends_on: date | None,
    renews_on: date | None,
    notice_by: date | None,
) -> None:
    if ends_on and ends_on <= starts_on:
        message = f"The end, {ends_on}, is not after the start, {starts_on}: correct one of them."
        row.refuse("ends_on", message)
    if renews_on and renews_on <= starts_on:
        message = f"The renewal, {renews_on}, is not after the start, {starts_on}: correct it."
        row.refuse("renews_on", message)
    if notice_by and renews_on is None and not row.cells["renews_on"]:
        row.refuse("notice_by", "There is a notice deadline but no renewal: add renews_on.")
    if notice_by and renews_on and notice_by > renews_on:
        message = (
            f"The notice deadline, {notice_by}, is after the renewal, {renews_on}: correct it."
        )
        row.refuse("notice_by", message)


def _refuse_overlap(earlier: Terms, later: Terms) -> None:
    at = f"agreement {earlier.code} of row {earlier.row.line}"
    if earlier.ends_on is None or earlier.ends_on > later.starts_on:
        end = "has no end" if earlier.ends_on is None else f"runs until {earlier.ends_on}"
        message = f"It begins on {later.starts_on}, but {at} {end}: let that end by then."
        later.row.refuse("starts_on", message)
    elif _month(earlier.ends_on - timedelta(days=1)) == _month(later.starts_on):
        what = "" if earlier.currency == later.currency else ", let alone in another currency"
        message = (
            f"It begins on {later.starts_on} in a month that {at} still bills{what}: "
            "a month belongs to one agreement, begin on the first of the next."
        )
        later.row.refuse("starts_on", message)


def _month(day: date) -> date:
    return day.replace(day=1)
