"""Refused ways in that are noted, and those that are too many."""

import pytest
from starlette.requests import HTTPConnection

from api import denials
from db.portal import SESSION_COOKIES
from tests.support.event_loop import run


def asked_by(cookie: str, address: str) -> HTTPConnection:
    headers = [(b"cookie", f"{SESSION_COOKIES[False]}={cookie}".encode())]
    return HTTPConnection({"type": "http", "headers": headers, "client": (address, 1)})


def test_no_noise_of_strangers_hides_what_somebody_signed_in_was_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted: list[str] = []
    monkeypatch.setattr(denials, "_write", lambda _hash, what, *_: noted.append(what))
    denials._limiter.cache_clear()

    async def ask() -> None:
        for number in range(100):
            stranger = asked_by(f"{number:043}", "2001:db8:1:2::" + str(number))
            await denials.note_denied(stranger, "noise", known=False)
        for _ in range(12):
            await denials.note_denied(asked_by("x" * 43, "2001:db8:1:2::1"), "live")

    run(ask())
    assert (noted.count("noise"), noted.count("live")) == (10, 10)
