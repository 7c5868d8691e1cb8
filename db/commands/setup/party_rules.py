"""What of the issuer and of a client may not change once documents are issued. Pure."""

from billing_core.setup import Client
from db.commands.setup.billed import Refusal, named
from db.commands.setup.changes import Change
from db.commands.setup.facts import Facts, HalfIssued


def issuer_refusal(change: Change, half_issued: HalfIssued | None) -> Refusal | None:
    """Why the issuer's books may not move: each month is issued in one place, for all clients."""
    if half_issued is None or all(each.field != "books" for each in change.fields):
        return None
    message = (
        f"The books change only between months, and {half_issued.first_day:%Y-%m} is not issued "
        f"for {half_issued.client} yet: change them when it is."
    )
    return Refusal(column="books", message=message)


def client_refusal(old: Client, new: Client, facts: Facts) -> Refusal | None:
    """Why a client may not change so."""
    return _zone(old, new, facts) or _prefix(old, new, facts) or _first_month(old, new, facts)


def _zone(old: Client, new: Client, facts: Facts) -> Refusal | None:
    running = next((month for month in facts.months if not month.is_issued), None)
    if running is None or old.zone == new.zone:
        return None
    message = (
        f"The zone changes only at a period's start, and {named(running)} is not issued: "
        "change it when that is."
    )
    return Refusal(column="zone", message=message)


def _prefix(old: Client, new: Client, facts: Facts) -> Refusal | None:
    if old.number_prefix == new.number_prefix or not facts.has_documents:
        return None
    message = (
        f"Issued documents are numbered {old.number_prefix} already, in one series: keep the "
        "prefix."
    )
    return Refusal(column="invoice_prefix", message=message)


def _first_month(old: Client, new: Client, facts: Facts) -> Refusal | None:
    if old.invoices_from == new.invoices_from or not facts.has_documents:
        return None
    message = (
        "Documents are issued already, so the first month that is billed here can't change: keep "
        f"{'it empty' if old.invoices_from is None else f'{old.invoices_from:%Y-%m}'}."
    )
    return Refusal(column="invoices_from", message=message)
