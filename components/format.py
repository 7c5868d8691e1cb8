"""What components write figures with; documents use the same."""

from notation.format import FULL_PLACES, Format, capitalised, decimals, fewest_places, plural

__all__ = ["FULL_PLACES", "Format", "capitalised", "decimals", "fewest_places", "plural"]
