"""Consumption: one meter down to its records, and the choice in the address."""

import pytest

from billing_core.event import event_id
from db.queries import records
from tests.pages import billed, harbour
from tests.pages.conftest import Screens, words

N3 = event_id("hypervisor", "n3", "compute-hours")
FOREIGN = event_id("hypervisor", "q1", "compute-hours")


@pytest.mark.parametrize("email", harbour.EVERYBODY)
def test_everybody_sees_quantity_charge_tier_and_the_next_price(
    screens: Screens, email: str
) -> None:
    shown = words(screens.open("consumption", email, client="harbour", meter="compute-hours"))
    assert "850 machine hours" in shown
    assert "€75.00 before tax" in shown
    assert "Growth" in shown
    assert "€0.08" in shown
    assert "only for those above; the ones before keep their price" in shown
    assert "250 machine hours left before Peak" in shown


def test_a_meter_without_tiers_and_records_says_so(screens: Screens) -> None:
    shown = words(screens.open("consumption", meter="backup"))
    assert "No tiers" in shown
    assert "0 GB" in shown
    assert "average GB stored" in shown
    shown = words(screens.open("consumption", meter="backup", show="records"))
    assert "No record fits this choice." in shown


def test_days_add_up_to_the_line(screens: Screens) -> None:
    shown = words(screens.open("consumption", meter="compute-hours"))
    assert ">2 Nov</a>" in shown
    for added in ("€20.00", "€30.00", "€25.00"):
        assert added in shown
    assert "Charge, before tax" in shown


def test_resources_share_the_line_by_quantity(screens: Screens) -> None:
    shown = words(screens.open("consumption", meter="compute-hours", show="resources"))
    assert "€48.53" in shown
    assert "€26.47" in shown
    assert "Share of the charge" in shown


def test_records_have_running_quantity_tier_and_what_they_added(screens: Screens) -> None:
    shown = words(screens.open("consumption", meter="compute-hours", show="records"))
    newest, middle, oldest = (shown.index(f">{name}<") for name in ("n3", "n2", "n1"))
    assert newest < middle < oldest
    assert ">850<" in shown
    assert ">600<" in shown
    assert ">300<" in shown
    assert "3 records add up to €75.00 before tax" in shown


def test_a_day_and_a_resource_narrow_the_records_not_their_running_quantity(
    screens: Screens,
) -> None:
    shown = words(
        screens.open(
            "consumption",
            meter="compute-hours",
            show="records",
            day="2026-11-10",
            resource="vm-1",
        )
    )
    assert ">n3<" in shown
    assert ">n1<" not in shown
    assert ">850<" in shown


def test_a_past_month_is_shown_by_its_name(screens: Screens) -> None:
    shown = words(
        screens.open("consumption", meter="compute-hours", period="2026-10", show="records")
    )
    assert ">o1<" in shown
    assert ">n1<" not in shown
    assert "1 record adds up to €0.00 before tax" in shown


def test_one_record_shows_its_hash_and_where_it_came_from(screens: Screens) -> None:
    shown = words(screens.open("consumption", event=str(N3)))
    assert "Fingerprint (SHA-256)" in shown
    assert ">n3<" in shown
    assert "10 Nov 2026, 11:00:00 (Europe/Amsterdam)" in shown


def test_picking_a_month_keeps_the_meter_and_drops_the_day(screens: Screens) -> None:
    page = screens.open("consumption", meter="compute-hours", show="records", day="2026-11-10")
    page.selectbox(key="period_picker").select("2026-10").run()
    assert page.query_params["period"] == "2026-10"
    assert page.query_params["meter"] == "compute-hours"
    assert "day" not in page.query_params


WRONG = [
    ("period", "2026-13"),
    ("period", "1999-01"),
    ("period", "2027-01"),
    ("meter", "nothing"),
    ("meter", "' OR 1=1--"),
    ("meter", "<script>"),
    ("meter", "x" * 10_000),
    ("show", "everything"),
    ("event", "1"),
    ("event", str(FOREIGN)),
    ("event", "../../etc"),
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=lambda value: value[:16])
def test_what_is_not_there_or_not_yours_is_not_found_in_the_same_words(
    screens: Screens, name: str, value: str
) -> None:
    page = screens.open("consumption", **{name: value})
    assert not page.exception
    assert page.subheader[0].value == "Not found"


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": "2026-10-31"},
        {"day": "2026-11-31"},
        {"resource": "vm-9"},
        {"after": "x"},
        {"after": "20261340T000000.000000Z_" + str(N3)},
        {"before": "oldest-but-one"},
    ],
    ids=str,
)
def test_a_wrong_choice_of_records_is_not_found(screens: Screens, wrong: dict[str, str]) -> None:
    page = screens.open("consumption", meter="compute-hours", show="records", **wrong)
    assert not page.exception
    assert page.subheader[0].value == "Not found"


def test_a_choice_made_twice_is_not_found(screens: Screens) -> None:
    page = screens.open("consumption", meter=["compute-hours", "backup"])
    assert page.subheader[0].value == "Not found"


def test_an_account_managers_links_keep_the_client(screens: Screens) -> None:
    shown = words(screens.open("consumption", harbour.MANAGER, client="harbour"))
    assert "consumption?client=harbour&amp;period=2026-11&amp;meter=compute-hours" in shown


def test_a_record_of_another_client_is_not_found_by_whoever_looks_at_this_one(
    screens: Screens,
) -> None:
    for email in (harbour.OTHER, "finance@newcomer.example"):
        page = screens.open("consumption", email, event=str(N3))
        assert page.subheader[0].value == "Not found"


def test_what_a_source_wrote_is_shown_as_text(screens: Screens) -> None:
    hostile = "<img src=x onerror=alert(1)>![x](http://evil.example/x.png)"
    extra = harbour.event("=cmd|' /C calc'!A0", harbour.EVENTS[3].occurred_at, hostile, "1")
    harbour.record_usage(screens.database, screens.clock.now, (extra,))
    for view in ("days", "resources", "records"):
        shown = words(screens.open("consumption", meter="compute-hours", show=view))
        assert "<img" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown


def test_the_pager_leads_to_older_records_and_back(
    screens: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PAGE", 2)
    page = screens.open("consumption", meter="compute-hours", show="records")
    assert ">n1<" not in words(page)
    page.button(key="pager_Older").click().run()
    assert ">n1<" in words(page)
    assert ">n3<" not in words(page)
    page.button(key="pager_Newer").click().run()
    assert ">n3<" in words(page)
    page.button(key="pager_Oldest").click().run()
    assert page.query_params["after"] == "oldest"
    assert ">n1<" in words(page)
    page.button(key="pager_Newest").click().run()
    assert ">n3<" in words(page)


def test_a_month_that_is_issued_while_it_is_looked_at_leads_to_its_document(
    screens: Screens,
) -> None:
    billed.issue_october(screens.database)
    opened = screens.open("consumption", period="2026-11", show="records")
    assert "Issued as" not in words(opened)
    billed.issue_november(screens.database)
    shown = words(opened.run())
    assert "Issued as" in shown
    assert f"invoice={billed.SECOND}" in shown
