"""The arithmetic of the bench of two hundred people; what it measures, it measures itself."""

import time
from datetime import date
from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from bench.live_acts import quantity, totals
from bench.live_figures import Load, Run, figures
from bench.live_ground import Size
from bench.live_page import Page
from bench.live_samples import Awaited, Samples, percentile
from bench.live_setup import clients_of_people, slugs
from bench.live_state import State
from bench.live_usage import events_of
from bench.page import write_part
from bench.soak import growths, minutes_of
from bench.trend import trend


def state(minute: float = 0.0, rss_mib: float = 300.0, connections: int = 10) -> State:
    return State(
        minute=minute,
        rss_mib=rss_mib,
        threads=40,
        files=300,
        sockets=250,
        connections=connections,
        cpu=minute * 30,
    )


def run_of(samples: Samples, joined: int = 200) -> Run:
    return Run(
        load=Load(size=Size(), seconds=60.0),
        samples=samples,
        joined=joined,
        empty=state(),
        states=(state(0.0, 900.0), state(1.0, 1100.0)),
    )


def whole_samples(**changed: object) -> Samples:
    given: dict[str, object] = {"acts": {"records": [0.2] * 400}, "wanted_acts": 400}
    return Samples(**{**given, "posted": 300, "shown": [1.0] * 100, **changed})  # type: ignore[arg-type]  # names and values of Samples


def frame(text: str, path: list[int]) -> bytes:
    message = ForwardMsg()
    message.delta.new_element.html.body = text
    message.metadata.delta_path.extend(path)
    return bytes(message.SerializeToString())


def began(run: str) -> bytes:
    message = ForwardMsg()
    message.new_session.page_script_hash = "page"
    message.metadata.run.script_run_id = run
    return bytes(message.SerializeToString())


def ended(run: str) -> bytes:
    message = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)
    message.metadata.run.script_run_id = run
    return bytes(message.SerializeToString())


def test_one_client_of_fifty_holds_a_tenth_of_the_events() -> None:
    assert events_of(0, 50, 500_000) == 50_000
    assert sum(events_of(place, 50, 500_000) for place in range(50)) == 500_016


def test_two_hundred_people_are_four_of_each_of_fifty_clients() -> None:
    people = clients_of_people(slugs(50), 200)
    assert {people.count(client) for client in slugs(50)} == {4}


def test_the_percentile_is_the_smallest_value_that_enough_do_not_exceed() -> None:
    assert percentile([float(number) for number in range(1, 101)], 0.95) == 95
    assert percentile([3.0, 1.0, 2.0], 0.95) == 3


def test_an_event_is_seen_when_the_page_shows_its_total_or_a_later_one() -> None:
    samples = Samples(counts=True)
    awaited = Awaited(samples)
    for total in (11, 12, 13):
        awaited.post(total, time.time() - 1)
    awaited.see(12)
    assert len(samples.shown) == 2
    assert [total for total, _ in awaited.events] == [13]


def test_an_event_that_the_page_shows_already_is_seen_at_once() -> None:
    samples = Samples(counts=True)
    awaited = Awaited(samples)
    awaited.see(20)
    awaited.post(20, time.time())
    assert len(samples.shown) == 1


def test_an_event_that_nobody_looks_at_any_more_is_no_sample() -> None:
    samples = Samples(counts=True)
    awaited = Awaited(samples)
    awaited.post(11, time.time())
    awaited.leave()
    awaited.see(11)
    assert (samples.shown, samples.awaited, samples.left) == ([], 1, 1)


def test_an_event_never_shown_is_an_error() -> None:
    samples = Samples(counts=True)
    awaited = Awaited(samples)
    awaited.post(11, time.time() - 31)
    awaited.give_up()
    assert samples.errors == {"event never shown": 1}


def test_a_total_is_read_from_the_row_of_its_meter_and_month() -> None:
    row = (
        '<td><a href="./consumption?period=2026-11&amp;meter=data-out" target="_self">Data out</a>'
        '</td><td class="mg-number">12,769.5 GB</td>'
    )
    found = totals(date(2026, 11, 23))["data-out"].search(row)
    assert found is not None
    assert quantity(found[1]) == 12769
    assert totals(date(2026, 10, 23))["data-out"].search(row) is None


def test_a_page_forgets_what_its_latest_run_did_not_draw() -> None:
    page = Page(client="acct-01")
    for message in (began("1"), frame("old", [0]), frame("older", [1]), ended("1")):
        page.take(message)
    for message in (began("2"), frame("new", [0]), ended("2")):
        page.take(message)
    assert list(page.elements) == [(0,)]
    assert "new" in page.elements[(0,)].text


def test_a_row_of_another_client_is_noticed_and_one_of_its_own_is_not() -> None:
    page = Page(client="acct-01")
    page.take(frame("acct-01-erp", [0]))
    assert page.foreign == 0
    page.take(frame("acct-02-erp", [1]))
    assert page.foreign == 1


def test_figures_within_their_limits_are_kept() -> None:
    found = figures(run_of(whole_samples()))
    assert [figure.within for figure in found] == [True, True, True, True]
    assert found[3].value == "4.0 MiB"


def test_below_ninety_five_percent_of_the_load_the_figures_are_void() -> None:
    found = figures(run_of(whole_samples(posted=284)))
    assert [figure.value for figure in found[:2]] == ["void", "void"]
    assert [figure.within for figure in found[:2]] == [False, False]


def test_one_error_or_one_foreign_row_is_too_much() -> None:
    for bad in ({"errors": {"websocket closed": 1}}, {"foreign": 1}):
        assert figures(run_of(whole_samples(**bad)))[2].within is False


def test_a_line_through_noise_is_not_called_growth_and_a_rise_is() -> None:
    flat = trend([(float(x), 100.0 + (x % 2)) for x in range(50)])
    rise = trend([(float(x), 100.0 + x + (x % 2)) for x in range(50)])
    assert abs(flat.slope) < flat.noise
    assert rise.slope == pytest.approx(1.0, abs=0.01)
    assert rise.slope > rise.noise


def test_neighbours_that_hang_together_widen_the_noise() -> None:
    waves = trend([(float(x), float(x // 10 % 2)) for x in range(60)])
    quick = trend([(float(x), float(x % 2)) for x in range(60)])
    assert waves.noise > 3 * quick.noise


def test_a_minute_counts_by_its_median() -> None:
    seen = [state(0.1, 300), state(0.4, 900), state(0.9, 310), state(1.2, 320)]
    assert minutes_of(seen, lambda each: each.rss_mib) == [(0.0, 310), (1.0, 320)]


def test_growth_is_judged_after_the_first_ten_minutes_only() -> None:
    filling = [state(float(minute), 300 + 50 * min(minute, 10)) for minute in range(30)]
    assert all(growth.is_none for growth in growths(filling))
    leaking = [state(float(minute), 300 + 5 * minute) for minute in range(30)]
    assert [growth.kind for growth in growths(leaking) if not growth.is_none] == ["memory, MiB"]
    losing = [state(float(minute), connections=10 + minute) for minute in range(30)]
    assert [growth.kind for growth in growths(losing) if not growth.is_none] == [
        "database connections"
    ]


def test_a_part_of_the_page_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("above\n<!-- live: begin -->\nold\n<!-- live: end -->\nbelow\n")
    write_part("live", "new", page)
    assert page.read_text() == ("above\n<!-- live: begin -->\nnew\n<!-- live: end -->\nbelow\n")
    with pytest.raises(ValueError, match="no part soak"):
        write_part("soak", "new", page)
