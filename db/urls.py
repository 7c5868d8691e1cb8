"""Where the database is: the operator's addresses, or the embedded server."""

from sqlalchemy.exc import OperationalError

from db.database import create_database
from db.embedded import EmbeddedServer, Urls
from db.engine import make_engine
from db.migrate import current_version, expected_version
from db.settings import Settings

_IN_USE: dict[str, tuple[EmbeddedServer, Urls]] = {}
"""The embedded servers that this process uses, by directory; let go when the process ends."""


def resolve_urls(settings: Settings) -> Urls:
    """The addresses to use.

    If the operator set any address, exactly the set ones; otherwise those of the embedded server
    of the data directory, started if need be and with its schema at the expected version.

    Raises:
        StartFault: the embedded server cannot be started or its database not made.
    """
    urls = Urls(
        owner=settings.database_url_owner,
        writer=settings.database_url_writer,
        portal=settings.database_url_portal,
        administrator=settings.database_url_administrator,
    )
    if any((urls.owner, urls.writer, urls.portal, urls.administrator)):
        return urls
    return _embedded_urls(settings)


def let_go() -> None:
    """End this process's uses of embedded servers; waits for those that stop because of it."""
    while _IN_USE:
        _, (server, _urls) = _IN_USE.popitem()
        server.stop()


def _embedded_urls(settings: Settings) -> Urls:
    directory = str(settings.data_directory.absolute())
    if directory not in _IN_USE:
        server = EmbeddedServer(settings.data_directory)
        urls = server.start()
        if not _is_current(urls):
            create_database(urls)
        _IN_USE[directory] = (server, urls)
    return _IN_USE[directory][1]


def _is_current(urls: Urls) -> bool:
    """Whether the owner can sign in and finds the expected schema."""
    engine = make_engine(urls.owner or "")
    try:
        return current_version(engine) == expected_version()
    except OperationalError:
        return False
    finally:
        engine.dispose()
