"""Protections of what is measured: once, in order, in its month, and as it was corrected."""

from typing import Final

from tests.sabotage.mutation import Mutation

INGEST: Final = "db/commands/ingest"
RECORDING: Final = "tests/db/test_ingest.py"
FAULTS: Final = "tests/faults/test_f02_to_f05_events.py"
TIMES: Final = "tests/faults/test_f17_to_f21_time.py"
ANY_ORDER: Final = "tests/oracle/test_any_order.py"

METERING: Final[tuple[Mutation, ...]] = (
    Mutation(
        name="the comparison of contents under one id (F3)",
        file=f"{INGEST}/events.py",
        old="WHERE e.leaf_hash <> o.leaf_hash",
        new="WHERE e.leaf_hash <> e.leaf_hash",
        tests=(FAULTS,),
    ),
    Mutation(
        name="the row lock of the running total",
        file=f"{INGEST}/totals.py",
        old="    FOR UPDATE OF t\n",
        new="",
        tests=("tests/db/test_turns_of_writers.py",),
    ),
    Mutation(
        name="the lock of a meter whose events are corrected",
        file=f"{INGEST}/consequences.py",
        old="THEN pg_advisory_xact_lock(:client, meter_id)::text",
        new="THEN pg_advisory_xact_lock_shared(:client, meter_id)::text",
        tests=("tests/db/test_turns_of_writers.py",),
    ),
    Mutation(
        name="the order in which the batches of a file begin",
        file=f"{INGEST}/storing.py",
        old="    plan.turn.wait_to_begin(connection)\n",
        new="",
        tests=("tests/db/test_two_writers.py",),
    ),
    Mutation(
        name="the order in which events are inserted",
        file=f"{INGEST}/events.py",
        old="SELECT DISTINCT ON (o.event_id) :client",
        new="SELECT DISTINCT ON (md5(o.event_id::text || pg_backend_pid())) :client",
        also=(
            (
                "ORDER BY o.event_id, o.line{passing_over}",
                "ORDER BY md5(o.event_id::text || pg_backend_pid()), o.line{passing_over}",
            ),
        ),
        tests=("tests/db/test_turns_of_writers.py",),
    ),
    Mutation(
        name="passing over superseded events",
        file=f"{INGEST}/rollups.py",
        old="WHERE s.client_id = :client AND s.supersedes_event_id = u.event_id)) e",
        new="WHERE s.client_id = :client AND s.supersedes_event_id = s.event_id)) e",
        tests=(FAULTS, RECORDING),
    ),
    Mutation(
        name="a correction that came before its original",
        file=f"{INGEST}/supersession.py",
        old="    return connection.execute(NOTE_CORRECTED_BEFORE, client).rowcount > 0",
        new="    return False",
        tests=(ANY_ORDER,),
    ),
    Mutation(
        name="a second correction of one event",
        file=f"{INGEST}/checks.py",
        old="    yield from _rejected(connection, AGAIN,",
        new="    yield from () if client_id else _rejected(connection, AGAIN,",
        tests=(RECORDING,),
    ),
    Mutation(
        name="the withdrawal: an event that only withdraws counts nowhere",
        file=f"{INGEST}/rollups.py",
        old="u.resource_id = ANY (w.resources) AND NOT u.withdraws",
        new="u.resource_id = ANY (w.resources)",
        tests=(RECORDING,),
    ),
    Mutation(
        name="the half-open edge of a month",
        file=f"{INGEST}/events.py",
        old="JOIN months p ON o.occurred_at >= p.starts_at AND o.occurred_at < p.ends_at",
        new="JOIN months p ON o.occurred_at > p.starts_at AND o.occurred_at <= p.ends_at",
        tests=(TIMES,),
    ),
    Mutation(
        name="the months that are closed",
        file=f"{INGEST}/periods.py",
        old="return (self.earliest_open or period) if period.name in self.closed else period",
        new="return period",
        tests=(TIMES,),
    ),
    Mutation(
        name="the months that are locked against their closing",
        file=f"{INGEST}/periods.py",
        old="    FOR SHARE OF p\n",
        new="",
        tests=("tests/db/test_turns_of_writers.py",),
    ),
    Mutation(
        name="carrying levels into later months",
        file=f"{INGEST}/totals.py",
        old="        AND p.starts_at > s.first_at\n",
        new="        AND p.starts_at > p.ends_at\n",
        tests=("tests/db/test_disorder.py",),
    ),
    Mutation(
        name="telling a crossing whose totals have changed",
        file=f"{INGEST}/standing.py",
        old='        and told["before"] == latest.before\n',
        new="",
        tests=(TIMES,),
    ),
    Mutation(
        name="the refusal of negative quantities (F5)",
        file=f"{INGEST}/checks.py",
        old="if each.least < 0 and not meter.allows_credits:",
        new="if each.least < 0 and not meter:",
        tests=(FAULTS,),
    ),
    Mutation(
        name="the refusal of what lies in the future (F18)",
        file=f"{INGEST}/checks.py",
        old="if any(each.last_at > latest for each in offered):",
        new="if not latest:",
        tests=(TIMES,),
    ),
    Mutation(
        name="the refusal of a local time that the clocks showed twice (F19)",
        file="intake/profiles/times.py",
        old="if first.utcoffset() == second.utcoffset():",
        new="if second:",
        tests=(TIMES,),
    ),
    Mutation(
        name="the rise of the client's version with each record",
        file=f"{INGEST}/recording.py",
        old="    if recorded.accepted:\n        raise_from_batch",
        new="    if recorded.late:\n        raise_from_batch",
        tests=(RECORDING,),
    ),
    Mutation(
        name="the check of the schema's version at the start",
        file="db/migrate.py",
        old="    if found == expected:\n",
        new="    if found:\n",
        tests=("tests/db/test_migrations.py",),
    ),
)
