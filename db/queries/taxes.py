"""Tax codes with their dated rates, shared by all clients."""

from decimal import Decimal

from sqlalchemy import Connection, select

from billing_core.numbers import plain
from billing_core.taxes import TaxRate, TaxTreatment
from db import models


def tax_rates(connection: Connection) -> tuple[TaxRate, ...]:
    """All versions of all tax codes, by code and first day."""
    rows = connection.execute(select(models.TaxRate.__table__))
    return tuple(
        TaxRate(
            code=row.code,
            name=row.name,
            treatment=TaxTreatment(row.treatment),
            rate=Decimal(plain(row.rate)),
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            note=row.note,
        )
        for row in sorted(rows, key=lambda row: (row.code, row.starts_on))
    )
