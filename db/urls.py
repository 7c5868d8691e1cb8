"""Where the database is: the operator's addresses, or the embedded server."""

from db.database import create_database
from db.embedded import EmbeddedServer, Urls
from db.settings import Settings

_SERVERS: dict[str, tuple[EmbeddedServer, Urls]] = {}
"""The embedded servers that this process uses, by directory; they are let go when the process ends."""


def resolve_urls(settings: Settings) -> Urls:
    """The addresses to use.

    If the operator set any address, exactly the set ones; otherwise those of the embedded server of the data
    directory, started and with its schema at the expected version.

    Raises:
        StartFault: the embedded server cannot be started or its database not made.
    """
    given = (
        settings.database_url_owner,
        settings.database_url_writer,
        settings.database_url_portal,
    )
    if any(given):
        return Urls(owner=given[0], writer=given[1], portal=given[2])
    return _embedded_urls(settings)


def _embedded_urls(settings: Settings) -> Urls:
    directory = str(settings.data_directory.absolute())
    if directory not in _SERVERS:
        server = EmbeddedServer(settings.data_directory)
        urls = server.start()
        create_database(urls)
        _SERVERS[directory] = (server, urls)
    return _SERVERS[directory][1]
