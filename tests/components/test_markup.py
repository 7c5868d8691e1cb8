"""Whatever somebody wrote is shown as text."""

import pytest

from components.markup import escaped
from components.tables import Column, Link, TableRow, table


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("![x](http://evil.example/x.png)", "![x](http://evil.example/x.png)"),
        ('" onmouseover="x', "&quot; onmouseover=&quot;x"),
        ("left\u202eright", "left\ufffdright"),
        ("left\u061cright", "left\ufffdright"),
        ("nul\x00bell\x07", "nul\ufffdbell\ufffd"),
        ("half \ud800", "half \ufffd"),
    ],
)
def test_text_is_shown_as_it_is_written(written: str, shown: str) -> None:
    assert escaped(written) == shown


def test_a_text_of_100_kilobytes_is_cut() -> None:
    assert len(escaped("x" * 100_000)) == 2_001


def test_a_table_escapes_every_cell_and_aligns_numbers_at_the_right() -> None:
    columns = (Column(title="Name"), Column(title="Amount", number=True))
    drawn = table("A <b>", columns, [TableRow(cells=("<i>", "1.00"))])
    assert '<td class="mg-number">1.00</td>' in drawn
    assert "<i>" not in drawn
    assert "<caption>A &lt;b&gt;</caption>" in drawn


def test_cells_of_a_stacked_table_carry_the_title_of_their_column() -> None:
    drawn = table("x", (Column(title="A & b"),), [TableRow(cells=("1",))], stacked=True)
    assert '<td class="" data-title="A &amp; b">1</td>' in drawn
    assert 'class="mg-table mg-stacked"' in drawn


def test_a_row_with_too_few_cells_is_a_fault() -> None:
    with pytest.raises(ValueError, match="shorter"):
        table("x", (Column(title="a"), Column(title="b")), [TableRow(cells=("1",))])


def test_a_link_carries_its_address_escaped() -> None:
    to = Link(text="a & b", address='consumption?resource=x"y&day=1')
    drawn = table("x", (Column(title="a"),), [TableRow(cells=(to,))])
    assert 'href="consumption?resource=x&quot;y&amp;day=1"' in drawn
    assert ">a &amp; b</a>" in drawn
