"""Bills in FOCUS, made row by row, and what is read of them."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from intake.focus.columns import MANDATORY
from intake.profiles.found import NOBODY, Billed, Note, Reader, Skipped
from intake.profiles.measurements import Measured
from intake.profiles.profile_file import parse_profile
from intake.profiles.reading import findings
from intake.profiles.refusals import FileRefused, RefusedRow
from intake.profiles.text_file import look_through, opened

HEADER = list(MANDATORY)
USUAL = {
    "BilledCost": "1.5",
    "BillingAccountId": "123",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2024-09-01T00:00:00Z",
    "BillingPeriodEnd": "2024-10-01T00:00:00Z",
    "ChargePeriodStart": "2024-09-18T22:00:00Z",
    "ChargePeriodEnd": "2024-09-18T23:00:00Z",
    "ChargeCategory": "Usage",
    "ProviderName": "AWS",
    "ServiceName": "Queues",
    "ServiceCategory": "Integration",
}
FOCUS = 'name = "bill"\nkind = "focus"\nmeter = "cloud-cost"\n'
CLOSED_BOOK = FOCUS + '[resale]\nrate = "0.12"\n'


@dataclass
class Told:
    """What was found in a bill, by kind."""

    measured: list[Measured] = field(default_factory=list)
    billed: list[Billed] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    unassigned: list[RefusedRow] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)


def bill(*rows: Mapping[str, str], without: Sequence[str] = ()) -> str:
    """A bill of rows that differ from the usual one as said."""
    more = [column for row in rows for column in row if column not in HEADER]
    header = [each for each in [*HEADER, *dict.fromkeys(more)] if each not in without]
    text = io.StringIO()
    writer = csv.DictWriter(text, header, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**USUAL, **row} for row in rows)
    return text.getvalue()


def told(
    folder: Path,
    content: str,
    profile: str = FOCUS,
    *,
    client: str | None = "harbour",
    known: Mapping[str, bool] | None = None,
) -> Told:
    """What is found in a file."""
    path = folder / "bill.csv"
    path.write_text(content, encoding="utf-8")
    reader = Reader(source="cloud-bill", client=client, known=known or {})
    found = Told()
    with opened(look_through(path)) as (text, _):
        for slug, each in findings(text, parse_profile(profile, "bill.toml"), reader):
            _sort(found, slug, each)
    return found


def _sort(found: Told, slug: str, each: object) -> None:
    if isinstance(each, Measured):
        found.measured.append(each)
        found.clients.append(slug)
    elif isinstance(each, Billed):
        found.billed.append(each)
    elif isinstance(each, RefusedRow):
        (found.unassigned if slug == NOBODY else found.refused).append(each)
    elif isinstance(each, Skipped):
        found.skipped[each.why] += 1
    elif isinstance(each, Note):
        found.notes.append(each.text)


def refused_whole(folder: Path, content: str, profile: str = FOCUS) -> str:
    """Why a file is refused whole."""
    with pytest.raises(FileRefused) as refusal:
        told(folder, content, profile)
    return str(refusal.value)
