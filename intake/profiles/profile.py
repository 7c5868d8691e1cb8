"""A profile: which columns of a file say when, on what, how much and by which id."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo


class FileKind(StrEnum):
    """What a file consists of."""

    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeColumn:
    """The column of the instant at which usage occurred."""

    column: str
    zone: ZoneInfo | None  #: of times without an offset; None: each must carry Z or an offset


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceColumn:
    """On what was measured: a column, or one constant for the whole file."""

    column: str | None
    constant: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterColumn:
    """One measurement of a row."""

    meter: str | None  #: the meter's code, or None where `meter_column` names it
    meter_column: str | None
    quantity: str | None  #: None counts each row as 1
    counted_value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionColumns:
    """Columns by which a row supersedes an earlier one of the same source and meter."""

    supersedes: str  #: the source's own id of the event that is superseded; empty: none
    reason: str
    withdraws: str | None  #: whether the row only takes that event back


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientColumn:
    """The column that names the client of each row."""

    column: str
    slugs: Mapping[str, str] | None  #: client by the column's text; None: the text is the slug


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How a file is read. Made and checked by `load_profile`."""

    name: str
    kind: FileKind
    delimiter: str
    source: str | None  #: None: whoever loads the file names it
    id_columns: tuple[str, ...]  #: empty: the canonical row and its ordinal among equal rows
    ignored: frozenset[str]
    optional: frozenset[str]  #: columns that may be absent
    time: TimeColumn
    resource: ResourceColumn
    meters: tuple[MeterColumn, ...]
    correction: CorrectionColumns | None
    client: ClientColumn | None  #: None: whoever loads the file names the client

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read, each once, in the order of their first use."""
        used: list[str | None] = [*self.id_columns, self.time.column, self.resource.column]
        for meter in self.meters:
            used += [meter.meter_column, meter.quantity, meter.counted_value]
        if self.correction:
            used += [self.correction.supersedes, self.correction.reason]
            used.append(self.correction.withdraws)
        if self.client:
            used.append(self.client.column)
        return tuple(dict.fromkeys(column for column in used if column is not None))
