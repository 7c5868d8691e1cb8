"""The keys of a profile that say in which column the client stands."""

from typing import Final

from intake.profiles.declaration import CODE, Declaration
from intake.profiles.profile import ClientColumn

CLIENT_KEYS: Final = ("client", "clients")


def client_column(reading: Declaration) -> ClientColumn | None:
    """The column of the client, and the table `[clients]` where its texts aren't slugs."""
    column = reading.text("client")
    slugs = _slugs(reading)
    if column is not None:
        return ClientColumn(column=column, slugs=slugs)
    if slugs is not None:
        reading.fault("clients", 'needs client = "the column whose texts these are"')
    return None


def _slugs(reading: Declaration) -> dict[str, str] | None:
    declared = reading.values.get("clients")
    if declared is None:
        return None
    if not isinstance(declared, dict) or not declared:
        reading.fault("clients", 'needed: a table [clients] of "text in the column" = "slug"')
        return None
    for text, slug in declared.items():
        if not isinstance(slug, str) or not CODE.fullmatch(slug):
            reading.fault(f"clients.{text}", "must be the slug of a client")
    return {text: str(slug) for text, slug in declared.items()}
