"""The proxy's tests are skipped, with the reason, where there is no nginx."""

import pytest

from tests.support.find_nginx import ABSENT, find_nginx


@pytest.fixture(scope="session")
def nginx_is_there() -> None:
    if find_nginx() is None:
        pytest.skip(ABSENT)
