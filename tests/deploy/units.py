"""The units and environment files of deploy/, read as systemd reads them, for another folder."""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url

from tests.support.database import Database
from tests.support.portal import ROOT

DEPLOY: Final = ROOT / "deploy"
#: Where the units say that the program lies, and its settings.
PROGRAM, SETTINGS = "/srv/meterglass", "/etc/meterglass"


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit of deploy/systemd."""

    name: str  #: of its file
    instance: str = ""  #: what stands behind the @

    def all_of(self, key: str) -> list[str]:
        """The values of a key, in order."""
        lines = (DEPLOY / "systemd" / self.name).read_text("utf-8").splitlines()
        found = [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]
        return [each.replace("%i", self.instance) for each in found]

    def one(self, key: str) -> str:
        """The value of a key that stands there once."""
        (value,) = self.all_of(key)
        return value

    def command(self, key: str = "ExecStart") -> list[str]:
        """What it starts, from this folder."""
        words = shlex.split(self.one(key))
        words = [word.replace(PROGRAM, str(ROOT)) for word in words]
        return [str(ROOT / word) if word.startswith("deploy/") else word for word in words]

    def credentials(self) -> dict[str, str]:
        """The files that it is handed, by what they are called there."""
        return dict(each.split(":", 1) for each in self.all_of("LoadCredential"))

    def environment(self, settings: Path) -> dict[str, str]:
        """What it is told, and nothing of our own environment.

        Args:
            settings: the folder that stands for /etc/meterglass.
        """
        file = Path(self.one("EnvironmentFile").replace(SETTINGS, str(settings)))
        given = [word for line in self.all_of("Environment") for word in shlex.split(line)]
        own = dict(word.split("=", 1) for word in given)
        own["PGPASSFILE"] = self.credentials()["pgpass"].replace(SETTINGS, str(settings))
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **settings_of(file), **own}


def settings_of(file: Path) -> dict[str, str]:
    """The variables of an environment file."""
    lines = file.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def fill_in(folder: Path, database: Database, public_url: str) -> None:
    """Put the example files into a folder, for a database and a public address."""
    for example in sorted((DEPLOY / "environment").iterdir()):
        text = example.read_text("utf-8")
        for url in (database.owner_url, database.writer_url, database.portal_url):
            text = _filled(text, make_url(url))
        text = text.replace("https://portal.example.com", public_url)
        file = folder / example.name
        file.touch(mode=0o600)
        file.write_text(text)


def _filled(text: str, url: URL) -> str:
    """The text with the address and the password of a login."""
    example = f"postgresql://{url.username}@127.0.0.1/meterglass\n"
    ours = f"postgresql://{url.username}@{url.host}:{url.port}/{url.database}\n"
    password = f"{url.username}:the-password-that-init-printed"
    return text.replace(example, ours).replace(password, f"{url.username}:{url.password}")
