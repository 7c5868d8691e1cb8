"""The command ingest on files of several clients, and on bills that must be refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.profiles.refusals import FileRefused
from jobs.ingest import ingest_file
from tests.intake.bills import FOCUS, bill
from tests.support.bills import SOURCE, loaded, resell
from tests.support.database import Database, DatabaseServer

MENDED = "add it to the setup, then replay (1 ×)"
PRICES = [("cloud-cost", "markup", "", "0.12")]
SHARED = FOCUS.replace("meter", f'source = "{SOURCE}"\nclient = "SubAccountId"\nmeter') + (
    '[[rows]]\nwhen = { ChargeCategory = "Tax" }\nskip = "tax of the vendor"\n'
    '[clients]\n"517" = "harbour"\n"438" = "0012"\n"900" = "NA"\n"7" = "harbor"\n'
)
ROWS = [
    {"SubAccountId": "517", "BilledCost": "10"},
    {"SubAccountId": "438", "BilledCost": "20"},
    {"SubAccountId": "517", "BilledCost": "1,5"},
    {"SubAccountId": "438", "ChargeCategory": "Tax"},
    {"SubAccountId": "900", "BilledCost": "30"},
    {"SubAccountId": "7", "BilledCost": "40"},
    {"SubAccountId": "8", "BilledCost": "50"},
    {"SubAccountId": "438", "BilledCost": "25", "SkuId": "b"},
]
STORED = """
    SELECT c.slug, sum(e.quantity)::int FROM billing.usage_event e
    JOIN billing.client c USING (client_id) GROUP BY 1 ORDER BY 1
"""
REFUSED = """
    SELECT c.slug, r.line::int, r.code, r.source_code, r.source_id IS NULL
    FROM billing.rejected_record r JOIN billing.client c USING (client_id) ORDER BY 2
"""
UNASSIGNED = """
    SELECT line::int, named_client, code, source_code, origin
    FROM billing.unassigned_record ORDER BY 1
"""


@pytest.fixture(scope="module")
def database_of_three(server: DatabaseServer) -> Iterator[Database]:
    made = server.copy()
    resell(made, "harbour", "0012", "NA", prices=PRICES, without_source=["NA"])
    yield made
    server.drop(made)


def rows_of(database: Database, statement: str) -> list[tuple[object, ...]]:
    with database.as_owner() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def test_f14_each_client_gets_its_rows_and_each_other_row_has_a_place(
    database_of_three: Database, tmp_path: Path
) -> None:
    (tmp_path / "shared.toml").write_text(SHARED)
    (tmp_path / "september.csv").write_text(bill(*ROWS))
    for told, counts in (
        ("accepted 1, duplicate 0, rejected 1", "accepted 2, duplicate 0, rejected 0"),
        ("accepted 0, duplicate 1, rejected 1", "accepted 0, duplicate 2, rejected 0"),
    ):
        done = loaded(database_of_three, tmp_path / "september.csv", tmp_path / "shared.toml")
        assert done.returncode == 1
        assert done.stdout.splitlines()[3:] == [
            "left out              1  tax of the vendor",
            "read as FOCUS 1.0",
            f"0012: {counts}",
            "NA: accepted 0, duplicate 0, rejected 1",
            f"  line 6: the client has no source '{SOURCE}'; {MENDED}",
            f"harbour: {told}",
            (
                '  line 4: BilledCost: "1,5" is not a number: write it like 1234.5, -0.02 or 8e-05'
                " (1 ×)"
            ),
            "no known client: rejected 2",
            f"  line 7: there is no client 'harbor'; {MENDED}",
            (
                "  line 8: the profile's [clients] has no entry for '8' of the column SubAccountId"
                " (1 ×)"
            ),
        ]
    assert rows_of(database_of_three, STORED) == [("0012", 45), ("harbour", 10)]
    assert rows_of(database_of_three, REFUSED) == [
        ("harbour", 4, "number", None, False),
        ("NA", 6, "source", SOURCE, True),
    ]
    assert rows_of(database_of_three, UNASSIGNED) == [
        (7, "7", "client", SOURCE, "september.csv"),
        (8, "8", "client", SOURCE, "september.csv"),
    ]


def test_the_client_is_given_once(database_of_three: Database, tmp_path: Path) -> None:
    (tmp_path / "shared.toml").write_text(SHARED)
    file = tmp_path / "september.csv"
    file.write_text(bill(*ROWS))
    writer = database_of_three.writer
    with pytest.raises(FileRefused) as both:
        ingest_file(writer, file, str(tmp_path / "shared.toml"), "harbour")
    assert str(both.value) == "the profile takes the client from SubAccountId; leave out --client"
    with pytest.raises(FileRefused) as neither:
        ingest_file(writer, file, "focus", None, source=SOURCE)
    assert str(neither.value) == (
        "the profile names no column of the client; give one with --client"
    )


EXAMPLES = {
    "commitment_discount_purchase_scenario_1.csv": (
        2,
        "header (read as FOCUS 1.1): mandatory columns are missing: BillingAccountId, ",
    ),
    "simple_saas_agreements_a1.csv": (
        1,
        'BilledCost: "$10,000.00 " is not a number: write it like 1234.5, -0.02 or 8e-05 (1 ×)',
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_specifications_examples_say_exactly_what_is_wrong(
    database_of_three: Database, shared: Path, name: str
) -> None:
    file = shared / "data" / "focus" / "spec_1.2_examples" / name
    told = loaded(database_of_three, file, "focus", "--client", "harbour", "--source", SOURCE)
    code, sentence = EXAMPLES[name]
    assert told.returncode == code
    assert sentence in told.stdout + told.stderr
    assert "Traceback" not in told.stderr
