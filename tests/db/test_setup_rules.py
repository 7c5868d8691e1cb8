"""What was billed stays as it was billed, and what usage was recorded under stays as it was."""

from datetime import date

import pytest
from sqlalchemy import text

from billing_core.period import month_period
from db.commands.billing_periods import ensure_period
from tests.support.database import Database
from tests.support.months import close_month_of
from tests.support.setup_files import EXAMPLE, Replacement, applied, refused, setup_with

#: A flat price that begins later, as a whole row before the row of egress.
NEW_FLAT = "harbour,HARB-2026,disaster-copy,Disaster copy,flat,,{day},,600" + "," * 21
NEW_UNIT = (
    "harbour,HARB-2026,compute-hours,Compute hours,unit,compute-hours,{day},,,,,,0.006" + "," * 17
)
BILLED = "is billed: what is wrong in a billed month is mended by a credit note."


def rows_of(slug: str, file: str) -> Replacement:
    """The example without the rows of a client in a file."""
    lines = (EXAMPLE / file).read_text("utf-8").splitlines(keepends=True)
    return (file, "".join(line for line in lines if line.startswith(f"{slug},")), "")


def before(row: str, code: str = "egress") -> Replacement:
    """The example with a row more in prices.csv, before the row of a price."""
    place = f"harbour,HARB-2026,{code},"
    return ("prices.csv", place, f"{row}\n{place}")


def month(database: Database, name: str, *, state: str = "open", usage: bool = False) -> None:
    """Store a billing period of the client harbour."""
    with database.as_owner() as connection:
        client_id = connection.execute(
            text("SELECT client_id FROM billing.client WHERE slug = 'harbour'")
        ).scalar_one()
        ensure_period(connection, client_id, month_period(name, "Europe/Amsterdam"))
        values = {"client": client_id, "month": date.fromisoformat(f"{name}-01")}
        if state != "open":
            close_month_of(connection, client_id, values["month"], state=state)
        if usage:
            connection.execute(
                text(
                    "INSERT INTO billing.usage_total (client_id, meter_id, billing_period, "
                    "event_count, quantity, first_at, last_at, last_event_id) "
                    "SELECT :client, meter_id, :month, 1, 5, now(), now(), gen_random_uuid() "
                    "FROM billing.meter WHERE code = 'backup-storage'"
                ),
                values,
            )


@pytest.fixture
def billed(database: Database) -> Database:
    """The example with September and October issued, and November open with usage."""
    applied(database, setup_with())
    month(database, "2026-09", state="issued", usage=True)
    month(database, "2026-10", state="issued", usage=True)
    month(database, "2026-11", usage=True)
    return database


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            before(NEW_FLAT.format(day="2026-10-15")),
            (
                "prices.csv:7:starts_on: It would take effect on 2026-10-15, and all before "
                f"2026-11-01 {BILLED}"
            ),
        ),
        (
            before(NEW_FLAT.format(day="2026-11-01")),
            (
                "prices.csv:7:starts_on: The fee from 2026-11-01 on was billed in advance with the "
                "month before: begin one day later, then it is charged and credited by days."
            ),
        ),
        (
            before(NEW_UNIT.format(day="2026-10-31")),
            (
                "prices.csv:7:starts_on: It would take effect on 2026-10-31, and all before "
                f"2026-11-01 {BILLED}"
            ),
        ),
        (
            ("prices.csv", ",0.0045,", ",0.005,"),
            (
                "prices.csv:6:unit_price: The version from 2026-01-01 covers 2026-09, which is "
                "billed, so unit_price can't change: add a version that begins later."
            ),
        ),
        (
            ("tiers.csv", "Growth,2000,0.07", "Growth,2000,0.08"),
            (
                "prices.csv:2: The version from 2026-01-01 covers 2026-09, which is billed, so "
                "tiers can't change: add a version that begins later."
            ),
        ),
        (
            ("prices.csv", "flat,,2026-07-01,,4350", "flat,,2026-07-01,2026-10-01,4350"),
            (
                "prices.csv:4:ends_on: It would take effect on 2026-10-01, and all before "
                f"2026-11-01 {BILLED}"
            ),
        ),
        (
            ("prices.csv", "flat,,2026-07-01,,4350", "flat,,2026-07-01,2026-11-01,4350"),
            (
                "prices.csv:4:ends_on: The fee from 2026-11-01 on was billed in advance with the "
                "month before: begin one day later, then it is charged and credited by days."
            ),
        ),
        (
            ("quantities.csv", "2026-09-14,52", "2026-09-14,53"),
            (
                "quantities.csv:3:starts_on: It would take effect on 2026-09-14, and all before "
                f"2026-11-01 {BILLED}"
            ),
        ),
        (
            ("quantities.csv", "harbour,HARB-2026,workplace-e3,2026-09-14,52\n", ""),
            (
                "agreements.csv:2: The quantity of workplace-e3 from 2026-09-14 has begun and is "
                "not in quantities.csv: keep its row."
            ),
        ),
        (
            ("agreements.csv", "HARB-2026,EUR", "HARB-2026,USD"),
            (
                "agreements.csv:2:currency: 2026-09 is reckoned in EUR already: end the agreement"
                " and begin another with a month."
            ),
        ),
        (
            ("agreements.csv", "2026-01-01,,1500", "2026-01-01,2026-10-20,1500"),
            (
                "agreements.csv:2:ends_on: 2026-11 is billed under this agreement: keep it inside"
                " its term."
            ),
        ),
        (
            ("clients.csv", "Europe/Amsterdam", "Europe/Lisbon"),
            (
                "clients.csv:2:zone: The zone changes only at a period's start, and 2026-11 is not "
                "issued: change it when that is."
            ),
        ),
        (
            ("meters.csv", "backup-storage,Backup storage,GB", "backup-storage,Backup storage,TB"),
            "meters.csv:2:unit: A meter's unit never changes: add a meter.",
        ),
        (
            ("meters.csv", "time_weighted_mean", "max"),
            "meters.csv:2:aggregation: A meter's aggregation never changes: add a meter.",
        ),
        (
            ("meters.csv", "1500", "3000"),
            (
                "meters.csv:2:holds_for_minutes: Usage is recorded with this meter, so how long it "
                "holds can't change: add a meter."
            ),
        ),
    ],
)
def test_what_is_billed_or_recorded_does_not_change(
    billed: Database, change: Replacement, fault: str
) -> None:
    assert fault in refused(billed, setup_with(change))


@pytest.mark.parametrize(
    "change",
    [
        before(NEW_FLAT.format(day="2026-11-02")),
        before(NEW_FLAT.format(day="2026-12-01")),
        before(NEW_UNIT.format(day="2026-11-01")),
        before(NEW_UNIT.format(day="2026-11-15")),
        ("prices.csv", "flat,,2026-07-01,,4350", "flat,,2026-07-01,2026-11-20,4350"),
        ("prices.csv", "Platform and monitoring,flat,,2026-07-01", "Platform,flat,,2026-07-01"),
        ("tiers.csv", "Second storage array", "Second array"),
        ("tiers.csv", "2,Growth,", "2,Grow,"),
        (
            "quantities.csv",
            "2026-09-14,52\n",
            "2026-09-14,52\nharbour,HARB-2026,workplace-e3,2026-11-02,53\n",
        ),
        ("agreements.csv", "2026-01-01,,1500", "2026-01-01,2026-11-21,1500"),
        ("agreements.csv", "2026-01-01,,1500", "2026-01-01,,1600"),
        (
            "prices.csv",
            "millbrook,0012,base-platform,Plattform,flat,,2026-03-16,,5400",
            "millbrook,0012,base-platform,Plattform,flat,,2026-03-16,,5500",
        ),
        ("meters.csv", "Egress,GB,sum,,", "Egress out,GB,sum,,yes"),
    ],
)
def test_what_is_neither_billed_nor_recorded_may_change(
    billed: Database, change: Replacement
) -> None:
    assert refused(billed, setup_with(change)) == []


def test_a_version_that_usage_was_recorded_under_keeps_its_amounts(database: Database) -> None:
    applied(database, setup_with())
    month(database, "2026-11", usage=True)
    assert refused(database, setup_with(("prices.csv", ",0.0045,", ",0.005,"))) == [
        (
            "prices.csv:6:unit_price: The version from 2026-01-01 covers 2026-11, which holds "
            "usage, so unit_price can't change: add a version that begins later."
        )
    ]


def test_a_version_may_be_mended_while_its_months_are_open_and_empty(database: Database) -> None:
    applied(database, setup_with())
    month(database, "2026-11")
    assert refused(database, setup_with(("prices.csv", ",0.0045,", ",0.005,"))) == []


def test_a_month_that_is_closing_is_as_fixed_as_an_issued_one(database: Database) -> None:
    applied(database, setup_with())
    month(database, "2026-10", state="closing")
    assert refused(database, setup_with(before(NEW_UNIT.format(day="2026-10-15")))) == [
        (
            "prices.csv:7:starts_on: It would take effect on 2026-10-15, and all before 2026-11-01 "
            f"{BILLED}"
        )
    ]


def test_a_version_that_has_begun_may_not_disappear_and_one_that_has_not_may(
    database: Database,
) -> None:
    applied(database, setup_with(before(NEW_FLAT.format(day="2026-11-20"))))
    assert refused(database, setup_with()) == [
        (
            "agreements.csv:2: The version of price disaster-copy from 2026-11-20 has begun and "
            "is not in prices.csv: keep its row and give it an ends_on."
        )
    ]
    later = setup_with(before(NEW_FLAT.format(day="2026-11-21"), "egress"))
    assert refused(database, later) == [
        (
            "agreements.csv:2: The version of price disaster-copy from 2026-11-20 has begun and "
            "is not in prices.csv: keep its row and give it an ends_on."
        )
    ]


def test_an_agreement_that_has_begun_may_not_disappear(database: Database) -> None:
    applied(database, setup_with())
    without = setup_with(
        *(rows_of("millbrook", file) for file in ("agreements.csv", "prices.csv", "tiers.csv"))
    )
    assert refused(database, without) == [
        (
            "clients.csv:3: Agreement 0012 of this client has begun and is not in agreements.csv:"
            " keep its row and give it an ends_on."
        )
    ]


def test_a_source_that_sent_something_keeps_its_row_and_one_that_did_not_goes(
    database: Database,
) -> None:
    applied(database, setup_with())
    without = setup_with(
        ("sources.csv", "harbour,cloud-bill,Monthly cloud bill,\n", ""),
        ("sources.csv", "harbour,hypervisor,Hypervisor meter,60\n", ""),
    )
    with database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.ingest_run (client_id, source_id, profile, file_name) "
                "SELECT client_id, source_id, 'usage', 'a.csv' FROM billing.source "
                "WHERE code = 'hypervisor'"
            )
        )
    assert refused(database, without) == [
        (
            "clients.csv:2: A source of this client is not in sources.csv, and has sent usage or "
            "has an API key: keep its row."
        )
    ]
    only_unused = setup_with(("sources.csv", "harbour,cloud-bill,Monthly cloud bill,\n", ""))
    assert applied(database, only_unused) == ["removed: source harbour cloud-bill"]


def test_the_zone_may_not_change_while_a_month_is_closing(database: Database) -> None:
    applied(database, setup_with())
    month(database, "2026-10", state="closing")
    assert refused(database, setup_with(("clients.csv", "Europe/Amsterdam", "Europe/Lisbon"))) == [
        (
            "clients.csv:2:zone: The zone changes only at a period's start, and 2026-10 is not "
            "issued: change it when that is."
        )
    ]


def test_a_fee_that_begins_on_a_day_billed_in_advance_keeps_its_amount(database: Database) -> None:
    applied(database, setup_with(before(NEW_FLAT.format(day="2026-11-01"))))
    month(database, "2026-10", state="issued")
    changed = setup_with(before(NEW_FLAT.format(day="2026-11-01").replace(",600,", ",700,")))
    assert refused(database, changed) == [
        (
            "prices.csv:7:fee: The fee from 2026-11-01 on was billed in advance with the month "
            "before: begin one day later, then it is charged and credited by days."
        )
    ]


def test_an_end_moves_neither_into_a_billed_month_nor_out_of_one(database: Database) -> None:
    version = ("prices.csv", "flat,,2026-07-01,,4350")

    def ends(day: str) -> Replacement:
        return (*version, f"flat,,2026-07-01,{day},4350")

    applied(database, setup_with(ends("2027-03-01")))
    month(database, "2026-10", state="issued")
    assert refused(database, setup_with(ends("2026-10-15"))) == [
        (
            "prices.csv:4:ends_on: It would take effect on 2026-10-15, and all before 2026-11-01 "
            f"{BILLED}"
        )
    ]
    assert refused(database, setup_with(ends("2026-12-10"))) == []
    with database.as_owner() as connection:
        connection.execute(
            text("UPDATE billing.price SET ends_on = '2026-10-15' WHERE ends_on = '2027-03-01'")
        )
    assert refused(database, setup_with(ends("2026-12-10"))) == [
        (
            "prices.csv:4:ends_on: It would take effect on 2026-10-15, and all before 2026-11-01 "
            f"{BILLED}"
        )
    ]


def test_an_agreement_does_not_end_inside_a_billed_month(database: Database) -> None:
    applied(database, setup_with())
    month(database, "2026-10", state="issued")
    ends = ("agreements.csv", "2026-01-01,,1500")
    assert refused(database, setup_with((*ends, "2026-01-01,2026-10-20,1500"))) == [
        (
            "agreements.csv:2:ends_on: It would take effect on 2026-10-20, and all before "
            f"2026-11-01 {BILLED}"
        )
    ]
    assert refused(database, setup_with((*ends, "2026-01-01,2026-11-01,1500"))) == []


def test_a_version_that_ends_where_usage_begins_may_be_mended(database: Database) -> None:
    early = ("prices.csv", "flat,,2026-01-01,,4200", "flat,,2026-01-01,2026-05-01,4200")
    applied(database, setup_with(early))
    month(database, "2026-05", usage=True)
    mended = (early[0], early[1], early[2].replace("4200", "4100"))
    assert refused(database, setup_with(mended)) == []


def test_a_new_agreement_does_not_begin_in_a_billed_month(database: Database) -> None:
    second = ("quantities.csv", "harbour,HARB-2026,workplace-e3,2026-09-14,52\n", "")
    ends = ("agreements.csv", "2026-01-01,,1500", "2026-01-01,2026-09-01,1500")
    applied(database, setup_with(second, ends))
    month(database, "2026-08", state="issued")
    faults = refused(
        database,
        setup_with(
            second,
            (ends[0], ends[1], "2026-01-01,2026-08-01,1500"),
            (ends[0], "millbrook,0012", "harbour,NEXT,EUR,2026-08-01,,,,,,,,,\nmillbrook,0012"),
        ),
    )
    assert [fault.partition(": ")[0] for fault in faults] == [
        "agreements.csv:2:ends_on",
        "agreements.csv:3:starts_on",
    ]


def test_the_zone_may_change_once_every_month_is_issued(database: Database) -> None:
    applied(database, setup_with())
    month(database, "2026-10", state="issued")
    setup = setup_with(("clients.csv", "Europe/Amsterdam", "Europe/Lisbon"))
    assert applied(database, setup) == [
        "changed: client harbour (zone: Europe/Amsterdam → Europe/Lisbon)"
    ]


def test_every_refusal_is_named_at_once_and_nothing_is_stored(billed: Database) -> None:
    setup = setup_with(
        ("meters.csv", "time_weighted_mean", "max"),
        ("prices.csv", ",0.0045,", ",0.005,"),
        ("quantities.csv", "2026-09-14,52", "2026-09-14,53"),
        ("people.csv", "Iris Tan", "Iris Bos"),
    )
    assert [fault.partition(" ")[0] for fault in refused(billed, setup)] == [
        "meters.csv:2:aggregation:",
        "prices.csv:6:unit_price:",
        "quantities.csv:3:starts_on:",
    ]
    assert applied(billed, setup_with()) == []
