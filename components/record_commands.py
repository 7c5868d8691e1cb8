"""The commands with which the MSP's people correct a record, as text to copy."""

from collections.abc import Iterator

from components.data import RecordDetail
from components.markup import command, heading, paragraph


def commands_of(detail: RecordDetail, slug: str) -> Iterator[str]:
    """Give what can be said on the command line about a record; a corrected one has no more."""
    record = detail.record
    yield heading(
        "Correct it",
        "on the command line of the installation; only your provider’s people see this",
    )
    if record.superseded_by is not None:
        yield paragraph("It was corrected before: correct its correction instead.", "mg-sentence")
        return
    named = f"{record.event_id} --client {slug}"
    if not record.withdraws:
        yield command(
            "Replace it by the right quantity:",
            f'python -m jobs supersede {named} --quantity QUANTITY --reason "WHY"',
        )
    yield command("Withdraw it:", f'python -m jobs withdraw {named} --reason "WHY"')
