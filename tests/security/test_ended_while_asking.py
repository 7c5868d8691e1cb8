"""A session that ends while its page asks: the nothing that it then sees is nobody's answer."""

from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Connection, Engine, text
from streamlit.testing.v1 import AppTest

from db import look
from db.session import portal_transaction
from tests.support.database import Database
from tests.support.viewers import Viewing


def page() -> None:
    """A page that shows one cached answer."""
    import streamlit as st  # noqa: PLC0415  # AppTest runs this function's text alone

    from components import data  # noqa: PLC0415  # as above
    from components.viewer import require_viewer  # noqa: PLC0415  # as above

    st.text(f"{len(data.arrivals(require_viewer()).sources)} sources")


def test_an_answer_of_an_ended_session_is_kept_for_nobody(
    portal_process: Database,
    viewing: Viewing,
    people: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with portal_process.as_owner() as connection:
        statement = "INSERT INTO billing.source (client_id, code, name) VALUES (:client, 'a', 'A')"
        connection.execute(text(statement), {"client": people["harbour"]})

    def ended_first(
        engine: Engine, *, session_hash: bytes, client_id: int | None, database_role: str
    ) -> AbstractContextManager[Connection]:
        with portal_process.as_owner() as owner:
            owner.execute(text("UPDATE auth.session SET revoked_at = now()"))
        return portal_transaction(
            engine, session_hash=session_hash, client_id=client_id, database_role=database_role
        )

    viewing.sign_in(people["ada"])
    with monkeypatch.context() as patch:
        patch.setattr(look, "portal_transaction", ended_first)
        ended = AppTest.from_function(page, default_timeout=30).run()
    assert [each.value for each in ended.text] == []
    viewing.sign_in(people["ada"])
    seen = AppTest.from_function(page, default_timeout=30).run()
    assert [each.value for each in seen.text] == ["1 sources"]
