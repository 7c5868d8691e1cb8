"""What the log tells of a failure, and what it doesn't."""

import json
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
    line = json.loads(written)
    assert (line["event"], line["level"]) == ("run_failed", "error")
    assert line["timestamp"].endswith("Z")
    assert "in fail_with" in line["exception"]
    assert "RuntimeError: failed with 21 characters" in written
    assert "quiet harbour at dawn" not in written


def test_no_text_from_outside_makes_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().warning("sign_in_throttled", address="1\n2026 [info] sign_in")
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_terminal_gets_lines_to_read_and_nothing_from_outside_makes_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    keep_values_out(quietly=True)
    structlog.get_logger().info("posted")
    structlog.get_logger().warning("sign_in_throttled", address="1\n2026 [info] sign_in")
    written = capsys.readouterr().out
    assert "[warning  ] sign_in_throttled" in written
    assert len(written.splitlines()) == 1
