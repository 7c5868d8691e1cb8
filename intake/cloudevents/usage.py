"""One CloudEvent as one measurement."""

from collections.abc import Callable
from typing import Final, Never

from intake.cloudevents.bodies import Unusable
from intake.cloudevents.texts import amount, instant, meter_name, name, resource_name, words
from intake.profiles.json_rows import NumberText
from intake.profiles.measurements import Measure, Measured, superseded_id
from intake.profiles.refusals import Refusal
from intake.profiles.rows import check_correction

#: The only type of event that is taken.
TYPE: Final = "meterglass.usage"
_VERSION: Final = "1.0"
_ATTRIBUTES: Final = frozenset(
    {"specversion", "id", "source", "type", "subject", "time", "datacontenttype"}
)
_KNOWN: Final = _ATTRIBUTES | {"data"}
_FIELDS: Final = frozenset(
    {"meter", "resource", "quantity", "counted_value", "supersedes", "withdraws", "reason"}
)
#: Fields that an event has unless it corrects another or counts values.
_PLAIN: Final = frozenset({"meter", "resource", "quantity"})

Fields = dict[str, object]


def checked(event: object) -> Fields:
    """The attributes of an event, if it is a CloudEvent of ours.

    Raises:
        Refusal: with the reason.
    """
    if type(event) is not dict:
        raise Refusal("event", _why_no_object("an event", event))
    if not event.keys() <= _KNOWN:
        _check_extensions(event)
    version, kind, source = event.get("specversion"), event.get("type"), event.get("source")
    if type(version) is not str or version != _VERSION:
        raise Refusal("event", f"specversion must be {_VERSION!r}")
    if type(kind) is not str or kind != TYPE:
        raise Refusal("event", f"type must be {TYPE!r}")
    if type(source) is not str or not source:
        raise Refusal("event", "source must be there, as a text")
    if "datacontenttype" in event:
        _check_content_type(event["datacontenttype"])
    return event


def measured(line: int, event: Fields, source: str, measure: Measure) -> Measured:
    """The measurement in a checked event.

    Args:
        line: the event's place in its post, from 1.
        event: its attributes, its data among them.
        source: code of the source that it is recorded under.
        measure: makes the measurement for the client and the source.

    Raises:
        Refusal: with the reason.
    """
    fields = event.get("data")
    if type(fields) is not dict:
        raise Refusal("event", _why_no_object("data", fields))
    own_id, occurred = _text(event, "id", name), _text(event, "time", instant)
    meter = _text(fields, "meter", meter_name)
    resource = _text(fields, "resource", resource_name)
    if fields.keys() == _PLAIN:
        plain = _quantity(fields)
        return measure(line, own_id, meter, occurred, plain, resource, None, None, None, None)
    if not fields.keys() <= _FIELDS:
        unknown = min(fields.keys() - _FIELDS)
        raise Refusal("event", f"data has no field {unknown[:64]!a}")
    counted = _optional(fields, "counted_value", name)
    supersedes, reason = _optional(fields, "supersedes", name), _optional(fields, "reason", words)
    mark = "t" if _truth(fields, "withdraws") else None
    check_correction(supersedes, reason, mark)
    if supersedes == own_id:
        raise Refusal("supersedes", "an event can't supersede itself")
    quantity = _withdrawn(fields) if mark else _quantity(fields)
    wrong = superseded_id(source, supersedes, meter) if supersedes else None
    return measure(line, own_id, meter, occurred, quantity, resource, counted, wrong, reason, mark)


def _text(fields: Fields, field: str, canonical: Callable[[str], str]) -> str:
    value = fields.get(field)
    if type(value) is not str:
        _refuse_text(field, value)
    return canonical(value)


def _optional(fields: Fields, field: str, canonical: Callable[[str], str]) -> str | None:
    return None if fields.get(field) is None else _text(fields, field, canonical)


def _refuse_text(field: str, value: object) -> Never:
    if value is None:
        raise Refusal("text", f"{field} is missing")
    if isinstance(value, Unusable):
        raise Refusal("text", f"{field}: {value.reason}")
    raise Refusal("text", f"{field} must be a text in quotes")


def _quantity(fields: Fields) -> str:
    value = fields.get("quantity")
    if isinstance(value, str):
        return amount(value)
    if isinstance(value, Unusable):
        raise Refusal("number", value.reason)
    raise Refusal("number", "quantity must be a number, or one in quotes")


def _withdrawn(fields: Fields) -> str:
    """The quantity of an event that only withdraws another: none, or 0."""
    if fields.get("quantity") is not None and _quantity(fields) != "0":
        raise Refusal("withdraws", "an event that withdraws another can't have a quantity")
    return "0"


def _truth(fields: Fields, field: str) -> bool:
    value = fields.get(field, False)
    if value is not True and value is not False and value is not None:
        raise Refusal("withdraws", f"{field} must be true or false")
    return value is True


def _check_extensions(event: Fields) -> None:
    """Attributes that aren't read are left alone, but must be values that CloudEvents allows."""
    if "data_base64" in event:
        raise Refusal("event", "data must be JSON, not base64")
    for attribute in event.keys() - _KNOWN:
        value = event[attribute]
        if isinstance(value, Unusable):
            raise Refusal("event", f"{attribute[:64]!a}: {value.reason}")
        if not isinstance(value, str | bool | NumberText | None):
            raise Refusal("event", f"the attribute {attribute[:64]!a} is neither text nor number")


def _check_content_type(value: object) -> None:
    if value is None:
        return
    media_type = value.partition(";")[0].strip().lower() if isinstance(value, str) else ""
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise Refusal("event", "datacontenttype must be application/json")


def _why_no_object(what: str, value: object) -> str:
    if isinstance(value, Unusable):
        return value.reason
    return f"{what} is missing" if value is None else f"{what} must be a JSON object"
