"""Which tables there are, by who may see them, and what the writer may do with each."""

from typing import Final

ISSUED_TABLES: Final[tuple[str, ...]] = (
    "billing.invoice",
    "billing.invoice_line",
    "billing.detailed_line",
    "billing.recomputed_line",
    "billing.invoice_tax",
    "billing.evidence",
    "billing.line_evidence",
    "billing.evidence_exclusion",
)
"""What an issued document is made of: written together, once."""

CLIENT_TABLES: Final[tuple[str, ...]] = (
    "billing.client",
    "billing.source",
    "billing.resource",
    "billing.agreement",
    "billing.price",
    "billing.price_tier",
    "billing.agreement_quantity",
    "billing.billing_period",
    "billing.usage_event",
    "billing.usage_hour",
    "billing.usage_distinct",
    "billing.usage_total",
    "billing.crossing",
    "billing.client_version",
    "billing.month_version",
    "billing.ingest_run",
    "billing.rejected_record",
    *ISSUED_TABLES,
    "billing.invoice_question",
    "billing.question_message",
    "billing.legal_invoice",
)
"""Tables whose rows belong to one client and that the portal shows to it."""

CLIENT_MAY: Final[dict[str, str]] = {
    "billing.rejected_record": (
        "SELECT (client_id, rejected_record_id, ingest_run_id, line, code, reason, event_id, "
        "recorded_at, state, source_id, source_code, profile, resolved_at)"
    ),
}
"""What a client's people may, where it is less than every column: a refused record as it came, and
what was mended in it, may hold what the MSP pays."""

MSP_TABLES: Final[tuple[str, ...]] = ("billing.vendor_cost",)
"""Tables whose rows belong to one client and that only the MSP's people see."""

PORTFOLIO_TABLES: Final[tuple[str, ...]] = ("billing.month_state", "billing.period_approval")
"""Small tables with a few rows of each client, of which the MSP's people see all their clients'."""

HIDDEN_CLIENT_TABLES: Final[tuple[str, ...]] = (
    "billing.api_key_client",
    "billing.invoice_counter",
    "auth.person_client",
)
"""Tables whose rows belong to one client and that no screen reads."""

SHARED_TABLES: Final[tuple[str, ...]] = (
    "billing.issuer",
    "billing.meter",
    "billing.tax_rate",
    "billing.signing_key",
)
"""Tables without a client, readable by every role."""

WRITER_TABLES: Final[tuple[str, ...]] = ("billing.unassigned_record",)
"""Tables without a client that intake keeps and no screen reads."""

OWNER_TABLES: Final[tuple[str, ...]] = (
    "billing.api_key",
    "billing.audit_log",
    "auth.person",
    "auth.sign_in_attempt",
    "auth.ticket",
    "auth.session",
)
"""Tables that are reached only through the owner's functions, and the journal."""

EVERY_TABLE: Final[tuple[str, ...]] = (
    *CLIENT_TABLES,
    *MSP_TABLES,
    *PORTFOLIO_TABLES,
    *HIDDEN_CLIENT_TABLES,
    *SHARED_TABLES,
    *WRITER_TABLES,
    *OWNER_TABLES,
)

APPEND_ONLY: Final[tuple[str, ...]] = (
    "billing.usage_event",
    "billing.crossing",
    "billing.audit_log",
    "billing.vendor_cost",
    *ISSUED_TABLES,
    "billing.question_message",
    "billing.legal_invoice",
)

WRITER_MAY: Final[dict[str, str]] = {
    "billing.client": "SELECT",
    "billing.source": "SELECT",
    "billing.resource": "SELECT, INSERT",
    "billing.agreement": "SELECT",
    "billing.price": "SELECT",
    "billing.price_tier": "SELECT",
    "billing.agreement_quantity": "SELECT",
    "billing.billing_period": (
        "SELECT, INSERT, UPDATE (state, cut_at, cut_reason, known_corrections)"
    ),
    "billing.usage_event": "SELECT, INSERT",
    "billing.usage_hour": "SELECT, INSERT, UPDATE, DELETE",
    "billing.usage_distinct": "SELECT, INSERT, UPDATE, DELETE",
    "billing.usage_total": "SELECT, INSERT, UPDATE",
    "billing.crossing": "SELECT, INSERT",
    "billing.client_version": "SELECT, INSERT, UPDATE",
    "billing.month_version": "SELECT, INSERT, UPDATE",
    "billing.ingest_run": "SELECT, INSERT, UPDATE",
    "billing.rejected_record": (
        "SELECT, INSERT, UPDATE (code, reason, event_id, stored_leaf_hash, offered_leaf_hash, "
        "state, resolved_at, resolution)"
    ),
    "billing.unassigned_record": "SELECT, INSERT, UPDATE (state, resolved_at, resolution)",
    "billing.vendor_cost": "SELECT, INSERT",
    **dict.fromkeys(ISSUED_TABLES, "SELECT, INSERT"),
    "billing.invoice_counter": "SELECT, INSERT, UPDATE",
    "billing.invoice_question": "SELECT, UPDATE (credit_invoice_id)",
    "billing.question_message": "SELECT, INSERT",
    "billing.legal_invoice": "SELECT, INSERT",
    "billing.period_approval": "SELECT, UPDATE (failed_at, fault)",
    "billing.month_state": "SELECT, INSERT, UPDATE",
    "billing.audit_log": "INSERT",
}
"""What the writer may do, by table. UPDATE of a period's state is what FOR SHARE on it asks for."""
