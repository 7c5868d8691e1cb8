"""A setup knows where its values were written."""

from dataclasses import replace
from types import MappingProxyType

from billing_core.setup import Client, Issuer, Setup

ISSUER = Issuer(name="Fairlead", legal_name="Fairlead B.V.", country="NL")


def setup_of(**places: str) -> Setup:
    written = {tuple(key.split("__")): place for key, place in places.items()}
    return Setup(
        issuer=ISSUER,
        clients=(),
        people=(),
        meters=(),
        sources=(),
        agreements=(),
        places=MappingProxyType(written),
    )


def test_a_place_is_the_row_or_else_the_key_in_words() -> None:
    setup = setup_of(client__harbour="clients.csv:2")
    assert setup.place_of("client", "harbour") == "clients.csv:2"
    assert setup.place_of("client", "quay") == "client quay"


def test_two_setups_are_equal_wherever_they_were_written() -> None:
    assert setup_of(client__harbour="clients.csv:2") == setup_of()


def test_numbers_begin_with_the_prefix_or_else_with_the_slug() -> None:
    client = Client(slug="harbour", name="H", zone="UTC", locale="en_NL", country="NL")
    assert client.number_prefix == "HARBOUR"
    assert replace(client, invoice_prefix="HARB").number_prefix == "HARB"
