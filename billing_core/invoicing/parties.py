"""The two sides of a document, as it names them."""

from billing_core.invoicing.document import Party
from billing_core.setup import Client, Issuer


def issuing_party(issuer: Issuer) -> Party:
    """Give the MSP as its documents name it."""
    return Party(
        name=issuer.legal_name,
        address=issuer.address,
        country=issuer.country,
        tax_number=issuer.tax_number,
        email=issuer.email,
    )


def billed_party(client: Client) -> Party:
    """Give a client as its documents name it: by its legal name, or else by its name."""
    return Party(
        name=client.legal_name or client.name,
        address=client.address,
        country=client.country,
        tax_number=client.tax_number,
    )
