"""Stores the changes of a setup, in the order in which rows refer to one another."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby

from sqlalchemy import Connection

from billing_core.metering import Meter
from billing_core.prices import Agreement, AgreementQuantity, Price
from billing_core.setup import Client, Person, Setup, Source
from db.commands.setup import written_agreements as agreements
from db.commands.setup import written_parties as parties
from db.commands.setup.changes import Action, Change, Key, Value, values_of


class Writer:
    """Writes the changes between what is stored and what is wanted."""

    def __init__(self, connection: Connection, stored: Setup | None, wanted: Setup) -> None:
        self._connection = connection
        self._before: Mapping[str, Mapping[Key, Value]] = values_of(stored) if stored else {}
        self._after = values_of(wanted)
        self._wanted = wanted

    def write(self, changes: Iterable[Change], *, is_demo: bool) -> None:
        """Store the changes; new clients and people are marked as demo where asked."""
        made = [change for change in changes if change.action is not Action.LEFT]
        by_kind = {kind: [each for each in made if each.kind == kind] for kind in _KINDS}
        if by_kind["issuer"]:
            parties.write_issuer(self._connection, self._wanted.issuer)
        taxed = {change.key[0] for change in by_kind["tax rate"]}
        parties.write_tax_rates(self._connection, taxed, self._wanted.tax_rates)
        parties.release_prefixes(self._connection, _slugs(by_kind["client"]))
        for change in (*by_kind["client"], *by_kind["meter"], *by_kind["person"]):
            self._write_party(change, is_demo=is_demo)
        slugs = [client.slug for client in self._wanted.clients]
        client_ids = parties.client_ids_of(self._connection, slugs)
        for change in by_kind["source"]:
            self._write_source(change, client_ids[change.key[0]])
        signed = [*by_kind["agreement"], *by_kind["price"], *by_kind["quantity"]]
        signed.sort(key=_slug)
        for slug, own in groupby(signed, key=_slug):
            self._write_client(client_ids[slug], list(own))

    def _write_party(self, change: Change, *, is_demo: bool) -> None:
        value = self._after[change.kind][change.key]
        is_new = change.action is Action.ADDED
        connection = self._connection
        if isinstance(value, Meter):
            (parties.add_meter if is_new else parties.change_meter)(connection, value)
        elif isinstance(value, Client) and is_new:
            parties.add_client(connection, value, is_demo=is_demo)
        elif isinstance(value, Client):
            parties.change_client(connection, value)
        elif isinstance(value, Person) and is_new:
            parties.add_person(connection, value, is_demo=is_demo)
        elif isinstance(value, Person):
            parties.change_person(connection, value)

    def _write_source(self, change: Change, client_id: int) -> None:
        source = self._after["source"].get(change.key)
        if not isinstance(source, Source):
            parties.remove_source(self._connection, client_id, change.key[1])
        elif change.action is Action.ADDED:
            parties.add_source(self._connection, client_id, source)
        else:
            parties.change_source(self._connection, client_id, source)

    def _write_client(self, client_id: int, changes: list[Change]) -> None:
        """Store what changed under a client's agreements: what goes first, then what comes."""
        ids = agreements.agreement_ids_of(self._connection, client_id)
        by_agreement = _by_agreement(change for change in changes if change.kind != "agreement")
        for code, own in by_agreement.items():
            if code in ids:
                self._remove_parts(client_id, ids[code], own)
        self._write_agreements(
            client_id, ids, [each for each in changes if each.kind == "agreement"]
        )
        ids = agreements.agreement_ids_of(self._connection, client_id)
        meter_ids = agreements.meter_ids_of(self._connection)
        for code, own in by_agreement.items():
            if code in ids:
                place = agreements.RateCardPlace(
                    client_id=client_id, agreement_id=ids[code], meter_ids=meter_ids
                )
                self._write_parts(place, own)

    def _write_agreements(
        self, client_id: int, ids: Mapping[str, int], changes: list[Change]
    ) -> None:
        changed: list[tuple[Agreement, Agreement]] = []
        added: list[Agreement] = []
        for change in changes:
            old = self._before.get("agreement", {}).get(change.key)
            new = self._after["agreement"].get(change.key)
            if new is None:
                agreements.remove_agreement(self._connection, client_id, ids[change.key[1]])
            elif isinstance(old, Agreement) and isinstance(new, Agreement):
                changed.append((old, new))
            elif isinstance(new, Agreement):
                added.append(new)
        agreements.change_agreements(self._connection, client_id, changed)
        for agreement in added:
            agreements.add_agreement(self._connection, client_id, agreement)

    def _remove_parts(self, client_id: int, agreement_id: int, changes: list[Change]) -> None:
        gone = [change for change in changes if change.action is Action.REMOVED]
        place = agreements.RateCardPlace(
            client_id=client_id, agreement_id=agreement_id, meter_ids={}
        )
        quantities = [self._before["quantity"].get(each.key) for each in gone]
        removed = [each for each in quantities if isinstance(each, AgreementQuantity)]
        agreements.write_quantities(self._connection, place, removed, ())
        versions = [
            (each.key[2], date.fromisoformat(each.key[3])) for each in gone if each.kind == "price"
        ]
        agreements.remove_versions(self._connection, client_id, agreement_id, versions)

    def _write_parts(self, place: agreements.RateCardPlace, changes: list[Change]) -> None:
        kept = [change for change in changes if change.action is not Action.REMOVED]
        for change in sorted(kept, key=lambda change: change.action is Action.ADDED):
            price = self._after["price"].get(change.key)
            if change.kind == "price" and isinstance(price, Price):
                is_new = change.action is Action.ADDED
                write = agreements.add_version if is_new else agreements.change_version
                write(self._connection, place, price)
        dated = [self._after["quantity"].get(each.key) for each in kept if each.kind == "quantity"]
        stored = [each for each in dated if isinstance(each, AgreementQuantity)]
        agreements.write_quantities(self._connection, place, (), stored)


_KINDS = (
    "issuer",
    "tax rate",
    "client",
    "meter",
    "person",
    "source",
    "agreement",
    "price",
    "quantity",
)


def _slug(change: Change) -> str:
    return change.key[0]


def _slugs(changes: Iterable[Change]) -> list[str]:
    return [_slug(change) for change in changes]


def _by_agreement(changes: Iterable[Change]) -> Mapping[str, list[Change]]:
    grouped: dict[str, list[Change]] = {}
    for change in changes:
        grouped.setdefault(change.key[1], []).append(change)
    return grouped
