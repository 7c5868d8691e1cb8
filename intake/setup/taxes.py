"""Tax codes with their dated rates: taxes.csv."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise
from operator import attrgetter

from billing_core.faults import Faults
from billing_core.taxes import TaxRate, TaxTreatment
from intake.setup.keys import Key, refuse_repeats
from intake.setup.row import SHARE, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTable:
    """What taxes.csv says."""

    rates: tuple[TaxRate, ...]  #: of the codes all of whose rows are right, by code and day
    named: frozenset[Key]  #: the codes of all rows, right or wrong

    @property
    def whole(self) -> frozenset[str]:
        """The codes whose rates are all known."""
        return frozenset(rate.code for rate in self.rates)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    """A row whose treatment and first day are known."""

    row: Row
    code: str
    name: str
    treatment: TaxTreatment
    rate: Decimal
    starts_on: date  #: inclusive
    ends_on: date | None  #: exclusive; None where the cell is empty
    note: str


def taxes_of(rows: Sequence[Row]) -> TaxTable:
    """The tax codes; what is wrong is noted in their rows."""
    refuse_repeats(rows, ("tax_code", "starts_on"))
    read = sorted(_versions(rows), key=attrgetter("code", "starts_on"))
    _refuse_spellings(read)
    rates: list[TaxRate] = []
    for _, group in groupby(read, key=attrgetter("code")):
        versions = tuple(group)
        _refuse_overlaps(versions)
        rates.extend(_rates(versions))
    wrong = {row.cells["tax_code"] for row in rows if not row.sound}
    return TaxTable(
        rates=tuple(rate for rate in rates if rate.code not in wrong),
        named=frozenset((row.cells["tax_code"],) for row in rows),
    )


def _versions(rows: Sequence[Row]) -> Iterator[_Version]:
    for row in rows:
        code, name = row.code("tax_code"), row.text("name")
        treatment = row.choice("treatment", TaxTreatment)
        starts_on, ends_on = row.day("starts_on"), row.day("ends_on", needed=False)
        rate = row.number("rate", SHARE, needed=treatment is TaxTreatment.STANDARD) or Decimal(0)
        note = row.text("note", longest=500, needed=False)
        if rate and treatment and treatment is not TaxTreatment.STANDARD:
            message = f"The treatment is {treatment}, so nothing is added: leave the cell empty."
            row.refuse("rate", message)
        if starts_on and ends_on and ends_on <= starts_on:
            message = f"The end, {ends_on}, is not after the start, {starts_on}: correct one."
            row.refuse("ends_on", message)
        if treatment and starts_on:
            yield _Version(
                row=row,
                code=code,
                name=name,
                treatment=treatment,
                rate=rate,
                starts_on=starts_on,
                ends_on=ends_on,
                note=note,
            )


def _refuse_spellings(versions: Sequence[_Version]) -> None:
    """Note codes that differ from another only in upper and lower case."""
    spelt: dict[str, _Version] = {}
    for version in versions:
        earlier = spelt.setdefault(version.code.casefold(), version)
        if earlier.code != version.code:
            message = (
                f"{version.code} differs from {earlier.code} in row {earlier.row.line} only in "
                "upper and lower case: write both the same or choose another code."
            )
            version.row.refuse("tax_code", message)


def _refuse_overlaps(versions: Sequence[_Version]) -> None:
    for earlier, later in pairwise(versions):
        if earlier.ends_on and earlier.ends_on > later.starts_on:
            message = (
                f"It begins on {later.starts_on}, while the version of row {earlier.row.line} runs "
                f"until {earlier.ends_on}: let that end by then, or leave its end empty."
            )
            later.row.refuse("starts_on", message)


def _rates(versions: Sequence[_Version]) -> Iterator[TaxRate]:
    """The versions of a code, each to its own end or else to the start of the next."""
    for version, later in zip(versions, [*versions[1:], None], strict=True):
        if not version.row.sound:
            continue
        try:
            yield TaxRate(
                code=version.code,
                name=version.name,
                treatment=version.treatment,
                rate=version.rate,
                starts_on=version.starts_on,
                ends_on=version.ends_on or (later.starts_on if later else None),
                note=version.note,
            )
        except Faults as error:
            for fault in error.faults:
                version.row.refuse(fault.where, f"{fault.message}.")
