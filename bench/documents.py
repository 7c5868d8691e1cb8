"""Documents as files: python -m bench.documents.

An invoice of 200 graduated lines, a thousand detailed lines in all, as PDF and as a spreadsheet;
records as CSV. Each is made for the first time in its process.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from bench.figures import Figure, Scale, table_of
from billing_core.invoicing import build_invoice
from billing_core.invoicing.document import Document, DocumentKind, Party
from billing_core.metering import Aggregation, Checkpoint, Meter, MeterUsage, ResourceQuantity
from billing_core.period import month_period
from billing_core.prices import Agreement, ChargeModel, Price, Tier
from documents.edition import Edition
from documents.pdf import invoice_pdf
from documents.records_csv import RecordRow, records_csv
from documents.xlsx import invoice_xlsx

MOST_SECONDS: Final = 3
LINES: Final = 200
RECORDS: Final = {"small": 100_000, "full": 1_000_000}
OCTOBER: Final = month_period("2026-10", "Europe/Amsterdam")
METER: Final = Meter(code="gb", name="Storage", unit="GB", aggregation=Aggregation.SUM)
ISSUED: Final = datetime(2026, 11, 4, 9, tzinfo=UTC)


def measure(scale: Scale) -> tuple[Figure, ...]:
    """Measure each form once."""
    edition = Edition(
        document=_document(), locale="nl_NL", meters={METER.code: METER}, manifest_hash=bytes(32)
    )
    details = sum(len(line.detailed_lines) for line in edition.document.invoice.lines)
    return (
        _figure("PDF", details, lambda: invoice_pdf(edition)),
        _figure("spreadsheet with formulas", details, lambda: invoice_xlsx(edition)),
        _records(RECORDS[scale]),
    )


def _figure(form: str, details: int, make: Callable[[], bytes]) -> Figure:
    began = time.perf_counter()
    size = len(make())
    seconds = time.perf_counter() - began
    return Figure(
        name=f"an invoice of {LINES} lines as {form}",
        value=f"{seconds:.2f} s",
        limit=f"at most {MOST_SECONDS} s",
        within=seconds <= MOST_SECONDS,
        note=f"{details} detailed lines; {size / 1024:,.0f} KiB",
    )


def _records(count: int) -> Figure:
    began = time.perf_counter()
    size = sum(map(len, records_csv(_rows(count), "EUR", safe=True)))
    seconds = time.perf_counter() - began
    return Figure(
        name=f"{count:,} records as CSV that a spreadsheet opens",
        value=f"{count / seconds:,.0f} records/s",
        limit="",
        within=None,
        note=f"{size / 1024**2:,.0f} MiB, a piece of 64 KiB at a time",
    )


def _rows(count: int) -> Iterator[RecordRow]:
    for number in range(count):
        yield RecordRow(
            added=Decimal("0.0045"),
            running_quantity=Decimal(number),
            tier="Standard",
            occurred_at=ISSUED,
            meter="gb",
            resource="vm-1",
            quantity=Decimal(1),
            event_id=UUID(int=number),
            source="collector",
            source_event_id=f"r-{number}",
        )


def _document() -> Document:
    agreement = Agreement(
        code="A-1",
        client="harbour",
        currency="EUR",
        zone=OCTOBER.zone,
        starts_on=date(2026, 1, 1),
        prices=tuple(_prices()),
    )
    used = ResourceQuantity(resource="vm-1", quantity=Fraction("2640.5"))
    usage = MeterUsage(
        meter=METER,
        period=OCTOBER,
        checkpoints=(Checkpoint(at=OCTOBER.ends_at, quantities=(used,)),),
    )
    invoice = build_invoice(
        agreement=agreement, period=OCTOBER, usage={METER.code: usage}, as_of=OCTOBER.ends_at
    )
    party = Party(
        name="Harbour Freight Lines B.V.", address="Waalhaven 12\nRotterdam", country="NL"
    )
    return Document(
        number="HARB-2026-0007",
        kind=DocumentKind.INVOICE,
        issuer=party,
        client=party,
        issued_at=ISSUED,
        issued_on=date(2026, 11, 4),
        due_on=date(2026, 12, 4),
        invoice=invoice,
    )


def _prices() -> Iterable[Price]:
    tiers = (
        Tier(name="Base", up_to=Decimal(1000), unit_price=Decimal("0.12")),
        Tier(name="More", up_to=Decimal(2000), unit_price=Decimal("0.085")),
        Tier(name="Burst", up_to=None, unit_price=Decimal("0.0045"), flat_fee=Decimal(5)),
    )
    for number in range(1, LINES + 1):
        yield Price(
            code=f"storage-{number}",
            name=f"Storage of site {number}",
            model=ChargeModel.GRADUATED,
            starts_on=date(2026, 1, 1),
            meter=METER.code,
            tiers=tiers,
            included_quantity=Decimal(500),
            discount_rate=Decimal("0.1"),
        )


def main() -> int:
    """Print the figures; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m bench.documents", description=__doc__)
    parser.add_argument("--scale", choices=("small", "full"), default="full")
    figures = measure(parser.parse_args().scale)
    print(table_of(figures))
    return int(any(each.within is False for each in figures))


if __name__ == "__main__":
    raise SystemExit(main())
