"""The portal as a child process: how it is started, when it answers, how it ends."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from errno import EACCES, EADDRINUSE, EADDRNOTAVAIL
from urllib.parse import urlsplit

from db.embedded import Urls
from db.faults import StartFault
from db.settings import Settings
from jobs.watchdog import ROOT, end_child

_FOR_US_ONLY = (
    "METERGLASS_DATABASE_URL_",
    "METERGLASS_SIGNING_KEY",
    "METERGLASS_HEADS",
    "PGPASSWORD",
    "PGUSER",
)
_START_SECONDS = 60.0
_LOOK_AGAIN = 0.05  #: seconds
_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - recognised, not bound


def require_free_port(address: str, port: int) -> None:
    """Refuse to start where nobody can listen.

    Raises:
        StartFault: the port is taken, forbidden, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as fault:
            raise StartFault(_why_not(address, port, fault)) from fault


def _why_not(address: str, port: int, fault: OSError) -> str:
    if fault.errno == EADDRINUSE:
        return f"port {port} of {address} is taken by another program; choose one with --port."
    if fault.errno == EACCES:
        return f"no permission to listen on port {port}; choose one above 1023 with --port."
    if fault.errno == EADDRNOTAVAIL or isinstance(fault, socket.gaierror):
        return f"{address} is not an address of this machine; choose one with --address."
    return f"cannot listen on port {port} of {address}: {fault.strerror}."


def portal_environment(
    environment: Mapping[str, str], settings: Settings, urls: Urls
) -> dict[str, str]:
    """The environment of the portal: ours, but of the database only two logins.

    The portal's own, with which all screens are read; and the writer's, with which nothing but
    posts of events are taken in. Where the signing key is, it is not told.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith(_FOR_US_ONLY)
    }
    writer = {"METERGLASS_DATABASE_URL_WRITER": urls.writer} if urls.writer else {}
    return {
        **kept,
        **writer,
        "METERGLASS_DATABASE_URL_PORTAL": str(urls.portal),
        "METERGLASS_ADDRESS": settings.address,
        "METERGLASS_PORT": str(settings.port),
        "METERGLASS_DEMO": str(settings.demo).lower(),
    }


def portal_command(settings: Settings) -> tuple[str, ...]:
    """The command that serves the portal and its HTTP routes."""
    options = {
        "server.address": settings.address,
        "server.port": str(settings.port),
        "logger.hideWelcomeMessage": "true",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return (sys.executable, "-m", "streamlit", "run", "app.py", *flags)


def shown_address(settings: Settings) -> str:
    """The address to open in a browser."""
    return settings.public_url or local_address(settings)


def local_address(settings: Settings) -> str:
    """The address at which this machine reaches the portal."""
    host = "127.0.0.1" if settings.address in _EVERYWHERE else settings.address
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def public_host(settings: Settings) -> str | None:
    """The name by which alone the portal answers, where it has one."""
    return urlsplit(settings.public_url or "").hostname


class PortalProcess:
    """A running portal in a process group of its own, so that only its parent ends it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it."""
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, env=dict(environment), cwd=ROOT, stdin=subprocess.DEVNULL, process_group=0
        )

    @property
    def pid(self) -> int:
        """The process id, which is also the number of its process group."""
        return self._process.pid

    def wait_until_it_answers(self, url: str) -> None:
        """Return when the portal has answered a first request.

        Raises:
            StartFault: it ended, or took longer than a minute.
        """
        latest = time.monotonic() + _START_SECONDS
        while not _answers(url):
            if (code := self._process.poll()) is not None:
                message = (
                    f"the portal ended at its start with code {code}; the lines above say why."
                )
                raise StartFault(message)
            if time.monotonic() > latest:
                message = f"the portal did not answer at {url} within a minute."
                raise StartFault(message)
            time.sleep(_LOOK_AGAIN)

    def wait(self) -> int:
        """Wait until it ends by itself; gives its exit code."""
        return self._process.wait()

    def stop(self) -> None:
        """End it and all it started, if it still runs, and wait for it."""
        end_child(self._process)


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def own_environment() -> Mapping[str, str]:
    """The environment of this process."""
    return os.environ
