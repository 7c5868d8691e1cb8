"""The functions of schema `auth`, called with the portal's own login."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from db.commands import sign_in as changes
from db.commands.sign_in import NewSession
from db.queries import sign_in as questions
from db.queries.audit import AuditAsked, audit_page
from db.session import sign_in_transaction
from tests.support.database import Database

ADA = "ada@harbour.example"
BROWSER = hashlib.sha256(b"browser").digest()
TICKET = hashlib.sha256(b"ticket").digest()
YESTERDAY = "UPDATE auth.person SET password_changed_at = now() - interval '1 day'"


def attempt(database: Database, email: str = ADA, address: str = "192.0.2.1") -> int | None:
    with sign_in_transaction(database.portal) as connection:
        return changes.record_attempt(connection, email=email, address=address)


def attempts(database: Database, count: int, **given: str) -> list[int | None]:
    return [attempt(database, **given) for _ in range(count)]


def ticket(database: Database, person: int, email: str = ADA) -> bool:
    opened = attempt(database, email)
    assert opened is not None
    with sign_in_transaction(database.portal) as connection:
        return changes.make_ticket(
            connection, ticket_hash=TICKET, person_id=person, browser_hash=BROWSER, attempt=opened
        )


def redeem(
    database: Database, *, browser: bytes = BROWSER, replaced: bytes | None = None
) -> bytes | None:
    session = NewSession(
        session_hash=os.urandom(32),
        idle=timedelta(minutes=30),
        life=timedelta(hours=12),
        address="192.0.2.1",
        user_agent="a browser",
    )
    with sign_in_transaction(database.portal) as connection:
        opened = changes.redeem_ticket(
            connection,
            ticket_hash=TICKET,
            browser_hash=browser,
            session=session,
            replaced_session=replaced,
        )
    return session.session_hash if opened else None


def change(database: Database, statement: str, **given: object) -> None:
    with database.as_owner() as connection:
        connection.execute(text(statement), given)


def is_live(database: Database, session: bytes, slug: str | None = None) -> bool:
    with sign_in_transaction(database.portal) as connection:
        return questions.session_person(connection, session, slug) is not None


def actions_noted(database: Database) -> list[str]:
    with database.as_owner() as connection:
        return list(
            connection.execute(
                text("SELECT action FROM billing.audit_log ORDER BY audit_id")
            ).scalars()
        )


def test_f49_the_sixth_attempt_in_a_quarter_of_an_hour_is_refused(database: Database) -> None:
    assert None not in attempts(database, 5)
    assert attempt(database) is None


def test_f49_an_unknown_address_is_throttled_like_a_known_one(database: Database) -> None:
    assert None not in attempts(database, 5, email="nobody@nowhere.example")
    assert attempt(database, "nobody@nowhere.example") is None


def test_small_and_large_letters_are_one_address(database: Database) -> None:
    attempts(database, 5, email="ADA@harbour.example")
    assert attempt(database, ADA) is None


def test_f49_the_refusal_ends_with_the_window(database: Database) -> None:
    attempts(database, 5)
    change(database, "UPDATE auth.sign_in_attempt SET at = at - interval '15 minutes 1 second'")
    assert attempt(database) is not None


def test_f49_refused_attempts_do_not_prolong_the_refusal(database: Database) -> None:
    attempts(database, 50)
    with database.as_owner() as connection:
        assert connection.execute(text("SELECT count(*) FROM auth.sign_in_attempt")).scalar() == 5


def test_f49_guesses_from_many_places_at_one_person_are_throttled(database: Database) -> None:
    places = [attempt(database, ADA, f"192.0.2.{place}") for place in range(1, 30)]
    assert sum(place is not None for place in places) == 5


def test_f49_one_password_tried_on_many_people_from_one_place_is_throttled(
    database: Database,
) -> None:
    tried = [attempt(database, f"p{number}@harbour.example") for number in range(40)]
    assert sum(found is not None for found in tried) == 20


def test_f49_guesses_side_by_side_do_not_pass_the_limit(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: attempt(database), range(24)))
    assert sum(found is not None for found in opened) == 5


def test_throttling_is_noted_once_in_a_window(database: Database) -> None:
    attempts(database, 30)
    assert actions_noted(database).count("sign_in_throttled") == 1


def test_a_success_opens_the_limit_again(database: Database, people: dict[str, int]) -> None:
    attempts(database, 4)
    assert ticket(database, people["ada"])
    assert None not in attempts(database, 5)


def test_who_signs_in_all_the_time_waits_like_one_who_guesses(
    database: Database, people: dict[str, int]
) -> None:
    signed_in = (
        "INSERT INTO auth.sign_in_attempt (email, address, succeeded)"
        " SELECT 'ada@harbour.example', '192.0.2.1', true FROM generate_series(1, 59)"
    )
    change(database, signed_in)
    assert ticket(database, people["ada"])
    assert attempt(database) is None
    assert attempt(database, ADA, "192.0.2.2") is None
    assert attempt(database, "quin@quayside.example") is not None
    assert actions_noted(database) == ["sign_in_throttled"]
    change(database, "UPDATE auth.sign_in_attempt SET at = at - interval '15 minutes 1 second'")
    assert attempt(database) is not None


def test_anothers_success_opens_nothing(database: Database, people: dict[str, int]) -> None:
    attempts(database, 5)
    assert ticket(database, people["quin"], "quin@quayside.example")
    assert attempt(database) is None


def test_a_ticket_needs_an_attempt_of_its_own_person(
    database: Database, people: dict[str, int]
) -> None:
    assert not ticket(database, people["quin"], ADA)


def test_a_ticket_opens_one_session(database: Database, people: dict[str, int]) -> None:
    ticket(database, people["ada"])
    session = redeem(database)
    assert session is not None
    assert is_live(database, session)
    assert redeem(database) is None
    assert actions_noted(database) == ["sign_in", "ticket_refused"]


def test_a_ticket_shown_by_another_browser_is_used_up(
    database: Database, people: dict[str, int]
) -> None:
    ticket(database, people["ada"])
    assert redeem(database, browser=hashlib.sha256(b"another").digest()) is None
    assert redeem(database) is None


@pytest.mark.parametrize(
    "meanwhile",
    [
        # A password of yesterday, or it would be younger than such a ticket.
        f"WITH a AS ({YESTERDAY}) UPDATE auth.ticket SET expires_at = now() - interval '1 second'",
        "UPDATE auth.person SET disabled_at = now()",
        "UPDATE auth.person SET password_changed_at = now() + interval '1 second'",
    ],
)
def test_a_ticket_is_void_when_too_old_or_the_person_is_not_the_same(
    database: Database, people: dict[str, int], meanwhile: str
) -> None:
    ticket(database, people["ada"])
    change(database, meanwhile)
    assert redeem(database) is None


def redeemed_with(database: Database, browser: str, life: str) -> bool:
    """Whether the portal's login itself gets a session out of `TICKET`."""
    query = (
        f"SELECT auth.redeem_ticket(:ticket, {browser}, :ticket, NULL, interval '{life}',"
        f" interval '{life}', '192.0.2.1', '')"
    )
    with sign_in_transaction(database.portal) as connection:
        return bool(connection.execute(text(query), {"ticket": TICKET}).scalar())


def test_a_ticket_shown_by_no_browser_at_all_opens_nothing(
    database: Database, people: dict[str, int]
) -> None:
    assert ticket(database, people["ada"])
    assert not redeemed_with(database, "NULL", "12 hours")
    assert redeem(database) is None


def test_no_session_lasts_longer_than_a_week(database: Database, people: dict[str, int]) -> None:
    assert ticket(database, people["ada"])
    assert redeemed_with(database, f"'\\x{BROWSER.hex()}'", "100 years")
    longest = "SELECT bool_and(expires_at <= now() + interval '168 hours') FROM auth.session"
    with database.as_owner() as connection:
        assert connection.execute(text(longest)).scalar() is True


def test_signing_in_ends_the_browsers_former_session(
    database: Database, people: dict[str, int]
) -> None:
    former = database.session(people["quin"])
    ticket(database, people["ada"])
    assert redeem(database, replaced=former) is not None
    assert not is_live(database, former)


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE auth.session SET idle_expires_at = now()",
        "UPDATE auth.session SET idle_expires_at = now(), expires_at = now()",
        "UPDATE auth.session SET revoked_at = now()",
        "UPDATE auth.person SET disabled_at = now()",
        "UPDATE auth.person SET password_changed_at = now() + interval '1 second'",
    ],
)
def test_a_session_is_over(database: Database, people: dict[str, int], meanwhile: str) -> None:
    session = database.session(people["ada"])
    assert is_live(database, session)
    change(database, meanwhile)
    assert not is_live(database, session)


def test_an_action_extends_the_idle_time_once_a_minute(
    database: Database, people: dict[str, int]
) -> None:
    session = database.session(people["ada"])
    idle = timedelta(minutes=30)
    with sign_in_transaction(database.portal) as connection:
        assert not changes.touch_session(connection, session, idle)
    change(database, "UPDATE auth.session SET last_seen_at = now() - interval '61 seconds'")
    with sign_in_transaction(database.portal) as connection:
        assert changes.touch_session(connection, session, idle)
        assert not changes.touch_session(connection, session, idle)


def test_idle_time_never_passes_the_absolute_end(
    database: Database, people: dict[str, int]
) -> None:
    session = database.session(people["ada"])
    change(database, "UPDATE auth.session SET last_seen_at = now() - interval '1 hour'")
    with sign_in_transaction(database.portal) as connection:
        assert changes.touch_session(connection, session, timedelta(days=2))
    with database.as_owner() as connection:
        same = text("SELECT idle_expires_at = expires_at FROM auth.session")
        assert connection.execute(same).scalar() is True


def test_a_dead_session_is_not_extended(database: Database, people: dict[str, int]) -> None:
    session = database.session(people["ada"])
    change(
        database,
        "UPDATE auth.session SET last_seen_at = now() - interval '1 hour', idle_expires_at = now()",
    )
    with sign_in_transaction(database.portal) as connection:
        assert not changes.touch_session(connection, session, timedelta(minutes=30))


@pytest.mark.parametrize("slug", ["quayside", "nowhere", "", "' OR 1=1--", "x" * 10_000])
def test_a_client_of_others_and_none_at_all_look_the_same(
    database: Database, people: dict[str, int], slug: str
) -> None:
    session = database.session(people["ada"])
    with sign_in_transaction(database.portal) as connection:
        found = questions.session_person(connection, session, slug)
    assert found is not None
    assert found.client is None


@pytest.mark.parametrize(
    ("person", "slugs"),
    [
        ("ada", ["harbour"]),
        ("mara", ["harbour", "quayside"]),
        ("boss", ["harbour", "quayside"]),
    ],
)
def test_each_role_sees_its_clients(
    database: Database, people: dict[str, int], person: str, slugs: list[str]
) -> None:
    session = database.session(people[person])
    with sign_in_transaction(database.portal) as connection:
        assert [each.slug for each in questions.clients_of(connection, session)] == slugs


def test_a_disabled_person_is_unknown_to_the_sign_in(
    database: Database, people: dict[str, int]
) -> None:
    change(database, "UPDATE auth.person SET disabled_at = now()")
    with sign_in_transaction(database.portal) as connection:
        assert questions.credentials_of(connection, ADA) is None


def test_a_person_without_a_password_is_unknown_to_the_sign_in(
    database: Database, people: dict[str, int]
) -> None:
    change(database, "UPDATE auth.person SET password_hash = ''")
    with sign_in_transaction(database.portal) as connection:
        assert questions.credentials_of(connection, ADA) is None


def test_a_session_is_listed_by_a_name_that_opens_nothing(
    database: Database, people: dict[str, int]
) -> None:
    session, other = database.session(people["ada"]), database.session(people["ada"])
    foreign = database.session(people["quin"])
    with sign_in_transaction(database.portal) as connection:
        listed = questions.sessions_of(connection, session)
        assert len(listed) == 2
        assert session.hex() not in {each.reference for each in listed}
        wanted = hashlib.sha256(other).hexdigest()
        assert changes.end_own_session(connection, session, wanted)
        strange = hashlib.sha256(foreign).hexdigest()
        assert not changes.end_own_session(connection, session, strange)
    assert not is_live(database, other)
    assert is_live(database, foreign)


def test_a_person_reads_his_own_last_sign_ins_refused_ones_too_and_nobody_elses(
    database: Database, people: dict[str, int]
) -> None:
    refused = attempt(database, address="198.51.100.7")
    assert refused is not None
    with sign_in_transaction(database.portal) as connection:
        changes.refuse_attempt(connection, refused)
    ticket(database, people["ada"])
    ada, quin = redeem(database), database.session(people["quin"])
    assert ada is not None
    with sign_in_transaction(database.portal) as connection:
        own = questions.own_sign_ins(connection, ada)
        assert [(each.action, each.address) for each in own] == [
            ("sign_in", "192.0.2.1"),
            ("sign_in_refused", "198.51.100.7"),
        ]
        assert own[0].at > own[1].at
        assert questions.own_sign_ins(connection, quin) == ()
        assert questions.own_sign_ins(connection, b"none") == ()


def test_ending_others_where_there_are_none_fills_no_journal(
    database: Database, people: dict[str, int]
) -> None:
    session = database.session(people["ada"])
    database.session(people["ada"])
    with sign_in_transaction(database.portal) as connection:
        ended = [changes.end_other_sessions(connection, session) for _ in range(5)]
    assert ended == [1, 0, 0, 0, 0]
    assert actions_noted(database) == ["other_sessions_ended"]


def test_sessions_that_ended_by_themselves_are_not_counted_as_ended(
    database: Database, people: dict[str, int]
) -> None:
    boss = database.session(people["boss"])
    idle, expired = database.session(people["ada"]), database.session(people["ada"])
    database.session(people["ada"])
    set_to = "UPDATE auth.session SET idle_expires_at = now() - interval '1 day'"
    with database.as_owner() as connection:
        connection.execute(text(f"{set_to} WHERE session_hash = :it"), {"it": idle})
        also = f"{set_to}, expires_at = now() - interval '1 day' WHERE session_hash = :it"
        connection.execute(text(also), {"it": expired})
    with sign_in_transaction(database.portal) as connection:
        assert changes.end_sessions_of(connection, boss, people["ada"]) == 1
        assert changes.end_sessions_of(connection, boss, people["ada"]) == 0
    assert actions_noted(database) == ["sessions_ended_by_administrator"]


def test_changing_the_password_ends_the_other_sessions(
    database: Database, people: dict[str, int]
) -> None:
    session, other = database.session(people["ada"]), database.session(people["ada"])
    opened = attempt(database)
    assert opened is not None
    with sign_in_transaction(database.portal) as connection:
        stored = questions.own_password_hash(connection, session)
        assert stored is not None
        assert changes.change_password(
            connection, session_hash=session, attempt=opened, checked_hash=stored, new_hash="new"
        )
    assert is_live(database, session)
    assert not is_live(database, other)
    assert actions_noted(database) == ["password_changed", "other_sessions_ended"]


def test_a_password_is_not_changed_on_a_stale_check(
    database: Database, people: dict[str, int]
) -> None:
    session, opened = database.session(people["ada"]), attempt(database)
    assert opened is not None
    with sign_in_transaction(database.portal) as connection:
        assert not changes.change_password(
            connection, session_hash=session, attempt=opened, checked_hash="old", new_hash="new"
        )


def test_only_an_administrator_sees_people_and_ends_their_sessions(
    database: Database, people: dict[str, int]
) -> None:
    ada, boss = database.session(people["ada"]), database.session(people["boss"])
    with sign_in_transaction(database.portal) as connection:
        assert questions.people(connection, ada) == ()
        assert changes.end_sessions_of(connection, ada, people["boss"]) is None
        assert len(questions.people(connection, boss)) == 4
        assert changes.end_sessions_of(connection, boss, people["ada"]) == 1
    assert not is_live(database, ada)
    assert is_live(database, boss)


def test_only_an_administrator_reads_the_journal_and_ends_a_session(
    database: Database, people: dict[str, int]
) -> None:
    boss = database.session(people["boss"])
    target = database.session(people["quin"])
    reference = hashlib.sha256(target).hexdigest()
    attempts(database, 6)
    everything = AuditAsked()
    with sign_in_transaction(database.portal) as connection:
        for name in ("ada", "mara", "nobody"):
            other = database.session(people[name]) if name in people else b"none"
            assert audit_page(connection, other, everything, rows=50) == ()
            assert questions.sessions_of_person(connection, other, people["quin"]) == ()
            assert not changes.end_session_of(connection, other, people["quin"], reference)
        assert [each.action for each in audit_page(connection, boss, everything, rows=50)] == [
            "sign_in_throttled"
        ]
        (session,) = questions.sessions_of_person(connection, boss, people["quin"])
        assert session.reference == reference
        assert not changes.end_session_of(connection, boss, people["ada"], reference)
        assert changes.end_session_of(connection, boss, people["quin"], reference)
    assert not is_live(database, target)


def test_ended_sessions_are_deleted_ninety_days_later(
    database: Database, people: dict[str, int]
) -> None:
    old, young = database.session(people["ada"]), database.session(people["ada"])
    ages = (
        "UPDATE auth.session SET expires_at = now() - :age * interval '1 day', "
        "idle_expires_at = now() - :age * interval '1 day' WHERE session_hash = :session"
    )
    change(database, ages, age=91, session=old)
    change(database, ages, age=89, session=young)
    ticket(database, people["ada"])
    assert redeem(database) is not None
    left = text("SELECT session_hash FROM auth.session")
    with database.as_owner() as connection:
        kept = {bytes(each) for each in connection.execute(left).scalars()}
    assert old not in kept
    assert young in kept


@pytest.mark.parametrize(
    "table", ["person", "person_client", "session", "ticket", "sign_in_attempt"]
)
def test_the_portals_login_reads_no_table_of_people(database: Database, table: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        sign_in_transaction(database.portal) as connection,
    ):
        connection.execute(text(f"SELECT * FROM auth.{table}"))


@pytest.mark.parametrize("role", ["meterglass_client", "meterglass_msp"])
def test_a_screens_role_may_not_call_the_sign_in(
    database: Database, people: dict[str, int], role: str
) -> None:
    session = database.session(people["ada"])
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        database.as_viewer(session, people["harbour"], role) as connection,
    ):
        connection.execute(text("SELECT auth.sign_in_lookup('ada@harbour.example')"))


@pytest.mark.parametrize("name", ["note('a', 'b', 'c', 'd', NULL)", "is_administrator('x')"])
def test_the_portals_login_may_not_call_what_the_functions_call(
    database: Database, name: str
) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        sign_in_transaction(database.portal) as connection,
    ):
        connection.execute(text(f"SELECT auth.{name}"))
