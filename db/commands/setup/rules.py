"""What a setup may not change: what was billed, and what usage was recorded under. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from billing_core.faults import Fault
from billing_core.prices import Agreement, AgreementQuantity, Price
from billing_core.setup import Client, Setup
from db.commands.setup.billed import Refusal, moved_from, named, too_early
from db.commands.setup.changes import Action, Change, Key, Value, values_of
from db.commands.setup.facts import Facts, HalfIssued, Month
from db.commands.setup.party_rules import client_refusal, issuer_refusal
from db.commands.setup.price_rules import Neighbours, quantity_refusal, version_refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What happened under the stored setup."""

    clients: Mapping[str, Facts]  #: by slug; only clients that are stored
    used_meters: frozenset[str]
    used_sources: frozenset[Key]  #: client and source
    half_issued: HalfIssued | None = None


class Rules:
    """Judges changes by what is stored, what is wanted and what happened."""

    def __init__(self, stored: Setup | None, wanted: Setup, evidence: Evidence) -> None:
        self._before = values_of(stored) if stored else {}
        self._after = values_of(wanted)
        self._wanted = wanted
        self._evidence = evidence

    def faults_of(self, changes: Sequence[Change]) -> Iterator[Fault]:
        """The faults of the changes, in their order."""
        for change in changes:
            refusal = self._refusal(change)
            if refusal:
                column = f":{refusal.column}" if refusal.column else ""
                yield Fault(where=f"{self._place(change)}{column}", message=refusal.message)

    def _place(self, change: Change) -> str:
        """The row of a change; of what is removed, the row of its agreement or its client."""
        owners = (("agreement", *change.key[:2]), ("client", *change.key[:1]))
        for key in ((change.kind, *change.key), *owners):
            if key in self._wanted.places:
                return self._wanted.places[key]
        return " ".join((change.kind, *change.key))

    def _refusal(self, change: Change) -> Refusal | None:
        match change.kind:
            case "issuer":
                return issuer_refusal(change, self._evidence.half_issued)
            case "meter":
                return _meter(change, self._evidence)
            case "source":
                used = change.key in self._evidence.used_sources
                return _SOURCE if used and change.action is Action.REMOVED else None
            case "client" | "agreement" | "price" | "quantity":
                return self._of_client(change)
        return None

    def _of_client(self, change: Change) -> Refusal | None:
        old = self._before.get(change.kind, {}).get(change.key)
        new = self._after[change.kind].get(change.key)
        facts = self._evidence.clients.get(change.key[0])
        if facts is None:
            return None
        if isinstance(old, Client) and isinstance(new, Client):
            return client_refusal(old, new, facts)
        if isinstance(old, Agreement) or isinstance(new, Agreement):
            return _agreement(change, old, new, facts)
        return self._dated(change, old, new, facts)

    def _dated(
        self, change: Change, old: Value | None, new: Value | None, facts: Facts
    ) -> Refusal | None:
        """The refusal of a price or quantity of an agreement that is there before and after.

        What comes or goes with its agreement is judged with that: the first invoice of an agreement
        bills its first month whole.
        """
        agreement = change.key[:2]
        if agreement not in self._before["agreement"] or agreement not in self._after["agreement"]:
            return None
        if isinstance(old, AgreementQuantity) or isinstance(new, AgreementQuantity):
            return quantity_refusal(_quantity(old), _quantity(new), facts)
        neighbours = Neighbours(
            before=_first_days(self._before["price"], change.key),
            after=_first_days(self._after["price"], change.key),
        )
        return version_refusal(_version(old), _version(new), neighbours, facts)


_SOURCE: Final = Refusal(
    column="",
    message=(
        "A source of this client is not in sources.csv, and has sent usage or has an API key: "
        "keep its row."
    ),
)


def _version(value: Value | None) -> Price | None:
    return value if isinstance(value, Price) else None


def _quantity(value: Value | None) -> AgreementQuantity | None:
    return value if isinstance(value, AgreementQuantity) else None


def _first_days(prices: Mapping[Key, Value], key: Key) -> frozenset[date]:
    """The first days of all versions of the price that a key belongs to."""
    return frozenset(date.fromisoformat(each[3]) for each in prices if each[:3] == key[:3])


def _meter(change: Change, evidence: Evidence) -> Refusal | None:
    moved = {each.field for each in change.fields}
    for field in ("unit", "aggregation"):
        if field in moved:
            return Refusal(column=field, message=f"A meter's {field} never changes: add a meter.")
    if "holds_for" in moved and change.key[0] in evidence.used_meters:
        message = (
            "Usage is recorded with this meter, so how long it holds can't change: add a meter."
        )
        return Refusal(column="holds_for_minutes", message=message)
    return None


def _agreement(
    change: Change, old: Value | None, new: Value | None, facts: Facts
) -> Refusal | None:
    own = [month for month in facts.months if month.agreement == change.key[1]]
    if isinstance(old, Agreement) and isinstance(new, Agreement):
        running = [month for month in own if _is_before(month, old.ends_on)]
        return _currency(old, new, own) or _outside(new, running) or _term(old, new, facts)
    if isinstance(new, Agreement):
        return too_early("starts_on", new.starts_on, facts)
    if isinstance(old, Agreement) and (old.starts_on <= facts.today or own):
        message = (
            f"Agreement {old.code} of this client has begun and is not in agreements.csv: "
            "keep its row and give it an ends_on."
        )
        return Refusal(column="", message=message)
    return None


def _currency(old: Agreement, new: Agreement, own: Sequence[Month]) -> Refusal | None:
    if old.currency == new.currency or not own:
        return None
    message = (
        f"{named(own[0])} is reckoned in {old.currency} already: "
        "end the agreement and begin another with a month."
    )
    return Refusal(column="currency", message=message)


def _is_before(month: Month, ends_on: date | None) -> bool:
    """Whether a month begins before an end; one after it only bills what comes late."""
    return ends_on is None or month.first_day < ends_on


def _outside(new: Agreement, own: Sequence[Month]) -> Refusal | None:
    """The refusal of a term that leaves out a month that is billed or holds usage."""
    for month in own:
        is_early = month.ends_on <= new.starts_on
        is_late = new.ends_on is not None and month.first_day >= new.ends_on
        if (is_early or is_late) and (month.has_usage or not month.is_open):
            message = f"{named(month)} is billed under this agreement: keep it inside its term."
            return Refusal(column="starts_on" if is_early else "ends_on", message=message)
    return None


def _term(old: Agreement, new: Agreement, facts: Facts) -> Refusal | None:
    starts, ends = moved_from(old.starts_on, new.starts_on), moved_from(old.ends_on, new.ends_on)
    return too_early("starts_on", starts, facts) or too_early("ends_on", ends, facts)
