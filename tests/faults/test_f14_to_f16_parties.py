"""Who and what a record names: what is unknown is kept apart, and names are taken as they stand."""

from sqlalchemy import text

from tests.faults.collector import HEADER, NOON, Collector, Told
from tests.support.usage import ground

EVENTS = """
    SELECT c.slug, e.source_event_id, e.quantity::int FROM billing.usage_event e
    JOIN billing.client c USING (client_id) ORDER BY 1, 2
"""
UNASSIGNED = """
    SELECT named_client, origin, line::int, code, state FROM billing.unassigned_record
    ORDER BY unassigned_record_id
"""
OF_MANY = """
name = "many"
kind = "csv"
client = "customer"
source = "collector"
id = ["id"]
[time]
column = "time"
zone = "offset"
[resource]
column = "resource"
[[meters]]
meter_column = "meter"
quantity = "quantity"
"""
RESOURCES = """
    SELECT e.source_event_id, r.code FROM billing.usage_event e
    JOIN billing.resource r USING (client_id, resource_id) WHERE e.client_id = :client ORDER BY 1
"""


def test_f14_an_unknown_meter_is_kept_apart_and_the_rest_loads(collector: Collector) -> None:
    path = collector.rows(f"{NOON},egress,vm,1,a", f"{NOON},egrss,vm,1,b", f"{NOON},egress,vm,2,c")
    told = collector.ingest(path)
    assert (told.code, told.counts) == (1, {"accepted": 2, "rejected": 1})
    assert "line 3: there is no meter 'egrss'; add it to the setup, then load again" in told.out
    assert collector.rejected() == [(3, "meter")]
    assert collector.sums() == (2, 3, 2, 3, 2, 3)


def test_f14_an_unknown_client_or_source_of_a_whole_file_refuses_it(collector: Collector) -> None:
    path = collector.rows(f"{NOON},egress,vm,1,a")
    told = collector.ingest(path, client="harbor")
    assert (told.code, told.err.count("there is no client 'harbor'")) == (2, 1)
    told = collector.ingest(path, source="colector")
    assert (told.code, told.err.count("colector")) == (2, 1)
    assert collector.sums() == (0, 0, 0, 0, 0, 0)


def many(collector: Collector, *rows: str) -> Told:
    """Hand in a file in which each row names its client; the profile names the source."""
    profile = collector.file(OF_MANY, "many.toml")
    content = HEADER.replace("id", "id,customer") + "".join(f"{row}\n" for row in rows)
    return collector.ingest(collector.file(content), str(profile), client=None, source=None)


def test_f14_of_a_file_for_many_clients_the_known_ones_load_and_the_others_wait(
    collector: Collector,
) -> None:
    silent = ground(collector.database, slug="silent")
    ground(collector.database, slug="quayside")
    with collector.database.as_owner() as connection:
        connection.execute(
            text("DELETE FROM billing.source WHERE client_id = :client"),
            {"client": silent.client_id},
        )
    told = many(
        collector,
        f"{NOON},egress,vm,1,a,harbour",
        f"{NOON},egress,vm,2,b,nobody",
        f"{NOON},egress,vm,3,c,quayside",
        f"{NOON},egrss,vm,4,d,quayside",
        f"{NOON},egress,vm,5,e,silent",
        f"{NOON},egress,vm,6,f,",
    )
    assert (told.code, told.counts["accepted"]) == (1, 2)
    assert collector.ground.rows(EVENTS) == [("harbour", "a", 1), ("quayside", "c", 3)]
    assert collector.ground.rows(UNASSIGNED) == [
        ("nobody", "usage.csv", 3, "client", "open"),
        ("", "usage.csv", 7, "client", "open"),
    ]
    waiting = """
        SELECT c.slug, r.line::int, r.code FROM billing.rejected_record r
        JOIN billing.client c USING (client_id) ORDER BY 2"""
    assert collector.ground.rows(waiting) == [("quayside", 5, "meter"), ("silent", 6, "source")]


def test_f15_clients_whose_names_look_like_something_else_are_told_apart(
    collector: Collector,
) -> None:
    slugs = ["NA", "null", "0012", "1e5", "12"]
    for slug in slugs:
        ground(collector.database, slug=slug)
    told = many(collector, *(f"{NOON},egress,vm,{at},a,{slug}" for at, slug in enumerate(slugs)))
    assert (told.code, told.counts) == (0, {"accepted": 5})
    assert collector.ground.rows(EVENTS) == [
        ("0012", "a", 2),
        ("12", "a", 4),
        ("1e5", "a", 3),
        ("NA", "a", 0),
        ("null", "a", 1),
    ]


def test_f15_names_that_look_like_something_else_are_kept_verbatim(collector: Collector) -> None:
    names = ["NA", "null", "0012", "1e5", "None", "TRUE", "nan", "a\\b"]
    path = collector.rows(*(f"{NOON},egress,{name},1,{name}" for name in names))
    assert collector.ingest(path).counts == {"accepted": 8}
    assert collector.ground.rows(RESOURCES) == [(name, name) for name in sorted(names)]


def test_f16_json_that_says_two_things_or_nests_too_deep_is_refused_by_line(
    collector: Collector,
) -> None:
    good = f'{{"time": "{NOON}", "meter": "egress", "resource": "vm", "id": "%s", '
    lines = [
        good % "a" + '"quantity": 1, "quantity": 2}',
        good % "b" + '"quantity": 1, "quantity": 1}',
        "[" * 10_000 + "]" * 10_000,
        '{"id": ' * 10_000 + "1" + "}" * 10_000,
        good % "c" + '"quantity": NaN}',
        good % "d" + '"quantity": 1e400}',
        good % "e" + '"quantity": true}',
        good % "f" + '"quantity": 0.1}',
    ]
    told = collector.ingest(collector.file("\n".join(lines) + "\n"), "usage-jsonl")
    assert (told.code, told.counts) == (1, {"accepted": 1, "rejected": 7})
    assert collector.rejected() == [
        (1, "row"),
        (2, "row"),
        (3, "row"),
        (4, "row"),
        (5, "number"),
        (6, "number"),
        (7, "text"),
    ]
