"""The commands setup check, apply and export, through the real command line."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from jobs.setup import app
from tests.support.database import Database
from tests.support.setup_files import EXAMPLE, applied, folder_with, setup_with

ROOT = Path(__file__).parents[2]


def run(database: Database, *arguments: str) -> Result:
    return CliRunner().invoke(
        app, list(arguments), env=database.environment, catch_exceptions=False
    )


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program itself, in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if "METERGLASS" not in name}
    return subprocess.run(
        [sys.executable, "-m", "jobs", *arguments],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def stored_rows(database: Database) -> int:
    tables = ("issuer", "client", "meter", "source", "tax_rate", "agreement", "price", "audit_log")
    with database.administrator.connect() as connection:
        return sum(
            connection.execute(text(f"SELECT count(*) FROM billing.{table}")).scalar_one()
            for table in tables
        )


def test_the_example_is_applied_once_and_exported_byte_for_byte(
    database: Database, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run(database, "apply", str(EXAMPLE)).stdout.endswith("Stored: 38 added.\n")
    assert run(database, "apply", str(EXAMPLE)).stdout == "Nothing to change.\n"
    assert run(database, "export", str(out)).stdout == f"10 files written to {out}.\n"
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {
        path.name: path.read_bytes() for path in EXAMPLE.iterdir()
    }
    assert run(database, "apply", str(out)).stdout == "Nothing to change.\n"
    assert run(database, "export", str(out)).stdout == f"0 files written to {out}.\n"


def test_a_dry_run_shows_what_would_change_and_stores_nothing(database: Database) -> None:
    result = run(database, "apply", str(EXAMPLE), "--dry-run")
    assert result.exit_code == 0
    assert "+ added: price harbour HARB-2026 egress 2026-01-01\n" in result.stdout
    assert result.stdout.endswith("Dry run, nothing was stored: 38 added.\n")
    assert stored_rows(database) == 0


def test_a_fault_in_the_last_row_stores_nothing(database: Database, tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "setup", ("quantities.csv", "2026-09-14,52", "2026-09-14,5 2"))
    result = run(database, "apply", str(folder))
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        ('quantities.csv:3:quantity: "5 2" is not a number: write it like 1234.5, -0.02 or 8e-05.'),
        "Refused: 1 fault, nothing was changed.",
    ]
    assert stored_rows(database) == 0


def test_what_the_database_refuses_is_told_without_a_traceback(database: Database) -> None:
    with database.as_owner() as connection:
        connection.execute(
            text(
                "ALTER TABLE billing.agreement_quantity ADD CONSTRAINT fewer CHECK (quantity < 50)"
            )
        )
    result = run(database, "apply", str(EXAMPLE))
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        (
            'database: new row for relation "agreement_quantity" violates check constraint '
            '"fewer". Nothing was stored.'
        ),
        "Refused: 1 fault, nothing was changed.",
    ]
    assert stored_rows(database) == 0


def test_a_change_of_what_was_recorded_is_refused_and_names_the_row(
    database: Database, tmp_path: Path
) -> None:
    run(database, "apply", str(EXAMPLE))
    folder = folder_with(tmp_path / "setup", ("meters.csv", "time_weighted_mean", "max"))
    result = run(database, "apply", str(folder))
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == (
        "meters.csv:2:aggregation: A meter's aggregation never changes: add a meter."
    )


def test_check_needs_no_database() -> None:
    result = program("setup", "check", str(EXAMPLE), METERGLASS_DATABASE_URL_OWNER="none")
    assert (result.returncode, result.stdout) == (
        0,
        "2 clients, 6 people, 2 agreements: no fault found.\n",
    )


def test_check_names_every_fault(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path / "setup",
        ("prices.csv", ",0.0045,", ",free,"),
        ("clients.csv", "de_DE,DE", "de_DE,XX"),
    )
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert result.exit_code == 1
    assert [line.partition(" ")[0] for line in result.stderr.splitlines()] == [
        "clients.csv:3:country:",
        "prices.csv:6:unit_price:",
        "Refused:",
    ]


def test_a_folder_from_before_invoices_is_refused_and_an_export_brings_it_along(
    database: Database, tmp_path: Path
) -> None:
    run(database, "apply", str(EXAMPLE))
    folder = folder_with(tmp_path / "setup")
    (folder / "taxes.csv").unlink()
    names = "name,legal_name,country,address,tax_number,email"
    (folder / "issuer.csv").write_text(f"{names}\nFairlead,Fairlead B.V.,NL,,NL004495445B01,\n")
    result = run(database, "apply", str(folder))
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        (
            "taxes.csv: The file came with invoices and is missing: add it, its header "
            "tax_code,name,treatment,rate,starts_on,ends_on,note is enough."
        ),
        "Refused: 1 fault, nothing was changed.",
    ]
    assert run(database, "export", str(folder)).stdout == f"2 files written to {folder}.\n"
    assert run(database, "apply", str(folder)).stdout == "Nothing to change.\n"


@pytest.mark.parametrize("command", ["check", "apply"])
def test_a_folder_that_is_not_there_ends_with_two(command: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [command, str(tmp_path / "nowhere")])
    assert (result.exit_code, result.stderr) == (2, f"There is no folder {tmp_path}/nowhere.\n")


def test_a_file_that_cannot_be_read_ends_with_two(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "setup")
    (folder / "tiers.csv").unlink()
    (folder / "tiers.csv").mkdir()
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert (result.exit_code, result.stderr) == (2, f"{folder}/tiers.csv: Is a directory.\n")


def test_an_export_before_the_first_setup_is_refused(database: Database, tmp_path: Path) -> None:
    result = run(database, "export", str(tmp_path / "out"))
    assert result.exit_code == 1
    assert result.stderr.startswith("export: Nothing is set up yet: apply a folder first.\n")
    assert not (tmp_path / "out").exists()


def test_an_export_refuses_what_files_cannot_say(database: Database, tmp_path: Path) -> None:
    run(database, "apply", str(EXAMPLE))
    with database.as_owner() as connection:
        connection.execute(
            text("UPDATE billing.meter SET holds_for = '90 seconds' WHERE code = 'backup-storage'")
        )
    result = run(database, "export", str(tmp_path / "out"))
    assert result.exit_code == 1
    assert "can't be written as files without loss" in result.stderr
    assert not (tmp_path / "out").exists()


def test_an_export_overwrites_only_what_differs(database: Database, tmp_path: Path) -> None:
    run(database, "apply", str(EXAMPLE))
    folder = folder_with(tmp_path / "setup", ("people.csv", "Iris Tan", "Iris Bos"))
    (folder / "README.md").write_text("notes")
    assert run(database, "export", str(folder)).stdout == f"1 file written to {folder}.\n"
    assert (folder / "people.csv").read_bytes() == (EXAMPLE / "people.csv").read_bytes()
    assert (folder / "README.md").read_text() == "notes"
    assert len(list(folder.iterdir())) == 11


def test_an_export_to_a_place_that_is_no_folder_ends_with_two(
    database: Database, tmp_path: Path
) -> None:
    run(database, "apply", str(EXAMPLE))
    place = tmp_path / "out"
    place.write_text("a file")
    result = run(database, "export", str(place))
    assert (result.exit_code, result.stderr) == (2, f"{place}: File exists.\n")
    assert place.read_text() == "a file"


def test_two_who_apply_at_once_store_it_once(database: Database) -> None:
    with ThreadPoolExecutor(max_workers=2) as pool:
        changes = list(pool.map(lambda _: applied(database, setup_with()), range(2)))
    assert sorted(len(each) for each in changes) == [0, 38]


def test_a_demo_is_marked(database: Database) -> None:
    run(database, "apply", str(EXAMPLE), "--demo")
    with database.administrator.connect() as connection:
        query = text("SELECT bool_and(is_demo) FROM billing.client")
        assert connection.execute(query).scalar_one() is True


def test_a_database_that_does_not_answer_ends_with_two_and_one_sentence() -> None:
    result = program(
        "setup",
        "apply",
        str(EXAMPLE),
        METERGLASS_DATABASE_URL_OWNER="postgresql://nobody@127.0.0.1:9/none",
    )
    assert result.returncode == 2
    assert result.stderr.startswith("meterglass: the database cannot be reached: ")
    assert "Traceback" not in result.stderr
