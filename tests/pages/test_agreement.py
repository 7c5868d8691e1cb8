"""Agreement: what was agreed, in plain words and with examples."""

import pytest

from tests.pages import harbour
from tests.pages.conftest import Screens, words


@pytest.mark.parametrize("email", harbour.EVERYBODY)
def test_everybody_reads_the_terms_and_the_rate_card(screens: Screens, email: str) -> None:
    page = screens.open("agreement", email, client="harbour")
    shown = words(page)
    assert page.title[0].value == "Agreement"
    assert "until 1 Jul 2027, in 223 days" in shown
    assert "€1,000.00 per month, billed in advance." in shown
    assert "100 machine hours a month are included; tiers count from there." in shown
    assert "Entering Growth adds its fee of €5.00 once." in shown
    assert "Second host" in shown
    assert "Peak (burst tier)" in shown


def test_each_price_has_a_worked_example(screens: Screens) -> None:
    shown = words(screens.open("agreement"))
    assert "Worked example of Compute hours: 1,350 machine hours in a whole month" in shown
    assert "€145.00" in shown  # 500 × 0.10 + 500 × 0.08 + 5.00 + 250 × 0.20


def test_an_agreement_to_come_is_readable_before_it_starts(screens: Screens) -> None:
    shown = words(screens.open("agreement", "finance@newcomer.example"))
    assert "from 1 Jan 2027, without an end" in shown
