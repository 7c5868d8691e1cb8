"""Which Host headers name this portal."""

import pytest

from api.hosts import is_own_host
from tests.support.database import Database


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost", "LOCALHOST:1", "[::1]:8501"])
def test_the_loopback_address_is_ours(portal_process: Database, host: str) -> None:
    assert is_own_host(host)


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "evil@127.0.0.1:8501",
        "@127.0.0.1",
        "127.0.0.1:8501.evil.example",
        "127.0.0.1:8501, evil.example",
        "127.0.0.1:x",
        "127.0.0.1:0",
        "[::1",
        "127.1",
        "0.0.0.0:8501",
    ],
)
def test_nothing_else_is(portal_process: Database, host: str | None) -> None:
    assert not is_own_host(host)
