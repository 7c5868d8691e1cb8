"""The months up to the one shown: fixed and variable, side by side."""

from collections.abc import Sequence

from components.format import Format
from components.marks import Column, stacked_columns
from components.markup import element, escaped, heading, panel, paragraph
from components.standing import MonthTotal

FEW = 8  #: months; above, only every other has a label


def months_panel(months: Sequence[MonthTotal], writing: Format) -> str:
    """Give the drafts of the last months as columns."""
    last = len(months) - 1
    columns = tuple(
        _column(month, writing, labelled=(last - place) % 2 == 0 or last < FEW)
        for place, month in enumerate(months)
    )
    return panel(
        heading("Last months", "fixed fees and variable, before tax"),
        _key(),
        stacked_columns(columns, _alternative(months, writing), writing.scale_amount),
        paragraph(_sentence(months), "mg-panel-unit mg-above"),
    )


def _column(month: MonthTotal, writing: Format, *, labelled: bool) -> Column:
    fixed, variable = writing.money(month.fixed), writing.money(month.variable)
    return Column(
        label=writing.short_month(month.period.month) if labelled else "",
        title=f"{writing.month(month.period.month)}: fixed fees {fixed}, variable {variable}",
        fixed=month.fixed,
        variable=month.variable,
    )


def _key() -> str:
    parts = (("fixed", "Fixed fees"), ("variable", "Variable"))
    return element(
        "p",
        " &nbsp; ".join(
            f'<span class="mg-key mg-key-{colour}" aria-hidden="true"></span>{escaped(label)}'
            for colour, label in parts
        ),
        "mg-panel-unit mg-above",
    )


def _alternative(months: Sequence[MonthTotal], writing: Format) -> str:
    said = (f"{writing.month(m.period.month)} {writing.money(m.net)}" for m in months)
    return f"Totals before tax: {'; '.join(said)}"


def _sentence(months: Sequence[MonthTotal]) -> str:
    whole = [month for month in months if month.is_whole]
    if not whole:
        return "The first month is still running."
    if not any(month.is_issued for month in whole):
        return "Each month as it is drafted now; none is issued yet."
    if all(month.is_issued for month in whole):
        return "Ended months as they were billed."
    return "Issued months as they were billed, the others as they are drafted now."
