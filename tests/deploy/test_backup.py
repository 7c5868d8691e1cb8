"""The backup of deploy/, and its way back: dumped, restored on another server, started on."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from db.embedded_cluster import program
from tests.deploy.units import DEPLOY, Unit
from tests.support.bills import run
from tests.support.database import Database, DatabaseServer, own_server
from tests.support.portal import running_portal
from tests.support.tenants import Tenants, make_tenants

#: As docs/operations.md has it, without the database's name.
BACKUP_LOGIN = (
    "CREATE ROLE meterglass_backup LOGIN BYPASSRLS PASSWORD 'the-password-you-gave-it'",
    "GRANT pg_read_all_data TO meterglass_backup",
)
END_SESSIONS = "UPDATE auth.session SET revoked_at = now() WHERE revoked_at IS NULL"
BIN = str(Path(program("pg_dump")).parent)


@pytest.fixture(scope="module")
def living(server: DatabaseServer) -> Iterator[tuple[Database, Tenants]]:
    """A database with rows in every table, and a login that may back it up."""
    database = server.copy()
    tenants = make_tenants(database)
    make_backup_login(database)
    execute(database, f"GRANT CONNECT ON DATABASE {database.name} TO meterglass_backup")
    yield database, tenants
    server.drop(database)
    execute_on(database, "DROP ROLE meterglass_backup", name="postgres")


def make_backup_login(database: Database) -> None:
    for statement in BACKUP_LOGIN:
        execute_on(database, statement, name="postgres")


def execute(database: Database, statement: str) -> None:
    execute_on(database, statement, name=database.name)


def execute_on(database: Database, statement: str, *, name: str) -> None:
    words = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--command={statement}"]
    told([program("psql"), *words, name], make_url(database.administrator_url))


def told(command: list[str], url: URL) -> "subprocess.CompletedProcess[str]":
    """Run a program of PostgreSQL as a login; fail with what it says."""
    done = subprocess.run(command, env=login(url), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def login(url: URL) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PGHOST": str(url.host),
        "PGPORT": str(url.port),
        "PGUSER": str(url.username),
        "PGPASSWORD": str(url.password),
    }


def backed_up(database: Database, folder: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """What the backup's unit does, into a folder."""
    unit = Unit(name="meterglass-backup.service")
    settings = folder / "settings"
    settings.mkdir(exist_ok=True)
    for name in ("backup.env", "backup.pgpass"):
        (settings / name).touch(mode=0o600)
        (settings / name).write_text((DEPLOY / "environment" / name).read_text("utf-8"))
    url = make_url(database.administrator_url)
    where = {"PGHOST": str(url.host), "PGPORT": str(url.port), "PGDATABASE": database.name}
    command = [unit.command()[0], str(folder)]
    environment = {**unit.environment(settings), **where, "PG_BIN": BIN, **more}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def counts(database: Database) -> dict[str, int]:
    """How many rows every table has, by a login that no policy binds."""
    tables = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY(:schemas)"
    with database.administrator.connect() as connection:
        found = connection.execute(text(tables), {"schemas": ["auth", "billing"]}).scalars()
        return {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in sorted(found)
        }


def test_a_backup_restored_on_a_new_server_has_every_row_and_the_portal_starts_on_it(
    living: tuple[Database, Tenants], tmp_path: Path
) -> None:
    database, tenants = living
    done = backed_up(database, tmp_path)
    (file,) = tmp_path.glob("meterglass-*.dump")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{file}\n", "")
    assert file.stat().st_mode & 0o777 == 0o600

    with own_server() as other:
        restored = Database(name=database.name, urls=other.urls)
        make_backup_login(restored)
        words = ["--clean", "--if-exists", "--create", "--exit-on-error", "--dbname=postgres"]
        told([program("pg_restore"), *words, str(file)], make_url(restored.administrator_url))
        kept = counts(restored)
        assert kept == counts(database)
        assert min(kept[f"billing.{name}"] for name in ("usage_event", "audit_log")) > 0

        checked = run(restored, "database", "check")
        assert checked.returncode == 0
        assert "Every table is protected by row-level security." in checked.stdout

        # A copy brings back what was ended since: sessions, so they are ended again.
        assert restored_rows(restored, tenants) == [tenants.small]
        owner = make_url(restored.owner_url)
        told([program("psql"), "--no-psqlrc", f"--command={END_SESSIONS}", restored.name], owner)
        assert restored_rows(restored, tenants) == []
        with running_portal(restored, tmp_path) as portal:
            assert httpx.get(f"{portal.url}/readyz").text == "ready"
        restored.disconnect()


def restored_rows(restored: Database, tenants: Tenants) -> list[int]:
    """The clients that the small client's finance sees with the session it had."""
    with restored.as_viewer(tenants.finance_of_small, tenants.small) as connection:
        found = connection.execute(text("SELECT DISTINCT client_id FROM billing.usage_event"))
        return [*found.scalars()]


def test_without_a_backup_login_the_owner_copies_every_row_too(
    living: tuple[Database, Tenants], tmp_path: Path
) -> None:
    database, _ = living
    owner = make_url(database.owner_url)
    file = f"--file={tmp_path / 'all.sql'}"
    words = ["--data-only", "--enable-row-security", file, f"--dbname={database.name}"]
    told([program("pg_dump"), *words], owner)
    lines = (tmp_path / "all.sql").read_text("utf-8").splitlines()
    copied, table = dict.fromkeys(counts(database), 0), ""
    for line in lines:
        if line.startswith("COPY "):
            table = line.split()[1]
        elif line == "\\.":
            table = ""
        elif table:
            copied[table] += 1
    assert copied == counts(database)


@pytest.mark.parametrize("name", ["owner_url", "writer_url", "portal_url"])
def test_t7_a_copy_that_would_miss_rows_fails_loudly(
    living: tuple[Database, Tenants], tmp_path: Path, name: str
) -> None:
    database, _ = living
    command = [program("pg_dump"), f"--file={tmp_path / 'some.dump'}", database.name]
    environment = login(make_url(getattr(database, name)))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "row-level security" in done.stderr or "permission denied" in done.stderr


def test_a_backup_that_breaks_off_leaves_no_file_and_the_former_ones_alone(
    living: tuple[Database, Tenants], tmp_path: Path
) -> None:
    database, _ = living
    former = tmp_path / "meterglass-20261101T000000Z.dump"
    former.write_text("kept")
    broken = backed_up(database, tmp_path, PGPORT="1")
    assert broken.returncode != 0
    assert [*tmp_path.glob("*.dump*")] == [former]


def test_only_the_last_backups_are_kept(living: tuple[Database, Tenants], tmp_path: Path) -> None:
    database, _ = living
    for day in ("01", "02", "03"):
        (tmp_path / f"meterglass-202611{day}T000000Z.dump").touch()
    assert backed_up(database, tmp_path, KEEP="2").returncode == 0
    left = sorted(path.name for path in tmp_path.glob("*.dump"))
    assert len(left) == 2
    assert left[0] == "meterglass-20261103T000000Z.dump"
