"""A page's stream of `/live`, without a browser."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

import httpx

from tests.support.portal import PATIENCE

#: A sign of life comes every 15 s: so many without the awaited news, and it will not come.
_SIGNS_OF_LIFE = PATIENCE // 15
_SIGN_OF_LIFE = ": "
Told = Mapping[str, int]


@dataclass
class LiveStream:
    """One open stream."""

    answer: httpx.Response
    lines: Iterator[str]
    told: list[tuple[str, Told]] = field(default_factory=list)  #: all that was told so far
    written: list[str] = field(default_factory=list)  #: every line, signs of life too

    @classmethod
    @contextmanager
    def of(cls, url: str, cookies: Mapping[str, str], client: str | None = None) -> Iterator[Self]:
        """Open a stream as a page does.

        Args:
            url: of the portal, without a slash at its end.
            cookies: of the browser.
            client: slug; without one only the session is watched.
        """
        asked = {} if client is None else {"client": client}
        own = {"Sec-Fetch-Site": "same-origin"}
        with (
            httpx.Client(cookies=dict(cookies), timeout=PATIENCE) as browser,
            browser.stream("GET", f"{url}/live", params=asked, headers=own) as answer,
        ):
            assert answer.status_code == 200, answer.read()
            yield cls(answer=answer, lines=answer.iter_lines())

    def wait_for(self, event: str) -> Told:
        """Read on until something of a kind is told."""
        for name, told in self:
            if name == event:
                return told
        raise AssertionError(f"{event!r} was not told: {self.told}")

    def wait_for_version(self, version: int) -> None:
        """Read on until a version is reached."""
        while self.wait_for("version")["version"] < version:
            pass

    def read_to_its_end(self) -> None:
        """Read until the server closes the stream."""
        for _ in self:
            pass

    def __iter__(self) -> Iterator[tuple[str, Told]]:
        signs, event = 0, ""
        for line in self.lines:
            self.written.append(line)
            signs += line == _SIGN_OF_LIFE
            assert signs < _SIGNS_OF_LIFE, f"nothing new was told: {self.told}"
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data: "):
                self.told.append((event, json.loads(line.removeprefix("data: "))))
                yield self.told[-1]


def status_of(url: str, cookies: Mapping[str, str], client: str | None = None) -> int:
    """What the door answers; a stream that opens is closed again."""
    asked = {} if client is None else {"client": client}
    with (
        httpx.Client(cookies=dict(cookies), timeout=PATIENCE) as browser,
        browser.stream("GET", f"{url}/live", params=asked) as answer,
    ):
        return answer.status_code


def wait_for_status(
    status: int, url: str, cookies: Mapping[str, str], client: str | None = None
) -> None:
    """Ask until the door answers so."""
    deadline = time.monotonic() + PATIENCE
    while (found := status_of(url, cookies, client)) != status:
        assert time.monotonic() < deadline, f"{found} instead of {status}"
