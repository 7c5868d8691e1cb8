"""How whole a month's data is: who reports, what is missing, what was refused, what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing_core.metering import Gap
from components import state
from components.data import Defects, RefusedCount, SourceFreshness
from components.filters import address
from components.format import Format, plural
from components.heading import silent
from components.markup import command, element, escaped, heading, panel, paragraph
from components.refusals import kind_in_words
from components.silences import for_how_long
from components.sources import sources_table
from components.tables import Cell, Column, Link, TableRow, link, table

MOST_GAPS = 12  #: rows
MOST_REFUSED = 12  #: rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What is known of a client's data as of an instant, and who asks."""

    sources: Sequence[SourceFreshness]
    found: Defects
    as_of: datetime
    month: str  #: as the client writes it
    slug: str  #: of the client
    mends: bool  #: whether the viewer can give the commands that mend it

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing, refused or waited for."""
        found = self.found
        nothing = not (found.gaps or found.refused or found.waiting)
        return nothing and not silent(self.sources, self.as_of)


def quality_panel(quality: Quality, writing: Format) -> str:
    """Give the block: sources, gaps of the month, refused records, and what to do about them."""
    parts = (
        heading("Data quality", f"what arrived and what did not; times in {writing.zone}"),
        paragraph(quality_in_words(quality, writing), "mg-sentence mg-above"),
        sources_table(quality.sources, quality.as_of, writing),
        *_gaps(quality, writing),
        *_refused(quality, writing),
        *_waiting(quality, writing),
    )
    return panel(*parts)


def quality_line(quality: Quality, period: str, writing: Format) -> str:
    """Give the same in one line, with the way to the block."""
    words = escaped(quality_in_words(quality, writing))
    to = link(Link(text="Data quality", address=quality_address(period)))
    return element("p", f"{words} {to}", "mg-panel-unit mg-above")


def quality_address(period: str) -> str:
    """Give the address of the block alone, for the month of a name."""
    chosen = {state.PERIOD_PARAMETER: period, state.SHOW_PARAMETER: state.SHOW_QUALITY}
    return address("consumption", **chosen)


def quality_in_words(quality: Quality, writing: Format) -> str:
    """Say in a sentence or two what is missing: ``2 gaps and 3 refused records in November``."""
    if not quality.sources:
        return "No source is set up yet: nothing can be measured."
    if quality.is_whole:
        return f"Nothing is missing in {quality.month}: all sources report, no record was refused."
    said = list(_said(quality, writing))
    missing = f"{', '.join(said[:-1])}{' and ' if said[1:] else ''}{said[-1]}"
    all_report = "" if silent(quality.sources, quality.as_of) else "All sources report; "
    return f"{all_report}{missing}."


def _said(quality: Quality, writing: Format) -> Iterator[str]:
    missing, found = silent(quality.sources, quality.as_of), quality.found
    if missing:
        yield _many(len(missing), "silent source", writing)
    if found.gap_count:
        yield f"{_many(found.gap_count, 'gap', writing)} in {quality.month}"
    if found.refused_count:
        yield f"{_many(found.refused_count, 'refused record', writing)} not counted"
    if found.waiting:
        count = sum(each.count for each in found.waiting)
        yield f"{_many(count, 'correction', writing)} ahead of the record that it corrects"


def _many(count: int, noun: str, writing: Format) -> str:
    return f"{writing.count(count)} {noun if count == 1 else plural(noun)}"


def _gaps(quality: Quality, writing: Format) -> Iterator[str]:
    gaps = [(each.meter.name, gap) for each in quality.found.gaps for gap in each.gaps]
    if not gaps:
        return
    gaps.sort(key=lambda each: each[1].starts_at, reverse=True)
    columns = (
        Column(title="Meter"),
        Column(title="Resource", breaks=True),
        Column(title="From", whole=True),
        Column(title="To", whole=True, spare=True),
        Column(title="How long", number=True),
    )
    rows = [TableRow(cells=_gap(name, gap, quality, writing)) for name, gap in gaps[:MOST_GAPS]]
    yield heading("Gaps", f"no records in {quality.month}, the latest first", level=3)
    yield table("Times without records", columns, rows, hidden=True)
    yield _more(len(gaps) - MOST_GAPS, "gap", writing)
    yield paragraph(
        "Nothing is billed for a gap and nothing is filled in. If the records come later, they "
        "are counted then.",
        "mg-panel-unit mg-above",
    )
    if quality.mends:
        wanted = f"FILE --client {quality.slug} --profile usage --source SOURCE"
        yield command("Load what the source still has:", f"python -m jobs ingest {wanted}")


def _gap(name: str, gap: Gap, quality: Quality, writing: Format) -> list[Cell]:
    lasts = gap.ends_at >= quality.as_of
    return [
        name,
        gap.resource or "all",
        writing.moment(gap.starts_at),
        "still" if lasts else writing.moment(gap.ends_at),
        for_how_long(gap.ends_at - gap.starts_at, writing),
    ]


def _refused(quality: Quality, writing: Format) -> Iterator[str]:
    refused = quality.found.refused
    if not refused:
        return
    columns = (
        Column(title="Source"),
        Column(title="What is wrong"),
        Column(title="Latest", whole=True, spare=True),
        Column(title="Records", number=True),
    )
    rows = [_refusal(each, quality, writing) for each in refused[:MOST_REFUSED]]
    yield heading("Refused records", "kept as they came, not counted, whatever the month", level=3)
    yield table("Refused records by source and kind", columns, rows, hidden=True)
    yield _more(len(refused) - MOST_REFUSED, "kind", writing)
    if quality.mends:
        wanted = f"python -m jobs rejected list --client {quality.slug}"
        yield command("See, mend and record them:", wanted)
    else:
        yield paragraph(
            "Your provider sees each of them and mends or dismisses it; none is on your bill.",
            "mg-panel-unit mg-above",
        )


def _refusal(refused: RefusedCount, quality: Quality, writing: Format) -> TableRow:
    return TableRow(
        cells=[
            refused.source_code or "not set up",
            kind_in_words(refused.code),
            writing.moment(refused.newest_at),
            writing.count(refused.count),
        ],
        note=(f"Latest: {refused.reason}",) if quality.mends else (),
    )


def _waiting(quality: Quality, writing: Format) -> Iterator[str]:
    if not quality.found.waiting:
        return
    said = (f"{each.source}: {writing.count(each.count)}" for each in quality.found.waiting)
    yield heading("Corrections ahead of their record", level=3)
    yield paragraph(
        f"Each counts in its own right; the record that it corrects has not arrived yet "
        f"and will count nothing when it does. {'; '.join(said)}.",
        "mg-sentence",
    )


def _more(count: int, noun: str, writing: Format) -> str:
    return (
        paragraph(f"And {_many(count, noun, writing)} more.", "mg-panel-unit") if count > 0 else ""
    )
