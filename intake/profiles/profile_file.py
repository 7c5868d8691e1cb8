"""Reading a profile: TOML, checked whole, every fault named."""

import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from billing_core.faults import Fault, Faults
from intake.focus.profile import FocusProfile
from intake.focus.profile_file import FOCUS_KEYS, focus_profile
from intake.profiles.client_column import CLIENT_KEYS, client_column
from intake.profiles.declaration import Declaration
from intake.profiles.profile import (
    CorrectionColumns,
    FileKind,
    MeterColumn,
    Profile,
    ResourceColumn,
    TimeColumn,
)

AnyProfile = Profile | FocusProfile
SHIPPED = Path(__file__).parent
DELIMITERS = (",", ";", "\t", "|")
KEYS = {
    "": {
        "name", "kind", "source", "id", "ignored", "optional", "delimiter",
        "time", "resource", "meters", "correction", *CLIENT_KEYS,
    },
    "time": {"column", "zone"},
    "resource": {"column", "constant"},
    "meters": {"meter", "meter_column", "quantity", "counted_value"},
    "correction": {"supersedes", "reason", "withdraws"},
}  # fmt: skip


def shipped_profiles() -> tuple[str, ...]:
    """The names of the profiles that come with the product."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


def load_profile(name: str) -> AnyProfile:
    """The shipped profile of this name, or the profile at this path.

    Raises:
        Faults: with everything that is wrong with it, each with the key it concerns.
    """
    path = SHIPPED / f"{name}.toml" if name in shipped_profiles() else Path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        known = ", ".join(shipped_profiles())
        message = f"no such profile file; shipped profiles: {known}"
        raise Faults((Fault(where=name, message=message),)) from None
    return parse_profile(text, name)


def parse_profile(text: str, where: str) -> AnyProfile:
    """The profile that `text` declares; `where` leads each fault.

    Raises:
        Faults: with everything that is wrong.
    """
    try:
        declared = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Faults((Fault(where=where, message=f"not TOML: {error}"),)) from None
    is_focus = declared.get("kind") == "focus"
    reading = Declaration(declared, where, FOCUS_KEYS if is_focus else KEYS)
    profile = focus_profile(reading) if is_focus else _checked(reading)
    if reading.faults:
        raise Faults(tuple(reading.faults))
    return profile


def _checked(reading: Declaration) -> Profile:
    profile = _profile(reading)
    if not reading.faults:
        _check_columns(profile, reading)
    return profile


def _profile(reading: Declaration) -> Profile:
    return Profile(
        name=reading.text("name", needed=True) or "",
        kind=_kind(reading),
        delimiter=_delimiter(reading),
        source=reading.code("source"),
        id_columns=reading.texts("id"),
        ignored=frozenset(reading.texts("ignored")),
        optional=frozenset(reading.texts("optional")),
        time=_time(reading),
        resource=_resource(reading),
        meters=_meters(reading),
        correction=_correction(reading),
        client=client_column(reading),
    )


def _kind(reading: Declaration) -> FileKind:
    kind = reading.values.get("kind")
    if kind in {"csv", "jsonl"}:
        return FileKind(str(kind))
    reading.fault("kind", 'must be "csv", "jsonl" or "focus"')
    return FileKind.CSV


def _delimiter(reading: Declaration) -> str:
    delimiter = reading.values.get("delimiter", ",")
    if isinstance(delimiter, str) and delimiter in DELIMITERS:
        return delimiter
    reading.fault("delimiter", "must be a comma, a semicolon, a tab or a bar")
    return ","


def _time(reading: Declaration) -> TimeColumn:
    section = reading.section("time", needed=True)
    if section is None:
        return TimeColumn(column="", zone=None)
    column = section.text("column", needed=True) or ""
    name = section.text("zone", needed=True)
    zone = None
    if name is not None and name != "offset":
        if name in available_timezones():
            zone = ZoneInfo(name)
        else:
            section.fault("zone", 'must be "offset" or a name of the IANA time zone list')
    reading.faults += section.faults
    return TimeColumn(column=column, zone=zone)


def _resource(reading: Declaration) -> ResourceColumn:
    section = reading.section("resource", needed=True)
    if section is None:
        return ResourceColumn(column=None, constant=None)
    column, constant = section.text("column"), section.text("constant")
    if (column is None) == (constant is None) and not section.faults:
        section.fault("", "needs either column or constant")
    reading.faults += section.faults
    return ResourceColumn(column=column, constant=constant)


def _meters(reading: Declaration) -> tuple[MeterColumn, ...]:
    meters = []
    for section in reading.sections("meters"):
        meters.append(_meter(section))
        reading.faults += section.faults
    fixed = [meter.meter for meter in meters if meter.meter is not None]
    for code in sorted({code for code in fixed if fixed.count(code) > 1}):
        reading.fault("meters", f"the meter {code} is named twice; one row gives it one quantity")
    if len(meters) > 1 and any(meter.meter_column for meter in meters):
        reading.fault("meters", "with meter_column there is exactly one [[meters]]")
    return tuple(meters)


def _meter(section: Declaration) -> MeterColumn:
    meter, column = section.code("meter"), section.text("meter_column")
    if (meter is None) == (column is None) and not section.faults:
        section.fault("", "needs either meter or meter_column")
    quantity, counted = section.text("quantity"), section.text("counted_value")
    if quantity is None and counted is None and not section.faults:
        section.fault("", "needs quantity, or counted_value where each row counts as 1")
    return MeterColumn(meter=meter, meter_column=column, quantity=quantity, counted_value=counted)


def _correction(reading: Declaration) -> CorrectionColumns | None:
    section = reading.section("correction", needed=False)
    if section is None:
        return None
    supersedes = section.text("supersedes", needed=True) or ""
    reason = section.text("reason", needed=True) or ""
    withdraws = section.text("withdraws")
    reading.faults += section.faults
    return CorrectionColumns(supersedes=supersedes, reason=reason, withdraws=withdraws)


def _check_columns(profile: Profile, reading: Declaration) -> None:
    used = set(profile.columns)
    for column in sorted(used & profile.ignored):
        reading.fault("ignored", f"the column {column} is both read and ignored")
    for column in sorted(profile.optional - used):
        reading.fault("optional", f"the column {column} is not read")
    needed = {profile.time.column, profile.resource.column, *profile.id_columns}
    needed |= {name for meter in profile.meters for name in (meter.meter_column, meter.quantity)}
    if profile.client:
        needed.add(profile.client.column)
    for column in sorted(profile.optional & {name for name in needed if name}):
        reading.fault("optional", f"the column {column} can't be left out: events need it")
    if profile.correction and not profile.id_columns:
        reading.fault("correction", "needs id: a row can only name what has an id of its own")
