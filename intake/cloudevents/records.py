"""Events out of quarantine, read again."""

from typing import Final

from intake.cloudevents.bodies import PostRefused, parsed
from intake.cloudevents.usage import checked, measured
from intake.profiles.event_record import is_event_record, measure_event_record
from intake.profiles.json_rows import HALF_SIGN
from intake.profiles.measurements import Measured, measuring
from intake.profiles.refusals import Refusal, RefusedRow

_LINE: Final = 1


def measure_record(record: str, client: str, source: str) -> list[Measured | RefusedRow]:
    """Read an event that was kept, for the client and the source that it is to be recorded under.

    Args:
        record: the JSON text of a CloudEvent, or the flat one that the database keeps of a value
            that it rejected: time, meter, resource, quantity, id and what else there was.
        client: slug; the event's own word on its client counts for nothing here.
        source: code.

    Returns:
        One measurement, or one refusal.
    """
    try:
        event = parsed(record)
        if isinstance(event, dict) and is_event_record(event):
            _require_whole_signs(event)
            found = measure_event_record(event, client, source)
            return [each for each in found if isinstance(each, Measured | RefusedRow)]
        return [measured(_LINE, checked(event), source, measuring(client, source))]
    except Refusal as refusal:
        return [_refused(refusal.code, refusal.reason, record)]
    except PostRefused as refusal:
        return [_refused("event", str(refusal), record)]


def _require_whole_signs(fields: dict[str, object]) -> None:
    for name, value in fields.items():
        if isinstance(value, str) and HALF_SIGN.search(value):
            raise Refusal("text", f"{name} holds half a sign")


def _refused(code: str, reason: str, record: str) -> RefusedRow:
    return RefusedRow(line=_LINE, code=code, reason=reason, record=record)
