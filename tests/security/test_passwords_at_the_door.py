"""What the sign-in does with whatever is typed."""

import pytest
from sqlalchemy import event
from streamlit_authenticator.utilities import Hasher

from components.actions import SignIn, change_password, sign_in
from db.portal import portal_engine
from tests.support.database import Database
from tests.support.viewers import PASSWORD

ADA = "ada@harbour.example"


def asked(email: str = ADA, password: str = PASSWORD) -> SignIn:
    return SignIn(email=email, password=password, browser_hash=b"b" * 32, address="192.0.2.1")


@pytest.mark.usefixtures("portal_process")
def test_the_right_password_makes_a_ticket(people: dict[str, int]) -> None:
    assert sign_in(asked()) is not None
    assert sign_in(asked(email="Ada@Harbour.example")) is not None


@pytest.mark.usefixtures("portal_process")
@pytest.mark.parametrize(
    "password",
    [
        "wrong password",
        "",
        f" {PASSWORD}",
        f"{PASSWORD} ",
        PASSWORD.upper(),
        f"{PASSWORD}\x00",
        "\x00",
        "🌊" * 30,
        "\ud800",
        "x" * 64,
        "x" * 128,
        "x" * 10_000,
        PASSWORD + "x" * 100,
    ],
)
def test_f51_any_other_is_refused_without_an_error(people: dict[str, int], password: str) -> None:
    assert sign_in(asked(password=password)) is None


@pytest.mark.usefixtures("portal_process")
@pytest.mark.parametrize(
    "email", ["nobody@nowhere.example", "", "\x00", "\ud800", "x" * 10_000, "' OR 1=1--"]
)
def test_an_unknown_address_is_refused_without_an_error(people: dict[str, int], email: str) -> None:
    assert sign_in(asked(email=email)) is None


@pytest.mark.usefixtures("portal_process")
def test_f50_an_unknown_address_costs_one_check_at_the_usual_cost(
    people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    real = Hasher.check_pw

    def watched(password: str, password_hash: str) -> bool:
        checked.append(password_hash)
        return bool(real(password, password_hash))

    monkeypatch.setattr(Hasher, "check_pw", watched)
    sign_in(asked(email="nobody@nowhere.example"))
    sign_in(asked(password="wrong password"))
    assert len(checked) == 2
    assert checked[0].startswith("$2b$12$")


@pytest.mark.usefixtures("portal_process")
def test_f50_an_unknown_address_asks_the_database_what_a_known_one_asks(
    people: dict[str, int],
) -> None:
    """Equal work instead of equal time, which a busy machine can't show."""
    asked_for: dict[str, list[str]] = {"nobody@nowhere.example": [], ADA: []}
    for email, statements in asked_for.items():

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            statements.append(statement)  # noqa: B023 - it is called within its own turn

        event.listen(portal_engine(), "before_cursor_execute", note)
        assert sign_in(asked(email=email, password="wrong password")) is None
        event.remove(portal_engine(), "before_cursor_execute", note)
    unknown, known = asked_for.values()
    assert len(known) == 3
    assert unknown == known


@pytest.mark.usefixtures("portal_process")
def test_f49_a_throttled_address_costs_no_check_and_the_right_password_does_not_help(
    people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        sign_in(asked(password="wrong password"))
    monkeypatch.setattr(Hasher, "check_pw", lambda *_: pytest.fail("checked"))
    assert sign_in(asked()) is None


def new_password(session: bytes, present: str, new: str) -> tuple[str, ...]:
    return change_password(
        session_hash=session, email=ADA, address="192.0.2.1", present=present, new=new
    )


def test_a_changed_password_signs_in_and_the_former_does_not(
    portal_process: Database, people: dict[str, int]
) -> None:
    session = portal_process.session(people["ada"])
    assert new_password(session, PASSWORD, "seven slow herons wading") == ()
    assert sign_in(asked(password="seven slow herons wading")) is not None
    assert sign_in(asked()) is None


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("short", "The password is too short: use at least 12 characters."),
        ("x1" * 65, "The password is too long: use at most 128 characters."),
        ("é" * 40, "The password takes more than 72 bytes: use a shorter one."),
        ("Welcome2026!!", "The password is easy to guess: use words that don't go together."),
        (PASSWORD, "The new password is the present one."),
    ],
)
def test_f51_a_weak_new_password_is_refused_with_its_reason(
    portal_process: Database, people: dict[str, int], new: str, sentence: str
) -> None:
    session = portal_process.session(people["ada"])
    assert sentence in new_password(session, PASSWORD, new)


def test_f49_guessing_the_present_password_is_throttled(
    portal_process: Database, people: dict[str, int]
) -> None:
    session = portal_process.session(people["ada"])
    for _ in range(5):
        assert new_password(session, "wrong password", "seven slow herons wading") != ()
    assert new_password(session, PASSWORD, "seven slow herons wading") == (
        "The present password is wrong, or there were too many attempts.",
    )
