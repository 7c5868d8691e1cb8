"""What the portal stands on: settings, Streamlit's too, and the database. Weak ones stop it."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import streamlit as st
from sqlalchemy.exc import OperationalError

from db.database import check_portal_login, check_protection
from db.faults import StartFault
from db.migrate import require_expected_version
from db.portal import LOOPBACK_HOSTS, portal_engine, settings
from db.writer import require_safe_writer, writer_engine

#: What Streamlit must be told, as `.streamlit/config.toml` tells it. The environment, a flag or
#: another folder to start from could say otherwise, and open a door that the portal takes for shut.
STREAMLIT_MUST: Final[Mapping[str, object]] = {
    "browser.gatherUsageStats": False,
    "client.allowedOrigins": [],
    "client.showErrorDetails": "none",
    "global.developmentMode": False,
    "server.enableCORS": True,
    "server.enableStaticServing": False,
    "server.enableXsrfProtection": True,
    "server.trustedUserHeaders": {"X-Meterglass-Principal": "principal"},
}


def require_safe_footing() -> None:
    """Refuse to start where a protection would not hold.

    Raises:
        StartFault: the first thing that is weak, in one sentence that says what to do.
    """
    _require_safe_address()
    _require_safe_streamlit()
    try:
        _require_safe_database()
    except OperationalError as error:
        raise StartFault(_unanswered("portal", error)) from None
    _require_safe_posts()


def _require_safe_address() -> None:
    public = urlsplit(settings().public_url or "")
    if public.hostname and public.scheme != "https" and public.hostname not in LOOPBACK_HOSTS:
        raise StartFault("METERGLASS_PUBLIC_URL must begin with https://: cookies need TLS.")


def _require_safe_streamlit() -> None:
    for name, wanted in STREAMLIT_MUST.items():
        if st.get_option(name) != wanted:
            message = (
                f"Streamlit's {name} must be as .streamlit/config.toml has it: start in the "
                "folder of app.py, and set it nowhere else."
            )
            raise StartFault(message)


def _require_safe_database() -> None:
    engine = portal_engine()
    faults = check_portal_login(engine)
    if faults:
        raise StartFault(f"{faults[0].where}: {faults[0].message}")
    require_expected_version(engine)
    faults = check_protection(engine)
    if faults:
        raise StartFault(f"{faults[0].where}: {faults[0].message}")


def _require_safe_posts() -> None:
    """Where the writer's address is set, this process takes posts too."""
    engine = writer_engine()
    if engine is None:
        return
    try:
        require_safe_writer(engine)
    except OperationalError as error:
        raise StartFault(_unanswered("writer", error)) from None


def _unanswered(login: str, error: OperationalError) -> str:
    """Why there is no database at an address, without a word of what the address holds."""
    said = str(error.orig)
    if "SSL" in said or "certificate" in said:
        return (
            f"The database at the address of the {login}'s login is on another machine and does "
            "not prove itself by TLS: give its address a sslrootcert, or a sslmode of your choice."
        )
    return f"The database does not answer at the address of the {login}'s login."
