"""A session that ends while its page asks: the nothing that it then sees is nobody's answer."""

import pytest
from sqlalchemy import Connection, text
from streamlit.testing.v1 import AppTest

from db.queries import usage
from db.queries.usage import SourceFreshness
from tests.support.database import Database
from tests.support.viewers import Viewing


def page() -> None:
    """A page that shows one cached answer."""
    import streamlit as st  # noqa: PLC0415  # AppTest runs this function's text alone

    from components import data  # noqa: PLC0415  # as above
    from components.viewer import require_viewer  # noqa: PLC0415  # as above

    st.text(f"{len(data.freshness(require_viewer()))} sources")


def test_an_answer_of_an_ended_session_is_kept_for_nobody(
    portal_process: Database,
    viewing: Viewing,
    people: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with portal_process.as_owner() as connection:
        statement = "INSERT INTO billing.source (client_id, code, name) VALUES (:client, 'a', 'A')"
        connection.execute(text(statement), {"client": people["harbour"]})

    asked = usage.freshness

    def ended_first(connection: Connection, client_id: int) -> tuple[SourceFreshness, ...]:
        with portal_process.as_owner() as owner:
            owner.execute(text("UPDATE auth.session SET revoked_at = now()"))
        return asked(connection, client_id)

    viewing.sign_in(people["ada"])
    with monkeypatch.context() as patch:
        patch.setattr(usage, "freshness", ended_first)
        ended = AppTest.from_function(page, default_timeout=30).run()
    assert [each.value for each in ended.text] == []
    viewing.sign_in(people["ada"])
    seen = AppTest.from_function(page, default_timeout=30).run()
    assert [each.value for each in seen.text] == ["1 sources"]
