"""The column "added to your bill": exact amounts, all with the same number of decimals."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from components.format import FULL_PLACES, Format
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


def column_of(amounts: Iterable[Fraction], writing: Format) -> AddedColumn:
    """Give the column that shows these amounts with the fewest decimals."""
    return AddedColumn(writing=writing, places=writing.places_of(amounts))
