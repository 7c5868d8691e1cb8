"""Protections of what is said about documents, of what is left of a line, of the payment side."""

from typing import Final

from tests.sabotage.mutation import Mutation

FUNCTIONS: Final = "db/migrations/versions/0007_questions.sql"
SAID: Final = ("tests/db/test_questions.py",)
DOCUMENTS: Final = ("tests/security/test_conditions_of_documents.py",)
PAGES: Final = ("tests/pages/test_invoices.py",)

QUESTIONS: Final[tuple[Mutation, ...]] = (
    Mutation(
        name="the role of who asks about a document",
        file=FUNCTIONS,
        old="IF who.role NOT IN ('finance') THEN",
        new="IF false THEN",
        tests=SAID,
    ),
    Mutation(
        name="the session of who says something about a document",
        file=FUNCTIONS,
        old="WHERE p.person_id = auth.live_person(given_session) AND NOT p.must_change_password",
        new="JOIN auth.session s USING (person_id) WHERE s.session_hash = given_session",
        tests=SAID,
    ),
    Mutation(
        name="the client of who says something about a document",
        file=FUNCTIONS,
        old="      AND auth.may_see(p.person_id::integer, given_client)\n",
        new="",
        tests=SAID,
    ),
    Mutation(
        name="what is left of a line when it is disputed",
        file=FUNCTIONS,
        old="WHEN given_amount > billing.left_to_credit(given_client, asked.invoice_id, "
        "given_line)",
        new="WHEN false",
        tests=SAID,
    ),
    Mutation(
        name="what is left of a line when an amount of it is agreed to",
        file=FUNCTIONS,
        old="least(about.disputed_amount, billing.left_to_credit(\n"
        "            given_client, about.invoice_id, about.line_number))",
        new="about.disputed_amount",
        tests=SAID,
    ),
    Mutation(
        name="what was agreed to and is not credited yet",
        file=FUNCTIONS,
        old="AND q.line_number = given_line AND q.credit_invoice_id IS NULL",
        new="AND false",
        tests=SAID,
    ),
    Mutation(
        name="how much one person may say in an hour",
        file=FUNCTIONS,
        old=">= 30",
        new=">= 3000",
        tests=SAID,
    ),
    Mutation(
        name="the client in the question for the heads of documents",
        file="db/queries/invoice_heads.py",
        old='WHERE i.client_id = :client"""',
        new='WHERE true"""',
        tests=DOCUMENTS,
    ),
    Mutation(
        name="the client in the question for a document",
        file="db/queries/issued_documents.py",
        old="FROM billing.invoice WHERE client_id = :client AND invoice_id = :invoice",
        new="FROM billing.invoice WHERE invoice_id = :invoice",
        tests=DOCUMENTS,
    ),
    Mutation(
        name="the client in the question for what is asked about a document",
        file="db/queries/questions.py",
        old='WHERE q.client_id = :client"""',
        new='WHERE true"""',
        tests=DOCUMENTS,
    ),
    Mutation(
        name="the rule that a client's IT does not see the payment side",
        file="components/persons.py",
        old="return self.role is not Role.IT",
        new="return True",
        tests=PAGES,
    ),
    Mutation(
        name="the escaping of what was said about a document",
        file="components/threads.py",
        old='return "<br>".join("".join(map(escaped, _pieces(line))) for line in lines)',
        new='return "<br>".join(lines)',
        tests=("tests/pages/test_questions.py",),
    ),
)
