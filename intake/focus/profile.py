"""A profile of FOCUS bills: which rows go to which meter, and at whose price."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from intake.profiles.profile import ClientColumn


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What becomes of rows whose columns hold certain values."""

    when: Mapping[str, frozenset[str]]  #: column → values, case-folded; all of them must fit
    meter: str | None  #: code; None: the rows are left out
    skip: str  #: why they are left out; empty where there is a meter


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusProfile:
    """How bills are read. Made and checked by `load_profile`."""

    name: str
    source: str | None  #: None: whoever loads the file names it
    id_columns: tuple[str, ...]  #: empty: the canonical row without its costs
    rules: tuple[Rule, ...]  #: the first that fits decides
    meter: str | None  #: of rows that no rule fits; None: they are refused
    resale_rate: Fraction | None  #: what is added to the cost, closed book; None: open book
    client: ClientColumn | None  #: None: whoever loads the file names the client

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the profile itself asks for, each once; a tag as `Tags:key`."""
        used = [*self.id_columns, *(column for rule in self.rules for column in rule.when)]
        if self.client:
            used.append(self.client.column)
        return tuple(dict.fromkeys(used))
