"""A document names its two sides as they are registered."""

from dataclasses import replace

from billing_core.invoicing.document import Party
from billing_core.invoicing.parties import billed_party, issuing_party
from billing_core.setup import Client, Issuer

CLIENT = Client(
    slug="harbour",
    name="Harbour & Lane",
    zone="Europe/Amsterdam",
    locale="en_NL",
    country="NL",
    legal_name="Harbour & Lane LLP",
    address="Kade 4\n3011 AA Rotterdam",
    tax_number="NL862104390B01",
)


def test_the_msp_is_named_by_its_legal_name() -> None:
    issuer = Issuer(
        name="Fairlead",
        legal_name="Fairlead Managed Services B.V.",
        country="NL",
        address="Oosterdok 12",
        tax_number="NL004495445B01",
        email="billing@fairlead.example",
        payment_details="NL18 FAIR 0123 4567 89",
    )
    assert issuing_party(issuer) == Party(
        name="Fairlead Managed Services B.V.",
        address="Oosterdok 12",
        country="NL",
        tax_number="NL004495445B01",
        email="billing@fairlead.example",
    )


def test_a_client_is_named_by_its_legal_name() -> None:
    assert billed_party(CLIENT) == Party(
        name="Harbour & Lane LLP",
        address="Kade 4\n3011 AA Rotterdam",
        country="NL",
        tax_number="NL862104390B01",
    )


def test_a_client_without_a_legal_name_is_named_by_its_name() -> None:
    assert billed_party(replace(CLIENT, legal_name="")).name == "Harbour & Lane"
