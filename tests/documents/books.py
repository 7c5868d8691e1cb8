"""Books kept in memory: months are closed as the product closes them, but without a database.

What is closed can be made a bundle, and that bundle can be tampered with.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from billing_core.canonical import canonical_text, value_from
from billing_core.event import UsageEvent, leaf_hash
from billing_core.invoicing import (
    AdjustedPeriod,
    Invoice,
    InvoiceLine,
    build_invoice,
    rating_instants,
)
from billing_core.invoicing.billed_before import (
    billed_for,
    credited_for,
    credited_of,
    fees_billed_beyond,
    standing,
)
from billing_core.invoicing.credits import credit_note
from billing_core.invoicing.document import Document, DocumentKind, Party
from billing_core.metering import Level, Measurement, Meter, MeterUsage, usage_of
from billing_core.period import BillingPeriod, month_period, period_of
from billing_core.prices import Agreement
from billing_core.proof import (
    Basis,
    CarriedLevels,
    Disposition,
    Evidence,
    Exclusion,
    ExclusionReason,
    Manifest,
    manifest_from,
    manifest_hash,
    manifest_text,
)
from billing_core.proof.included import IncludedEvents, included_quantity
from billing_core.proof.merkle import root_of
from billing_core.proof.note import note_from
from billing_core.taxes import TaxRate
from documents.bundle import (
    Bundle,
    CarriedKey,
    EventRow,
    IssuedDocument,
    KeyRecord,
    SetKey,
)
from documents.bundle.needs import Issued, carried_needed, earlier_needed, sets_needed
from documents.keys import SigningKey

ISSUER = Party(name="Quayside IT B.V.", country="NL")
CLIENT = Party(name="Harbour Freight B.V.", country="NL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event, and the month that bills it."""

    event: UsageEvent
    billed: str

    @property
    def order(self) -> tuple[datetime, UUID]:
        return self.event.occurred_at, self.event.event_id


@dataclass(slots=True, kw_only=True)
class Books:
    """A client's books."""

    agreement: Agreement
    meters: tuple[Meter, ...]
    key: SigningKey
    tax_rates: tuple[TaxRate, ...] = ()
    keys: list[KeyRecord] = field(default_factory=list)
    recorded: list[Recorded] = field(default_factory=list)
    issued: list[IssuedDocument] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = self.keys or [KeyRecord(verifier=str(self.key.verifier_key))]

    def record(self, billed: str, meter: str, at: str, quantity: str, **fields: Any) -> UsageEvent:  # noqa: ANN401 - of an event
        values: dict[str, Any] = {
            "source": "collector",
            "source_event_id": f"r-{len(self.recorded):04}",
            "resource": "vm-1",
        }
        event = UsageEvent(
            client=self.agreement.client,
            meter=meter,
            occurred_at=datetime.fromisoformat(at).replace(tzinfo=UTC),
            quantity=Decimal(quantity),
            **{**values, **fields},
        )
        self.recorded.append(Recorded(event=event, billed=billed))
        return event

    def documents(self) -> list[Issued]:
        return [issued_of(each) for each in self.issued]

    def built(self, month: str, as_of: datetime | None = None) -> Invoice:
        return self._built(month_period(month, self.agreement.zone), as_of)

    def close(
        self,
        month: str,
        *,
        invoice: Invoice | None = None,
        **fields: Any,  # noqa: ANN401 - of a document
    ) -> IssuedDocument:
        period = month_period(month, self.agreement.zone)
        invoice = invoice or self._built(period)
        sets = self._evidence(period, invoice)
        exclusions = [
            one
            for each in sets
            for one in sorted(self._exclusions(each, month), key=lambda one: str(one.event_id))
        ]
        return self._issue(invoice, sets, exclusions, self._carried(period, invoice), fields)

    def credit(
        self,
        number: str,
        named: Mapping[int, Decimal] | None,
        **others: Any,  # noqa: ANN401 - of a document
    ) -> IssuedDocument:
        documents = [each.document for each in self.documents()]
        (corrected,) = (each for each in documents if each.number == number)
        invoice = credit_note(
            corrected,
            credits=named,
            credited=credited_of(corrected, documents),
            reason="Agreed",
            as_of=corrected.issued_at,
            tax_rates=self.tax_rates,
        )
        fields = {"corrects": number, "kind": DocumentKind.CREDIT_NOTE, "reason": "Agreed"}
        return self._issue(invoice, [], [], [], {**fields, **others})

    def _before(self, month: str) -> list[Document]:
        documents = [each.document for each in self.documents() if each.month < month]
        return list(standing(documents))

    def _built(self, period: BillingPeriod, as_of: datetime | None = None) -> Invoice:
        before = self._before(period.name)
        as_of = as_of or period.ends_at
        return build_invoice(
            agreement=self.agreement,
            period=period,
            usage=self._usage(period, period.name, as_of),
            as_of=as_of,
            adjusted=[self._adjusted(month, period.name) for month in self._late(period)],
            billed_fees=fees_billed_beyond(period, self.agreement.code, before),
            tax_rates=self.tax_rates,
        )

    def _late(self, period: BillingPeriod) -> list[str]:
        issued = {each.invoice.period.name for each in self._before(period.name)}
        own = [each for each in self.recorded if each.billed == period.name]
        superseded = {each.event.supersedes for each in own}
        touched = [
            each for each in self.recorded if each in own or each.event.event_id in superseded
        ]
        months = {self._month(each) for each in touched}
        return sorted(month for month in months if month < period.name and month in issued)

    def _month(self, recorded: Recorded) -> str:
        return period_of(recorded.event.occurred_at, self.agreement.zone).name

    def _adjusted(self, month: str, known: str) -> AdjustedPeriod:
        before = self._before(known)
        period = month_period(month, self.agreement.zone)
        touched = {
            each.event.meter
            for each in self.recorded
            if each.billed == known
            and month in {self._month(each), self._month_of(each.event.supersedes)}
        }
        return AdjustedPeriod(
            agreement=self.agreement,
            period=period,
            usage=self._usage(period, known, period.ends_at),
            billed=billed_for(month, before),
            touched=frozenset(touched),
            credited=credited_for(month, before),
        )

    def _month_of(self, event_id: UUID | None) -> str:
        months = [self._month(x) for x in self.recorded if x.event.event_id == event_id]
        return months[0] if months else ""

    def _superseded(self, known: str) -> dict[UUID, UUID]:
        return {
            each.event.supersedes: each.event.event_id
            for each in self.recorded
            if each.event.supersedes and each.billed <= known
        }

    def _effective(self, known: str) -> Iterator[Recorded]:
        superseded = self._superseded(known)
        for each in sorted(self.recorded, key=lambda each: each.order):
            event = each.event
            if each.billed <= known and not event.withdraws and event.event_id not in superseded:
                yield each

    def _usage(self, period: BillingPeriod, known: str, as_of: datetime) -> dict[str, MeterUsage]:
        instants = rating_instants(self.agreement, period, as_of)
        return {
            meter.code: usage_of(
                meter,
                period,
                [
                    measurement_of(each.event)
                    for each in self._effective(known)
                    if each.event.meter == meter.code and period.contains(each.event.occurred_at)
                ],
                self._levels(meter, period, known),
                instants,
            )
            for meter in self.meters
        }

    def _stating(self, meter: Meter, period: BillingPeriod, known: str) -> list[Recorded]:
        if not meter.aggregation.is_level:
            return []
        latest = {
            each.event.resource: each
            for each in self._effective(known)
            if each.event.meter == meter.code and each.event.occurred_at < period.starts_at
        }
        return sorted(latest.values(), key=lambda each: each.order)

    def _levels(self, meter: Meter, period: BillingPeriod, known: str) -> dict[str, Level]:
        return {
            each.event.resource: Level(level=each.event.quantity, since=each.event.occurred_at)
            for each in self._stating(meter, period, known)
        }

    def _of_set(self, key: SetKey) -> list[Recorded]:
        found = (
            each
            for each in self.recorded
            if each.event.meter == key.meter
            and each.billed == key.billing_period
            and self._month(each) == key.usage_period
        )
        return sorted(found, key=lambda each: each.order)

    def _evidence(self, period: BillingPeriod, invoice: Invoice) -> list[Evidence]:
        own = [each for each in self.recorded if each.billed == period.name]
        keys = {(each.event.meter, self._month(each)) for each in own}
        return [self._set(period, invoice, meter, month) for meter, month in sorted(keys)]

    def _set(self, period: BillingPeriod, invoice: Invoice, meter: str, month: str) -> Evidence:
        events = self._of_set(SetKey(meter=meter, billing_period=period.name, usage_period=month))
        adjusts = None if month == period.name else month
        corrected = {self._month_of(each.event.supersedes) for each in events} - {month}
        lines = tuple(
            line.number
            for line in invoice.lines
            if line.meter == meter and (line.adjusts == adjusts or line.adjusts in corrected)
        )
        superseded = self._superseded(period.name)
        gone = [x for x in events if x.event.withdraws or x.event.event_id in superseded]
        return Evidence(
            meter=meter,
            usage_period=month,
            disposition=_disposition([invoice.lines[number - 1] for number in lines]),
            lines=lines,
            event_count=len(events),
            excluded_count=len(gone),
            included_count=0 if adjusts else self._included(meter, period, events, gone),
            root=root_of(leaf_hash(each.event) for each in events),
        )

    def _included(
        self, code: str, period: BillingPeriod, events: list[Recorded], gone: list[Recorded]
    ) -> int:
        (meter,) = (each for each in self.meters if each.code == code)
        included = included_quantity(self.agreement, code, period)
        counting = IncludedEvents(meter.aggregation, included)
        for each in events:
            if each not in gone:
                counting.pass_by(measurement_of(each.event))
        return counting.count

    def _exclusions(self, evidence: Evidence, month: str) -> Iterator[Exclusion]:
        superseded = self._superseded(month)
        key = SetKey(meter=evidence.meter, billing_period=month, usage_period=evidence.usage_period)
        for each in self._of_set(key):
            by = superseded.get(each.event.event_id)
            if by or each.event.withdraws:
                yield Exclusion(
                    event_id=each.event.event_id,
                    meter=evidence.meter,
                    usage_period=evidence.usage_period,
                    reason=ExclusionReason.SUPERSEDED if by else ExclusionReason.WITHDRAWS,
                    by=by,
                )

    def _carried(self, period: BillingPeriod, invoice: Invoice) -> list[CarriedLevels]:
        months = {period.name, *(line.adjusts for line in invoice.lines if line.adjusts)}
        carried = []
        for meter in self.meters:
            for month in sorted(months):
                into = month_period(month, self.agreement.zone)
                stating = self._stating(meter, into, period.name)
                if stating:
                    root = root_of(leaf_hash(each.event) for each in stating)
                    levels = CarriedLevels(
                        meter=meter.code, into=month, event_count=len(stating), root=root
                    )
                    carried.append(levels)
        return carried

    def _issue(
        self,
        invoice: Invoice,
        sets: Iterable[Evidence],
        exclusions: Iterable[Exclusion],
        carried: Iterable[CarriedLevels],
        fields: Mapping[str, Any],
    ) -> IssuedDocument:
        position = len(self.issued) + 1
        before = [each.document.issued_at for each in self.documents()]
        issued_at = max((invoice.period.ends_at, *before[-1:]))
        kind = DocumentKind.CREDIT_NOTE if invoice.gross < 0 else DocumentKind.INVOICE
        values: dict[str, Any] = {
            "number": f"HARB-2026-{position:04}",
            "kind": kind,
            "issued_at": issued_at,
            "issued_on": invoice.issue_date,
            "due_on": invoice.issue_date,
        }
        document = Document(**{**values, **fields}, issuer=ISSUER, client=CLIENT, invoice=invoice)
        texts = (
            canonical_text(document),
            canonical_text(self.agreement),
            canonical_text(Basis(meters=self.meters, tax_rates=self.tax_rates)),
        )
        hashes = [sha256(text.encode()).digest() for text in texts]
        manifest = Manifest(
            issuer=ISSUER.name,
            client=self.agreement.client,
            number=document.number,
            kind=document.kind,
            billing_period=invoice.period.name,
            issued_at=document.issued_at,
            currency=invoice.currency,
            gross=invoice.gross,
            position=position,
            previous=hash_of(self.issued[-1]) if self.issued else None,
            document_hash=hashes[0],
            rate_card_hash=hashes[1],
            basis_hash=hashes[2],
            evidence=tuple(sets),
            exclusions=tuple(exclusions),
            carried=tuple(carried),
        )
        issued = IssuedDocument(
            position=position,
            manifest=str(self.key.sign(manifest_text(manifest))),
            document=texts[0],
            rate_card=texts[1],
            basis=texts[2],
        )
        self.issued.append(issued)
        return issued

    def bundle(self, position: int | None = None) -> Bundle:
        """What is asked for of a document, by default of the newest."""
        own = self.issued[(position or len(self.issued)) - 1]
        chain = {each.position: each for each in self.issued}
        manifests = {
            place: manifest_from(note_from(each.manifest).text) for place, each in chain.items()
        }
        issued = issued_of(own)
        earlier = [chain[place] for place in earlier_needed(issued, manifests)]
        keys = sets_needed(issued, map(issued_of, earlier))
        return Bundle(
            document=own,
            earlier=tuple(earlier),
            chain=tuple(each.manifest for each in self.issued),
            keys=tuple(self.keys),
            sets=[(key, map(row_of, self._of_set(key))) for key in keys],
            carried=[
                (key, map(row_of, self._stated(key, issued.month)))
                for key in carried_needed(issued)
            ],
        )

    def _stated(self, key: CarriedKey, known: str) -> list[Recorded]:
        (meter,) = (each for each in self.meters if each.code == key.meter)
        return self._stating(meter, month_period(key.into, self.agreement.zone), known)


def _disposition(lines: Sequence[InvoiceLine]) -> Disposition:
    if not lines:
        return Disposition.UNPRICED
    too_late = all(line.is_too_late for line in lines)
    return Disposition.TOO_LATE if too_late else Disposition.BILLED


def issued_of(texts: IssuedDocument) -> Issued:
    return Issued(
        manifest=manifest_from(note_from(texts.manifest).text),
        document=value_from(Document, texts.document),
        agreement=value_from(Agreement, texts.rate_card),
    )


def hash_of(issued: IssuedDocument) -> bytes:
    return manifest_hash(note_from(issued.manifest).text)


def measurement_of(event: UsageEvent) -> Measurement:
    return Measurement(
        occurred_at=event.occurred_at,
        resource=event.resource,
        quantity=event.quantity,
        counted_value=event.counted_value,
        event_id=event.event_id,
    )


def row_of(recorded: Recorded) -> EventRow:
    event = recorded.event
    return EventRow(
        event_id=event.event_id,
        leaf_hash=leaf_hash(event),
        client=event.client,
        source=event.source,
        source_event_id=event.source_event_id,
        meter=event.meter,
        occurred_at=event.occurred_at,
        quantity=None if event.withdraws else event.quantity,
        resource=event.resource,
        counted_value=event.counted_value,
        supersedes=event.supersedes,
        reason=event.reason,
    )
