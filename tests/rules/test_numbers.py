"""Money and quantities are exact; floats only place things on a picture."""

from collections.abc import Iterator

from tests.support.source_tree import Source, called_name, calls_of, sources

DRAWN = ("components/charts", "components/marks", "demo/")  # the demo's rhythm is drawn by chance


def floats_of(source: Source) -> Iterator[str]:
    for call in calls_of(source.tree):
        if called_name(call) in {"float", "np.float64", "numpy.float64"}:
            yield f"{source.name}:{call.lineno}"


def rounded_of(source: Source) -> Iterator[str]:
    for call in calls_of(source.tree):
        if called_name(call) in {"round", "Decimal.quantize"} or called_name(call).endswith(
            ".quantize"
        ):
            yield f"{source.name}:{call.lineno}"


def test_no_float_is_made_outside_charts_and_marks() -> None:
    made = [
        place
        for source in sources()
        if not source.name.startswith(DRAWN)
        for place in floats_of(source)
    ]
    assert made == []


def test_a_float_is_noticed() -> None:
    assert list(floats_of(Source(name="a.py", text="x = 1\ny = float(x)\n"))) == ["a.py:2"]


def test_amounts_are_rounded_in_billing_core_only() -> None:
    screens = [*sources("pages"), *sources("api"), *sources("db")]
    assert [place for source in screens for place in rounded_of(source)] == []
