"""The one statement that writes a document: all its rows, or none."""

from typing import Final

from sqlalchemy import text

_LINE: Final = """line_number integer, price_code text, name text, kind text, timing text,
        charge_model text, service_from date, service_to date, meter text, quantity numeric,
        amount numeric, counts_toward_commitment boolean, tax_code text, adjusts_period date,
        is_too_late boolean, credits_line integer, clause text, reference text, reason text"""
_DETAIL: Final = """line_number integer, ordinal integer, kind text, text text, tier text,
        quantity numeric, unit_price numeric, flat_fee numeric, days integer,
        period_days integer, amount numeric"""
_TAX: Final = """ordinal integer, tax_code text, name text, treatment text, rate numeric,
        note text, net numeric, tax numeric"""
_SET: Final = """meter text, usage_period date, disposition text, event_count bigint,
        excluded_count bigint, included_count bigint, root bytea"""
_BEHIND: Final = "line_number integer, meter text, usage_period date"
_EXCLUSION: Final = """event_id uuid, meter text, usage_period date, reason text,
        by_event_id uuid"""
_INVOICE: Final = """
    INSERT INTO billing.invoice (client_id, number, kind, is_legal, billing_period, agreement_id,
        currency, as_of, issued_at, issued_on, due_on, net, tax, gross, corrects_invoice_id,
        replaces_invoice_id, reason, document, rate_card, basis, chain_position, manifest,
        manifest_hash, previous_hash)
    SELECT :client, :number, :kind, :is_legal, :month, a.agreement_id, :currency, :as_of,
        :issued_at, :issued_on, :due_on, :net, :tax, :gross,
        (SELECT invoice_id FROM billing.invoice WHERE client_id = :client AND number = :corrects),
        (SELECT invoice_id FROM billing.invoice WHERE client_id = :client AND number = :replaces),
        :reason, :document, :rate_card, :basis, :position, :manifest, :hash, :previous
    FROM billing.agreement a WHERE a.client_id = :client AND a.code = :agreement
    RETURNING client_id, invoice_id"""


def _names(columns: str) -> list[str]:
    """The names of columns that are written with their types.

    >>> _names("event_id uuid, meter text")
    ['event_id', 'meter']
    """
    return [column.split()[0] for column in columns.split(",")]


def _insert(table: str, key: str, columns: str) -> str:
    """Insert a list of the given JSON into a table; a meter is given by its code."""
    names = _names(columns)
    stored = ", ".join("meter_id" if name == "meter" else name for name in names)
    read = ", ".join("m.meter_id" if name == "meter" else f"x.{name}" for name in names)
    joined = "LEFT JOIN billing.meter m ON m.code = x.meter" if "meter" in names else ""
    return f"""
    INSERT INTO billing.{table} (client_id, invoice_id, {stored})
    SELECT i.client_id, i.invoice_id, {read}
    FROM i CROSS JOIN given CROSS JOIN jsonb_to_recordset(given.rows -> '{key}') AS x ({columns})
    {joined}"""  # noqa: S608 - put together from our own constants


#: What refers to what is checked when all of it is there, at the statement's end.
STORE: Final = text(
    f"""
    WITH given AS (SELECT CAST(:rows AS jsonb) AS rows),
    i AS ({_INVOICE}),
    l AS ({_insert("invoice_line", "lines", _LINE)}),
    d AS ({_insert("detailed_line", "detailed", _DETAIL)}),
    r AS ({_insert("recomputed_line", "recomputed", _DETAIL)}),
    t AS ({_insert("invoice_tax", "taxes", _TAX)}),
    e AS ({_insert("evidence", "evidence", _SET)}),
    b AS ({_insert("line_evidence", "behind", _BEHIND)}),
    x AS ({_insert("evidence_exclusion", "exclusions", _EXCLUSION)})
    SELECT invoice_id FROM i
    """  # noqa: S608 - put together from our own constants
)
