"""``python -m jobs audit``: the audit log as JSON lines, to be kept elsewhere too."""

import json
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from db.queries.audit import AuditEntry, entries_in_order
from jobs.owner import owner_connection

Since = Annotated[str, typer.Option(help="First instant, like 2026-11-01 or 2026-11-01T08:00:00Z.")]
Until = Annotated[str, typer.Option(help="First instant that is left out.")]


def audit(since: Since = "", until: Until = "") -> None:
    """Print what was done by whom, oldest first, one JSON object a line.

    An entry may be stored a moment after a later one: to ship the log bit by bit, begin each time a
    little before the end of the last, and let the receiver drop ids that it has.
    """
    first, last = _instant("--since", since), _instant("--until", until)
    with owner_connection() as connection:
        for entry in entries_in_order(connection, since=first, until=last):
            sys.stdout.write(f"{line_of(entry)}\n")


def line_of(entry: AuditEntry) -> str:
    """Write an entry in one line of ASCII: nothing in it can end the line or turn its direction."""
    return json.dumps(
        {
            "id": entry.audit_id,
            "at": f"{entry.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "client": entry.client,
            "address": entry.address,
            "detail": entry.detail,
        }
    )


def _instant(option: str, text: str) -> datetime | None:
    """An instant of UTC; a day without a time begins in UTC."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no instant like 2026-11-01T08:00:00Z."
        raise typer.BadParameter(message, param_hint=option) from None
    if found.tzinfo is None and "T" in text:
        message = f"{text!r} has no zone: write 2026-11-01T08:00:00Z or +01:00."
        raise typer.BadParameter(message, param_hint=option)
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
