"""Closed-book resale, issued: the cost of no row is in any file or page that a client gets.

Three rows of September come in time, one in October, all at 12 %::

    73.190462718 × 1.12 = 81.97331824416
     4.077718273 × 1.12 =  4.56704446576
    -2.456193847 × 1.12 = -2.75093710864
                          83.78942560128      83.79
    11.739182461 × 1.12 = 13.14788435632
                          96.93730995760      96.94, 13.15 more than was billed
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from components import data
from db.commands.closing import Closing, close_month
from tests.intake.bills import CLOSED_BOOK, bill
from tests.support.artefacts import FORMS, Artefacts, artefacts_of
from tests.support.bills import SOURCE, loaded, resell
from tests.support.closing import key_in_use
from tests.support.database import Database, DatabaseServer
from tests.support.source_tree import ROOT
from tests.support.viewers import Viewing

IN_TIME = ("73.190462718", "4.077718273", "-2.456193847")
LATE = ("11.739182461",)
DIGITS: tuple[str, ...] = (
    *("73.190462718", "73190462718", "4.077718273", "4077718273", "2.456193847", "2456193847"),
    *("11.739182461", "11739182461"),
)


@pytest.fixture(scope="module")
def issued(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Artefacts]:
    """September as it was issued, and October with the row of September that came late."""
    database, folder = server.copy(), tmp_path_factory.mktemp("issued")
    (folder / "resale.toml").write_text(f'source = "{SOURCE}"\n{CLOSED_BOOK}')
    client_id = resell(database, "harbour", prices=[("cloud-cost", "unit", "1", "")])["harbour"]
    with database.as_owner() as connection:
        connection.execute(text("UPDATE billing.client SET invoices_from = '2024-09-01'"))
    key = key_in_use(database)
    for month, costs in ((9, IN_TIME), (10, LATE)):
        load(database, folder, costs)
        asked = Closing(
            client_id=client_id,
            month=date(2024, month, 1),
            as_of=datetime(2024, month + 1, 5, tzinfo=UTC),
            actor="a test",
        )
        assert close_month(database.writer, asked, key) is not None
    database.person("finance@harbour.example", "finance", client_id)
    with artefacts_of(database, folder) as artefacts:
        yield artefacts
    server.drop(database)


def load(database: Database, folder: Path, costs: Sequence[str]) -> None:
    file = folder / "bill.csv"
    file.write_text(bill(*({"BilledCost": cost, "SkuId": cost[-5:]} for cost in costs)))
    told = loaded(database, file, folder / "resale.toml", "--client", "harbour")
    assert told.stdout.split()[:2] == ["accepted", f"{len(costs)}"], told.stdout


def test_the_late_row_is_billed_at_its_retail_amount(issued: Artefacts) -> None:
    september, october = (issued.document(each).invoice for each in issued.documents)
    assert [str(line.amount) for line in september.lines] == ["83.79"]
    assert [(line.adjusts, str(line.amount)) for line in october.lines] == [
        (None, "0.00"),
        ("2024-09", "13.15"),
    ]


def test_no_file_of_a_document_holds_a_digit_of_a_cost(issued: Artefacts) -> None:
    """PDF, spreadsheet, CSV, JSON, FOCUS, draft, bundle, the records of each line: all of it."""
    for found in issued.documents:
        texts = dict(issued.texts(found))
        assert {name.split("/")[0] for name in texts} >= {*FORMS}
        for name, told in texts.items():
            assert [each for each in DIGITS if each in told] == [], name


def test_that_search_would_have_found_them(issued: Artefacts) -> None:
    """The retail amount of the largest row is where its cost would be."""
    found = [name for name, told in issued.texts(issued.documents[0]) if "81.97331824416" in told]
    assert [name.split("/")[0] for name in found] == ["bundle.zip", ""]
    assert "/events/" in found[0]
    assert found[1].endswith("/line/1/records.csv")


@pytest.fixture
def database(issued: Artefacts) -> Database:
    """What pages are drawn over."""
    return issued.portal.database


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("overview", {}),
        ("invoices", {}),
        ("invoices", {"line": "1"}),
        ("consumption", {"period": "2024-09", "show": "records"}),
        ("agreement", {}),
    ],
)
def test_no_page_holds_a_digit_of_a_cost(
    issued: Artefacts, database: Database, viewing: Viewing, page: str, query: dict[str, str]
) -> None:
    with database.as_owner() as connection:
        asked = text("SELECT person_id FROM auth.person WHERE role = 'finance'")
        viewing.sign_in(connection.execute(asked).scalars().one())
    data.forget()
    for found in issued.documents:
        opened = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=30)
        chosen = {**query, "invoice": found.number} if page == "invoices" else query
        for name, value in chosen.items():
            opened.query_params[name] = value
        opened.run()
        assert not opened.exception
        shown = "\n".join(block.proto.body for block in opened.get("html"))
        assert shown
        assert [each for each in DIGITS if each in shown] == []
