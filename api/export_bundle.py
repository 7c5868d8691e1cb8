"""A document's bundle, put together from what the database holds."""

from collections.abc import Iterable, Iterator
from functools import partial

from api.export_events import events_of
from billing_core.canonical import value_from
from billing_core.invoicing.document import Document
from billing_core.metering import Meter
from billing_core.period import month_period
from billing_core.prices import Agreement
from billing_core.proof import Basis, Manifest, manifest_from
from billing_core.proof.note import note_from
from db.look import Looker, read
from db.portal import portal_engine
from db.queries.billing_calendar import stored_months
from db.queries.exported_chain import (
    StoredDocument,
    carried_events,
    chain_of,
    signing_keys,
    stored_documents,
)
from db.queries.exported_events import SetAsked, StoredEvent
from documents.bundle import (
    Bundle,
    CarriedKey,
    EventRow,
    IssuedDocument,
    KeyRecord,
    SetKey,
    bundle_bytes,
)
from documents.bundle.needs import Issued, carried_needed, earlier_needed, sets_needed


def bundle_of(looker: Looker, position: int) -> Iterator[bytes]:
    """Give the bundle of the document at a place in its client's chain, piece by piece."""
    ask = partial(read, portal_engine(), looker)
    chain = ask(chain_of)
    manifests = {
        place: manifest_from(note_from(text).text)
        for place, text in enumerate(chain[: position - 1], start=1)
    }
    (own,) = ask(partial(stored_documents, positions=[position]))
    issued = _read(own)
    wanted = [*earlier_needed(issued, manifests)]
    earlier = ask(partial(stored_documents, positions=wanted))
    bundle = Bundle(
        document=_carried_over(own),
        earlier=tuple(map(_carried_over, earlier)),
        chain=chain,
        keys=tuple(
            KeyRecord(verifier=each.verifier, endorsement=each.endorsement)
            for each in ask(signing_keys)
        ),
        sets=_sets(looker, issued, [_read(each) for each in earlier]),
        carried=_carried(looker, issued, own),
    )
    return bundle_bytes(bundle)


def _read(stored: StoredDocument) -> Issued:
    return Issued(
        manifest=_manifest(stored),
        document=value_from(Document, stored.document),
        agreement=value_from(Agreement, stored.rate_card),
    )


def _manifest(stored: StoredDocument) -> Manifest:
    return manifest_from(note_from(stored.manifest).text)


def _carried_over(stored: StoredDocument) -> IssuedDocument:
    return IssuedDocument(
        position=stored.position,
        manifest=stored.manifest,
        document=stored.document,
        rate_card=stored.rate_card,
        basis=stored.basis,
    )


def _sets(
    looker: Looker, issued: Issued, earlier: Iterable[Issued]
) -> Iterator[tuple[SetKey, Iterator[EventRow]]]:
    zone = issued.period.zone
    for key in sets_needed(issued, earlier):
        asked = SetAsked(
            meter=key.meter,
            billed=month_period(key.billing_period, zone).month,
            own=month_period(key.usage_period, zone).month,
        )
        yield key, _rows(events_of(looker, asked), issued.manifest.client, key.meter)


def _carried(
    looker: Looker, issued: Issued, own: StoredDocument
) -> Iterator[tuple[CarriedKey, Iterator[EventRow]]]:
    meters = {meter.code: meter for meter in value_from(Basis, own.basis).meters}
    months = read(portal_engine(), looker, stored_months)
    for key in carried_needed(issued):
        into = months[key.into].period
        question = partial(
            carried_events, meter=_meter(meters, key), into=into, known=issued.period
        )
        events = read(portal_engine(), looker, question)
        yield key, _rows(events, issued.manifest.client, key.meter)


def _meter(meters: dict[str, Meter], key: CarriedKey) -> Meter:
    return meters[key.meter]


def _rows(events: Iterable[StoredEvent], client: str, meter: str) -> Iterator[EventRow]:
    for event in events:
        yield EventRow(
            event_id=event.event_id,
            leaf_hash=event.leaf_hash,
            client=client,
            source=event.source,
            source_event_id=event.source_event_id,
            meter=meter,
            occurred_at=event.occurred_at,
            quantity=None if event.withdraws else event.quantity,
            resource=event.resource,
            counted_value=event.counted_value,
            supersedes=event.supersedes,
            reason=event.reason,
        )
