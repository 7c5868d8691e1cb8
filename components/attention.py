"""What needs a person's attention now, each with what can be done about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from components import state
from components.data import SourceFreshness
from components.explanation import entering_in_words, next_unit
from components.filters import address
from components.format import Format, capitalised
from components.heading import silent
from components.invoice_words import to_question
from components.issued import Question
from components.markup import element, escaped, heading, panel, paragraph
from components.nearest import remaining_in_words
from components.quality import quality_address
from components.standing import Draft, Standing
from components.tables import Link, link
from components.threads import question_in_words

NOTICE = timedelta(days=90)  #: before a notice deadline it is said
SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Something that needs attention."""

    title: str
    detail: str
    action: Link
    urgent: bool = False  #: costs money now


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What is known now, whatever month is shown."""

    draft: Draft  #: of the running month
    nearest: Sequence[Standing]  #: of this draft, the nearest to its next tier first
    sources: Sequence[SourceFreshness]
    as_of: datetime
    questions: Sequence[Question] = ()  #: those that the viewer is to answer


def matters_of(present: Present, writing: Format) -> tuple[Matter, ...]:
    """Give what needs attention, the urgent first."""
    found = (
        *_of_questions(present, writing),
        *_of_meters(present, writing),
        *_of_sources(present, writing),
        *_of_agreement(present, writing),
    )
    return tuple(sorted(found, key=lambda matter: not matter.urgent))


def _of_questions(present: Present, writing: Format) -> Iterator[Matter]:
    for question in present.questions:
        own = replace(writing, currency=question.currency)
        what = question_in_words(question, own)
        named = f"{question.invoice}, {question.line_name}" if question.line else question.invoice
        yield Matter(
            title="The client waits for an answer",
            detail=f"{what} about {named}",
            action=to_question(question, "Answer it"),
        )


def _of_meters(present: Present, writing: Format) -> Iterator[Matter]:
    for standing in present.nearest:
        if standing.warned:
            yield _of_standing(standing, present.draft, writing)


def _of_standing(standing: Standing, draft: Draft, writing: Format) -> Matter:
    chosen = {
        state.PERIOD_PARAMETER: draft.period.name,
        state.METER_PARAMETER: standing.meter.code,
    }
    action = Link(text="See what used it", address=address("consumption", **chosen))
    if standing.in_burst and standing.tier is not None:
        return Matter(
            title=f"{standing.price.name} is in burst",
            detail=_in_burst(standing, writing),
            action=action,
            urgent=True,
        )
    way = standing.way
    share = writing.share(way.share) if way else ""
    entering = entering_in_words(standing.price, way.tier, writing) if way else ""
    detail = f"{remaining_in_words(standing, writing)}. {entering}".removesuffix(" ")
    name = f"{standing.price.name} at {share} of the way to {way.tier.name if way else ''}"
    return Matter(title=name, detail=detail, action=action)


def _in_burst(standing: Standing, writing: Format) -> str:
    figure, _ = next_unit(standing, writing)
    used = writing.amount_of(standing.quantity, standing.meter.unit, 1)
    return f"{used} so far; the next one costs {figure}"


def _of_sources(present: Present, writing: Format) -> Iterator[Matter]:
    for source in silent(present.sources, present.as_of):
        heard = source.last_occurred_at
        since = f"since {writing.moment(heard)}" if heard else "so far"
        yield Matter(
            title=f"No word from {source.source}",
            detail=f"{since}; nothing is filled in, the gap stays visible",
            action=Link(text="See the gaps", address=quality_address(present.draft.period.name)),
        )


def _of_agreement(present: Present, writing: Format) -> Iterator[Matter]:
    agreement = present.draft.agreement
    today = writing.local(present.as_of).date()
    if agreement.notice_by and today <= agreement.notice_by <= today + NOTICE:
        renews = f"it renews on {writing.day(agreement.renews_on)}" if agreement.renews_on else ""
        yield Matter(
            title=f"Notice is possible until {writing.day(agreement.notice_by)}",
            detail=renews,
            action=Link(text="Read the agreement", address=address("agreement")),
        )


def attention_panel(matters: Sequence[Matter], month: str = "") -> str:
    """Give what needs attention, and say so when nothing does.

    Args:
        matters: The urgent first.
        month: The running month, where the page shows another one; else empty.
    """
    title = heading("Needs attention", f"now, in {month}" if month else "")
    if not matters:
        words = "No meter is near its next tier, every source reports, and no deadline is near."
        return panel(
            title,
            paragraph("Nothing now.", "mg-sentence mg-above"),
            paragraph(words, "mg-panel-unit"),
        )
    items = "".join(element("li", _item(matter)) for matter in matters[:SHOWN])
    more = len(matters) - SHOWN
    return panel(
        title,
        element("ul", items, "mg-list mg-above"),
        paragraph(f"And {more} more.", "mg-panel-unit mg-above") if more > 0 else "",
    )


def _item(matter: Matter) -> str:
    classes = "mg-warning" if matter.urgent else "mg-strong-text"
    title = element("span", escaped(matter.title), classes)
    detail = (
        element("span", escaped(capitalised(matter.detail)), "mg-quiet") if matter.detail else ""
    )
    return "<br>".join(part for part in (title, detail, link(matter.action)) if part)
