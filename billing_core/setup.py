"""What is set up before anything is measured: who issues, who is billed, and what was agreed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from billing_core.metering import Meter
from billing_core.prices import Agreement
from billing_core.taxes import TaxRate


class Role(StrEnum):
    """What a person is; finance and IT see one client, an account manager several, the rest all."""

    FINANCE = "finance"
    IT = "it"
    ACCOUNT_MANAGER = "account_manager"
    BILLING = "billing"
    ADMINISTRATOR = "administrator"


class Books(StrEnum):
    """Where the legal invoices are issued."""

    HERE = "here"  #: by this portal
    ELSEWHERE = "elsewhere"  #: by an accounting system; this portal drafts and compares


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """The MSP that runs the portal and issues the invoices."""

    name: str  #: shown at the head of every page
    legal_name: str  #: on invoices
    country: str  #: ISO 3166, two letters
    address: str = ""  #: may have line breaks
    tax_number: str = ""
    email: str = ""  #: where clients write about a bill
    payment_details: str = ""  #: bank and account, as invoices say them; may have line breaks
    books: Books = Books.HERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A customer of the MSP."""

    slug: str  #: its code in files and addresses; never changes
    name: str
    zone: str  #: IANA time zone; its months and days are reckoned in it
    locale: str  #: language and country, such as en_NL
    country: str  #: ISO 3166, two letters
    legal_name: str = ""  #: on invoices; "": the name
    address: str = ""  #: on invoices; may have line breaks
    tax_number: str = ""  #: on invoices
    invoice_prefix: str = ""  #: of its numbers, "HARB" in HARB-2026-0007; "": from the slug
    invoices_from: date | None = None  #: first month billed here; None: the first

    @property
    def number_prefix(self) -> str:
        """The prefix of its invoices' numbers."""
        return self.invoice_prefix or self.slug.upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may sign in."""

    email: str  #: lower case
    name: str
    role: Role
    clients: tuple[str, ...] = ()  #: slugs, in order; empty for those who see all clients


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What sends usage events for a client."""

    client: str  #: slug
    code: str
    name: str
    expects_every_minutes: int | None = None  #: None: nothing is expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A whole set for the clients it names; each tuple is in the order of its keys.

    `places` says where a value was written, for faults that only show against what is stored. Its
    key is the kind and the value's own key, such as
    `("price", "harbour", "HARB-2026", "base-platform", "2026-07-01")`, its value `prices.csv:4`.
    """

    issuer: Issuer
    clients: tuple[Client, ...]
    people: tuple[Person, ...]
    meters: tuple[Meter, ...]
    sources: tuple[Source, ...]
    agreements: tuple[Agreement, ...]
    tax_rates: tuple[TaxRate, ...] = ()
    places: Mapping[tuple[str, ...], str] = field(
        default_factory=lambda: MappingProxyType({}), compare=False
    )

    def place_of(self, *key: str) -> str:
        """Where a value was written, or its key in words where that isn't known."""
        return self.places.get(key, " ".join(key))
