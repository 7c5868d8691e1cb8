"""The column "added to your bill": exact amounts, all with the same number of decimals."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from components.format import FULL_PLACES, Format, decimals
from components.tables import Exact


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedColumn:
    """How the amounts of one column are written."""

    writing: Format
    places: int

    def cell(self, amount: Fraction) -> Exact:
        """Write an amount of the column."""
        return Exact(
            text=self.writing.amount_in_column(amount, self.places),
            full=self.writing.exact_amount(amount, FULL_PLACES),
        )

    def shown(self, amounts: Iterable[Fraction]) -> Fraction:
        """Add amounts up as they are shown, each rounded to the column's decimals."""
        return sum((Fraction(decimals(each, self.places)) for each in amounts), Fraction(0))

    def remaining(self, amount: Fraction, shown: Fraction) -> Exact:
        """Write the last row of a column, so that the amounts shown add up.

        Args:
            amount: The row's exact amount, for whoever points at it.
            shown: What is missing to the total, as shown.
        """
        return Exact(
            text=self.writing.amount_in_column(shown, self.places),
            full=self.writing.exact_amount(amount, FULL_PLACES),
        )


def column_of(amounts: Iterable[Fraction], writing: Format) -> AddedColumn:
    """Give the column that shows these amounts with the fewest decimals."""
    return AddedColumn(writing=writing, places=writing.places_of(amounts))
