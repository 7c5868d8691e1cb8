"""Which hosts and origins are this portal's own."""

from functools import cache
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from db.portal import LOOPBACK_HOSTS, behind_tls, settings

#: What a browser writes as Origin where our Referrer-Policy lets it say nothing.
_NO_ORIGIN: Final = (None, "null")


@cache
def own_hosts() -> frozenset[str]:
    """Host names under which the portal answers, in small letters.

    Over TLS only the public one; without TLS only the loopback address, so that no cookie
    travels a network in clear.
    """
    public = urlsplit(settings().public_url or "").hostname
    return frozenset({public}) if public and behind_tls() else LOOPBACK_HOSTS


def is_own_host(host: str | None) -> bool:
    """Whether a Host header names this portal."""
    try:
        parts = urlsplit(f"//{host or ''}")
        # A port that is none raises, whatever stands before it.
        return parts.port != 0 and parts.username is None and parts.hostname in own_hosts()
    except ValueError:
        return False


def is_own_origin(origin: str | None, host: str | None) -> bool:
    """Whether an Origin header names the very host that is asked, with our scheme."""
    scheme = "https" if behind_tls() else "http"
    return is_own_host(host) and origin == f"{scheme}://{host}"


def is_from_own_page(headers: Headers) -> bool:
    """Whether a browser sent this request from one of our own pages.

    Without an Origin the browser's own word on where the request began decides, which no
    page can set.
    """
    origin, host = headers.get("origin"), headers.get("host")
    if origin in _NO_ORIGIN:
        return headers.get("sec-fetch-site") == "same-origin"
    return is_own_origin(origin, host)
