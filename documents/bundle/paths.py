"""Where things stand in a bundle."""

from typing import Final

from documents.files import plain_name

README: Final = "README.txt"
MANIFEST: Final = "manifest.txt"
DOCUMENT: Final = "document.json"
RATE_CARD: Final = "rate_card.json"
BASIS: Final = "basis.json"


def chain_path(position: int) -> str:
    """The signed manifest in another place of the chain."""
    return f"chain/{position:06}.txt"


def key_path(number: int) -> str:
    """A public key, from 1 on, the oldest first."""
    return f"keys/{number:02}.txt"


def earlier_path(position: int, name: str) -> str:
    """A file of an earlier document."""
    return f"earlier/{position:06}/{name}"


def events_path(meter: str, billing_period: str, usage_period: str) -> str:
    """The events of a set."""
    return f"events/{plain_name(meter)}/{billing_period}/{usage_period}.csv"


def carried_path(meter: str, into: str) -> str:
    """The levels that a meter carried into a month."""
    return f"carried/{plain_name(meter)}/{into}.csv"
