"""A setup is stored whole or not at all, and the second time nothing changes."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from billing_core.prices import Agreement
from db.queries.setup import agreement_of, agreements_of, client_of, issuer, meters, sources_of
from db.queries.stored_setup import stored_setup
from tests.support.database import Database
from tests.support.setup_files import Replacement, applied, refused, setup_with

NAMES = (
    "billing.issuer billing.client billing.meter billing.source billing.tax_rate "
    "billing.agreement billing.price "
    "billing.price_tier billing.agreement_quantity auth.person auth.person_client "
    "billing.audit_log billing.client_version billing.billing_period"
)
TABLES = NAMES.split()


def rows_in(database: Database) -> dict[str, list[str]]:
    """Every row of the tables that a setup could touch, as text."""
    with database.administrator.connect() as connection:
        return {
            table: list(
                connection.execute(text(f"SELECT t::text FROM {table} t ORDER BY 1")).scalars()
            )
            for table in TABLES
        }


#: The example, in which the second client is another one.
QUAY: tuple[Replacement, ...] = (
    ("clients.csv", "millbrook,Millbrook Kliniken GmbH", "quay,Quay"),
    ("people.csv", "finance,millbrook", "finance,quay"),
    ("sources.csv", "millbrook,", "quay,"),
    ("agreements.csv", "millbrook,", "quay,"),
    ("prices.csv", "millbrook,0012,backup", "quay,0012,backup"),
    ("prices.csv", "millbrook,0012,base", "quay,0012,base"),
    (
        "tiers.csv",
        "millbrook,0012,backup-storage,2026-03-16,1",
        "quay,0012,backup-storage,2026-03-16,1",
    ),
    (
        "tiers.csv",
        "millbrook,0012,backup-storage,2026-03-16,2",
        "quay,0012,backup-storage,2026-03-16,2",
    ),
)


def number_of(database: Database, query: str) -> int:
    with database.administrator.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


def test_what_is_applied_is_stored_as_it_was_read(database: Database) -> None:
    applied(database, setup_with())
    with database.as_owner() as connection:
        assert stored_setup(connection) == setup_with()


def test_the_second_time_nothing_changes(database: Database) -> None:
    applied(database, setup_with())
    before = rows_in(database)
    assert applied(database, setup_with()) == []
    assert rows_in(database) == before


def test_a_setup_leaves_one_row_in_the_audit_log_that_says_what_changed(database: Database) -> None:
    applied(database, setup_with())
    applied(database, setup_with(("clients.csv", "de_DE", "de_AT")))
    with database.administrator.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT actor, action, subject, detail FROM billing.audit_log"
                " WHERE action = 'setup_applied' ORDER BY audit_id"
            )
        ).all()
    assert [(row.actor, row.action, row.subject) for row in rows] == [
        ("a test", "setup_applied", "38 changes"),
        ("a test", "setup_applied", "1 changes"),
    ]
    assert rows[1].detail == {"changes": ["changed: client millbrook (locale: de_DE → de_AT)"]}


def test_a_setup_makes_no_billing_period_and_no_password(database: Database) -> None:
    applied(database, setup_with())
    assert number_of(database, "SELECT count(*) FROM billing.billing_period") == 0
    assert number_of(database, "SELECT count(*) FROM auth.person WHERE password_hash <> ''") == 0


def test_a_setup_that_the_database_refuses_at_its_last_row_stores_nothing(
    database: Database,
) -> None:
    with database.as_owner() as connection:
        connection.execute(
            text(
                "ALTER TABLE billing.agreement_quantity ADD CONSTRAINT fewer CHECK (quantity < 50)"
            )
        )
    before = rows_in(database)
    with pytest.raises(IntegrityError):
        applied(database, setup_with())
    assert rows_in(database) == before


def test_what_changed_is_told_with_the_day_it_takes_effect(database: Database) -> None:
    applied(database, setup_with())
    changes = applied(
        database,
        setup_with(
            ("issuer.csv", "NL004495445B01", "NL004495445B02"),
            ("people.csv", "Iris Tan", "Iris Tan-Bos"),
            (
                "prices.csv",
                "harbour,HARB-2026,egress",
                "harbour,HARB-2026,disaster-copy,Disaster copy,flat,,2027-01-01,,600"
                + "," * 21
                + "\nharbour,HARB-2026,egress",
            ),
            ("prices.csv", "flat,,2026-07-01,,4350", "flat,,2026-07-01,2027-03-01,4350"),
            (
                "quantities.csv",
                "2026-09-14,52\n",
                "2026-09-14,52\nharbour,HARB-2026,workplace-e3,2026-12-07,55\n",
            ),
        ),
    )
    assert changes == [
        "changed: issuer Fairlead (tax_number: NL004495445B01 → NL004495445B02)",
        "changed: person it@harbour.example (name: Iris Tan → Iris Tan-Bos)",
        (
            "ended: price harbour HARB-2026 base-platform 2026-07-01 on 2027-03-01 "
            "(ends_on: – → 2027-03-01)"
        ),
        "added: price harbour HARB-2026 disaster-copy 2027-01-01",
        "added: quantity harbour HARB-2026 workplace-e3 2026-12-07",
    ]


def test_a_new_version_ends_the_one_before(database: Database) -> None:
    applied(database, setup_with())
    row = "harbour,HARB-2026,egress,Egress,package,egress,2027-01-01" + "," * 7 + "100,7.9,50"
    setup = setup_with(
        (
            "prices.csv",
            "harbour,HARB-2026,onboarding",
            f"{row}{',' * 14}\nharbour,HARB-2026,onboarding",
        )
    )
    assert applied(database, setup) == [
        "ended: price harbour HARB-2026 egress 2026-01-01 on 2027-01-01 (ends_on: – → 2027-01-01)",
        "added: price harbour HARB-2026 egress 2027-01-01",
    ]
    # Not begun yet: taken away again, the version before is open again.
    assert applied(database, setup_with()) == [
        "changed: price harbour HARB-2026 egress 2026-01-01 (ends_on: 2027-01-01 → –)",
        "removed: price harbour HARB-2026 egress 2027-01-01",
    ]


def test_changed_tiers_are_stored_and_told(database: Database) -> None:
    applied(database, setup_with())
    changes = applied(database, setup_with(("tiers.csv", "Growth,2000,0.07", "Growth,2500,0.07")))
    assert changes == [
        (
            "changed: price harbour HARB-2026 backup-storage 2026-01-01 (tiers: "
            "Base up to 500 at 0.09, "
            "Growth up to 2000 at 0.07 [Second storage array], "
            "Burst and above at 0.12 + 50 (burst) [Rented array until the third is in place] → "
            "Base up to 500 at 0.09, "
            "Growth up to 2500 at 0.07 [Second storage array], "
            "Burst and above at 0.12 + 50 (burst) [Rented array until the third is in place])"
        )
    ]
    assert number_of(database, "SELECT count(*) FROM billing.price_tier WHERE up_to = 2500") == 1


def test_clients_that_the_folder_does_not_name_are_left_alone(database: Database) -> None:
    applied(database, setup_with())
    other = setup_with(
        *QUAY,
        ("people.csv", "finanzen@millbrook", "contas@quay"),
        ("people.csv", "harbour millbrook", "harbour quay"),
    )
    changes = applied(database, other)
    assert [change for change in changes if "millbrook" in change] == [
        (
            "changed: person m.okafor@fairlead.example (clients: harbour, millbrook → harbour, "
            "millbrook, quay)"
        ),
    ]
    with database.as_owner() as connection:
        stored = stored_setup(connection)
    assert stored is not None
    assert [client.slug for client in stored.clients] == ["harbour", "millbrook", "quay"]
    assert [person.clients for person in stored.people if person.name == "Mira Okafor"] == [
        ("harbour", "millbrook", "quay")
    ]


def test_a_person_who_is_not_in_the_folder_is_left_alone_and_told(database: Database) -> None:
    applied(database, setup_with())
    rows = (
        "it@harbour.example,Iris Tan,it,harbour\n",
        "a.reyes@fairlead.example,Ana Reyes,administrator,\n",
    )
    without = setup_with(*(("people.csv", row, "") for row in rows))
    assert applied(database, without) == ["left alone: person it@harbour.example"]
    applied_once = "SELECT count(*) FROM billing.audit_log WHERE action = 'setup_applied'"
    assert number_of(database, applied_once) == 1
    assert number_of(database, "SELECT count(*) FROM auth.person") == 6


def test_a_finance_person_never_comes_to_see_two_clients(database: Database) -> None:
    applied(database, setup_with())
    only_harbour = setup_with(
        ("people.csv", "Jonas Adler,finance,millbrook", "Jonas Adler,finance,harbour")
    )
    applied(database, only_harbour)
    with database.as_owner() as connection:
        stored = stored_setup(connection)
    assert stored is not None
    assert [person.clients for person in stored.people if person.name == "Jonas Adler"] == [
        ("harbour",)
    ]


def test_a_folder_of_other_clients_may_not_give_a_finance_person_a_second(
    database: Database,
) -> None:
    applied(database, setup_with())
    files = setup_with(*QUAY, ("people.csv", "harbour millbrook", "harbour"))
    assert refused(database, files) == [
        (
            "people.csv:5:clients: A person of role finance sees exactly one client, and sees "
            "millbrook and quay: use another address for the second."
        )
    ]


def test_a_role_may_change_together_with_the_clients(database: Database) -> None:
    applied(database, setup_with())
    setup = setup_with(
        ("people.csv", "Mira Okafor,account_manager,harbour millbrook", "Mira Okafor,billing,"),
        ("people.csv", "Bram Claes,billing,", "Bram Claes,account_manager,millbrook"),
    )
    assert applied(database, setup) == [
        (
            "changed: person b.claes@fairlead.example (role: billing → account_manager; "
            "clients: none → millbrook)"
        ),
        (
            "changed: person m.okafor@fairlead.example (role: account_manager → billing; "
            "clients: harbour, millbrook → none)"
        ),
    ]
    assert applied(database, setup) == []


def test_a_demo_marks_what_is_new_and_touches_nothing_real(database: Database) -> None:
    applied(database, setup_with(), is_demo=True)
    assert number_of(database, "SELECT count(*) FROM billing.client WHERE is_demo") == 2
    assert number_of(database, "SELECT count(*) FROM auth.person WHERE is_demo") == 6
    assert applied(database, setup_with(), is_demo=True) == []
    with database.as_owner() as connection:
        connection.execute(text("UPDATE billing.client SET is_demo = false WHERE slug = 'harbour'"))
        connection.execute(text("UPDATE auth.person SET is_demo = false WHERE name = 'Iris Tan'"))
    assert refused(database, setup_with(), is_demo=True) == [
        "clients.csv:2:slug: The client is a real one, not of a demo: use another slug.",
        "people.csv:6:email: The person is a real one, not of a demo: use another address.",
    ]


def test_agreements_may_move_their_common_border(database: Database) -> None:
    first = (
        "agreements.csv",
        "2026-01-01,,1500,,,2027-01-01,2026-10-01",
        "2026-01-01,2027-01-01,1500,,,,",
    )
    second = "harbour,HARB-2027,EUR,2027-01-01,,,,,,,,,\nmillbrook,0012"
    applied(database, setup_with(first, ("agreements.csv", "millbrook,0012", second)))
    later = setup_with(
        (first[0], first[1], first[2].replace("2027-01-01", "2027-04-01")),
        ("agreements.csv", "millbrook,0012", second.replace("2027-01-01", "2027-04-01")),
    )
    assert applied(database, later) == [
        "changed: agreement harbour HARB-2026 (ends_on: 2027-01-01 → 2027-04-01)",
        "changed: agreement harbour HARB-2027 (starts_on: 2027-01-01 → 2027-04-01)",
    ]
    earlier = setup_with(first, ("agreements.csv", "millbrook,0012", second))
    assert applied(database, earlier) == [
        "ended: agreement harbour HARB-2026 on 2027-01-01 (ends_on: 2027-04-01 → 2027-01-01)",
        "changed: agreement harbour HARB-2027 (starts_on: 2027-04-01 → 2027-01-01)",
    ]
    assert applied(database, setup_with()) == [
        (
            "changed: agreement harbour HARB-2026 (ends_on: 2027-01-01 → –; "
            "renews_on: – → 2027-01-01; notice_by: – → 2026-10-01)"
        ),
        "removed: agreement harbour HARB-2027 from 2027-01-01",
    ]


def test_each_change_tells_the_screens_of_its_client_only(database: Database) -> None:
    applied(database, setup_with())

    def versions() -> dict[str, int]:
        with database.administrator.connect() as connection:
            query = (
                "SELECT slug, version "
                "FROM billing.client_version JOIN billing.client USING (client_id)"
            )
            return {row.slug: row.version for row in connection.execute(text(query))}

    assert versions() == {"harbour": 1, "millbrook": 1}
    applied(database, setup_with(("prices.csv", "0.0045", "0.005")))
    assert versions() == {"harbour": 2, "millbrook": 1}
    applied(database, setup_with(("issuer.csv", "Fairlead,", "Fairlead Group,")))
    assert versions() == {"harbour": 3, "millbrook": 2}
    applied(database, setup_with(("taxes.csv", "VAT 19 %", "Btw 19 %")))
    assert versions() == {"harbour": 4, "millbrook": 3}


@pytest.mark.parametrize(
    ("slug", "day", "agreement"),
    [
        ("harbour", date(2025, 12, 31), None),
        ("harbour", date(2026, 1, 1), "HARB-2026"),
        ("harbour", date(2031, 5, 5), "HARB-2026"),
        ("millbrook", date(2027, 3, 31), "0012"),
        ("millbrook", date(2027, 4, 1), None),
    ],
)
def test_the_agreement_of_a_day_is_the_one_that_runs(
    database: Database, slug: str, day: date, agreement: str | None
) -> None:
    applied(database, setup_with())
    client_id = number_of(database, f"SELECT client_id FROM billing.client WHERE slug = '{slug}'")
    with database.as_owner() as connection:
        found = agreement_of(connection, client_id, day)
    assert (found and found.code) == agreement


def test_a_viewer_reads_the_own_rate_card_whole_and_no_other(database: Database) -> None:
    applied(database, setup_with())
    harbour = number_of(database, "SELECT client_id FROM billing.client WHERE slug = 'harbour'")
    millbrook = number_of(database, "SELECT client_id FROM billing.client WHERE slug = 'millbrook'")
    person_id = number_of(database, "SELECT person_id FROM auth.person WHERE name = 'Iris Tan'")
    session = database.session(person_id)
    expected = {agreement.code: agreement for agreement in setup_with().agreements}
    with database.as_viewer(session, harbour) as connection:
        assert agreements_of(connection, harbour) == (expected["HARB-2026"],)
        assert agreements_of(connection, millbrook) == ()
        assert client_of(connection, millbrook) is None
        profile = client_of(connection, harbour)
        assert profile is not None
        assert (profile.slug, profile.zone, profile.locale) == (
            "harbour",
            "Europe/Amsterdam",
            "en_NL",
        )
        assert [source.code for source in sources_of(connection, harbour)] == [
            "backup-collector",
            "cloud-bill",
            "hypervisor",
            "remote-gateway",
        ]
        assert issuer(connection) == setup_with().issuer
        assert tuple(meters(connection).values()) == setup_with().meters


def test_numbers_come_back_as_they_were_written(database: Database) -> None:
    applied(database, setup_with())
    client_id = number_of(database, "SELECT client_id FROM billing.client WHERE slug = 'harbour'")
    with database.as_owner() as connection:
        agreement = agreement_of(connection, client_id, datetime(2026, 11, 1, tzinfo=UTC).date())
    assert isinstance(agreement, Agreement)
    price = agreement.price_at("compute-hours", date(2026, 11, 1))
    assert price is not None
    assert str(price.unit_price) == "0.0045"
    assert agreement.quantity_at("workplace-e3", date(2026, 9, 13)) == Decimal(48)
    assert agreement.quantity_at("workplace-e3", date(2026, 9, 14)) == Decimal(52)


def test_an_agreement_takes_three_statements(database: Database) -> None:
    applied(database, setup_with())
    client_id = number_of(database, "SELECT client_id FROM billing.client WHERE slug = 'harbour'")
    statements: list[str] = []
    event.listen(
        database.owner,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_rest: statements.append(statement),
    )
    with database.as_owner() as connection:
        agreement_of(connection, client_id, date(2026, 11, 1))
    assert len(statements) == 3
