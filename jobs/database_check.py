"""Whether the portal can work on the database it is given."""

from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from db.embedded import Urls
from db.engine import make_engine
from db.faults import StartFault
from db.migrate import require_expected_version


def require_ready_database(urls: Urls) -> None:
    """Refuse to start on a database that is away or has another schema.

    Raises:
        StartFault: the portal's address is not set, nobody answers there, or the versions differ.
    """
    if urls.portal is None:
        raise StartFault("METERGLASS_DATABASE_URL_PORTAL is not set: the portal needs its login.")
    try:
        engine = make_engine(urls.portal)
        require_expected_version(engine)
    except (OperationalError, ValueError) as fault:
        raise StartFault(_unreachable(urls.portal, fault)) from None
    engine.dispose()


def _unreachable(url: str, fault: Exception) -> str:
    if isinstance(fault, OperationalError):
        place = make_url(url)
        last_line = str(fault.orig).strip().splitlines()[-1].strip()
        return f"the database at {place.host}:{place.port or 5432} does not answer: {last_line}"
    return "METERGLASS_DATABASE_URL_PORTAL is no address of the form postgresql://login:password@host/name."
