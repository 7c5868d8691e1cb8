"""The shapes that the tables share: the declarative base, the column types, the checks."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    Numeric,
    Text,
    Uuid,
)
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.schema import SchemaItem

NAMES: Mapping[str, str] = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Amount = Annotated[Decimal, mapped_column(Numeric(30, 12))]
"""Price or amount, in the currency of the agreement."""
Quantity = Annotated[Decimal, mapped_column(Numeric(33, 15))]
"""Quantity, in the unit of its meter."""
Exact = Annotated[Decimal, mapped_column(Numeric)]
"""Sum or integral of quantities, kept exactly."""
Rate = Annotated[Decimal, mapped_column(Numeric(20, 15))]
"""Share of one: 0.10 is ten per cent."""
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
"""Instant, UTC."""
Day = Annotated[date, mapped_column(Date)]
"""Calendar day in the client's zone."""
Duration = Annotated[timedelta, mapped_column(Interval)]
Identifier = Annotated[int, mapped_column(Integer)]
Count = Annotated[int, mapped_column(BigInteger)]
Code = Annotated[str, mapped_column(Text)]
"""Name in plain characters, 1 to 64, unique among its like; checked by `code_checks`."""
Words = Annotated[str, mapped_column(Text)]
Key = Annotated[UUID, mapped_column(Uuid)]
Digest = Annotated[bytes, mapped_column(LargeBinary)]
"""SHA-256, 32 bytes; checked by `digest_checks`."""


class Base(DeclarativeBase):
    """Every table of the product. `Base.metadata` is what the migrations must produce."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=dict(NAMES))


def finite(*columns: str) -> tuple[CheckConstraint, ...]:
    """Checks that refuse NaN and the infinities, which `numeric` would take."""
    return tuple(
        CheckConstraint(
            f"{column} > '-Infinity' AND {column} < 'Infinity'", name=f"{column}_finite"
        )
        for column in columns
    )


def one_of(column: str, values: Sequence[str]) -> CheckConstraint:
    """Check that a text column holds one of the values."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_known")


def code_checks(*columns: str, longest: int = 64) -> tuple[CheckConstraint, ...]:
    """Checks that text has 1 to `longest` characters, no control character and no padding."""
    return tuple(
        CheckConstraint(
            f"{column} !~ '[[:cntrl:]]' AND length({column}) BETWEEN 1 AND {longest} "
            f"AND {column} = btrim({column})",
            name=f"{column}_plain",
        )
        for column in columns
    )


def digest_checks(*columns: str) -> tuple[CheckConstraint, ...]:
    """Checks that a digest has the 32 bytes of SHA-256."""
    return tuple(
        CheckConstraint(f"octet_length({column}) = 32", name=f"{column}_32_bytes")
        for column in columns
    )


def first_of_month(column: str) -> CheckConstraint:
    """Check that a day names a month: its first."""
    return CheckConstraint(f"extract(day FROM {column}) = 1", name=f"{column}_first_of_month")


def reference(columns: str, target: str, *, cascades: bool = False) -> ForeignKeyConstraint:
    """Foreign key to the columns of the same names in `target`.

    Args:
        columns: their names, `client_id` first: "client_id, source_id".
        target: the table, like "billing.source".
        cascades: whether a row goes with the row it refers to.
    """
    names = columns.split(", ")
    return ForeignKeyConstraint(
        names, [f"{target}.{name}" for name in names], ondelete="CASCADE" if cascades else None
    )


def table(
    *parts: SchemaItem,
    comment: str,
    schema: str = "billing",
    storage: Mapping[str, str] | None = None,
) -> tuple[SchemaItem | dict[str, object], ...]:
    """The `__table_args__` of a model: its constraints and indexes, its schema, its comment.

    Args:
        parts: constraints and indexes.
        comment: what a row is, for whoever reads the schema.
        schema: `billing` or `auth`.
        storage: PostgreSQL's storage parameters, where the usual ones don't fit.
    """
    options: dict[str, object] = {"schema": schema, "comment": comment}
    if storage is not None:
        options["postgresql_with"] = dict(storage)
    return (*parts, options)
