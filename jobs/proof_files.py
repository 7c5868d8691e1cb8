"""Where the private key and the heads are: as set, or beside the embedded database."""

from pathlib import Path

from db.faults import StartFault
from db.settings import Settings


def signing_key_file(settings: Settings) -> Path:
    """The file of the private key.

    Raises:
        StartFault: the database is the operator's, and no file is set.
    """
    return settings.signing_key or _beside(settings, "signing.key", "METERGLASS_SIGNING_KEY")


def heads_folder(settings: Settings) -> Path:
    """The folder of the head files.

    Raises:
        StartFault: the database is the operator's, and no folder is set.
    """
    return settings.heads or _beside(settings, "heads", "METERGLASS_HEADS")


def is_database_embedded(settings: Settings) -> bool:
    """Say whether the database is the embedded one: no address of another is set."""
    addresses = settings.database_url_owner, settings.database_url_writer
    return not any((*addresses, settings.database_url_portal, settings.database_url_administrator))


def _beside(settings: Settings, name: str, variable: str) -> Path:
    if not is_database_embedded(settings):
        raise StartFault(f"{variable} is not set; with a database of your own it must be.")
    return settings.data_directory / name
