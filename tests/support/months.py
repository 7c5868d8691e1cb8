"""Months that are closed without a document, for what only asks whether they are."""

from datetime import UTC, date, datetime

from sqlalchemy import Connection, text

from db.commands.closing.cut import cut, lock_month

AT = datetime(2026, 11, 3, tzinfo=UTC)


def close_month_of(
    connection: Connection, client_id: int, month: date, *, state: str = "issued"
) -> None:
    """Cut a stored month as the closing job does, and say that it is issued."""
    lock_month(connection, client_id, month)
    cut(connection, client_id, month, AT)
    if state == "issued":
        connection.execute(
            text(
                "UPDATE billing.billing_period SET state = 'issued' "
                "WHERE client_id = :client AND billing_period = :month"
            ),
            {"client": client_id, "month": month},
        )
