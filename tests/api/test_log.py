"""What the log tells of a failure, and what it doesn't."""

from collections.abc import Iterator

import pytest
import structlog

from api.log import keep_values_out


@pytest.fixture(autouse=True)
def portal_log() -> Iterator[None]:
    keep_values_out()
    yield
    structlog.reset_defaults()


def fail_with(password: str) -> None:
    raise RuntimeError(f"failed with {len(password)} characters")


def test_a_failure_is_logged_without_the_values_of_the_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        fail_with("quiet harbour " + "at dawn")
    except RuntimeError as error:
        structlog.get_logger().error("run_failed", exc_info=error)
    written = capsys.readouterr().out
    assert "in fail_with" in written
    assert "RuntimeError: failed with 21 characters" in written
    assert "quiet harbour at dawn" not in written


def test_no_text_from_outside_makes_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().warning("sign_in_throttled", address="1\n2026 [info] sign_in")
    assert len(capsys.readouterr().out.splitlines()) == 1
