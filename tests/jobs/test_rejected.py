"""The commands of rejected: list, show, repair, replay, dismiss."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from db.commands.ingest import Rejection, UnknownSource, keep, record
from db.commands.posting import UnassignedRecord, keep_unassigned
from db.queries.rejected import refused_by_source
from jobs.__main__ import app
from tests.support.database import Database, until_alone
from tests.support.usage import SOURCE, Ground, ground

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
REPLAY = (sys.executable, "-m", "jobs", "rejected", "replay")
STATES = (
    "SELECT code, state, resolution FROM billing.rejected_record "
    "WHERE client_id = :client ORDER BY rejected_record_id"
)
STORED = (
    "SELECT count(*)::int, coalesce(sum(quantity), 0)::float FROM billing.usage_event "
    "WHERE client_id = :client"
)
HEADER = "time,meter,resource,quantity,id\n"
FIRST = "2026-10-01T10:00:00+00:00"


@pytest.fixture
def harbour(database: Database) -> Ground:
    return ground(database)


def run(client: Ground, *arguments: str) -> Result:
    return CliRunner().invoke(
        app, ["rejected", *arguments], env=client.database.environment, catch_exceptions=False
    )


def ingested(client: Ground, file: Path, *more: str) -> Result:
    given = ("ingest", str(file), "--client", client.slug, "--source", SOURCE, "--profile")
    return CliRunner().invoke(app, [*given, *(more or ("usage",))], env=client.database.environment)


def of_unknown_meter(client: Ground, count: int) -> None:
    """Refuse events of a meter that is not set up yet; each is for 1 unit."""
    events = [
        client.event(
            f"2026-10-{1 + n // 1440:02}T{n // 60 % 24:02}:{n % 60:02}+00:00", meter="iops"
        )
        for n in range(count)
    ]
    told = record(client.database.writer, client.client_id, SOURCE, events, as_of=NOON)
    assert told.rejected == count


def add_meter(client: Ground, code: str = "iops") -> None:
    with client.database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.meter (code, name, unit, aggregation) "
                "VALUES (:code, :code, 'operation', 'sum')"
            ),
            {"code": code},
        )


def refuse(client: Ground, fields: Mapping[str, object], **more: str) -> str:
    """Put one posted event into quarantine; its id."""
    event = {
        "specversion": "1.0", "id": "e1", "source": "/", "type": "meterglass.usage",
        "time": FIRST, "data": {"meter": "egress", "resource": "vm", **fields}, **more,
    }  # fmt: skip
    rejection = Rejection(line=1, code="number", reason="no number", record=json.dumps(event))
    with client.database.as_writer(client.client_id) as connection:
        source_id = connection.execute(text("SELECT source_id FROM billing.source")).scalar_one()
        keep(connection, client.client_id, source_id, None, [rejection])
    return newest(client)


def newest(client: Ground) -> str:
    ((number,),) = client.rows(
        "SELECT max(rejected_record_id)::text FROM billing.rejected_record "
        "WHERE client_id = :client"
    )
    return str(number)


def numbers_told(told: str) -> list[str]:
    return [line.split()[1] for line in told.splitlines()[:2]]


def test_records_of_a_meter_that_came_later_are_replayed(harbour: Ground) -> None:
    of_unknown_meter(harbour, 3)
    early = run(harbour, "replay", "--client", "harbour")
    assert (early.exit_code, numbers_told(early.stdout)) == (1, ["0", "3"])
    assert "there is no meter 'iops'" in early.stdout
    assert harbour.rows(STATES) == [("meter", "open", None)] * 3
    add_meter(harbour)
    told = run(harbour, "replay", "--client", "harbour", "--code", "meter", "--actor", "anna")
    assert (told.exit_code, numbers_told(told.stdout)) == (0, ["3", "0"])
    assert harbour.rows(STORED) == [(3, 3.0)]
    assert harbour.rows(STATES) == [("meter", "replayed", "recorded as it is")] * 3
    again = run(harbour, "replay")
    assert (again.exit_code, again.stdout) == (0, "Nothing waits to be replayed.\n")
    journal = "SELECT actor, action, detail FROM billing.audit_log WHERE client_id = :client"
    assert harbour.rows(f"{journal} ORDER BY audit_id DESC LIMIT 1") == [
        ("anna", "records_replayed", {"recorded": "3", "refused": "0"})
    ]


def test_a_record_that_is_refused_for_another_reason_says_so(harbour: Ground) -> None:
    record(
        harbour.database.writer, harbour.client_id, SOURCE,
        [harbour.event(FIRST, "-1", meter="iops")], as_of=NOON,
    )  # fmt: skip
    add_meter(harbour)
    assert run(harbour, "replay").exit_code == 1
    assert harbour.rows(STATES) == [("negative", "open", None)]


def test_a_row_of_a_file_is_repaired(harbour: Ground, tmp_path: Path) -> None:
    file = tmp_path / "usage.csv"
    file.write_text(f'{HEADER}2026-10-01T00:00:00Z,egress,vm,"1,5",a\n')
    assert ingested(harbour, file).exit_code == 1
    number = newest(harbour)
    shown = run(harbour, "show", number).stdout
    assert "from      usage.csv:2" in shown
    assert '"quantity": "1,5"' in shown
    told = run(harbour, "repair", number, "--set", "quantity=1.5", "--actor", "anna")
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout == f'{number} is recorded: quantity "1,5" to "1.5".\n'
    assert harbour.rows(STORED) == [(1, 1.5)]
    assert harbour.rows(STATES) == [("number", "replayed", 'mended: quantity "1,5" to "1.5"')]
    again = run(harbour, "repair", number, "--set", "quantity=1.5")
    assert (again.exit_code, again.stdout) == (
        0,
        f'{number} was replayed already: mended: quantity "1,5" to "1.5".\n',
    )
    assert harbour.rows(STORED) == [(1, 1.5)]


def test_the_faults_of_one_row_are_repaired_together(harbour: Ground, tmp_path: Path) -> None:
    profile = tmp_path / "pair.toml"
    profile.write_text(
        'name = "pair"\nkind = "csv"\nid = ["id"]\n[time]\ncolumn = "time"\nzone = "offset"\n'
        '[resource]\ncolumn = "vm"\n[[meters]]\nmeter = "egress"\nquantity = "out"\n'
        '[[meters]]\nmeter = "users"\ncounted_value = "who"\n'
    )
    file = tmp_path / "pair.csv"
    file.write_text("time,vm,out,who,id\n2026-10-01T00:00:00Z,vm,one, anna,a\n")
    assert ingested(harbour, file, str(profile)).exit_code == 1
    number = newest(harbour)
    half = run(harbour, "repair", number, "--set", "out=1", "--profile", str(profile))
    assert half.exit_code == 1
    assert harbour.rows(STORED) == [(0, 0.0)]
    whole = ("--set", "out=1", "--set", "who=anna", "--profile", str(profile))
    assert run(harbour, "repair", number, *whole).exit_code == 0
    assert harbour.rows(STORED) == [(2, 2.0)]
    assert [row[1] for row in harbour.rows(STATES)] == ["replayed", "replayed"]


def test_a_repair_that_is_refused_changes_nothing(harbour: Ground) -> None:
    number = refuse(harbour, {"quantity": "many"})
    before = harbour.rows("SELECT r::text FROM billing.rejected_record r")
    told = run(harbour, "repair", number, "--set", "data.quantity=-1")
    assert told.exit_code == 1
    assert told.stderr == (
        f"meterglass: refused: {number} stays open: egress allows no negative quantity; "
        "a wrong event is superseded.\n"
    )
    assert harbour.rows("SELECT r::text FROM billing.rejected_record r") == before
    assert harbour.rows(STORED) == [(0, 0.0)]


def test_a_posted_event_is_repaired_or_given_anew(harbour: Ground, tmp_path: Path) -> None:
    number = refuse(harbour, {"quantity": "many"})
    assert run(harbour, "repair", number, "--set", "data.quantity=4").exit_code == 0
    number = refuse(harbour, {"quantity": "some"}, id="e2")
    ((record_text,),) = harbour.rows(
        "SELECT record FROM billing.rejected_record WHERE state = 'open'"
    )
    file = tmp_path / "right.json"
    file.write_text(str(record_text).replace('"some"', "5"))
    told = run(harbour, "repair", number, "--record", str(file))
    assert (told.exit_code, told.stdout) == (
        0,
        f"{number} is recorded: all of it, from right.json.\n",
    )
    assert harbour.rows(STORED) == [(2, 9.0)]


def test_a_refused_withdrawal_is_replayed_as_one(harbour: Ground) -> None:
    wrong = harbour.event(FIRST, "7")
    record(harbour.database.writer, harbour.client_id, SOURCE, [wrong], as_of=NOON)
    fields = {
        "time": FIRST, "meter": "egress", "resource": "vm-1", "quantity": "0", "id": "back",
        "supersedes_event": str(wrong.event_id), "withdraws": True, "reason": "Test run",
    }  # fmt: skip
    rejection = Rejection(line=1, code="agreement", reason="none", record=json.dumps(fields))
    with harbour.database.as_writer(harbour.client_id) as connection:
        source_id = connection.execute(text("SELECT source_id FROM billing.source")).scalar_one()
        keep(connection, harbour.client_id, source_id, None, [rejection])
    assert run(harbour, "replay").exit_code == 0
    assert harbour.rows(
        "SELECT withdraws, supersedes_event_id FROM billing.usage_event "
        "WHERE source_event_id = 'back' AND client_id = :client"
    ) == [(True, wrong.event_id)]


def test_a_conflict_is_not_replayed_but_says_what_to_do(harbour: Ground) -> None:
    first = harbour.event(FIRST, "7", id_="same")
    for quantity in ("7", "8"):
        event = harbour.event(FIRST, quantity, id_="same")
        record(harbour.database.writer, harbour.client_id, SOURCE, [event], as_of=NOON)
    number = newest(harbour)
    told = run(harbour, "replay", number)
    assert told.exit_code == 1
    assert f"{number} can't be replayed: the event {first.event_id} is stored" in told.stdout
    assert f"python -m jobs supersede {first.event_id} --client harbour" in told.stdout
    shown = run(harbour, "show", number).stdout
    assert "stored    " in shown
    assert "offered   " in shown
    in_bulk = run(harbour, "replay")
    assert (in_bulk.exit_code, "1 conflicts of harbour" in in_bulk.stdout) == (1, True)
    assert harbour.rows(STATES) == [("conflict", "open", None)]
    assert run(harbour, "dismiss", number, "--reason", "sent twice").exit_code == 0


def test_a_record_without_a_source_is_replayed_once_the_source_is_set_up(harbour: Ground) -> None:
    fields = {"time": FIRST, "meter": "egress", "resource": "vm", "quantity": "3", "id": "a"}
    rejection = Rejection(line=2, code="source", reason="none", record=json.dumps(fields))
    unknown = UnknownSource(code="late-one", profile="usage")
    with harbour.database.as_writer(harbour.client_id) as connection:
        for _ in range(2):
            keep(connection, harbour.client_id, None, None, [rejection], unknown=unknown)
    assert harbour.rows(STATES) == [("source", "open", None)]
    told = run(harbour, "replay")
    assert told.exit_code == 1
    assert "the client has no source 'late-one'; add it to the setup (1 ×)" in told.stdout
    with harbour.database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.source (client_id, code, name) "
                "VALUES (:client, 'late-one', 'Late')"
            ),
            {"client": harbour.client_id},
        )
    assert run(harbour, "replay", "--source", "late-one").exit_code == 0
    assert harbour.rows(STORED) == [(1, 3.0)]


UNASSIGNED = (
    "INSERT INTO billing.unassigned_record (named_client, source_code, origin, profile, line, "
    "code, reason, record) VALUES ('millbrook', 'collector', 'all.csv', 'usage', 2, 'client', "
    "'there is no such client', :record)"
)
STILL = "SELECT state, resolution FROM billing.unassigned_record ORDER BY unassigned_record_id"


def test_records_of_a_client_find_it_once_it_is_set_up(harbour: Ground) -> None:
    fields = {"time": FIRST, "meter": "egress", "resource": "vm", "quantity": "3", "id": "a"}
    wrong = {**fields, "meter": "egrss", "id": "b"}
    with harbour.database.as_writer() as connection:
        for each in (fields, wrong):
            connection.execute(text(UNASSIGNED), {"record": json.dumps(each)})
    assert "'millbrook' (not set up)" in run(harbour, "list").stdout
    early = run(harbour, "replay")
    assert early.exit_code == 1
    assert early.stdout.endswith("2 records: there is still no client 'millbrook'.\n")
    millbrook = ground(harbour.database, slug="millbrook")
    told = run(harbour, "replay", "--client", "millbrook")
    assert (told.exit_code, numbers_told(told.stdout)) == (1, ["1", "1"])
    assert millbrook.rows(STORED) == [(1, 3.0)]
    assert millbrook.rows(STATES) == [("meter", "open", None)]
    assert millbrook.rows(STILL) == [
        ("replayed", "recorded as it is"),
        ("replayed", "it is among the client's refused records now"),
    ]
    mended = run(harbour, "repair", newest(millbrook), "--set", "meter=egress")
    assert mended.exit_code == 0
    assert millbrook.rows(STORED) == [(2, 6.0)]


def test_a_record_with_a_wrong_clients_name_is_repaired_for_the_right_one(harbour: Ground) -> None:
    fields = {"time": FIRST, "meter": "egress", "resource": "vm", "quantity": "3", "id": "a"}
    with harbour.database.as_writer() as connection:
        connection.execute(text(UNASSIGNED), {"record": json.dumps(fields)})
    ((number,),) = harbour.rows("SELECT unassigned_record_id FROM billing.unassigned_record")
    lost = run(harbour, "repair", f"u{number}", "--set", "id=a")
    assert "There is no client 'millbrook'; set it up, or name the right one" in lost.stderr
    told = run(harbour, "repair", f"u{number}", "--set", "id=a", "--client", "harbour")
    assert told.exit_code == 0
    assert harbour.rows(STORED) == [(1, 3.0)]


def test_a_post_for_a_client_that_its_key_is_not_for_waits_for_a_person(harbour: Ground) -> None:
    """Else a key could write to another client by way of the quarantine."""
    event = {
        "specversion": "1.0", "id": "e1", "source": "/", "type": "meterglass.usage",
        "time": FIRST, "subject": "harbour",
        "data": {"meter": "egress", "resource": "vm", "quantity": "9"},
    }  # fmt: skip
    unassigned = UnassignedRecord(
        named_client="harbour", line=1, code="client", reason="none", record=json.dumps(event)
    )
    with harbour.database.as_writer() as connection:
        keep_unassigned(connection, SOURCE, [unassigned])
    told = run(harbour, "replay")
    assert told.exit_code == 1
    assert "1 posted with a key that is not for harbour" in told.stdout
    assert harbour.rows(STORED) == [(0, 0.0)]
    ((number,),) = harbour.rows("SELECT unassigned_record_id FROM billing.unassigned_record")
    assert run(harbour, "replay", f"u{number}").exit_code == 0
    assert harbour.rows(STORED) == [(1, 9.0)]


def test_a_dismissed_record_stays_so(harbour: Ground) -> None:
    of_unknown_meter(harbour, 1)
    number = newest(harbour)
    for said in (f"{number} is dismissed.\n", f"{number} was dismissed already: a test run.\n"):
        told = run(harbour, "dismiss", number, "--reason", "a test run")
        assert (told.exit_code, told.stdout) == (0, said)
    add_meter(harbour)
    assert run(harbour, "replay").stdout == "Nothing waits to be replayed.\n"
    named = run(harbour, "replay", number)
    assert (named.exit_code, "was dismissed: a test run." in named.stdout) == (1, True)
    mended = run(harbour, "repair", number, "--set", "quantity=2")
    assert (mended.exit_code, "was dismissed already" in mended.stderr) == (1, True)
    assert harbour.rows(STORED) == [(0, 0.0)]


def test_a_replayed_record_is_not_dismissed(harbour: Ground) -> None:
    number = refuse(harbour, {"quantity": "many"})
    run(harbour, "repair", number, "--set", "data.quantity=4")
    told = run(harbour, "dismiss", number, "--reason", "a test run")
    assert (told.exit_code, "was replayed already" in told.stderr) == (1, True)


def test_the_list_counts_by_client_source_kind_and_state(harbour: Ground) -> None:
    assert run(harbour, "list").stdout == "There is no such refused record.\n"
    of_unknown_meter(harbour, 2)
    number = refuse(harbour, {"quantity": "many"})
    run(harbour, "dismiss", number, "--reason", "a test run")
    lines = run(harbour, "list", "--state", "all").stdout.splitlines()
    assert [line.split()[:5] for line in lines[1:]] == [
        ["harbour", "collector", "meter", "open", "2"],
        ["harbour", "collector", "number", "dismissed", "1"],
    ]
    single = run(harbour, "list", "--records", "--code", "meter", "--limit", "1").stdout
    assert len(single.splitlines()) == 2
    assert run(harbour, "list", "--client", "nobody").stdout == "There is no such refused record.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("list", "--state", "lost"), "There is no state 'lost'; it is one of open, replayed"),
        (("show", "77"), "There is no refused record '77'; see rejected list --records."),
        (("show", "' OR 1=1"), "There is no refused record"),
        (("dismiss", "77", "--reason", "x"), "There is no refused record '77'"),
        (("dismiss", "77", "--reason", " "), "Say with --reason why"),
        (("repair", "1", "--set", "quantity"), "'quantity' is no change; write column=value"),
        (("repair", "1"), "say what is right, either with --set or with --record"),
        (("repair", "1", "--record", "/nowhere"), "nowhere can't be read as UTF-8 text"),
        (("repair", "1", "--set", "a=b", "--client", "x"), "1 is a record of harbour, not of 'x'"),
        (("repair", "1", "--set", "a=b", "--profile", "x"), "give the profile's file"),
    ],
)
def test_what_can_not_be_is_refused_in_one_sentence(
    harbour: Ground, arguments: tuple[str, ...], sentence: str
) -> None:
    assert refuse(harbour, {"quantity": "many"}) == "1"
    told = run(harbour, *arguments)
    assert told.exit_code == 1
    assert told.stderr.startswith("meterglass: refused: ")
    assert sentence in told.stderr
    assert told.stderr.count("\n") == 1


def test_replaying_what_is_not_there_is_refused(harbour: Ground) -> None:
    told = run(harbour, "replay", "77", "u3", "x")
    assert told.exit_code == 1
    assert told.stdout.count("There is no refused record") == 3


def test_a_clients_people_see_the_counts_and_nothing_of_the_records(harbour: Ground) -> None:
    of_unknown_meter(harbour, 2)
    refuse(harbour, {"quantity": "many"})
    person = harbour.database.person("it@harbour.example", "it", harbour.client_id)
    session = harbour.database.session(person)
    with harbour.database.as_viewer(session, harbour.client_id) as connection:
        counts = refused_by_source(connection, harbour.client_id)
        newest_only = refused_by_source(connection, harbour.client_id, limit=1)
    assert [(each.source_code, each.source_name, each.code, each.count) for each in counts] == [
        ("collector", "Collector", "number", 1),
        ("collector", "Collector", "meter", 2),
    ]
    assert counts[0].reason == "no number"
    assert newest_only == counts[:1]


def replaying(client: Ground) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        REPLAY,
        cwd=ROOT,
        env={**os.environ, **client.database.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_two_processes_that_replay_at_once_record_everything_once(harbour: Ground) -> None:
    of_unknown_meter(harbour, 1_200)
    add_meter(harbour)
    processes = [replaying(harbour), replaying(harbour)]
    told = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    recorded = [int(line.split()[1].replace(",", "")) for each in told
                for line in each.splitlines() if line.startswith("recorded")]  # fmt: skip
    assert sum(recorded) == 1_200
    assert harbour.rows(STORED) == [(1_200, 1_200.0)]
    assert harbour.rows(
        "SELECT state, count(*)::int FROM billing.rejected_record WHERE client_id = :client "
        "GROUP BY state"
    ) == [("replayed", 1_200)]
    assert harbour.rows(
        "SELECT quantity::int, event_count::int FROM billing.usage_total WHERE client_id = :client"
    ) == [(1_200, 1_200)]


def test_a_replay_that_is_killed_goes_on_where_it_was(harbour: Ground) -> None:
    of_unknown_meter(harbour, 1_500)
    add_meter(harbour)
    process = replaying(harbour)
    while harbour.rows(STORED) == [(0, 0.0)] and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    until_alone(harbour.database)
    ((stored, _),) = harbour.rows(STORED)
    ((marked,),) = harbour.rows(
        "SELECT count(*)::int FROM billing.rejected_record "
        "WHERE state = 'replayed' AND client_id = :client"
    )
    assert stored == marked
    assert run(harbour, "replay").exit_code == 0
    assert harbour.rows(STORED) == [(1_500, 1_500.0)]
