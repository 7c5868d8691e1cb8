"""Approvals of months: who may decide, of which months, once, and never while one is closed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.commands.approvals import (
    Decider,
    Refusal,
    approve_period,
    approve_periods,
    withdraw_approval,
)
from db.commands.closing.cut import cut, lock_month
from db.queries.live import Watched, watched_versions
from db.session import sign_in_transaction
from tests.support.database import Database, DatabaseServer, until_it_waits

OCTOBER, NOVEMBER, LATER = date(2025, 10, 1), date(2025, 11, 1), date(2099, 1, 1)
REASON = "The backup server's gap is known."
MONTHS = """
INSERT INTO billing.agreement (client_id, code, currency, starts_on)
VALUES (:client, 'A-1', 'EUR', '2025-01-01');
INSERT INTO billing.billing_period (client_id, billing_period, starts_at, ends_at, zone,
                                    agreement_id)
SELECT client_id, month, month, month + interval '1 month', 'UTC', agreement_id
FROM billing.agreement, unnest(ARRAY[date '2025-10-01', '2025-11-01', '2099-01-01']) month
WHERE client_id = :client;
INSERT INTO billing.month_state (client_id, billing_period, ends_at, grace_until, period_state,
                                 is_shadow, currency, records_version, month_version, looked_at)
SELECT client_id, billing_period, ends_at, ends_at, 'open', false, 'EUR', 0, 0, ends_at
FROM billing.billing_period WHERE client_id = :client AND billing_period < '2099-01-01';
"""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Two clients with the same months, and a session of each role."""

    database: Database
    harbour: int
    quayside: int
    sessions: dict[str, bytes]

    def decider(self, who: str) -> Decider:
        return Decider(session_hash=self.sessions[who], address="192.0.2.7")

    def approve(
        self, who: str = "billing", month: date = OCTOBER, reason: str | None = None
    ) -> Refusal | None:
        with sign_in_transaction(self.database.portal) as connection:
            return approve_period(connection, self.decider(who), self.harbour, month, reason=reason)

    def withdraw(self, who: str = "billing", month: date = OCTOBER) -> Refusal | None:
        with sign_in_transaction(self.database.portal) as connection:
            return withdraw_approval(connection, self.decider(who), self.harbour, month)

    def approvals(self) -> list[tuple[object, ...]]:
        """Who let which month of whom be issued, why, and what went wrong."""
        found = "SELECT approved_by, override_reason, fault FROM billing.period_approval"
        with self.database.as_owner() as connection:
            return [tuple(row) for row in connection.execute(text(found))]

    def journal(self) -> list[tuple[object, ...]]:
        entries = (
            "SELECT actor, action, subject, client_id, address, detail FROM billing.audit_log "
            "ORDER BY audit_id"
        )
        with self.database.as_owner() as connection:
            return [tuple(row) for row in connection.execute(text(entries))]

    def run(self, statement: str, **given: object) -> None:
        with self.database.as_owner() as connection:
            connection.execute(text(statement), given)

    def close(self, month: date = OCTOBER, *, issued: bool = False) -> None:
        """Let a month be cut, and issued."""
        with self.database.as_writer(self.harbour) as connection:
            cut(connection, self.harbour, month, datetime(2025, 12, 1, tzinfo=UTC))
        if issued:
            self.run("UPDATE billing.billing_period SET state = 'issued' WHERE state = 'closing'")

    def changes(self, who: str) -> int | None:
        """How often it changed how far a month is, as a watching page is told."""
        watched = Watched(session_hash=self.sessions[who], client_id=None)
        with sign_in_transaction(self.database.portal) as connection:
            return watched_versions(connection, [watched]).get(watched)

    def version(self) -> int:
        watched = Watched(session_hash=self.sessions["finance"], client_id=self.harbour)
        with sign_in_transaction(self.database.portal) as connection:
            return watched_versions(connection, [watched])[watched]


@pytest.fixture(scope="module")
def settled(server: DatabaseServer) -> Iterator[tuple[Database, Ground]]:
    made = server.copy()
    harbour, quayside = made.client("harbour"), made.client("quayside")
    with made.as_owner() as connection:
        for client in (harbour, quayside):
            connection.execute(text(MONTHS), {"client": client})
    people: dict[str, tuple[str, tuple[int, ...]]] = {
        "finance": ("finance", (harbour,)),
        "it": ("it", (harbour,)),
        "manager": ("account_manager", (harbour,)),
        "billing": ("billing", ()),
        "bram": ("billing", ()),
        "admin": ("administrator", ()),
    }
    sessions = {
        name: made.session(made.person(f"{name}@msp.example", role, *clients))
        for name, (role, clients) in people.items()
    }
    ground = Ground(database=made, harbour=harbour, quayside=quayside, sessions=sessions)
    made.disconnect()
    yield made, ground
    server.drop(made)


@pytest.fixture
def ground(server: DatabaseServer, settled: tuple[Database, Ground]) -> Iterator[Ground]:
    made, first = settled
    copy = server.copy(made.name)
    yield Ground(
        database=copy, harbour=first.harbour, quayside=first.quayside, sessions=first.sessions
    )
    server.drop(copy)


def test_billing_lets_a_month_be_issued_and_the_journal_says_who_from_where(
    ground: Ground,
) -> None:
    assert ground.approve() is None
    assert ground.approvals() == [("billing@msp.example", None, None)]
    assert ground.journal() == [
        ("billing@msp.example", "period_approved", "2025-10", ground.harbour, "192.0.2.7", {})
    ]


def test_the_reason_of_an_override_is_kept_and_in_the_journal(ground: Ground) -> None:
    assert ground.approve(reason=f"  {REASON} ") is None
    assert ground.approvals() == [("billing@msp.example", REASON, None)]
    (entry,) = ground.journal()
    assert entry[1] == "period_overridden"
    assert entry[5] == {"reason": REASON}


def test_another_try_keeps_the_reason_of_the_override(ground: Ground) -> None:
    ground.approve(reason=REASON)
    ground.run("UPDATE billing.period_approval SET failed_at = now(), fault = 'No key.'")
    assert ground.approve("bram") is None
    assert ground.approvals() == [("bram@msp.example", REASON, None)]
    (actor, deed, *_, detail) = ground.journal()[-1]
    assert (actor, deed, detail) == ("bram@msp.example", "period_overridden", {"reason": REASON})
    ground.run("UPDATE billing.period_approval SET failed_at = now(), fault = 'No key.'")
    assert ground.approve(reason="The backup server is gone.") is None
    assert ground.approvals() == [("billing@msp.example", "The backup server is gone.", None)]


@pytest.mark.parametrize("who", ["finance", "it", "manager", "admin"])
def test_nobody_else_approves_or_takes_back(ground: Ground, who: str) -> None:
    assert ground.approve(who) is Refusal.NOT_ALLOWED
    assert ground.approve(who, reason=REASON) is Refusal.NOT_ALLOWED
    assert ground.withdraw(who) is Refusal.NOT_ALLOWED
    assert (ground.approvals(), ground.journal()) == ([], [])


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE auth.session SET revoked_at = now()",
        "UPDATE auth.person SET disabled_at = now()",
        "UPDATE auth.person SET must_change_password = true",
    ],
)
def test_a_session_that_ended_or_only_chooses_its_password_decides_nothing(
    ground: Ground, end: str
) -> None:
    ground.run(end)
    assert ground.approve() is Refusal.SIGNED_OUT
    assert ground.withdraw() is Refusal.SIGNED_OUT
    assert ground.approvals() == []


def test_a_month_that_runs_is_not_stored_or_is_only_compared_is_not_approved(
    ground: Ground,
) -> None:
    ground.run("UPDATE billing.client SET invoices_from = '2025-11-01'")
    assert ground.approve(month=LATER) is Refusal.RUNNING
    assert ground.approve(month=date(2025, 9, 1)) is Refusal.NOT_FOUND
    assert ground.approve(month=OCTOBER) is Refusal.SHADOW
    assert ground.approve(month=NOVEMBER) is None


@pytest.mark.parametrize(("issued", "refusal"), [(False, Refusal.CLOSING), (True, Refusal.ISSUED)])
def test_a_month_that_is_closed_is_neither_approved_nor_its_approval_taken_back(
    ground: Ground, *, issued: bool, refusal: Refusal
) -> None:
    ground.approve()
    ground.close(issued=issued)
    assert ground.approve(reason=REASON) is refusal
    assert ground.withdraw() is refusal
    assert ground.approvals() == [("billing@msp.example", None, None)]


NO_REASONS = ("", "too short", "       short       ", "x" * 501, "a line\nand another", "\x1b" * 12)


@pytest.mark.parametrize("reason", NO_REASONS)
def test_a_reason_is_text_of_ten_to_five_hundred_characters(ground: Ground, reason: str) -> None:
    assert ground.approve(reason=reason) is Refusal.REASON
    assert ground.approvals() == []


def test_a_table_takes_no_other_reason_either(ground: Ground) -> None:
    with pytest.raises(DBAPIError, match="override_reason_said"):
        ground.run(
            "INSERT INTO billing.period_approval (client_id, billing_period, approved_by, "
            "override_reason) VALUES (:client, '2025-10-01', 'x', 'short')",
            client=ground.harbour,
        )


def test_approving_twice_approves_once(ground: Ground) -> None:
    assert [ground.approve(), ground.approve(), ground.approve("bram")] == [
        None,
        Refusal.APPROVED,
        Refusal.APPROVED,
    ]
    assert ground.approvals() == [("billing@msp.example", None, None)]
    assert len(ground.journal()) == 1


def test_two_people_at_once_approve_once(ground: Ground) -> None:
    with ThreadPoolExecutor(8) as pool:
        came = list(pool.map(ground.approve, ["billing", "bram"] * 8))
    assert came.count(None) == 1
    assert came.count(Refusal.APPROVED) == 15
    assert len(ground.approvals()) == len(ground.journal()) == 1


def test_what_was_approved_can_still_be_overridden_once(ground: Ground) -> None:
    ground.approve()
    assert ground.approve("bram", reason=REASON) is None
    assert ground.approve(reason=REASON) is Refusal.APPROVED
    assert ground.approve() is Refusal.APPROVED
    assert ground.approvals() == [("bram@msp.example", REASON, None)]
    assert [entry[1] for entry in ground.journal()] == ["period_approved", "period_overridden"]


def test_a_month_whose_closing_failed_is_approved_again(ground: Ground) -> None:
    ground.approve()
    ground.run("UPDATE billing.period_approval SET failed_at = now(), fault = 'No signing key.'")
    assert ground.approve("bram") is None
    assert ground.approvals() == [("bram@msp.example", None, None)]


def test_an_approval_is_taken_back_and_given_again(ground: Ground) -> None:
    assert ground.withdraw() is Refusal.NOT_APPROVED
    ground.approve()
    assert ground.withdraw("bram") is None
    assert ground.withdraw() is Refusal.NOT_APPROVED
    assert ground.approvals() == []
    assert ground.approve() is None
    assert [entry[1] for entry in ground.journal()] == [
        "period_approved",
        "approval_withdrawn",
        "period_approved",
    ]


def test_an_approval_taken_back_while_the_month_is_cut_waits_and_is_refused(
    ground: Ground,
) -> None:
    ground.approve()
    with (
        ThreadPoolExecutor(1) as pool,
        ground.database.as_writer(ground.harbour) as closer,
    ):
        lock_month(closer, ground.harbour, OCTOBER)
        taken_back = pool.submit(ground.withdraw)
        until_it_waits(ground.database, lambda: not taken_back.done())
        cut(closer, ground.harbour, OCTOBER, datetime(2025, 12, 1, tzinfo=UTC))
        closer.commit()
        assert taken_back.result() is Refusal.CLOSING
    assert len(ground.approvals()) == 1


def test_many_are_approved_at_once_and_each_that_is_not_says_why(ground: Ground) -> None:
    ground.approve()
    with sign_in_transaction(ground.database.portal) as connection:
        came = approve_periods(
            connection,
            ground.decider("bram"),
            [ground.quayside, ground.harbour, 999_999, ground.quayside],
            OCTOBER,
        )
    assert came == {
        ground.harbour: Refusal.APPROVED,
        ground.quayside: None,
        999_999: Refusal.SIGNED_OUT,
    }
    assert [entry[3] for entry in ground.journal()] == [ground.harbour, ground.quayside]


def test_a_decision_is_told_to_the_clients_pages_and_to_those_that_show_all(
    ground: Ground,
) -> None:
    before = (ground.version(), ground.changes("billing"))
    ground.approve()
    assert (ground.version(), ground.changes("billing")) == (before[0] + 1, (before[1] or 0) + 1)
    ground.withdraw()
    assert ground.changes("admin") == (before[1] or 0) + 2


@pytest.mark.parametrize("who", ["finance", "it", "manager"])
def test_others_are_not_told_how_far_months_are(ground: Ground, who: str) -> None:
    ground.approve()
    assert ground.changes(who) == 0


@pytest.mark.parametrize("role", ["meterglass_client", "meterglass_msp"])
@pytest.mark.parametrize(
    "call",
    [
        "approve_period('x', 1, '2025-10-01', NULL, '')",
        "withdraw_approval('x', 1, '2025-10-01', '')",
    ],
)
def test_a_screens_role_may_not_call_them(ground: Ground, role: str, call: str) -> None:
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        ground.database.as_viewer(ground.sessions["billing"], ground.harbour, role) as connection,
    ):
        connection.execute(text(f"SELECT billing.{call}"))


@pytest.mark.parametrize(
    "call",
    [
        "refused_decision(NULL, 1, '2025-10-01')",
        "month_decided(NULL, 1, '2025-10-01', 'x', NULL, NULL)",
        "visible_client_ids()",
    ],
)
def test_the_portals_login_may_not_call_what_they_call(ground: Ground, call: str) -> None:
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        sign_in_transaction(ground.database.portal) as connection,
    ):
        connection.execute(text(f"SELECT billing.{call}"))
