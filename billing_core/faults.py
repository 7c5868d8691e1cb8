"""What is wrong in a client's figures: a value that says where, what, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong."""

    where: str  #: the place in the reader's words: "tiers[2].up_to", "prices.csv row 7 fee"
    message: str  #: one sentence: what is wrong and what would be right

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class Faults(ValueError):  # noqa: N818 - it carries faults, and is named after them
    """All the faults of one value, raised once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("; ".join(str(fault) for fault in self.faults))


def refuse(faults: Iterable[Fault]) -> None:
    """Raise the faults, all at once, if there are any.

    Raises:
        Faults: with every fault given.
    """
    found = tuple(faults)
    if found:
        raise Faults(found)


def faults_if(checks: Iterable[tuple[bool, str, str]]) -> Iterable[Fault]:
    """Give a fault for each (is wrong, where, message) that is wrong."""
    return (Fault(where=where, message=message) for wrong, where, message in checks if wrong)
