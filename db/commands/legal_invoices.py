"""Taking back what another system issued: all of a file or nothing, and nothing twice."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, Engine, text

from billing_core.faults import Fault, refuse
from billing_core.invoicing.legal import LegalInvoice
from db.commands.audit import note
from db.commands.ingest.changed_months import EVERY_MONTH, raise_from
from db.queries.clients import client_ids
from db.session import writer_transaction

_STORE: Final = text(
    """
    INSERT INTO billing.legal_invoice
        (client_id, billing_period, number, issued_on, currency, net, gross, recorded_by)
    VALUES (:client, CAST(:period || '-01' AS date), :number, :issued_on, :currency, :net, :gross,
        :actor)
    ON CONFLICT (client_id, billing_period, number) DO NOTHING
    """
)
_STORED: Final = text(
    """
    SELECT issued_on, currency, net, gross FROM billing.legal_invoice
    WHERE client_id = :client AND billing_period = CAST(:period || '-01' AS date)
      AND number = :number
    """
)


def take_legal_invoices(engine: Engine, invoices: Sequence[LegalInvoice], actor: str) -> int:
    """Store the legal invoices of another system; gives how many were new.

    Args:
        engine: of the writer.
        invoices: as they were read.
        actor: who takes them back.

    Raises:
        Faults: for an unknown client, or an invoice that is stored with other figures; nothing is
            stored then.
    """
    with writer_transaction(engine, []) as connection:
        known = client_ids(connection)
    refuse(_unknown(invoices, known))
    clients = {known[each.client] for each in invoices}
    with writer_transaction(engine, clients) as connection:
        new = [each for each in invoices if _take(connection, known[each.client], each, actor)]
        refuse(_others(connection, known, invoices))
        for each in new:
            _note(connection, known[each.client], each, actor)
        for client_id in sorted({known[each.client] for each in new}):
            raise_from(connection, client_id, EVERY_MONTH)
    return len(new)


def _unknown(invoices: Iterable[LegalInvoice], known: Mapping[str, int]) -> tuple[Fault, ...]:
    slugs = dict.fromkeys(each.client for each in invoices if each.client not in known)
    return tuple(Fault(where="client", message=f"there is no client {slug!r}") for slug in slugs)


def _take(connection: Connection, client_id: int, invoice: LegalInvoice, actor: str) -> bool:
    values = {
        **_key(client_id, invoice),
        "issued_on": invoice.issued_on,
        "currency": invoice.currency,
        "net": invoice.net,
        "gross": invoice.gross,
        "actor": actor,
    }
    return connection.execute(_STORE, values).rowcount > 0


def _others(
    connection: Connection, known: Mapping[str, int], invoices: Iterable[LegalInvoice]
) -> Iterator[Fault]:
    """Give those that are stored with other figures: what was taken back is never changed."""
    for each in invoices:
        row = connection.execute(_STORED, _key(known[each.client], each)).one()
        if tuple(row) != (each.issued_on, each.currency, each.net, each.gross):
            stored = f"{row.issued_on}, {row.net.normalize():f} and {row.gross.normalize():f}"
            message = f"{each.number} is taken already, with {stored} {row.currency}"
            yield Fault(where=f"{each.client} {each.period}", message=message)


def _note(connection: Connection, client_id: int, invoice: LegalInvoice, actor: str) -> None:
    note(
        connection,
        actor=actor,
        action="legal_invoice_taken",
        subject=invoice.number,
        client_id=client_id,
        detail={"month": invoice.period, "gross": f"{invoice.gross:f} {invoice.currency}"},
    )


def _key(client_id: int, invoice: LegalInvoice) -> dict[str, object]:
    return {"client": client_id, "period": invoice.period, "number": invoice.number}
