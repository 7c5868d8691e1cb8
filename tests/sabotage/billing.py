"""Protections of a client's money: late charges, second credits, tax."""

from typing import Final

from tests.sabotage.mutation import Mutation

INVOICING: Final = "billing_core/invoicing"
LATE: Final = "tests/scenarios/test_back_billing.py"
CREDITED: Final = "tests/scenarios/test_credit_and_rebill.py"

BILLING: Final[tuple[Mutation, ...]] = (
    Mutation(
        name="the limit of credits to what remains of a line (F31)",
        file=f"{INVOICING}/credits.py",
        old="if amount > remaining:",
        new="if amount > line.amount:",
        tests=(f"{CREDITED}::test_no_line_is_credited_beyond_what_remains_of_it",),
    ),
    Mutation(
        name="the memory of what credit notes gave back",
        file=f"{INVOICING}/adjustments.py",
        old="adjusted.credited.get(line.price_code, Decimal(0))",
        new="Decimal(0)",
        tests=(f"{CREDITED}::test_what_a_credit_note_gave_back_is_not_credited_again",),
    ),
    Mutation(
        name="the back-billing limit",
        file=f"{INVOICING}/adjustments.py",
        old="is_too_late = is_late and difference > 0",
        new="is_too_late = False",
        tests=(f"{LATE}::test_each_document_charges_what_it_may_and_credits_what_it_must",),
    ),
    Mutation(
        name="the shortfall that counts what stands billed",
        file=f"{INVOICING}/adjustments.py",
        old="(*others, *metered), standing)",
        new="(*others, *metered))",
        tests=(f"{LATE}::test_what_stays_uncharged_takes_nothing_off_the_shortfall",),
    ),
    Mutation(
        name="the refusal of a document whose tax was left out",
        file=f"{INVOICING}/document.py",
        old="untaxed = not document.invoice.taxes",
        new="untaxed = False",
        tests=("tests/scenarios/test_tax.py::test_a_draft_before_tax_is_no_document",),
    ),
)
