"""The demo beside a starting portal: what is loaded from files, and who posts the rest."""

from collections.abc import Mapping

from db.embedded import Urls
from db.faults import StartFault
from db.settings import Settings
from demo.state import loaded
from jobs.beside import Beside
from jobs.portal_process import local_address, public_host

POSTED = 60  #: minutes up to the present that are left to the collectors


class DemoLoad(Beside):
    """A running ``python -m jobs demo load``."""

    def __init__(self, urls: Urls, environment: Mapping[str, str]) -> None:
        """Start it; quietly, where only the latest readings are missing."""
        self.is_first = not loaded(urls).is_whole
        quiet = () if self.is_first else ("--quiet",)
        wanted = ("demo", "load", "--leave", str(POSTED), *quiet)
        super().__init__(*wanted, environment=environment)

    def wait_until_loaded(self) -> None:
        """Wait until it is done.

        Raises:
            StartFault: the demo could not be loaded.
        """
        if self.wait() != 0:
            raise StartFault("the demo could not be loaded; the lines above say why.")


def demo_feed(settings: Settings, environment: Mapping[str, str]) -> Beside:
    """Start the demo's collectors, which post to the portal that runs here."""
    host = public_host(settings)
    named = ("--host", host) if host else ()
    wanted = ("demo", "feed", "--to", local_address(settings), *named)
    return Beside(*wanted, environment=environment, quiet=True)
