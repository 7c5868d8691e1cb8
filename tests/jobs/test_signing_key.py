"""The commands signing-key new, rotate and list."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from billing_core.proof.endorsement import endorsement_from
from db.faults import StartFault
from documents.keys import SigningKey, Verifier
from jobs import signing_key
from jobs.signing_key import app
from tests.support.database import Database

NAME = "quayside.example/invoices"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_key, "LEAD", timedelta(0))


def run(database: Database, path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        app,
        list(arguments),
        env={**database.environment, "METERGLASS_SIGNING_KEY": str(path)},
        catch_exceptions=False,
    )


def made(database: Database, folder: Path) -> Path:
    path = folder / "signing.key"
    assert run(database, path, "new", NAME).exit_code == 0
    return path


def stored(database: Database) -> list[tuple[str, bool, str | None]]:
    """Verifier, whether it is in use, endorsement; the oldest first."""
    with database.administrator.connect() as connection:
        query = text(
            "SELECT verifier, retired_at IS NULL AS in_use, endorsement FROM billing.signing_key "
            "ORDER BY introduced_at"
        )
        rows = connection.execute(query).all()
    return [(row.verifier, row.in_use, row.endorsement) for row in rows]


def verifier_of(path: Path) -> str:
    return str(SigningKey.load(path).verifier_key)


def test_the_first_key_is_in_its_file_and_its_public_half_is_told(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "signing.key"
    answer = run(database, path, "new", NAME)
    assert answer.exit_code == 0
    assert answer.stdout == f"{verifier_of(path)}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert stored(database) == [(verifier_of(path), True, None)]
    private = (
        path.read_text(encoding="utf-8").strip().split("+", maxsplit=4)[4]
    )  # base64 has "+" too
    with database.administrator.connect() as connection:
        log = connection.execute(text("SELECT l::text FROM billing.audit_log l")).scalars().all()
    assert any("signing_key_introduced" in line for line in log)
    assert private not in answer.output
    assert all(private not in line for line in log)


def test_made_again_it_stays_the_same(database: Database, tmp_path: Path) -> None:
    path = made(database, tmp_path)
    again = run(database, path, "new", NAME)
    assert again.exit_code == 0
    assert again.stdout == f"{verifier_of(path)}\n"
    assert len(stored(database)) == 1


def test_a_key_whose_registration_was_broken_off_is_registered(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "signing.key"
    SigningKey.new(NAME).save(path)
    assert run(database, path, "new", "another.example").exit_code == 0
    assert stored(database) == [(verifier_of(path), True, None)]


def refused(answer: Result) -> str:
    assert answer.exit_code == 1
    assert answer.stdout == ""
    (line,) = answer.stderr.splitlines()
    return line


def test_what_is_wrong_is_told_and_nothing_is_done(database: Database, tmp_path: Path) -> None:
    path, other = tmp_path / "signing.key", tmp_path / "other.key"
    assert refused(run(database, path, "rotate")) == (
        "There is no key yet: make it with `jobs signing-key new`."
    )
    assert "write it like quayside.example/invoices" in refused(
        run(database, path, "new", "Quayside IT")
    )
    assert "cannot be written: No such file or directory" in refused(
        run(database, tmp_path / "gone" / "signing.key", "new", NAME)
    )
    assert stored(database) == []
    made(database, tmp_path)
    assert "is in use, and its file is not at" in refused(run(database, other, "new", NAME))
    assert "other.key: is not there" in refused(run(database, other, "rotate"))
    SigningKey.new(NAME).save(other)
    assert "holds another key than the one in use" in refused(run(database, other, "new", NAME))
    assert "put the file of that one there, or say --lost" in refused(
        run(database, other, "rotate")
    )
    path.chmod(0o644)
    assert "give `chmod 600" in refused(run(database, path, "rotate"))
    assert len(stored(database)) == 1
    assert sorted(each.name for each in tmp_path.iterdir()) == ["other.key", "signing.key"]


def test_a_key_follows_another_and_both_sign_that(database: Database, tmp_path: Path) -> None:
    path = made(database, tmp_path)
    before = SigningKey.load(path)
    answer = run(database, path, "rotate")
    after = SigningKey.load(path)
    assert answer.stdout == f"{after.verifier_key}\n"
    (first, second) = stored(database)
    assert (first[1], second[1]) == (False, True)
    note = Verifier(before.verifier_key).verify(str(second[2]))
    assert Verifier(after.verifier_key).has_signed(note)
    endorsement = endorsement_from(note.text)
    assert (endorsement.follows, endorsement.key) == (before.verifier_key, after.verifier_key)
    old = tmp_path / f"signing.key.{before.verifier_key.key_id.hex()}.retired"
    assert SigningKey.load(old).verifier_key == before.verifier_key
    assert sorted(tmp_path.iterdir()) == [path, old]


def test_one_ends_where_the_other_begins(database: Database, tmp_path: Path) -> None:
    path = made(database, tmp_path)
    run(database, path, "rotate")
    with database.administrator.connect() as connection:
        query = text(
            "SELECT a.retired_at = b.introduced_at AND b.introduced_at > a.introduced_at "
            "FROM billing.signing_key a JOIN billing.signing_key b ON b.retired_at IS NULL "
            "WHERE a.retired_at IS NOT NULL"
        )
        assert connection.execute(query).scalar_one() is True


@pytest.mark.parametrize("moved", [False, True])
def test_broken_off_between_database_and_files_it_goes_on(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, moved: bool
) -> None:
    path = made(database, tmp_path)

    def killed(path: Path, _beside: Path) -> None:
        if moved:
            path.replace(path.with_name("signing.key.old"))
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(signing_key, "_take_over", killed)
        assert run(database, path, "rotate").exit_code == 130
    assert len(stored(database)) == 2
    assert run(database, path, "rotate").exit_code == 0
    assert [each[1] for each in stored(database)] == [False, True]
    assert stored(database)[1][0] == verifier_of(path)
    assert not (tmp_path / "signing.key.next").exists()


def test_broken_off_before_the_database_it_takes_the_key_that_it_made(
    database: Database, tmp_path: Path
) -> None:
    path = made(database, tmp_path)
    left = SigningKey.new(NAME)
    left.save(tmp_path / "signing.key.next")
    assert run(database, path, "rotate").exit_code == 0
    assert stored(database)[1][0] == str(left.verifier_key) == verifier_of(path)


def test_where_the_key_was_lost_nothing_endorses_the_new_one(
    database: Database, tmp_path: Path
) -> None:
    path = made(database, tmp_path)
    path.unlink()
    assert run(database, path, "rotate", "--lost").exit_code == 0
    assert [(each[1], each[2]) for each in stored(database)] == [(False, None), (True, None)]
    path.write_text("not a key", encoding="utf-8")
    path.chmod(0o600)
    assert run(database, path, "rotate", "--lost").exit_code == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "signing.key",
        "signing.key.unreadable.retired",
    ]


def test_the_keys_are_listed(database: Database, tmp_path: Path) -> None:
    path = made(database, tmp_path)
    first = verifier_of(path)
    run(database, path, "rotate")
    answer = run(database, path, "list")
    rows = answer.stdout.splitlines()
    assert rows[0].split()[:2] == ["verifier", "key"]
    assert rows[1].startswith(first)
    assert rows[1].rstrip().endswith("no")
    assert rows[2].startswith(verifier_of(path))
    assert rows[2].rstrip().endswith("by the one before")


def test_with_a_database_of_ones_own_the_file_must_be_named(database: Database) -> None:
    with pytest.raises(StartFault, match="METERGLASS_SIGNING_KEY is not set"):
        CliRunner().invoke(app, ["new", NAME], env=database.environment, catch_exceptions=False)
