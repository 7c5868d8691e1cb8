"""What of the tax codes may not change: what was billed by them, and what still is. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from billing_core.faults import Fault
from billing_core.prices import Agreement
from billing_core.setup import Client, Setup
from billing_core.tax_days import TaxUse, other_day, reverse_charged_day, tax_uses, untaxed_day
from billing_core.taxes import TaxRate
from db.commands.setup.billed import MENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxed:
    """A stored client that tax codes are used for."""

    client: Client
    agreements: tuple[Agreement, ...]  #: as stored
    billed_until: date | None  #: first day that is in no closing or issued month
    is_wanted: bool  #: the setup names it, and was checked to fit its own tax codes

    @property
    def uses(self) -> Iterator[TaxUse]:
        """The tax codes of its agreements, each with its days."""
        return (use for agreement in self.agreements for use in tax_uses(agreement))


Rates = Sequence[TaxRate]


def changed_codes(stored: Setup | None, wanted: Setup) -> frozenset[str]:
    """The stored tax codes of which a setup changes anything."""
    before = stored.tax_rates if stored else ()
    named = {rate.code for rate in wanted.tax_rates}
    moved = {*before} ^ {*wanted.tax_rates}
    return frozenset(rate.code for rate in before) & {rate.code for rate in moved} & named


def rates_after(stored: Setup | None, wanted: Setup) -> Rates:
    """All rates as they would be: codes that a setup doesn't name stay as they are."""
    named = {rate.code for rate in wanted.tax_rates}
    left = [rate for rate in (stored.tax_rates if stored else ()) if rate.code not in named]
    return (*wanted.tax_rates, *left)


def tax_faults(stored: Setup | None, wanted: Setup, taxed: Sequence[Taxed]) -> Iterator[Fault]:
    """The faults of changed tax codes, the first of each code, and of a number taken away.

    Args:
        stored: what is stored, with all tax rates.
        wanted: the setup.
        taxed: every stored client that one of the changed codes is used for; where the issuer's
            tax number goes, every one with a reverse charge.
    """
    before, after = stored.tax_rates if stored else (), rates_after(stored, wanted)
    for code in sorted(changed_codes(stored, wanted)):
        own = [(each, use) for each in taxed for use in each.uses if use.code == code]
        found = _billed(own, before, after) or _gap(own, after) or _no_number(own, after)
        if found:
            day, message = found
            place, column = _place(code, day, before, wanted)
            yield Fault(where=f"{place}:{column}", message=message)
    if not wanted.issuer.tax_number:
        yield from _no_issuer_number(wanted, taxed, after)


_Own = Sequence[tuple[Taxed, TaxUse]]
_Found = tuple[date, str] | None


def _billed(own: _Own, before: Rates, after: Rates) -> _Found:
    for each, use in own:
        until = each.billed_until
        day = until and other_day(use.until(until), before, after)
        if day:
            return day, (
                f"It would take effect on {day}, and all before {until} is billed to "
                f"{each.client.slug}: {MENDED}."
            )
    return None


def _gap(own: _Own, after: Rates) -> _Found:
    for each, use in own:
        day = None if each.is_wanted else untaxed_day(use, after)
        if day:
            return day, (
                f"Client {each.client.slug} is taxed by {use.code} on {day}, which would have no "
                "rate then: add one."
            )
    return None


def _no_number(own: _Own, after: Rates) -> _Found:
    for each, use in own:
        day = reverse_charged_day(use, after)
        if day and not (each.is_wanted or each.client.tax_number):
            return day, (
                f"Client {each.client.slug} is taxed by {use.code} and has no tax number, which a "
                "reverse charge must name: give it first."
            )
    return None


def _no_issuer_number(wanted: Setup, taxed: Sequence[Taxed], after: Rates) -> Iterator[Fault]:
    for each in taxed:
        if not each.is_wanted and any(reverse_charged_day(use, after) for use in each.uses):
            where = wanted.place_of("issuer", wanted.issuer.name)
            message = (
                f"Client {each.client.slug} has a reverse charge, which names both tax numbers: "
                "give the issuer's."
            )
            yield Fault(where=f"{where}:tax_number", message=message)
            return


def _place(code: str, day: date, before: Rates, wanted: Setup) -> tuple[str, str]:
    """The row and column that decide on a code's rate on a day."""
    versions = [rate for rate in wanted.tax_rates if rate.code == code]
    version = next((rate for rate in versions if rate.is_in_force(day)), None)
    earlier = [rate for rate in versions if rate.starts_on <= day]
    shown = version or (earlier or versions[:1])[-1]
    stored = next((rate for rate in before if _key(rate) == _key(shown)), None)
    column = "ends_on" if earlier else "starts_on"
    if version is not None:
        column = _moved(stored, version)
    return wanted.place_of("tax rate", code, shown.starts_on.isoformat()), column


def _moved(stored: TaxRate | None, version: TaxRate) -> str:
    if stored is None:
        return "starts_on"
    moved = (
        name for name in ("treatment", "rate") if getattr(stored, name) != getattr(version, name)
    )
    return next(moved, "ends_on")


def _key(rate: TaxRate) -> tuple[str, date]:
    return (rate.code, rate.starts_on)
