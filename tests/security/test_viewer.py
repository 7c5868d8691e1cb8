"""Who a run takes its viewer for."""

from streamlit.testing.v1 import AppTest

from tests.support.database import Database
from tests.support.viewers import Viewing


def page() -> None:
    """A page with a fragment, as pages are."""
    import streamlit as st  # noqa: PLC0415  # AppTest runs this function's text alone

    from components.viewer import require_viewer  # noqa: PLC0415  # as above

    viewer = require_viewer()
    st.text(f"{viewer.name} {viewer.role} {viewer.client.slug} {viewer.database_role}")
    st.text(f"remembers {st.session_state.get('figure')}")

    @st.fragment
    def part() -> None:
        again = require_viewer()
        st.text(f"part of {again.client.slug}")
        st.button("Again", key="again")
        st.session_state["figure"] = again.client.slug

    part()


def seen(run: AppTest) -> list[str]:
    return [each.value for each in run.text]


def run_page() -> AppTest:
    return AppTest.from_function(page, default_timeout=30)


def test_nobody_sees_nothing(viewing: Viewing, people: dict[str, int]) -> None:
    run = run_page().run()
    assert seen(run) == []
    assert run.info[0].value == "You are signed out. Reload the page to sign in."


def test_each_role_takes_its_database_role(viewing: Viewing, people: dict[str, int]) -> None:
    viewing.sign_in(people["ada"])
    assert seen(run_page().run())[0] == "ada@harbour.example finance harbour meterglass_client"
    viewing.sign_in(people["mara"])
    assert seen(run_page().run())[0] == "mara@msp.example account_manager harbour meterglass_msp"


def test_what_a_visit_remembers_is_wiped_when_somebody_else_looks(
    viewing: Viewing, people: dict[str, int]
) -> None:
    viewing.sign_in(people["ada"])
    run = run_page().run()
    assert "remembers harbour" in seen(run.run())
    viewing.sign_in(people["quin"])
    assert "remembers None" in seen(run.run())
    viewing.sign_out()
    run.run()
    assert "figure" not in run.session_state


def test_a_fragment_looks_the_session_up_again(
    database: Database, viewing: Viewing, people: dict[str, int]
) -> None:
    viewing.sign_in(people["ada"])
    run = run_page().run()
    viewing.sign_out()
    run.button(key="again").click().run()
    assert not [text for text in seen(run) if text.startswith("part of")]


def test_the_address_chooses_the_client(viewing: Viewing, people: dict[str, int]) -> None:
    viewing.sign_in(people["mara"])
    run = run_page()
    run.query_params["client"] = "quayside"
    assert seen(run.run())[0] == "mara@msp.example account_manager quayside meterglass_msp"


def test_a_client_of_others_is_not_found(viewing: Viewing, people: dict[str, int]) -> None:
    viewing.sign_in(people["ada"])
    run = run_page()
    run.query_params["client"] = "quayside"
    assert seen(run.run()) == ["There is no such client, or you may not see it."]


def test_viewing_as_the_client_takes_the_clients_rights(
    viewing: Viewing, people: dict[str, int]
) -> None:
    viewing.sign_in(people["mara"])
    run = run_page()
    run.query_params["view"] = "client"
    assert seen(run.run())[0] == "mara@msp.example finance harbour meterglass_client"


def test_viewing_as_the_client_gives_finance_and_it_nothing(
    database: Database, viewing: Viewing, people: dict[str, int]
) -> None:
    viewing.sign_in(database.person("ivo@harbour.example", "it", people["harbour"]))
    run = run_page()
    run.query_params["view"] = "client"
    assert seen(run.run())[0] == "ivo@harbour.example it harbour meterglass_client"
