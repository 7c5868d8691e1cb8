"""Each event that a month bills is counted once, and the counts add up."""

from uuid import UUID

from billing_core.proof import Disposition, Evidence, Exclusion, ExclusionReason
from billing_core.proof.completeness import Counts, completeness_of


def evidence(events: int, excluded: int = 0, included: int = 0, **fields: object) -> Evidence:
    disposition = Disposition(str(fields.get("disposition", "billed")))
    return Evidence(
        meter=str(fields.get("meter", "compute")),
        usage_period=str(fields.get("usage_period", "2026-11")),
        disposition=disposition,
        lines=() if disposition is Disposition.UNPRICED else (2,),
        event_count=events,
        excluded_count=excluded,
        included_count=included,
        root=bytes(32),
    )


def exclusion(number: int, reason: str, usage_period: str = "2026-11") -> Exclusion:
    return Exclusion(
        event_id=UUID(int=number),
        meter="compute",
        usage_period=usage_period,
        reason=ExclusionReason(reason),
        by=UUID(int=99) if reason == "superseded" else None,
    )


def test_the_worked_example_of_the_docstring() -> None:
    replaced = [exclusion(number, "superseded") for number in range(3)]
    found = completeness_of([evidence(120, excluded=3, included=17)], replaced)
    assert found.sets[0].counts == Counts(billed=100, included=17, superseded=3)
    assert found.total.total == 120
    assert found.adds_up


def test_every_set_is_counted_by_what_became_of_it() -> None:
    sets = [
        evidence(10, excluded=1),
        evidence(4, usage_period="2026-06", disposition="too_late"),
        evidence(5, meter="lost", disposition="unpriced"),
    ]
    found = completeness_of(sets, [exclusion(1, "withdraws")])
    assert found.total == Counts(billed=9, withdraws=1, too_late=4, unpriced=5)
    assert found.total.total == 19
    assert found.adds_up


def test_an_exclusion_counts_in_the_month_in_which_its_event_occurred() -> None:
    sets = [evidence(2, excluded=1), evidence(2, excluded=1, usage_period="2026-10")]
    exclusions = [exclusion(1, "superseded"), exclusion(2, "withdraws", "2026-10")]
    first, second = completeness_of(sets, exclusions).sets
    assert (first.counts.superseded, first.counts.withdraws) == (1, 0)
    assert (second.counts.superseded, second.counts.withdraws) == (0, 1)


def test_exclusions_that_are_missing_do_not_add_up() -> None:
    assert not completeness_of([evidence(10, excluded=1)], []).adds_up


def test_a_month_without_events_adds_up() -> None:
    found = completeness_of([], [])
    assert found.total == Counts()
    assert found.adds_up
