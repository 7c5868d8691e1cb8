"""Settings come from the environment, and a wrong one stops the start by name."""

from pathlib import Path

import pytest

from db.engine import driver_url
from db.faults import StartFault
from db.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"METERGLASS_{name}".upper(), raising=False)


def test_without_a_setting_the_embedded_database_serves_this_machine() -> None:
    settings = load_settings()
    assert settings.database_url_portal is None
    assert settings.data_directory == Path(".meterglass")
    assert (settings.address, settings.port) == ("127.0.0.1", 8501)
    assert (settings.session_idle_minutes, settings.session_hours) == (30, 12)


def test_a_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METERGLASS_PORT", "9000")
    assert load_settings().port == 9000


def test_an_unknown_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METERGLASS_DATABSE_URL_PORTAL", "x")
    sentence = "^METERGLASS_DATABSE_URL_PORTAL is not a setting of Meterglass; the README lists"
    with pytest.raises(StartFault, match=sentence):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("METERGLASS_PORT", "0"),
        ("METERGLASS_PORT", "65536"),
        ("METERGLASS_PORT", "web"),
        ("METERGLASS_SESSION_HOURS", "169"),
        ("METERGLASS_SESSION_IDLE_MINUTES", "0"),
        ("METERGLASS_DEMO", "perhaps"),
    ],
)
def test_an_impossible_value_stops_the_start_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(StartFault, match=f"^{name} cannot be used: .+") as fault:
        load_settings()
    assert "\n" not in str(fault.value)


def test_an_address_is_taken_with_and_without_the_driver() -> None:
    for given in ("postgresql://a:b@localhost:1/d", "postgresql+psycopg2://a:b@localhost:1/d"):
        url = driver_url(given).render_as_string(hide_password=False)
        assert url == "postgresql+psycopg2://a:b@localhost:1/d"


@pytest.mark.parametrize(
    ("address", "sslmode"),
    [
        ("postgresql://a:b@db.example.com/d", "verify-full"),
        ("postgresql://a:b@10.0.0.7:5433/d?connect_timeout=3", "verify-full"),
        ("postgresql://a:b@/d?host=db.example.com", "verify-full"),
        ("postgresql://a:b@localhost/d?hostaddr=10.0.0.7", "verify-full"),
        ("postgresql://a:b@/d?host=localhost&host=db.example.com", "verify-full"),
        ("postgresql://a:b@/d?host=localhost,db.example.com", "verify-full"),
        ("postgresql://a:b@db.example.com/d?sslmode=verify-ca", "verify-ca"),
        ("postgresql://a:b@db.example.com/d?sslmode=disable", "disable"),
        ("postgresql://a:b@127.0.0.1/d", None),
        ("postgresql://a:b@[::1]/d", None),
        ("postgresql://a:b@/d", None),
        ("postgresql://a:b@/d?host=/run/postgresql", None),
    ],
)
def test_a_database_on_another_machine_is_reached_by_tls_with_its_certificate_checked(
    monkeypatch: pytest.MonkeyPatch, address: str, sslmode: str | None
) -> None:
    monkeypatch.delenv("PGSSLMODE", raising=False)
    assert driver_url(address).query.get("sslmode") == sslmode


def test_the_operators_own_word_on_tls_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "require")
    assert "sslmode" not in driver_url("postgresql://a:b@db.example.com/d").query


def test_a_host_that_the_surroundings_name_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGSSLMODE", raising=False)
    monkeypatch.setenv("PGHOST", "db.example.com")
    assert driver_url("postgresql://a:b@/d").query["sslmode"] == "verify-full"


@pytest.mark.parametrize("address", ["mysql://a:b@c/d", "sqlite://", "localhost", ""])
def test_an_address_of_something_else_is_refused(address: str) -> None:
    with pytest.raises(StartFault, match=r"^a database address must"):
        driver_url(address)
