"""Which of a document's taxes each line bears, where one code has two rates in one month."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations, pairwise, permutations

from billing_core.invoicing import Invoice, InvoiceLine
from billing_core.money import sum_of
from billing_core.taxes import TaxLine


def taxes_by_line(invoice: Invoice) -> Mapping[int, TaxLine]:
    """Give each taxed line's tax by the line's number.

    A code's rate follows from the last day of a line's service, and its versions follow one
    another: the lines of one rate are those of a stretch of days, and add up to its net.
    21 % on lines of 10.00 to 30 June, 24 % on 20.00 to 31 July: the sums say which is which.
    """
    found: dict[int, TaxLine] = {}
    for code in dict.fromkeys(each.code for each in invoice.taxes):
        taxes = [each for each in invoice.taxes if each.code == code]
        lines = [line for line in invoice.lines if line.tax_code == code]
        found.update(_split(lines, taxes, invoice.currency))
    return found


def _split(
    lines: Sequence[InvoiceLine], taxes: Sequence[TaxLine], currency: str
) -> Mapping[int, TaxLine]:
    if len(taxes) == 1:
        return {line.number: taxes[0] for line in lines}
    for groups in _in_stretches(lines, len(taxes)):
        sums = [sum_of((line.amount for line in group), currency) for group in groups]
        for order in permutations(taxes):
            if sums == [tax.net for tax in order]:
                pairs = zip(groups, order, strict=True)
                return {line.number: tax for group, tax in pairs for line in group}
    return {}


def _in_stretches(
    lines: Sequence[InvoiceLine], count: int
) -> Iterator[tuple[tuple[InvoiceLine, ...], ...]]:
    days = sorted({line.service_to for line in lines})
    for starts in combinations(days[1:], count - 1):
        bounds = (date.min, *starts, date.max)
        yield tuple(
            tuple(line for line in lines if first <= line.service_to < end)
            for first, end in pairwise(bounds)
        )
