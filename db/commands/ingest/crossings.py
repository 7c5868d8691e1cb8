"""Crossings: bounds and thresholds that a meter's total passed, kept as facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import Connection

from billing_core.metering import Aggregation
from billing_core.prices import Agreement
from billing_core.rating import Watch, is_past
from db.commands.ingest.passing import Replay
from db.commands.ingest.standing import Key, Latest, Rows, key_of, latest_rows, note
from db.commands.ingest.stored_totals import Total
from db.commands.ingest.versions import Version, versions_of

ROUNDING = Fraction(1, 10**15)  # by as much a stored total may differ from the exact one


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Bounds of a meter in a month whose passing isn't known."""

    replay: Replay
    watches: Mapping[Key, Watch]
    rows: Rows  #: the latest of all bounds of the meter in the month
    since: datetime  #: they weren't passed before
    until: datetime  #: inclusive


def note_crossings(
    connection: Connection, client_id: int, totals: Iterable[Total], agreements: Iterable[Agreement]
) -> None:
    """Note what the totals passed up to their last events. Again, it notes nothing twice."""
    signed = tuple(agreements)
    versions = {total: versions_of(signed, total.meter, total.period) for total in totals}
    asked = [total for total, own in versions.items() if _may_matter(total, own)]
    if not asked:
        return
    keys = [(total.brought.meter_id, total.period.month) for total in asked]
    rows = latest_rows(connection, client_id, keys)
    for total in asked:
        own = rows.get((total.brought.meter_id, total.period.name), {})
        question = _question(client_id, total, versions[total], own)
        if question:
            answer(connection, question)


def answer(connection: Connection, question: Question) -> int:
    """Find where the bounds were passed and note what isn't known yet.

    Returns:
        How many rows were written.
    """
    passings = question.replay.passings(
        connection,
        list(question.watches.values()),
        since=question.since,
        until=question.until,
    )
    return sum(
        note(
            connection,
            question.replay,
            key,
            watch.bound.share,
            passings.get(watch),
            question.rows.get(key),
        )
        for key, watch in question.watches.items()
    )


def watches_of(versions: Iterable[Version]) -> dict[Key, Watch]:
    """Give all bounds of versions, by the keys of their crossings."""
    return {
        key_of(version, watch.bound): watch for version in versions for watch in version.watches
    }


def horizon(last_at: datetime | None, rows: Rows) -> datetime | None:
    """Give the instant up to which crossings are known: the last event or standing crossing."""
    known = [row.crossed_at for row in rows.values() if row.stands]
    return max([*known, *([last_at] if last_at else [])], default=None)


def _question(
    client_id: int, total: Total, versions: tuple[Version, ...], rows: Rows
) -> Question | None:
    until = horizon(total.last_at, rows)
    watches = {
        key: watch
        for key, watch in watches_of(versions).items()
        if _is_in_question(total, watch, rows.get(key), until)
    }
    if until is None or not watches:
        return None
    replay = Replay(
        client_id=client_id,
        meter_id=total.brought.meter_id,
        meter=total.meter,
        period=total.period,
    )
    return Question(replay=replay, watches=watches, rows=rows, since=_known_to(total), until=until)


def _known_to(total: Total) -> datetime:
    """The instant before which all passings are known, and unchanged.

    Time alone changes levels: of those nothing is known after the last event.
    """
    brought = total.brought
    if not total.meter.aggregation.is_level:
        return brought.since
    return min(brought.since, brought.earlier_last_at or total.period.starts_at)


def _may_matter(total: Total, versions: Iterable[Version]) -> bool:
    """Whether anything may have changed; told without looking at what stands.

    Of levels a crossing may stand that came by itself after the last event. Of what only rises none
    stands that neither the total before nor the one after is past.
    """
    watches = [watch for version in versions for watch in version.watches]
    if total.meter.aggregation.is_level:
        return bool(watches)
    if total.brought.is_appended:
        return any(_may_pass(total, watch) for watch in watches)
    if total.meter.allows_credits:
        return bool(watches)
    highest = Fraction(max(total.brought.before, total.after))
    return any(is_past(watch.bound, highest) for watch in watches)


def _is_in_question(
    total: Total, watch: Watch, latest: Latest | None, until: datetime | None
) -> bool:
    if latest and latest.stands:
        # A mean at an instant doesn't depend on what happens at that very instant.
        is_mean = total.meter.aggregation is Aggregation.TIME_WEIGHTED_MEAN
        since = total.brought.since
        return latest.crossed_at > since or (latest.crossed_at == since and not is_mean)
    is_ahead = until is not None and (total.last_at is None or until > total.last_at)
    return is_ahead or _may_pass(total, watch)


def _may_pass(total: Total, watch: Watch) -> bool:
    """Whether a bound that wasn't passed may be passed by the last event."""
    brought, bound = total.brought, watch.bound
    before, after = Fraction(brought.before), Fraction(total.after)
    if _only_rises(total):
        was_past = is_past(bound, before - ROUNDING) and _was_in_force(total, watch)
        return is_past(bound, after + ROUNDING) and not was_past
    if brought.is_appended and _falls_by_itself_only(total):
        return is_past(bound, max(before, after, Fraction(0)) + Fraction(brought.raises))
    return True


def _was_in_force(total: Total, watch: Watch) -> bool:
    """Whether the total before a batch says what was passed while the price was in force.

    Not of what the batch changes before that began, nor if events of after its end are in it.
    """
    brought = total.brought
    last_at = brought.earlier_last_at
    return brought.since >= watch.starts_at and (last_at is None or last_at < watch.ends_at)


def _only_rises(total: Total) -> bool:
    return total.meter.aggregation is not Aggregation.LAST and not total.meter.allows_credits


def _falls_by_itself_only(total: Total) -> bool:
    """Whether only events raise it."""
    return total.meter.aggregation is Aggregation.SUM or not total.meter.allows_credits
