"""An agreement's terms: how long it runs, what it commits to, and until when notice is possible."""

from datetime import date

from billing_core.prices import Agreement
from components.format import Format
from components.markup import heading, paragraph, show
from components.tables import Cell, Column, TableRow, table


def draw_terms(agreement: Agreement, today: date, writing: Format) -> None:
    """Draw the terms as a list of what was agreed."""
    rows: list[tuple[str, Cell]] = [
        ("Agreement", agreement.code),
        ("Term", _term(agreement, writing)),
        ("Renews on", writing.day(agreement.renews_on) if agreement.renews_on else "not agreed"),
        ("Notice", _notice(agreement, today, writing)),
        ("Currency", f"{agreement.currency}; all prices before tax"),
        ("Minimum commitment", _commitment(agreement, writing)),
        ("Late records", _grace(agreement)),
        ("Back-billing", f"no charge for what is more than {agreement.back_billing_days} days old"),
    ]
    columns = (Column(title="Term", wide="12rem"), Column(title="Agreed"))
    show(
        heading("Terms", f"days in {agreement.zone}"),
        table(
            "Terms of the agreement",
            columns,
            [TableRow(cells=row) for row in rows],
            hidden=True,
        ),
    )


def draw_announced(agreement: Agreement, today: date, writing: Format) -> None:
    """Say which prices change on a coming day."""
    coming = sorted(
        (price for price in agreement.prices if price.starts_on > today),
        key=lambda price: price.starts_on,
    )
    changes = [f"{price.name} from {writing.day(price.starts_on)}" for price in coming]
    if changes:
        show(
            heading("Announced changes"),
            *(paragraph(f"{change}.", "mg-sentence") for change in changes),
        )


def _term(agreement: Agreement, writing: Format) -> str:
    start = f"from {writing.day(agreement.starts_on)}"
    if agreement.ends_on is None:
        return f"{start}, without an end"
    return f"{start} to before {writing.day(agreement.ends_on)}"


def _notice(agreement: Agreement, today: date, writing: Format) -> str:
    if agreement.notice_by is None:
        return "no deadline agreed"
    deadline = writing.day(agreement.notice_by)
    days = (agreement.notice_by - today).days
    if days < 0:
        return f"the deadline was {deadline}"
    return f"until {deadline}, in {days} days" if days else f"until {deadline}, today"


def _commitment(agreement: Agreement, writing: Format) -> str:
    if agreement.minimum_commitment is None:
        return "none"
    amount = writing.unit_price(agreement.minimum_commitment)
    return f"{amount} a month of charges for use; what is missing is charged as a line of its own"


def _grace(agreement: Agreement) -> str:
    return f"records of a month may come in until {agreement.grace_hours} hours after its end"
