"""Which of a month's events the included quantity covers: they are billed, and cost nothing.

Those are the events, in order, after which the running quantity is still within it. A level has no
such part. Of the events of an earlier month, which stand behind adjustments, none is counted so.
"""

from decimal import Decimal
from typing import Final

from billing_core.metering import Aggregation, Measured
from billing_core.numbers import EXACT
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from billing_core.rating.part_month import price_in_period, versions_in

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)


def included_quantity(agreement: Agreement, meter: str, period: BillingPeriod) -> Decimal:
    """Give the quantity of a meter that is included in a period.

    Where several prices, or versions of one, ask for the meter, it is the least of theirs: only
    what all of them include costs nothing. Where none does, it is 0.

    Args:
        agreement: with its prices.
        meter: code.
        period: the month.
    """
    included = [
        price_in_period(agreement, price, period).included_quantity
        for code in agreement.metered_codes()
        for price in versions_in(agreement, code, period)
        if price.meter == meter
    ]
    return min(included, default=_ZERO)


class IncludedEvents:
    """Counts them, while a month's effective events pass by in order.

    With 100 included, events of 60, 40, 10 and -20 leave 60, 100, 110 and 90: three are covered.
    """

    def __init__(self, aggregation: Aggregation, included: Decimal) -> None:
        """Begin at the month's start.

        Args:
            aggregation: of the meter.
            included: its included quantity.
        """
        self.count = 0
        self._included = _ZERO if aggregation.is_level else included
        self._is_sum = aggregation is Aggregation.SUM
        self._running = _ZERO
        self._seen: set[tuple[str, str | None]] = set()

    def pass_by(self, event: Measured) -> None:
        """Take in the next event."""
        if not self._included:
            return
        self._running = EXACT.add(self._running, self._added_by(event))
        self.count += self._running <= self._included

    def _added_by(self, event: Measured) -> Decimal:
        if self._is_sum:
            return event.quantity
        counted = (event.resource, event.counted_value)
        if counted in self._seen:
            return _ZERO
        self._seen.add(counted)
        return _ONE
