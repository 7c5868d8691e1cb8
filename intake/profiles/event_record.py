"""The record of a value that the database rejected: an event by the names of its fields."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from intake.profiles.found import Billed
from intake.profiles.measurements import Measured, measuring, superseded_id
from intake.profiles.record import record_of
from intake.profiles.refusals import Refusal, RefusedRow
from intake.profiles.rows import check_correction, withdrawal
from intake.profiles.times import occurred_text
from intake.profiles.values import id_text, meter_code, quantity_text, reason_text, resource_code

NEEDED: Final = frozenset({"time", "meter", "resource", "quantity", "id"})
KNOWN: Final = NEEDED | {
    "counted_value", "supersedes", "supersedes_event", "reason", "withdraws",
    "currency", "cost", "provider", "service", "name",
}  # fmt: skip

Fields = Mapping[str, object]


def is_event_record(fields: Fields) -> bool:
    """Whether a record has the fields of an event, and no others."""
    return fields.keys() >= NEEDED and fields.keys() <= KNOWN


def measure_event_record(
    fields: Fields, client: str, source: str
) -> list[Measured | Billed | RefusedRow]:
    """Read the record of an event, for the client and source that it is recorded under.

    Args:
        fields: as `is_event_record` knows them; `supersedes` is the source's own id of the wrong
            event, `supersedes_event` its event id.
        client: slug.
        source: code.
    """
    texts = {name: _text(value) for name, value in fields.items()}
    try:
        measured = _measured(texts, client, source)
    except Refusal as refusal:
        record = record_of(texts)
        return [RefusedRow(line=1, code=refusal.code, reason=refusal.reason, record=record)]
    return [measured, *_billed(texts, measured)]


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else None
    return None if value is None else str(value)


def _measured(texts: Mapping[str, str | None], client: str, source: str) -> Measured:
    meter = meter_code(texts["meter"] or "")
    supersedes = _superseded(texts, source, meter)
    why, withdraws = texts.get("reason"), withdrawal(texts.get("withdraws"))
    reason = reason_text(why) if why else None
    check_correction(supersedes, reason, withdraws)
    counted = texts.get("counted_value")
    return measuring(client, source)(
        1,
        id_text(texts["id"] or ""),
        meter,
        occurred_text(texts["time"] or "", None),
        "0" if withdraws else quantity_text(texts["quantity"] or ""),
        resource_code(texts["resource"] or ""),
        id_text(counted) if counted else None,
        supersedes,
        reason,
        withdraws,
    )


def _superseded(texts: Mapping[str, str | None], source: str, meter: str) -> str | None:
    own, event = texts.get("supersedes"), texts.get("supersedes_event")
    if event is None:
        return superseded_id(source, id_text(own), meter) if own else None
    try:
        return str(UUID(event))
    except ValueError:
        raise Refusal("text", f"supersedes_event: {event[:64]!r} is no event id") from None


def _billed(texts: Mapping[str, str | None], measured: Measured) -> list[Billed]:
    currency = texts.get("currency")
    if currency is None:
        return []
    rest = (texts.get(name) for name in ("cost", "provider", "service", "name"))
    return [Billed(measured.event_id, currency, *rest)]
