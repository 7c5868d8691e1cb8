"""`docs/roles.md` says what the database and the portal do."""

import re
from pathlib import Path

from sqlalchemy import text

from db.models.people import PERSON_ROLES
from tests.support.database import Database

ROOT = Path(__file__).parents[2]
LACKING = "record, stored_leaf_hash, offered_leaf_hash, resolution"
DOCUMENT = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")


def rows_under(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    section = DOCUMENT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    table = section[section.index("\n|") :].strip().split("\n\n")[0]
    lines = table.splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def rights_of(database: Database, role: str) -> dict[str, str]:
    """The rights of a role, as the document writes them, by table."""
    statement = text(
        "SELECT c.oid::regclass::text AS name, "
        "array_remove(ARRAY["
        "CASE WHEN has_table_privilege(:role, c.oid, 'SELECT') THEN 'select' "
        "WHEN has_any_column_privilege(:role, c.oid, 'SELECT') THEN 'select (' || ("
        "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid "
        "AND attnum > 0 AND NOT has_column_privilege(:role, c.oid, attnum, 'SELECT')) || ')' END, "
        "CASE WHEN has_table_privilege(:role, c.oid, 'INSERT') THEN 'insert' END, "
        "CASE WHEN has_table_privilege(:role, c.oid, 'UPDATE') THEN 'update' "
        "WHEN has_any_column_privilege(:role, c.oid, 'UPDATE') THEN 'update (' || ("
        "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid "
        "AND attnum > 0 AND has_column_privilege(:role, c.oid, attnum, 'UPDATE')) || ')' END, "
        "CASE WHEN has_table_privilege(:role, c.oid, 'DELETE') THEN 'delete' END, "
        "CASE WHEN has_table_privilege(:role, c.oid, 'TRUNCATE') THEN 'truncate' END], NULL) "
        "AS rights FROM pg_class c "
        "WHERE c.relnamespace IN ('billing'::regnamespace, 'auth'::regnamespace) "
        "AND c.relkind IN ('r', 'p', 'v', 'm') AND c.relname <> 'schema_version'"
    )
    with database.administrator.connect() as connection:
        rows = connection.execute(statement, {"role": role}).all()
    return {row.name: ", ".join(row.rights) or "nothing" for row in rows}


def test_the_rights_of_each_role_are_those_of_the_document(database: Database) -> None:
    written = {row[0]: row[1:] for row in rows_under("The database")}
    for place, role in enumerate(("meterglass_client", "meterglass_msp", "meterglass_writer")):
        said = {table: in_the_words_of_sql(rights[place]) for table, rights in written.items()}
        assert said == rights_of(database, role), role


def in_the_words_of_sql(written: str) -> str:
    """`reads (all but a, b)` as `rights_of` says it: `select (a, b)`, the columns it lacks.

    Of whose rows it is, the policies say: `tests/db/test_portfolio_security.py`.
    """
    return (
        written.replace("reads", "select")
        .replace("all but ", "")
        .replace("record, hashes, resolution", LACKING)
        .replace(" (of all its clients)", "")
    )


def test_the_document_lists_every_role_of_people() -> None:
    assert tuple(row[0].strip("`") for row in rows_under("People")) == PERSON_ROLES


def test_the_document_lists_every_page_of_the_portal() -> None:
    portal = (ROOT / "pages" / "portal.py").read_text(encoding="utf-8")
    pages = re.findall(r'st\.Page\([^)]*?title="([^"]+)"', portal)
    assert [row[0] for row in rows_under("Pages")] == pages
