"""A refused row of a bill, read again."""

from collections.abc import Mapping

from intake.focus.columns import NEEDED
from intake.focus.profile import FocusProfile
from intake.focus.reading import KNOWN_AS, FocusReading
from intake.focus.rows import present
from intake.profiles.found import Billed, Skipped
from intake.profiles.measurements import Measured
from intake.profiles.refusals import Refusal, RefusedRow


def measure_focus_record(
    fields: Mapping[str, object], profile: FocusProfile, client: str, source: str
) -> list[Measured | Billed | RefusedRow]:
    """Read a row by its columns; the id that it had in its file stays its id.

    Raises:
        Refusal: if it isn't such a row, or the profile leaves it out.
    """
    values = {name: str(value) for name, value in fields.items() if value is not None}
    if values.keys().isdisjoint(NEEDED):
        raise Refusal("row", "none of its fields is a column of FOCUS that is needed")
    known_as = values.pop(KNOWN_AS, None)
    found = []
    for each in FocusReading(profile, client, source).of_row((1, present(values)), known_as):
        if isinstance(each, Skipped):
            raise Refusal("row", f"the profile leaves it out: {each.why}")
        found.append(each)
    return found
