"""A month's bundle of many records, made without a database and without holding them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Final

from billing_core.canonical import canonical_text
from billing_core.event import encoded_fields, event_id, leaf_hash_of
from billing_core.invoicing import build_invoice, rating_instants
from billing_core.invoicing.document import Document, DocumentKind, Party
from billing_core.metering import Aggregation, Measurement, Meter, MeterUsage, usage_in_order
from billing_core.period import month_period
from billing_core.prices import Agreement, ChargeModel, Price, Tier
from billing_core.proof import Basis, Disposition, Evidence, Manifest, manifest_text
from billing_core.proof.included import IncludedEvents, included_quantity
from billing_core.proof.merkle import GrowingTree
from documents.bundle import Bundle, EventRow, IssuedDocument, KeyRecord, SetKey, bundle_bytes
from documents.keys import SigningKey

CLIENT, SOURCE = "bench", "collector"
RESOURCES: Final = 250
OCTOBER: Final = month_period("2026-10", "Europe/Amsterdam")
DAY: Final = timedelta(days=1)
AGGREGATIONS: Final = (
    *(Aggregation.SUM,) * 4,
    *(Aggregation.TIME_WEIGHTED_MEAN,) * 2,
    Aggregation.MAX,
    Aggregation.UNIQUE_COUNT,
)
METERS: Final = tuple(
    Meter(
        code=f"meter-{number}",
        name=f"Meter {number}",
        unit="unit",
        aggregation=aggregation,
        holds_for=2 * DAY if aggregation is Aggregation.TIME_WEIGHTED_MEAN else None,
    )
    for number, aggregation in enumerate(AGGREGATIONS, start=1)
)
TIERS: Final = (
    Tier(name="first", up_to=Decimal(100_000), unit_price=Decimal("0.012")),
    Tier(name="second", up_to=None, unit_price=Decimal("0.0095")),
)
AGREEMENT: Final = Agreement(
    code="BENCH",
    client=CLIENT,
    currency="EUR",
    zone=OCTOBER.zone,
    starts_on=date(2026, 1, 1),
    prices=tuple(
        Price(
            code=meter.code,
            name=meter.name,
            model=ChargeModel.GRADUATED,
            starts_on=date(2026, 1, 1),
            meter=meter.code,
            tiers=TIERS,
            included_quantity=Decimal(1000),
        )
        for meter in METERS
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenBundle:
    """A bundle in a file, and the key that signed it."""

    path: Path
    key: str
    count: int  #: records


def written_bundle(folder: Path, count: int) -> WrittenBundle:
    """Write the bundle of a month with so many records, an eighth of each meter."""
    each = count // len(METERS)
    key = SigningKey.new("bench.example/invoices")
    bundle = _bundle(key, each)
    path = folder / "bundle.zip"
    with path.open("wb") as opened:
        for piece in bundle_bytes(bundle):
            opened.write(piece)
    return WrittenBundle(path=path, key=str(key.verifier_key), count=each * len(METERS))


def _rows(meter: Meter, count: int) -> Iterator[EventRow]:
    """Give a meter's events, the same each time, evenly over the month."""
    step = (OCTOBER.ends_at - OCTOBER.starts_at) / (count + 1)
    for number in range(count):
        yield _row(meter, number, OCTOBER.starts_at + number * step)


def _row(meter: Meter, number: int, at: datetime) -> EventRow:
    own = f"{meter.code}-{number:08}"
    quantity = Decimal(number * 7919 % 99_991 + 1).scaleb(-3).normalize()
    resource = f"vm-{number * 31 % RESOURCES:04}"
    counted = f"user-{number % 5000}" if meter.aggregation is Aggregation.UNIQUE_COUNT else None
    texts = (CLIENT, SOURCE, own, meter.code, f"{at:%Y-%m-%dT%H:%M:%S.%f}Z", f"{quantity:f}")
    return EventRow(
        event_id=event_id(SOURCE, own, meter.code),
        leaf_hash=leaf_hash_of(encoded_fields((*texts, resource, counted, None, None))),
        client=CLIENT,
        source=SOURCE,
        source_event_id=own,
        meter=meter.code,
        occurred_at=at,
        quantity=quantity,
        resource=resource,
        counted_value=counted,
    )


def _looked_at(meter: Meter, count: int, line: int) -> tuple[MeterUsage, Evidence]:
    """Give what a meter comes to, and the evidence of its events, in one pass."""
    tree = GrowingTree()
    included = included_quantity(AGREEMENT, meter.code, OCTOBER)
    counting = IncludedEvents(meter.aggregation, included)

    def passing() -> Iterator[Measurement]:
        for row in _rows(meter, count):
            tree.add(row.leaf_hash)
            event = Measurement(
                occurred_at=row.occurred_at,
                resource=row.resource,
                quantity=row.quantity or Decimal(0),
                counted_value=row.counted_value,
                event_id=row.event_id,
            )
            counting.pass_by(event)
            yield event

    instants = rating_instants(AGREEMENT, OCTOBER, OCTOBER.ends_at)
    usage = usage_in_order(meter, OCTOBER, passing(), {}, instants)
    return usage, Evidence(
        meter=meter.code,
        usage_period=OCTOBER.name,
        disposition=Disposition.BILLED,
        lines=(line,),
        event_count=tree.count,
        excluded_count=0,
        included_count=counting.count,
        root=tree.root,
    )


def _bundle(key: SigningKey, count: int) -> Bundle:
    looked = {
        meter.code: _looked_at(meter, count, line) for line, meter in enumerate(METERS, start=1)
    }
    invoice = build_invoice(
        agreement=AGREEMENT,
        period=OCTOBER,
        usage={code: usage for code, (usage, _) in looked.items()},
        as_of=OCTOBER.ends_at,
    )
    document = Document(
        number="BENCH-2026-0001",
        kind=DocumentKind.INVOICE,
        issuer=Party(name="Bench", country="NL"),
        client=Party(name="Bench", country="NL"),
        issued_at=OCTOBER.ends_at,
        issued_on=invoice.issue_date,
        due_on=invoice.issue_date,
        invoice=invoice,
    )
    issued = _issued(key, document, tuple(evidence for _, evidence in looked.values()))
    return Bundle(
        document=issued,
        earlier=(),
        chain=(issued.manifest,),
        keys=(KeyRecord(verifier=str(key.verifier_key)),),
        sets=[
            (
                SetKey(meter=meter.code, billing_period="2026-10", usage_period="2026-10"),
                _rows(meter, count),
            )
            for meter in METERS
        ],
        carried=(),
    )


def _issued(key: SigningKey, document: Document, sets: tuple[Evidence, ...]) -> IssuedDocument:
    values = (document, AGREEMENT, Basis(meters=METERS))
    texts = [canonical_text(value) for value in values]
    hashes = [sha256(text.encode()).digest() for text in texts]
    manifest = Manifest(
        issuer=document.issuer.name,
        client=CLIENT,
        number=document.number,
        kind=document.kind,
        billing_period=OCTOBER.name,
        issued_at=document.issued_at,
        currency="EUR",
        gross=document.invoice.gross,
        position=1,
        previous=None,
        document_hash=hashes[0],
        rate_card_hash=hashes[1],
        basis_hash=hashes[2],
        evidence=sets,
        exclusions=(),
        carried=(),
    )
    note = str(key.sign(manifest_text(manifest)))
    return IssuedDocument(
        position=1, manifest=note, document=texts[0], rate_card=texts[1], basis=texts[2]
    )
