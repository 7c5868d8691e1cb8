"""Three clients with rows in every table, and one person of each role."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, inspect, text

from tests.support.database import Database

ROWS: Final = """
INSERT INTO billing.source (client_id, code, name)
SELECT :client, 'collector-' || n, 'Collector' FROM generate_series(1, :rows) n;

INSERT INTO billing.resource (client_id, code, name)
SELECT :client, 'machine-' || n, 'Machine' FROM generate_series(1, :rows) n;

INSERT INTO billing.agreement (client_id, code, currency, starts_on, ends_on)
SELECT :client, 'agreement-' || n, 'EUR', make_date(2020 + n, 1, 1), make_date(2021 + n, 1, 1)
FROM generate_series(1, :rows) n;

INSERT INTO billing.price (client_id, agreement_id, code, name, charge_model, starts_on, unit_price,
                           meter_id)
SELECT a.client_id, a.agreement_id, 'storage', 'Storage', 'unit', a.starts_on, 0.0045, m.meter_id
FROM billing.agreement a, billing.meter m WHERE a.client_id = :client;

INSERT INTO billing.price_tier (client_id, price_id, ordinal, name, unit_price)
SELECT client_id, price_id, 1, 'all', 0.0045 FROM billing.price WHERE client_id = :client;

INSERT INTO billing.agreement_quantity (client_id, agreement_id, price_code, starts_on, quantity)
SELECT client_id, agreement_id, 'seats', starts_on, 12 FROM billing.agreement
WHERE client_id = :client;

INSERT INTO billing.billing_period (client_id, billing_period, starts_at, ends_at, zone,
                                    agreement_id)
SELECT client_id, starts_on, starts_on, starts_on + 31, 'UTC', agreement_id
FROM billing.agreement WHERE client_id = :client;

INSERT INTO billing.usage_event (client_id, event_id, meter_id, billing_period, usage_period,
                                 occurred_at, quantity, resource_id, source_id, source_event_id,
                                 leaf_hash)
SELECT p.client_id, gen_random_uuid(), m.meter_id, p.billing_period, p.billing_period,
       p.starts_at + n * interval '1 minute', n, r.resource_id, s.source_id, 'reading-' || n,
       sha256('leaf')
FROM billing.billing_period p
JOIN billing.resource r USING (client_id) JOIN billing.source s USING (client_id),
     billing.meter m, generate_series(1, 5) n
WHERE p.client_id = :client AND r.code = 'machine-1' AND s.code = 'collector-1';

INSERT INTO billing.usage_hour (client_id, meter_id, billing_period, resource_id, hour, first_at,
                                last_at, event_count, quantity_sum, quantity_max, first_level,
                                last_level, level_seconds)
SELECT client_id, meter_id, billing_period, resource_id, date_trunc('hour', min(occurred_at)),
       min(occurred_at), max(occurred_at), count(*), sum(quantity), max(quantity), 1, 5, 0
FROM billing.usage_event WHERE client_id = :client
GROUP BY client_id, meter_id, billing_period, resource_id;

INSERT INTO billing.usage_distinct (client_id, meter_id, billing_period, resource_id, counted_value,
                                    first_at, first_event_id, event_count)
SELECT client_id, meter_id, billing_period, resource_id, source_event_id, occurred_at, event_id, 1
FROM billing.usage_event WHERE client_id = :client;

INSERT INTO billing.usage_total (client_id, meter_id, billing_period, event_count, quantity)
SELECT client_id, meter_id, billing_period, count(*), sum(quantity)
FROM billing.usage_event WHERE client_id = :client GROUP BY client_id, meter_id, billing_period;

INSERT INTO billing.crossing (client_id, price_id, meter_id, billing_period, kind, tier_ordinal,
                              bound, crossed_at, total_before, total_after)
SELECT p.client_id, p.price_id, p.meter_id, b.billing_period, 'tier', 1, 10, b.starts_at, 9, 12
FROM billing.price p JOIN billing.billing_period b USING (client_id, agreement_id)
WHERE p.client_id = :client;

INSERT INTO billing.client_version (client_id, version, changed_at) VALUES (:client, 1, now());

INSERT INTO billing.ingest_run (client_id, source_id, profile, file_name)
SELECT client_id, source_id, 'usage', 'november.csv' FROM billing.source WHERE client_id = :client;

INSERT INTO billing.rejected_record (client_id, ingest_run_id, line, code, reason, record)
SELECT client_id, ingest_run_id, 7, 'unknown-meter', 'No such meter.', 'a,b,c'
FROM billing.ingest_run WHERE client_id = :client;

INSERT INTO billing.audit_log (actor, action, client_id)
SELECT 'setup', 'applied', :client FROM generate_series(1, :rows) n;
"""

#: Rows of the tables that the first schema had not. A document's are written by one transaction.
LATER_ROWS: Final = {
    "vendor_cost": """
        INSERT INTO billing.vendor_cost (client_id, event_id, cost, currency)
        SELECT client_id, event_id, 12.5, 'EUR' FROM billing.usage_event WHERE client_id = :client
        """,
    "month_version": """
        INSERT INTO billing.month_version (client_id, billing_period, version)
        VALUES (:client, '2021-01-01', 1)
        """,
    "invoice_counter": """
        INSERT INTO billing.invoice_counter (client_id, series_year, last_number)
        VALUES (:client, 2021, :rows)
        """,
    "invoice": """
        INSERT INTO billing.invoice (client_id, number, kind, is_legal, billing_period,
            agreement_id, currency, as_of, issued_at, issued_on, due_on, net, tax, gross, document,
            rate_card, basis, chain_position, manifest, manifest_hash, previous_hash)
        SELECT client_id, 'TEN-' || n, 'invoice', true, billing_period, agreement_id, 'EUR',
            ends_at, ends_at, ends_at::date, ends_at::date + 30, 10, 2.1, 12.1, '{}', '{}', '{}', n,
            'note', sha256('note'), CASE WHEN n > 1 THEN sha256('note') END
        FROM (SELECT p.*, row_number() OVER (ORDER BY billing_period) AS n
              FROM billing.billing_period p WHERE client_id = :client) p
        """,
    "invoice_line": """
        INSERT INTO billing.invoice_line (client_id, invoice_id, line_number, price_code, name,
            kind, timing, charge_model, service_from, service_to, meter_id, quantity, amount,
            counts_toward_commitment, tax_code, is_too_late, clause, reference, reason)
        SELECT i.client_id, i.invoice_id, 1, 'storage', 'Storage', 'variable', 'in arrears',
            'unit', i.billing_period, i.billing_period, m.meter_id, 5, 10, true, 'NL-21', false,
            '', '', ''
        FROM billing.invoice i, billing.meter m WHERE i.client_id = :client
        """,
    "detailed_line": """
        INSERT INTO billing.detailed_line (client_id, invoice_id, line_number, ordinal, kind, text,
            quantity, unit_price, flat_fee, amount)
        SELECT client_id, invoice_id, 1, 1, 'usage', 'Storage', 5, 2, 0, 10
        FROM billing.invoice WHERE client_id = :client
        """,
    "recomputed_line": """
        INSERT INTO billing.recomputed_line (client_id, invoice_id, line_number, ordinal, kind,
            text, quantity, unit_price, flat_fee, amount)
        SELECT client_id, invoice_id, 1, 1, 'usage', 'Storage', 5, 2, 0, 10
        FROM billing.invoice WHERE client_id = :client
        """,
    "invoice_tax": """
        INSERT INTO billing.invoice_tax (client_id, invoice_id, ordinal, tax_code, name, treatment,
            rate, note, net, tax)
        SELECT client_id, invoice_id, 1, 'NL-21', 'VAT 21 %', 'standard', 0.21, '', 10, 2.1
        FROM billing.invoice WHERE client_id = :client
        """,
    "evidence": """
        INSERT INTO billing.evidence (client_id, invoice_id, meter_id, usage_period, disposition,
            event_count, excluded_count, included_count, root)
        SELECT i.client_id, i.invoice_id, m.meter_id, i.billing_period, 'billed', 5, 1, 0,
            sha256('root')
        FROM billing.invoice i, billing.meter m WHERE i.client_id = :client
        """,
    "line_evidence": """
        INSERT INTO billing.line_evidence (client_id, invoice_id, line_number, meter_id,
            usage_period)
        SELECT client_id, invoice_id, 1, meter_id, usage_period
        FROM billing.evidence WHERE client_id = :client
        """,
    "evidence_exclusion": """
        INSERT INTO billing.evidence_exclusion (client_id, invoice_id, event_id, meter_id,
            usage_period, reason)
        SELECT client_id, invoice_id, gen_random_uuid(), meter_id, usage_period, 'withdraws'
        FROM billing.evidence WHERE client_id = :client
        """,
    "invoice_question": """
        INSERT INTO billing.invoice_question (client_id, invoice_id, line_number, kind, state,
            opened_by)
        SELECT client_id, invoice_id, 1, 'question', 'open', 'ada@example.com'
        FROM billing.invoice WHERE client_id = :client
        """,
    "question_message": """
        INSERT INTO billing.question_message (client_id, question_id, message_number, author,
            author_name, is_of_msp, message, state)
        SELECT client_id, question_id, 1, 'ada@example.com', 'Ada', false, 'Why?', 'open'
        FROM billing.invoice_question WHERE client_id = :client
        """,
    "legal_invoice": """
        INSERT INTO billing.legal_invoice (client_id, billing_period, number, issued_on, currency,
            net, gross, recorded_by)
        SELECT client_id, billing_period, 'F-1', issued_on, 'EUR', 10, 12.1, 'psa'
        FROM billing.invoice WHERE client_id = :client
        """,
    "month_state": """
        INSERT INTO billing.month_state (client_id, billing_period, ends_at, grace_until,
            period_state, is_shadow, currency, net, gross, booked_net, booked_gross,
            records_version, month_version, looked_at)
        SELECT client_id, billing_period, ends_at, ends_at + interval '3 days', 'open', false,
            'EUR', 10, 12.1, 10, 12.1, 1, 1, ends_at
        FROM billing.billing_period WHERE client_id = :client
        """,
    "period_approval": """
        INSERT INTO billing.period_approval (client_id, billing_period, approved_by)
        SELECT client_id, billing_period, 'boss@example.com'
        FROM billing.billing_period WHERE client_id = :client
        """,
}


@dataclass(frozen=True, kw_only=True)
class Tenants:
    """Clients and sessions by name; the larger a client, the more rows it has."""

    small: int
    middle: int
    large: int
    finance_of_small: bytes
    it_of_large: bytes
    account_manager_of_small_and_large: bytes
    billing: bytes
    administrator: bytes

    @property
    def clients(self) -> tuple[int, int, int]:
        return (self.small, self.middle, self.large)


def make_tenants(database: Database) -> Tenants:
    """Clients with 1, 2 and 3 agreements, each with rows in every table."""
    with database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.issuer (issuer_id, name, legal_name, country) "
                "VALUES (1, 'Northwind', 'Northwind BV', 'NL')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO billing.meter (code, name, unit, aggregation) "
                "VALUES ('storage-gb', 'Storage', 'GB', 'sum')"
            )
        )
    small, middle, large = (database.client(slug) for slug in ("small", "middle", "large"))
    with database.as_owner() as connection:
        for rows, client_id in enumerate((small, middle, large), start=1):
            fill(connection, client_id, rows)
    signed_in = {
        name: database.session(database.person(f"{name}@example.com", role, *clients))
        for name, role, clients in (
            ("finance_of_small", "finance", (small,)),
            ("it_of_large", "it", (large,)),
            ("account_manager_of_small_and_large", "account_manager", (small, large)),
            ("billing", "billing", ()),
            ("administrator", "administrator", ()),
        )
    }
    return Tenants(small=small, middle=middle, large=large, **signed_in)


def fill(connection: Connection, client_id: int, rows: int) -> None:
    """Give a client that many agreements, with something of everything under each."""
    connection.execute(text(ROWS), {"client": client_id, "rows": rows})
    for table, rows_of_it in LATER_ROWS.items():
        if inspect(connection).has_table(table, schema="billing"):
            given = {"client": client_id, "rows": rows}
            statement = text(rows_of_it)
            bound = {name: given[name] for name in statement.compile().params}
            connection.execute(statement, bound)
