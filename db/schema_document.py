"""Writes `docs/schema.md` from the models: python -m db.schema_document."""

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.schema import CreateIndex

from db.models import Base
from db.policy_tables import (
    APPEND_ONLY,
    CLIENT_MAY,
    CLIENT_TABLES,
    MSP_TABLES,
    SHARED_TABLES,
    WRITER_MAY,
    WRITER_TABLES,
)

HEAD: Final = """# The schema

Made from the models by `python -m db.schema_document`; a test holds it equal to them. The schema is
shared: other systems may read and write it with a login of their own and policies like the
writer's. Every table has row-level security, enabled and forced. Instants are UTC; a month is
written as its first day; prices are in the currency of the agreement.
"""
_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own gap


def schema_document() -> str:
    """The whole document."""
    tables = sorted(Base.metadata.tables.values(), key=lambda table: table.fullname)
    parts = [HEAD, "\n".join(_contents(tables)), *("\n".join(_section(each)) for each in tables)]
    return "\n".join(f"{part.rstrip()}\n" for part in parts)


def _contents(tables: list[Table]) -> Iterator[str]:
    yield "| table | a row is | portal | writer |"
    yield "|---|---|---|---|"
    for table in tables:
        comment = (table.comment or "").replace("|", "\\|")
        link = f"[{table.fullname}]({_anchor(table)})"
        yield f"| {link} | {comment} | {_reader(table)} | {_rights(table)} |"


def _section(table: Table) -> Iterator[str]:
    yield f"## {table.fullname}"
    yield ""
    yield table.comment or ""
    if table.fullname in APPEND_ONLY:
        yield "A trigger refuses UPDATE, DELETE and TRUNCATE, to the owner too."
    yield ""
    yield "| column | type | | meaning |"
    yield "|---|---|---|---|"
    yield from (_column_row(column) for column in table.columns)
    yield ""
    yield from sorted(f"- {line}" for line in _rules(table))


def _column_row(column: Column[object]) -> str:
    kind = (
        column.type.compile(dialect=_DIALECT)
        .lower()
        .replace("timestamp with time zone", "timestamptz")
    )
    need = "key" if column.primary_key else ("may be null" if column.nullable else "")
    return f"| `{column.name}` | {kind} | {need} | {column.comment} |"


def _rules(table: Table) -> Iterator[str]:
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint):
            yield f"check `{constraint.name}`: `{constraint.sqltext}`"
        elif isinstance(constraint, ForeignKeyConstraint):
            target = constraint.referred_table
            link = f"[{target.fullname}]({_anchor(target)})"
            yield f"`({_names(constraint.columns)})` refers to {link}"
        elif isinstance(constraint, ExcludeConstraint):
            yield f"exclusion `{constraint.name}`: no two rows overlap"
        elif isinstance(constraint, UniqueConstraint):
            yield f"unique `({_names(constraint.columns)})`"
    for index in table.indexes:
        statement = str(CreateIndex(index).compile(dialect=_DIALECT))
        yield f"index `{index.name}`: `{statement.partition(f' ON {table.fullname} ')[2]}`"


def _names(columns: Iterable[Column[object]]) -> str:
    return ", ".join(column.name for column in columns)


def _anchor(table: Table) -> str:
    return "#" + table.fullname.replace(".", "")


def _reader(table: Table) -> str:
    if table.fullname in CLIENT_MAY:
        return "reads the chosen client's rows; a client's people not every column"
    if table.fullname in CLIENT_TABLES:
        return "reads the chosen client's rows"
    if table.fullname in MSP_TABLES:
        return "the MSP's people read the chosen client's rows"
    return "reads all" if table.fullname in SHARED_TABLES else "nothing"


def _rights(table: Table) -> str:
    rights = WRITER_MAY.get(table.fullname)
    if rights is not None:
        return rights.lower() + ("" if table.fullname in WRITER_TABLES else " of declared clients")
    return "select" if table.fullname in SHARED_TABLES else "nothing"


if __name__ == "__main__":
    print(schema_document(), end="")  # noqa: T201 - the document is this program's output
