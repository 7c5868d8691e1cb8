"""F33: a database that is restored from an older copy is told from its heads, which remember."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from billing_core.faults import Faults
from documents.heads import write_head
from documents.keys import SigningKey
from jobs.database import app
from tests.support.closing import DECEMBER, Books, books
from tests.support.database import Database, DatabaseServer


def check(database: Database, heads: Path) -> Result:
    settings = {**database.environment, "METERGLASS_HEADS": str(heads)}
    return CliRunner().invoke(app, ["check"], env=settings, catch_exceptions=False)


@pytest.fixture
def issued(database: Database, tmp_path: Path) -> Books:
    """A client with October issued, and its head."""
    own = books(database)
    write_head(tmp_path, own.close("2026-10").note)
    return own


@pytest.fixture
def yesterday(issued: Books, server: DatabaseServer) -> Iterator[Database]:
    """A copy of the database as it is after October."""
    issued.database.disconnect()
    copied = server.copy(issued.database.name)
    yield copied
    server.drop(copied)


def test_f33_a_restored_database_lacks_what_its_head_names(
    issued: Books, yesterday: Database, tmp_path: Path
) -> None:
    write_head(tmp_path, issued.close("2026-11").note)
    now = check(issued.database, tmp_path)
    assert (now.exit_code, now.stderr) == (0, "")
    assert (
        now.stdout.splitlines()[-1] == "All heads (1) are those of their clients' newest documents."
    )
    restored = check(yesterday, tmp_path)
    assert restored.exit_code == 1
    assert restored.stderr == (
        "refused: HARBOUR-2026-0002 was issued, and the database does not have it: was it restored "
        "from an older copy? Nothing may be issued for harbour until it is back.\n"
    )


def test_f33_a_restored_database_that_went_on_has_another_document_in_its_place(
    issued: Books, yesterday: Database, tmp_path: Path
) -> None:
    write_head(tmp_path, issued.close("2026-11").note)
    restored = books_of(yesterday, issued)
    other = restored.close("2026-11", DECEMBER + timedelta(hours=1)).note
    with pytest.raises(Faults, match="does not follow it"):
        write_head(tmp_path, other)
    forked = check(yesterday, tmp_path)
    assert forked.exit_code == 1
    assert forked.stderr == (
        "refused: HARBOUR-2026-0002 was issued, and the database has another document in its "
        "place: it was changed, or went on from an older copy.\n"
    )


def books_of(database: Database, original: Books) -> Books:
    return replace(original, ground=replace(original.ground, database=database))


def test_a_head_that_was_not_written_yet_is_remarked(issued: Books, tmp_path: Path) -> None:
    issued.close("2026-11")
    behind = check(issued.database, tmp_path)
    assert behind.exit_code == 0
    assert (
        "note: the head of harbour is HARBOUR-2026-0001, and the database goes further: the next "
        "document that is issued renews it."
    ) in behind.stdout.splitlines()
    none = check(issued.database, tmp_path / "new")
    assert none.exit_code == 0
    assert (
        "note: the documents of harbour have no head: the next one makes it."
        in none.stdout.splitlines()
    )


def test_a_head_that_is_none_or_not_signed_by_us_is_refused(issued: Books, tmp_path: Path) -> None:
    (path,) = tmp_path.glob("*.note")
    text = path.read_text(encoding="utf-8")
    signed = text.rpartition("\n\n")[0] + "\n"
    path.write_text(str(SigningKey.new("mallory.example").sign(signed)), encoding="utf-8")
    answer = check(issued.database, tmp_path)
    assert answer.exit_code == 1
    assert answer.stderr == "refused: the head of harbour is signed by none of the known keys.\n"
    path.write_text("nothing", encoding="utf-8")
    answer = check(issued.database, tmp_path)
    assert answer.exit_code == 1
    assert "holds no head" in answer.stderr


def test_without_folder_or_owner_the_heads_are_not_compared(
    database: Database, tmp_path: Path
) -> None:
    answer = CliRunner().invoke(app, ["check"], env=database.environment)
    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[-1] == (
        "Heads are not compared: METERGLASS_HEADS is not set; with a database of your own it must "
        "be."
    )
    only = {
        "METERGLASS_DATABASE_URL_PORTAL": database.portal_url,
        "METERGLASS_HEADS": str(tmp_path),
    }
    answer = CliRunner().invoke(app, ["check"], env=only)
    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[-1] == (
        "Heads are not compared: METERGLASS_DATABASE_URL_OWNER is not set."
    )
