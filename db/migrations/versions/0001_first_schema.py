"""The first schema: tables, functions, row-level security, grants and triggers.

The tables stand here as they were; the statements of `db.policies` and `db.sign_in_functions` are those of
this version. A later migration that changes a policy or a function carries its own statements.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from db.policies import FUNCTIONS, protection
from db.sign_in_functions import SIGN_IN_FUNCTIONS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make everything."""
    make_tables()
    connection = op.get_bind()
    for statement in (*FUNCTIONS, *SIGN_IN_FUNCTIONS, *protection()):
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    connection.exec_driver_sql(
        "GRANT SELECT ON billing.schema_version TO meterglass_writer, meterglass_portal"
    )


def make_tables() -> None:
    """Make the tables with their constraints, indexes and comments."""
    op.create_table(
        "person",
        sa.Column(
            "person_id",
            sa.Integer(),
            sa.Identity(always=False),
            nullable=False,
            comment="The person.",
        ),
        sa.Column(
            "email",
            sa.Text(),
            nullable=False,
            comment="Address with which the person signs in, in small letters.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name as shown."),
        sa.Column(
            "role",
            sa.Text(),
            nullable=False,
            comment="finance, it, account_manager, billing or administrator.",
        ),
        sa.Column(
            "password_hash",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="bcrypt; empty while no password is set.",
        ),
        sa.Column(
            "password_changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the password was last set; older sessions are over.",
        ),
        sa.Column(
            "must_change_password",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether the person must choose a new password first.",
        ),
        sa.Column(
            "disabled_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the person was shut out; null while not.",
        ),
        sa.Column(
            "is_demo",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the person belongs to the demo.",
        ),
        sa.CheckConstraint(
            "email ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+$'",
            name=op.f("ck_person_email_form"),
        ),
        sa.CheckConstraint(
            "name ~ '^[^[:cntrl:]]{1,200}$' AND name = btrim(name)",
            name=op.f("ck_person_name_plain"),
        ),
        sa.CheckConstraint(
            "role IN ('finance', 'it', 'account_manager', 'billing', 'administrator')",
            name=op.f("ck_person_role_known"),
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_person_email_small_letters")),
        sa.CheckConstraint("length(email) <= 254", name=op.f("ck_person_email_short")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person")),
        schema="auth",
        comment="People who may sign in: of the clients (finance, it) and of the MSP (all other roles).",
    )
    op.create_index(
        "person_email", "person", [sa.literal_column("lower(email)")], unique=True, schema="auth"
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column(
            "attempt_id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="The attempt.",
        ),
        sa.Column(
            "email",
            sa.Text(),
            nullable=False,
            comment="Address that was typed, known or not, in small letters.",
        ),
        sa.Column("address", sa.Text(), nullable=False, comment="Network address it came from."),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When.",
        ),
        sa.Column(
            "succeeded", sa.Boolean(), nullable=False, comment="Whether the password was right."
        ),
        sa.CheckConstraint(
            "email = lower(email) AND length(email) <= 254 AND length(address) <= 64",
            name=op.f("ck_sign_in_attempt_short"),
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_sign_in_attempt")),
        schema="auth",
        comment="Tries to sign in, counted to slow down guessing.",
    )
    op.create_index(
        "sign_in_attempt_of_address",
        "sign_in_attempt",
        ["address", "at"],
        unique=False,
        schema="auth",
    )
    op.create_index(
        "sign_in_attempt_of_email", "sign_in_attempt", ["email", "at"], unique=False, schema="auth"
    )
    op.create_table(
        "api_key",
        sa.Column(
            "api_key_id",
            sa.Integer(),
            sa.Identity(always=False),
            nullable=False,
            comment="The key.",
        ),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the key."),
        sa.Column(
            "prefix",
            sa.Text(),
            nullable=False,
            comment="First characters of the key, to tell keys apart.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="What the key is for."),
        sa.Column(
            "source_code",
            sa.Text(),
            nullable=False,
            comment="The source that its events are recorded under.",
        ),
        sa.Column(
            "issued_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was issued.",
        ),
        sa.Column(
            "revoked_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was revoked; null while it is good.",
        ),
        sa.Column(
            "last_used_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was last used, to the minute.",
        ),
        sa.CheckConstraint(
            "name ~ '^[^[:cntrl:]]{1,200}$' AND name = btrim(name)",
            name=op.f("ck_api_key_name_plain"),
        ),
        sa.CheckConstraint(
            "prefix ~ '^[^[:cntrl:]]{1,64}$' AND prefix = btrim(prefix)",
            name=op.f("ck_api_key_prefix_plain"),
        ),
        sa.CheckConstraint(
            "source_code ~ '^[^[:cntrl:]]{1,64}$' AND source_code = btrim(source_code)",
            name=op.f("ck_api_key_source_code_plain"),
        ),
        sa.CheckConstraint(
            "octet_length(key_hash) = 32", name=op.f("ck_api_key_key_hash_32_bytes")
        ),
        sa.PrimaryKeyConstraint("api_key_id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_key_prefix")),
        schema="billing",
        comment="Keys with which collectors post. The key itself is shown once and never kept.",
    )
    op.create_table(
        "client",
        sa.Column(
            "client_id",
            sa.Integer(),
            sa.Identity(always=False),
            nullable=False,
            comment="The client; the tenant of row-level security.",
        ),
        sa.Column(
            "slug",
            sa.Text(),
            nullable=False,
            comment="Short permanent name, used in files, commands and addresses.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name as shown."),
        sa.Column(
            "zone",
            sa.Text(),
            nullable=False,
            comment="IANA time zone in which days and months are cut.",
        ),
        sa.Column(
            "locale",
            sa.Text(),
            nullable=False,
            comment="Locale for separators and dates, like nl_NL.",
        ),
        sa.Column("country", sa.Text(), nullable=False, comment="Country, ISO 3166-1 alpha-2."),
        sa.Column(
            "is_demo",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether all of this client's records are made up.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the client was set up.",
        ),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_client_country_iso_3166")),
        sa.CheckConstraint(
            "locale ~ '^[^[:cntrl:]]{1,64}$' AND locale = btrim(locale)",
            name=op.f("ck_client_locale_plain"),
        ),
        sa.CheckConstraint(
            "name ~ '^[^[:cntrl:]]{1,200}$' AND name = btrim(name)",
            name=op.f("ck_client_name_plain"),
        ),
        sa.CheckConstraint(
            "slug ~ '^[^[:cntrl:]]{1,64}$' AND slug = btrim(slug)",
            name=op.f("ck_client_slug_plain"),
        ),
        sa.CheckConstraint(
            "zone ~ '^[^[:cntrl:]]{1,64}$' AND zone = btrim(zone)",
            name=op.f("ck_client_zone_plain"),
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client")),
        sa.UniqueConstraint("slug", name=op.f("uq_client_slug")),
        schema="billing",
        comment="A customer of the MSP. Every table of a client's own starts its primary key with client_id.",
    )
    op.create_table(
        "issuer",
        sa.Column(
            "issuer_id", sa.Integer(), autoincrement=False, nullable=False, comment="Always 1."
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name as shown."),
        sa.Column(
            "legal_name", sa.Text(), nullable=False, comment="Name as registered, for the invoice."
        ),
        sa.Column("country", sa.Text(), nullable=False, comment="Country, ISO 3166-1 alpha-2."),
        sa.Column(
            "address",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="Postal address, lines separated by line feeds.",
        ),
        sa.Column(
            "tax_number",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="Tax number, for the invoice; empty if there is none.",
        ),
        sa.Column(
            "email",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="Address for questions about invoices.",
        ),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_issuer_country_iso_3166")),
        sa.CheckConstraint(
            "legal_name ~ '^[^[:cntrl:]]{1,200}$' AND legal_name = btrim(legal_name)",
            name=op.f("ck_issuer_legal_name_plain"),
        ),
        sa.CheckConstraint(
            "name ~ '^[^[:cntrl:]]{1,200}$' AND name = btrim(name)",
            name=op.f("ck_issuer_name_plain"),
        ),
        sa.CheckConstraint("issuer_id = 1", name=op.f("ck_issuer_one_row")),
        sa.PrimaryKeyConstraint("issuer_id", name=op.f("pk_issuer")),
        schema="billing",
        comment="The MSP that runs this portal and issues the invoices. One row.",
    )
    op.create_table(
        "meter",
        sa.Column(
            "meter_id",
            sa.Integer(),
            sa.Identity(always=False),
            nullable=False,
            comment="The meter.",
        ),
        sa.Column(
            "code",
            sa.Text(),
            nullable=False,
            comment="Permanent name, part of every event's identity.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name as shown."),
        sa.Column("unit", sa.Text(), nullable=False, comment="Unit of its quantities."),
        sa.Column(
            "aggregation",
            sa.Text(),
            nullable=False,
            comment="How events become the quantity of a period, per resource.",
        ),
        sa.Column(
            "holds_for",
            sa.Interval(),
            nullable=True,
            comment="How long a level holds without a new event; null: until the next event.",
        ),
        sa.Column(
            "allows_credits",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether quantities may be negative.",
        ),
        sa.CheckConstraint(
            "aggregation IN ('sum', 'max', 'last', 'time_weighted_mean', 'unique_count')",
            name=op.f("ck_meter_aggregation_known"),
        ),
        sa.CheckConstraint(
            "code ~ '^[^[:cntrl:]]{1,64}$' AND code = btrim(code)", name=op.f("ck_meter_code_plain")
        ),
        sa.CheckConstraint("holds_for > interval '0'", name=op.f("ck_meter_holds_for_positive")),
        sa.CheckConstraint(
            "name ~ '^[^[:cntrl:]]{1,200}$' AND name = btrim(name)",
            name=op.f("ck_meter_name_plain"),
        ),
        sa.CheckConstraint(
            "unit ~ '^[^[:cntrl:]]{1,64}$' AND unit = btrim(unit)", name=op.f("ck_meter_unit_plain")
        ),
        sa.PrimaryKeyConstraint("meter_id", name=op.f("pk_meter")),
        sa.UniqueConstraint("code", name=op.f("uq_meter_code")),
        schema="billing",
        comment="What is counted. Shared by all clients; unit and aggregation never change.",
    )
    op.create_table(
        "person_client",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column("person_id", sa.Integer(), nullable=False, comment="The person."),
        sa.ForeignKeyConstraint(
            ["client_id"], ["billing.client.client_id"], name=op.f("fk_person_client_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["auth.person.person_id"], name=op.f("fk_person_client_person_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "person_id", name=op.f("pk_person_client")),
        schema="auth",
        comment="The clients that a person may see: one for finance and it, several for an account manager, no row for billing and administrator, who see all.",
    )
    op.create_index(
        "person_client_of_person", "person_client", ["person_id"], unique=False, schema="auth"
    )
    op.create_table(
        "session",
        sa.Column(
            "session_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 of the cookie's secret.",
        ),
        sa.Column("person_id", sa.Integer(), nullable=False, comment="Who is signed in."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the session began.",
        ),
        sa.Column(
            "authenticated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When this session last proved the password.",
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="Last action, to the minute.",
        ),
        sa.Column(
            "idle_expires_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it ends unless the person does something.",
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it ends in any case.",
        ),
        sa.Column(
            "revoked_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was ended; null while not.",
        ),
        sa.Column("address", sa.Text(), nullable=True, comment="Network address at its start."),
        sa.Column("user_agent", sa.Text(), nullable=True, comment="Browser, as it names itself."),
        sa.CheckConstraint(
            "idle_expires_at <= expires_at", name=op.f("ck_session_idle_within_absolute")
        ),
        sa.CheckConstraint(
            "octet_length(session_hash) = 32", name=op.f("ck_session_session_hash_32_bytes")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["auth.person.person_id"], name=op.f("fk_session_person_id")
        ),
        sa.PrimaryKeyConstraint("session_hash", name=op.f("pk_session")),
        schema="auth",
        comment="Signed-in browsers. The cookie holds the secret; only its hash is kept.",
    )
    op.create_index(
        "session_of_person", "session", ["person_id", "expires_at"], unique=False, schema="auth"
    )
    op.create_table(
        "ticket",
        sa.Column(
            "ticket_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the ticket."
        ),
        sa.Column("person_id", sa.Integer(), nullable=False, comment="Who signed in."),
        sa.Column(
            "browser_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 of the browser's pre-sign-in cookie.",
        ),
        sa.Column(
            "expires_at", sa.DateTime(timezone=True), nullable=False, comment="When it is void."
        ),
        sa.Column(
            "used_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was used; null while not.",
        ),
        sa.CheckConstraint(
            "octet_length(browser_hash) = 32", name=op.f("ck_ticket_browser_hash_32_bytes")
        ),
        sa.CheckConstraint(
            "octet_length(ticket_hash) = 32", name=op.f("ck_ticket_ticket_hash_32_bytes")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["auth.person.person_id"], name=op.f("fk_ticket_person_id")
        ),
        sa.PrimaryKeyConstraint("ticket_hash", name=op.f("pk_ticket")),
        schema="auth",
        comment="Rights to one session each, between the right password and the cookie: good once, for seconds.",
    )
    op.create_index("ticket_of_person", "ticket", ["person_id"], unique=False, schema="auth")
    op.create_table(
        "agreement",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column(
            "agreement_id",
            sa.Integer(),
            sa.Identity(always=False),
            nullable=False,
            comment="The agreement.",
        ),
        sa.Column(
            "code",
            sa.Text(),
            nullable=False,
            comment="Name of the agreement, unique for the client.",
        ),
        sa.Column("currency", sa.Text(), nullable=False, comment="Currency, ISO 4217."),
        sa.Column("starts_on", sa.Date(), nullable=False, comment="First day."),
        sa.Column(
            "ends_on",
            sa.Date(),
            nullable=True,
            comment="Day after the last; null while no end is known.",
        ),
        sa.Column(
            "minimum_commitment",
            sa.Numeric(precision=30, scale=12),
            nullable=True,
            comment="Least net amount of counting lines per month.",
        ),
        sa.Column(
            "grace_hours",
            sa.Integer(),
            server_default=sa.text("72"),
            nullable=False,
            comment="Hours after a period's end in which its records still arrive.",
        ),
        sa.Column(
            "back_billing_days",
            sa.Integer(),
            server_default=sa.text("90"),
            nullable=False,
            comment="Days after which a late record is charged nothing.",
        ),
        sa.Column(
            "renews_on", sa.Date(), nullable=True, comment="Day on which the agreement renews."
        ),
        sa.Column("notice_by", sa.Date(), nullable=True, comment="Last day to give notice."),
        postgresql.ExcludeConstraint(
            (sa.column("client_id"), "="),
            (sa.text("daterange(starts_on, ends_on)"), "&&"),
            using="gist",
            name="ex_agreement_one_at_a_time",
        ),
        sa.CheckConstraint(
            "code ~ '^[^[:cntrl:]]{1,64}$' AND code = btrim(code)",
            name=op.f("ck_agreement_code_plain"),
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_agreement_currency_iso_4217")),
        sa.CheckConstraint(
            "minimum_commitment > '-Infinity' AND minimum_commitment < 'Infinity'",
            name=op.f("ck_agreement_minimum_commitment_finite"),
        ),
        sa.CheckConstraint(
            "back_billing_days BETWEEN 0 AND 36600",
            name=op.f("ck_agreement_back_billing_days_bounded"),
        ),
        sa.CheckConstraint(
            "grace_hours BETWEEN 0 AND 8784", name=op.f("ck_agreement_grace_hours_bounded")
        ),
        sa.CheckConstraint(
            "minimum_commitment >= 0", name=op.f("ck_agreement_minimum_commitment_not_negative")
        ),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_agreement_starts_before_it_ends")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["billing.client.client_id"], name=op.f("fk_agreement_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "agreement_id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("client_id", "code", name=op.f("uq_agreement_client_id_code")),
        schema="billing",
        comment="What a client signed: term, currency, commitment, deadlines. One per client at any instant.",
    )
    op.create_table(
        "api_key_client",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column("api_key_id", sa.Integer(), nullable=False, comment="The key."),
        sa.ForeignKeyConstraint(
            ["api_key_id"],
            ["billing.api_key.api_key_id"],
            name=op.f("fk_api_key_client_api_key_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["billing.client.client_id"], name=op.f("fk_api_key_client_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "api_key_id", name=op.f("pk_api_key_client")),
        schema="billing",
        comment="The clients that a key may post for.",
    )
    op.create_table(
        "audit_log",
        sa.Column(
            "audit_id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="The entry.",
        ),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When.",
        ),
        sa.Column(
            "actor",
            sa.Text(),
            nullable=False,
            comment="Who: an address, an API key's prefix, or the command.",
        ),
        sa.Column("action", sa.Text(), nullable=False, comment="What, as a short verb phrase."),
        sa.Column(
            "subject", sa.Text(), server_default=sa.text("''"), nullable=False, comment="To what."
        ),
        sa.Column(
            "client_id",
            sa.Integer(),
            nullable=True,
            comment="Whose record it is; null if nobody's.",
        ),
        sa.Column("address", sa.Text(), nullable=True, comment="Network address it came from."),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="More, as a JSON object of texts.",
        ),
        sa.CheckConstraint(
            "action ~ '^[^[:cntrl:]]{1,64}$' AND action = btrim(action)",
            name=op.f("ck_audit_log_action_plain"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["billing.client.client_id"], name=op.f("fk_audit_log_client_id")
        ),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit_log")),
        schema="billing",
        comment="What was done by whom, append-only. Never a secret, never a password.",
    )
    op.create_index(
        "audit_log_of_action",
        "audit_log",
        ["action", "subject", "at"],
        unique=False,
        schema="billing",
    )
    op.create_index(
        "audit_log_of_client", "audit_log", ["client_id", "at"], unique=False, schema="billing"
    )
    op.create_table(
        "client_version",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column("version", sa.BigInteger(), nullable=False, comment="Number of changes."),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the last one was made.",
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["billing.client.client_id"], name=op.f("fk_client_version_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client_version")),
        schema="billing",
        comment="Grows with every change of a client's records; caches and live pages watch it.",
        postgresql_with={"fillfactor": "70"},
    )
    op.create_table(
        "resource",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column(
            "resource_id",
            sa.Integer(),
            sa.Identity(always=False),
            nullable=False,
            comment="The resource.",
        ),
        sa.Column(
            "code",
            sa.Text(),
            nullable=False,
            comment="The source's own name of the resource, up to 200 characters.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name as shown."),
        sa.CheckConstraint(
            "code ~ '^[^[:cntrl:]]{1,200}$' AND code = btrim(code)",
            name=op.f("ck_resource_code_plain"),
        ),
        sa.CheckConstraint(
            "name ~ '^[^[:cntrl:]]{1,200}$' AND name = btrim(name)",
            name=op.f("ck_resource_name_plain"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["billing.client.client_id"], name=op.f("fk_resource_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "resource_id", name=op.f("pk_resource")),
        sa.UniqueConstraint("client_id", "code", name=op.f("uq_resource_client_id_code")),
        schema="billing",
        comment="What is counted on: a machine, a volume, a site.",
    )
    op.create_table(
        "source",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column(
            "source_id",
            sa.Integer(),
            sa.Identity(always=False),
            nullable=False,
            comment="The source.",
        ),
        sa.Column(
            "code",
            sa.Text(),
            nullable=False,
            comment="Permanent name, part of every event's identity.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name as shown."),
        sa.Column(
            "expects_every",
            sa.Interval(),
            nullable=True,
            comment="Longest time between events that is normal; beyond it the source counts as silent.",
        ),
        sa.CheckConstraint(
            "code ~ '^[^[:cntrl:]]{1,64}$' AND code = btrim(code)",
            name=op.f("ck_source_code_plain"),
        ),
        sa.CheckConstraint(
            "expects_every > interval '0'", name=op.f("ck_source_expects_every_positive")
        ),
        sa.CheckConstraint(
            "name ~ '^[^[:cntrl:]]{1,200}$' AND name = btrim(name)",
            name=op.f("ck_source_name_plain"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["billing.client.client_id"], name=op.f("fk_source_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "source_id", name=op.f("pk_source")),
        sa.UniqueConstraint("client_id", "code", name=op.f("uq_source_client_id_code")),
        schema="billing",
        comment="A system that measures for a client.",
    )
    op.create_table(
        "agreement_quantity",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column("agreement_id", sa.Integer(), nullable=False, comment="The agreement."),
        sa.Column(
            "price_code", sa.Text(), nullable=False, comment="The component of the rate card."
        ),
        sa.Column(
            "starts_on",
            sa.Date(),
            nullable=False,
            comment="First day of this quantity; until the next row's.",
        ),
        sa.Column("quantity", sa.Numeric(precision=33, scale=15), nullable=False, comment="Units."),
        sa.CheckConstraint(
            "price_code ~ '^[^[:cntrl:]]{1,64}$' AND price_code = btrim(price_code)",
            name=op.f("ck_agreement_quantity_price_code_plain"),
        ),
        sa.CheckConstraint(
            "quantity > '-Infinity' AND quantity < 'Infinity'",
            name=op.f("ck_agreement_quantity_quantity_finite"),
        ),
        sa.CheckConstraint(
            "quantity >= 0", name=op.f("ck_agreement_quantity_quantity_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "agreement_id"],
            ["billing.agreement.client_id", "billing.agreement.agreement_id"],
            name=op.f("fk_agreement_quantity_client_id_agreement_id"),
        ),
        sa.PrimaryKeyConstraint(
            "client_id",
            "agreement_id",
            "price_code",
            "starts_on",
            name=op.f("pk_agreement_quantity"),
        ),
        schema="billing",
        comment="How many units (seats, devices) a per-unit fee is charged for, from a day on.",
    )
    op.create_table(
        "billing_period",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column(
            "billing_period", sa.Date(), nullable=False, comment="The month, by its first day."
        ),
        sa.Column(
            "starts_at", sa.DateTime(timezone=True), nullable=False, comment="Start, inclusive."
        ),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False, comment="End, exclusive."),
        sa.Column(
            "zone", sa.Text(), nullable=False, comment="IANA time zone in which the month was cut."
        ),
        sa.Column("agreement_id", sa.Integer(), nullable=False, comment="The agreement in force."),
        sa.Column(
            "state",
            sa.Text(),
            server_default=sa.text("'open'"),
            nullable=False,
            comment="open, closing or issued.",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("client_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="ex_billing_period_apart",
        ),
        sa.CheckConstraint(
            "state IN ('open', 'closing', 'issued')", name=op.f("ck_billing_period_state_known")
        ),
        sa.CheckConstraint(
            "zone ~ '^[^[:cntrl:]]{1,64}$' AND zone = btrim(zone)",
            name=op.f("ck_billing_period_zone_plain"),
        ),
        sa.CheckConstraint(
            "extract(day FROM billing_period) = 1",
            name=op.f("ck_billing_period_billing_period_first_of_month"),
        ),
        sa.CheckConstraint(
            "starts_at < ends_at", name=op.f("ck_billing_period_starts_before_it_ends")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "agreement_id"],
            ["billing.agreement.client_id", "billing.agreement.agreement_id"],
            name=op.f("fk_billing_period_client_id_agreement_id"),
        ),
        sa.PrimaryKeyConstraint("client_id", "billing_period", name=op.f("pk_billing_period")),
        schema="billing",
        comment="A client's month with its bounds, stored once. Half-open; it starts where the last one ended.",
    )
    op.create_table(
        "ingest_run",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column(
            "ingest_run_id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="The run.",
        ),
        sa.Column("source_id", sa.Integer(), nullable=False, comment="Who measured."),
        sa.Column(
            "profile", sa.Text(), nullable=False, comment="The mapping from the file's columns."
        ),
        sa.Column(
            "file_name", sa.Text(), nullable=False, comment="Name of the file, without its folder."
        ),
        sa.Column(
            "file_sha256",
            sa.LargeBinary(),
            nullable=True,
            comment="SHA-256 of the file; null for batches.",
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it began.",
        ),
        sa.Column(
            "finished_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it ended; null while it runs.",
        ),
        sa.Column(
            "accepted",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Records stored.",
        ),
        sa.Column(
            "duplicate",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Records that were known already.",
        ),
        sa.Column(
            "late",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Stored records billed in a later month.",
        ),
        sa.Column(
            "rejected",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Records refused.",
        ),
        sa.CheckConstraint(
            "accepted >= 0 AND duplicate >= 0 AND late >= 0 AND rejected >= 0",
            name=op.f("ck_ingest_run_counts_not_negative"),
        ),
        sa.CheckConstraint(
            "octet_length(file_sha256) = 32", name=op.f("ck_ingest_run_file_sha256_32_bytes")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "source_id"],
            ["billing.source.client_id", "billing.source.source_id"],
            name=op.f("fk_ingest_run_client_id_source_id"),
        ),
        sa.PrimaryKeyConstraint("client_id", "ingest_run_id", name=op.f("pk_ingest_run")),
        schema="billing",
        comment="Files and batches taken in, with what became of their records.",
    )
    op.create_table(
        "price",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column(
            "price_id",
            sa.Integer(),
            sa.Identity(always=False),
            nullable=False,
            comment="The version of the price.",
        ),
        sa.Column(
            "agreement_id", sa.Integer(), nullable=False, comment="The agreement it belongs to."
        ),
        sa.Column(
            "code",
            sa.Text(),
            nullable=False,
            comment="Name of the component, the same for all its versions.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name as shown."),
        sa.Column(
            "charge_model",
            sa.Text(),
            nullable=False,
            comment="How the amount follows from the quantity.",
        ),
        sa.Column(
            "meter_id", sa.Integer(), nullable=True, comment="What is counted; null for fixed fees."
        ),
        sa.Column("starts_on", sa.Date(), nullable=False, comment="First day of this version."),
        sa.Column(
            "ends_on",
            sa.Date(),
            nullable=True,
            comment="Day after the last; null while no end is known.",
        ),
        sa.Column(
            "fee",
            sa.Numeric(precision=30, scale=12),
            nullable=True,
            comment="Fee of flat and one_off, whole or per unit.",
        ),
        sa.Column(
            "fee_interval",
            sa.Text(),
            server_default=sa.text("'month'"),
            nullable=False,
            comment="What one fee covers.",
        ),
        sa.Column(
            "anchor_month",
            sa.Integer(),
            server_default=sa.text("1"),
            nullable=False,
            comment="Month of the year in which a quarter or year begins, 1 to 12.",
        ),
        sa.Column(
            "per_agreement_quantity",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the fee is multiplied by the agreement quantity.",
        ),
        sa.Column(
            "unit_price",
            sa.Numeric(precision=30, scale=12),
            nullable=True,
            comment="Price of one unit, of unit.",
        ),
        sa.Column(
            "package_size",
            sa.Numeric(precision=33, scale=15),
            nullable=True,
            comment="Units in one package.",
        ),
        sa.Column(
            "package_price",
            sa.Numeric(precision=30, scale=12),
            nullable=True,
            comment="Price of one package.",
        ),
        sa.Column(
            "free_quantity",
            sa.Numeric(precision=33, scale=15),
            server_default=sa.text("0"),
            nullable=False,
            comment="Units before the first package is charged.",
        ),
        sa.Column(
            "markup_rate",
            sa.Numeric(precision=20, scale=15),
            nullable=True,
            comment="Share added to the vendor's cost: 0.15 is 15 %.",
        ),
        sa.Column(
            "included_quantity",
            sa.Numeric(precision=33, scale=15),
            server_default=sa.text("0"),
            nullable=False,
            comment="Units a month that cost nothing, taken off before rating.",
        ),
        sa.Column(
            "discount_rate",
            sa.Numeric(precision=20, scale=15),
            server_default=sa.text("0"),
            nullable=False,
            comment="Share taken off: 0.10 is 10 %.",
        ),
        sa.Column(
            "maximum",
            sa.Numeric(precision=30, scale=12),
            nullable=True,
            comment="Most that the line may cost in a month.",
        ),
        sa.Column(
            "maximum_per_resource",
            sa.Numeric(precision=30, scale=12),
            nullable=True,
            comment="Most that one resource may cost in a month.",
        ),
        sa.Column(
            "minimum",
            sa.Numeric(precision=30, scale=12),
            nullable=True,
            comment="Least that the line costs in a month.",
        ),
        sa.Column(
            "flat_on_zero",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the first tier's flat fee is due without usage.",
        ),
        sa.Column(
            "counts_toward_commitment",
            sa.Boolean(),
            nullable=True,
            comment="Whether the line counts for the minimum commitment; null: usage does, fixed fees do not.",
        ),
        sa.Column(
            "thresholds",
            sa.ARRAY(sa.Numeric(precision=20, scale=15)),
            server_default=sa.text("'{0.8,1}'"),
            nullable=False,
            comment="Shares of the way to a tier's bound at which to warn.",
        ),
        sa.Column(
            "clause",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="Clause of the signed agreement.",
        ),
        sa.Column(
            "reference",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="Reference and approver of a one_off charge.",
        ),
        sa.Column(
            "quantity",
            sa.Numeric(precision=33, scale=15),
            server_default=sa.text("1"),
            nullable=False,
            comment="Units of a one_off charge.",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("client_id"), "="),
            (sa.column("agreement_id"), "="),
            (sa.column("code"), "="),
            (sa.text("daterange(starts_on, ends_on)"), "&&"),
            using="gist",
            name="ex_price_versions_apart",
        ),
        sa.CheckConstraint(
            "(charge_model IN ('flat', 'one_off')) = (meter_id IS NULL)",
            name=op.f("ck_price_meter_of_usage"),
        ),
        sa.CheckConstraint(
            "charge_model <> 'markup' OR markup_rate IS NOT NULL",
            name=op.f("ck_price_markup_rate_of_markup"),
        ),
        sa.CheckConstraint(
            "charge_model <> 'package' OR (package_size > 0 AND package_price IS NOT NULL)",
            name=op.f("ck_price_package_whole"),
        ),
        sa.CheckConstraint(
            "charge_model <> 'unit' OR unit_price IS NOT NULL",
            name=op.f("ck_price_unit_price_of_unit"),
        ),
        sa.CheckConstraint(
            "charge_model IN ('flat', 'one_off', 'unit', 'graduated', 'volume', 'package', 'markup')",
            name=op.f("ck_price_charge_model_known"),
        ),
        sa.CheckConstraint(
            "charge_model NOT IN ('flat', 'one_off') OR fee IS NOT NULL",
            name=op.f("ck_price_fee_of_fixed"),
        ),
        sa.CheckConstraint(
            "code ~ '^[^[:cntrl:]]{1,64}$' AND code = btrim(code)", name=op.f("ck_price_code_plain")
        ),
        sa.CheckConstraint(
            "discount_rate > '-Infinity' AND discount_rate < 'Infinity'",
            name=op.f("ck_price_discount_rate_finite"),
        ),
        sa.CheckConstraint(
            "fee > '-Infinity' AND fee < 'Infinity'", name=op.f("ck_price_fee_finite")
        ),
        sa.CheckConstraint(
            "fee_interval IN ('month', 'quarter', 'year')", name=op.f("ck_price_fee_interval_known")
        ),
        sa.CheckConstraint(
            "free_quantity > '-Infinity' AND free_quantity < 'Infinity'",
            name=op.f("ck_price_free_quantity_finite"),
        ),
        sa.CheckConstraint(
            "included_quantity > '-Infinity' AND included_quantity < 'Infinity'",
            name=op.f("ck_price_included_quantity_finite"),
        ),
        sa.CheckConstraint(
            "markup_rate > '-Infinity' AND markup_rate < 'Infinity'",
            name=op.f("ck_price_markup_rate_finite"),
        ),
        sa.CheckConstraint(
            "maximum > '-Infinity' AND maximum < 'Infinity'", name=op.f("ck_price_maximum_finite")
        ),
        sa.CheckConstraint(
            "maximum_per_resource > '-Infinity' AND maximum_per_resource < 'Infinity'",
            name=op.f("ck_price_maximum_per_resource_finite"),
        ),
        sa.CheckConstraint(
            "minimum > '-Infinity' AND minimum < 'Infinity'", name=op.f("ck_price_minimum_finite")
        ),
        sa.CheckConstraint(
            "name ~ '^[^[:cntrl:]]{1,200}$' AND name = btrim(name)",
            name=op.f("ck_price_name_plain"),
        ),
        sa.CheckConstraint(
            "package_price > '-Infinity' AND package_price < 'Infinity'",
            name=op.f("ck_price_package_price_finite"),
        ),
        sa.CheckConstraint(
            "package_size > '-Infinity' AND package_size < 'Infinity'",
            name=op.f("ck_price_package_size_finite"),
        ),
        sa.CheckConstraint(
            "quantity > '-Infinity' AND quantity < 'Infinity'",
            name=op.f("ck_price_quantity_finite"),
        ),
        sa.CheckConstraint(
            "unit_price > '-Infinity' AND unit_price < 'Infinity'",
            name=op.f("ck_price_unit_price_finite"),
        ),
        sa.CheckConstraint(
            "0 < ALL (thresholds) AND 10 >= ALL (thresholds) AND array_position(thresholds, NULL) IS NULL",
            name=op.f("ck_price_thresholds_shares"),
        ),
        sa.CheckConstraint(
            "anchor_month BETWEEN 1 AND 12", name=op.f("ck_price_anchor_month_of_year")
        ),
        sa.CheckConstraint(
            "discount_rate BETWEEN 0 AND 1", name=op.f("ck_price_discount_rate_share")
        ),
        sa.CheckConstraint(
            "included_quantity >= 0 AND free_quantity >= 0",
            name=op.f("ck_price_quantities_not_negative"),
        ),
        sa.CheckConstraint("minimum <= maximum", name=op.f("ck_price_minimum_below_maximum")),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_price_starts_before_it_ends")),
        sa.ForeignKeyConstraint(
            ["client_id", "agreement_id"],
            ["billing.agreement.client_id", "billing.agreement.agreement_id"],
            name=op.f("fk_price_client_id_agreement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["meter_id"], ["billing.meter.meter_id"], name=op.f("fk_price_meter_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "price_id", name=op.f("pk_price")),
        schema="billing",
        comment="One version of one component of the rate card. Versions of a code in an agreement never overlap.",
    )
    op.create_table(
        "crossing",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column(
            "crossing_id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="The crossing.",
        ),
        sa.Column("price_id", sa.Integer(), nullable=False, comment="The version of the price."),
        sa.Column("meter_id", sa.Integer(), nullable=False, comment="What was counted."),
        sa.Column(
            "billing_period", sa.Date(), nullable=False, comment="The month, by its first day."
        ),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="tier: its bound was passed; threshold: a share of the way was reached.",
        ),
        sa.Column(
            "tier_ordinal",
            sa.Integer(),
            nullable=False,
            comment="The tier whose upper bound it is, from 1.",
        ),
        sa.Column(
            "share",
            sa.Numeric(precision=20, scale=15),
            nullable=True,
            comment="Share of the way to the bound; null for tiers.",
        ),
        sa.Column(
            "bound",
            sa.Numeric(precision=33, scale=15),
            nullable=False,
            comment="The quantity that was passed, included quantity counted.",
        ),
        sa.Column(
            "crossed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When, in the order in which events occurred.",
        ),
        sa.Column(
            "noticed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was recorded here.",
        ),
        sa.Column(
            "event_id",
            sa.Uuid(),
            nullable=True,
            comment="The event that passed it; null if a level did by itself.",
        ),
        sa.Column("total_before", sa.Numeric(), nullable=False, comment="Running total before."),
        sa.Column("total_after", sa.Numeric(), nullable=False, comment="Running total after."),
        sa.Column(
            "replaces_crossing_id",
            sa.BigInteger(),
            nullable=True,
            comment="The earlier row that this one replaces.",
        ),
        sa.Column(
            "state",
            sa.Text(),
            server_default=sa.text("'crossed'"),
            nullable=False,
            comment="crossed, moved to another event, or withdrawn.",
        ),
        sa.CheckConstraint(
            "(kind = 'threshold') = (share IS NOT NULL)",
            name=op.f("ck_crossing_share_of_threshold"),
        ),
        sa.CheckConstraint(
            "(state = 'crossed') = (replaces_crossing_id IS NULL)",
            name=op.f("ck_crossing_replaces_unless_first"),
        ),
        sa.CheckConstraint(
            "bound > '-Infinity' AND bound < 'Infinity'", name=op.f("ck_crossing_bound_finite")
        ),
        sa.CheckConstraint("kind IN ('tier', 'threshold')", name=op.f("ck_crossing_kind_known")),
        sa.CheckConstraint(
            "share > '-Infinity' AND share < 'Infinity'", name=op.f("ck_crossing_share_finite")
        ),
        sa.CheckConstraint(
            "state IN ('crossed', 'moved', 'withdrawn')", name=op.f("ck_crossing_state_known")
        ),
        sa.CheckConstraint(
            "total_after > '-Infinity' AND total_after < 'Infinity'",
            name=op.f("ck_crossing_total_after_finite"),
        ),
        sa.CheckConstraint(
            "total_before > '-Infinity' AND total_before < 'Infinity'",
            name=op.f("ck_crossing_total_before_finite"),
        ),
        sa.CheckConstraint(
            "extract(day FROM billing_period) = 1",
            name=op.f("ck_crossing_billing_period_first_of_month"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "billing_period"],
            ["billing.billing_period.client_id", "billing.billing_period.billing_period"],
            name=op.f("fk_crossing_client_id_billing_period"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "price_id"],
            ["billing.price.client_id", "billing.price.price_id"],
            name=op.f("fk_crossing_client_id_price_id"),
        ),
        sa.ForeignKeyConstraint(
            ["meter_id"], ["billing.meter.meter_id"], name=op.f("fk_crossing_meter_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "crossing_id", name=op.f("pk_crossing")),
        schema="billing",
        comment="Bounds and thresholds passed, append-only. A correction adds a row that replaces an earlier one.",
    )
    op.create_index(
        "crossing_in_order",
        "crossing",
        ["client_id", "meter_id", "billing_period", "crossed_at"],
        unique=False,
        schema="billing",
    )
    op.create_index(
        "crossing_replaced_once",
        "crossing",
        ["client_id", "replaces_crossing_id"],
        unique=True,
        schema="billing",
        postgresql_where=sa.text("replaces_crossing_id IS NOT NULL"),
    )
    op.create_table(
        "price_tier",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column("price_id", sa.Integer(), nullable=False, comment="The version of the price."),
        sa.Column(
            "ordinal", sa.Integer(), nullable=False, comment="Place in the order of tiers, from 1."
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name as shown."),
        sa.Column(
            "up_to",
            sa.Numeric(precision=33, scale=15),
            nullable=True,
            comment="Upper bound, inclusive; null for the last tier.",
        ),
        sa.Column(
            "unit_price",
            sa.Numeric(precision=30, scale=12),
            nullable=False,
            comment="Price of one unit in this tier.",
        ),
        sa.Column(
            "flat_fee",
            sa.Numeric(precision=30, scale=12),
            server_default=sa.text("0"),
            nullable=False,
            comment="Fee due once the quantity passes the tier's lower bound.",
        ),
        sa.Column(
            "burst",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether entering it is the burst trigger.",
        ),
        sa.Column(
            "milestone",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="Milestone of the infrastructure that the tier is tied to.",
        ),
        sa.CheckConstraint(
            "flat_fee > '-Infinity' AND flat_fee < 'Infinity'",
            name=op.f("ck_price_tier_flat_fee_finite"),
        ),
        sa.CheckConstraint(
            "name ~ '^[^[:cntrl:]]{1,200}$' AND name = btrim(name)",
            name=op.f("ck_price_tier_name_plain"),
        ),
        sa.CheckConstraint(
            "unit_price > '-Infinity' AND unit_price < 'Infinity'",
            name=op.f("ck_price_tier_unit_price_finite"),
        ),
        sa.CheckConstraint(
            "up_to > '-Infinity' AND up_to < 'Infinity'", name=op.f("ck_price_tier_up_to_finite")
        ),
        sa.CheckConstraint("ordinal >= 1", name=op.f("ck_price_tier_ordinal_from_one")),
        sa.CheckConstraint("up_to > 0", name=op.f("ck_price_tier_up_to_positive")),
        sa.ForeignKeyConstraint(
            ["client_id", "price_id"],
            ["billing.price.client_id", "billing.price.price_id"],
            name=op.f("fk_price_tier_client_id_price_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("client_id", "price_id", "ordinal", name=op.f("pk_price_tier")),
        schema="billing",
        comment="A named range of quantity with its price: (previous up_to, up_to], the last one open.",
    )
    op.create_table(
        "rejected_record",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column(
            "rejected_record_id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="The rejected record.",
        ),
        sa.Column(
            "ingest_run_id",
            sa.BigInteger(),
            nullable=True,
            comment="The run it came in; null for single posts.",
        ),
        sa.Column("line", sa.BigInteger(), nullable=True, comment="Line in the file, from 1."),
        sa.Column("code", sa.Text(), nullable=False, comment="Kind of fault."),
        sa.Column(
            "reason",
            sa.Text(),
            nullable=False,
            comment="What is wrong and what to do, as a sentence.",
        ),
        sa.Column("record", sa.Text(), nullable=False, comment="The record as it came."),
        sa.Column("event_id", sa.Uuid(), nullable=True, comment="Its event id, where it had one."),
        sa.Column(
            "stored_leaf_hash",
            sa.LargeBinary(),
            nullable=True,
            comment="Hash of the event stored under the same id.",
        ),
        sa.Column(
            "offered_leaf_hash",
            sa.LargeBinary(),
            nullable=True,
            comment="Hash of the content that came.",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it arrived.",
        ),
        sa.Column(
            "state",
            sa.Text(),
            server_default=sa.text("'open'"),
            nullable=False,
            comment="open, replayed or dismissed.",
        ),
        sa.CheckConstraint(
            "code ~ '^[^[:cntrl:]]{1,64}$' AND code = btrim(code)",
            name=op.f("ck_rejected_record_code_plain"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'replayed', 'dismissed')",
            name=op.f("ck_rejected_record_state_known"),
        ),
        sa.CheckConstraint(
            "octet_length(offered_leaf_hash) = 32",
            name=op.f("ck_rejected_record_offered_leaf_hash_32_bytes"),
        ),
        sa.CheckConstraint(
            "octet_length(stored_leaf_hash) = 32",
            name=op.f("ck_rejected_record_stored_leaf_hash_32_bytes"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "ingest_run_id"],
            ["billing.ingest_run.client_id", "billing.ingest_run.ingest_run_id"],
            name=op.f("fk_rejected_record_client_id_ingest_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["billing.client.client_id"], name=op.f("fk_rejected_record_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "rejected_record_id", name=op.f("pk_rejected_record")),
        schema="billing",
        comment="Records refused, kept as they came, until somebody mends or dismisses them.",
    )
    op.create_index(
        "rejected_record_open",
        "rejected_record",
        ["client_id", "recorded_at"],
        unique=False,
        schema="billing",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "usage_distinct",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column("meter_id", sa.Integer(), nullable=False, comment="What was counted."),
        sa.Column(
            "billing_period",
            sa.Date(),
            nullable=False,
            comment="Month that bills it, by its first day.",
        ),
        sa.Column("resource_id", sa.Integer(), nullable=False, comment="What it was counted on."),
        sa.Column("counted_value", sa.Text(), nullable=False, comment="The value."),
        sa.Column(
            "first_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the first event with it occurred.",
        ),
        sa.Column("first_event_id", sa.Uuid(), nullable=False, comment="That event."),
        sa.Column("event_count", sa.BigInteger(), nullable=False, comment="Events with it."),
        sa.CheckConstraint(
            "counted_value ~ '^[^[:cntrl:]]{1,200}$' AND counted_value = btrim(counted_value)",
            name=op.f("ck_usage_distinct_counted_value_plain"),
        ),
        sa.CheckConstraint(
            "event_count >= 0", name=op.f("ck_usage_distinct_event_count_not_negative")
        ),
        sa.CheckConstraint(
            "extract(day FROM billing_period) = 1",
            name=op.f("ck_usage_distinct_billing_period_first_of_month"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "billing_period"],
            ["billing.billing_period.client_id", "billing.billing_period.billing_period"],
            name=op.f("fk_usage_distinct_client_id_billing_period"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "resource_id"],
            ["billing.resource.client_id", "billing.resource.resource_id"],
            name=op.f("fk_usage_distinct_client_id_resource_id"),
        ),
        sa.ForeignKeyConstraint(
            ["meter_id"], ["billing.meter.meter_id"], name=op.f("fk_usage_distinct_meter_id")
        ),
        sa.PrimaryKeyConstraint(
            "client_id",
            "meter_id",
            "billing_period",
            "resource_id",
            "counted_value",
            name=op.f("pk_usage_distinct"),
        ),
        schema="billing",
        comment="Distinct values of unique_count meters, with the event that first brought each.",
        postgresql_with={"fillfactor": "70"},
    )
    op.create_table(
        "usage_event",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column("meter_id", sa.Integer(), nullable=False, comment="What was counted."),
        sa.Column(
            "occurred_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was measured, by the source; orders the events.",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it arrived here.",
        ),
        sa.Column(
            "billing_period",
            sa.Date(),
            nullable=False,
            comment="Month that bills it, fixed when recorded; by its first day.",
        ),
        sa.Column(
            "usage_period",
            sa.Date(),
            nullable=False,
            comment="Month in which it occurred, in the client's zone.",
        ),
        sa.Column("source_id", sa.Integer(), nullable=False, comment="Who measured."),
        sa.Column("resource_id", sa.Integer(), nullable=False, comment="What it was counted on."),
        sa.Column(
            "event_id",
            sa.Uuid(),
            nullable=False,
            comment="First 128 bits of SHA-256 over source, source_event_id and meter.",
        ),
        sa.Column(
            "withdraws",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it only withdraws the event it supersedes.",
        ),
        sa.Column(
            "quantity",
            sa.Numeric(precision=33, scale=15),
            nullable=False,
            comment="Amount used, or level from now on, in the meter's unit.",
        ),
        sa.Column(
            "leaf_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 over 0x00 and the canonical form of the content.",
        ),
        sa.Column(
            "source_event_id",
            sa.Text(),
            nullable=False,
            comment="The source's own name of the event.",
        ),
        sa.Column(
            "supersedes_event_id",
            sa.Uuid(),
            nullable=True,
            comment="The wrong event that this one replaces.",
        ),
        sa.Column(
            "counted_value",
            sa.Text(),
            nullable=True,
            comment="What unique_count counts, like a user's name.",
        ),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why it supersedes another event."),
        sa.CheckConstraint(
            "counted_value ~ '^[^[:cntrl:]]{1,200}$' AND counted_value = btrim(counted_value)",
            name=op.f("ck_usage_event_counted_value_plain"),
        ),
        sa.CheckConstraint(
            "quantity > '-Infinity' AND quantity < 'Infinity'",
            name=op.f("ck_usage_event_quantity_finite"),
        ),
        sa.CheckConstraint(
            "source_event_id ~ '^[^[:cntrl:]]{1,200}$' AND source_event_id = btrim(source_event_id)",
            name=op.f("ck_usage_event_source_event_id_plain"),
        ),
        sa.CheckConstraint(
            "(supersedes_event_id IS NULL) = (reason IS NULL) AND (NOT withdraws OR supersedes_event_id IS NOT NULL)",
            name=op.f("ck_usage_event_correction_whole"),
        ),
        sa.CheckConstraint(
            "extract(day FROM billing_period) = 1",
            name=op.f("ck_usage_event_billing_period_first_of_month"),
        ),
        sa.CheckConstraint(
            "extract(day FROM usage_period) = 1",
            name=op.f("ck_usage_event_usage_period_first_of_month"),
        ),
        sa.CheckConstraint("isfinite(occurred_at)", name=op.f("ck_usage_event_occurred_at_finite")),
        sa.CheckConstraint(
            "octet_length(leaf_hash) = 32", name=op.f("ck_usage_event_leaf_hash_32_bytes")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "billing_period"],
            ["billing.billing_period.client_id", "billing.billing_period.billing_period"],
            name=op.f("fk_usage_event_client_id_billing_period"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "resource_id"],
            ["billing.resource.client_id", "billing.resource.resource_id"],
            name=op.f("fk_usage_event_client_id_resource_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "source_id"],
            ["billing.source.client_id", "billing.source.source_id"],
            name=op.f("fk_usage_event_client_id_source_id"),
        ),
        sa.ForeignKeyConstraint(
            ["meter_id"], ["billing.meter.meter_id"], name=op.f("fk_usage_event_meter_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "event_id", name=op.f("pk_usage_event")),
        schema="billing",
        comment="Measurements, append-only: neither updated nor deleted by anybody. A wrong one is superseded.",
    )
    op.create_index(
        "usage_event_in_order",
        "usage_event",
        ["client_id", "meter_id", "billing_period", "occurred_at", "event_id"],
        unique=False,
        schema="billing",
    )
    op.create_index(
        "usage_event_superseded_once",
        "usage_event",
        ["client_id", "supersedes_event_id"],
        unique=True,
        schema="billing",
        postgresql_where=sa.text("supersedes_event_id IS NOT NULL"),
    )
    op.create_table(
        "usage_hour",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column("meter_id", sa.Integer(), nullable=False, comment="What was counted."),
        sa.Column(
            "billing_period",
            sa.Date(),
            nullable=False,
            comment="Month that bills it, by its first day.",
        ),
        sa.Column("resource_id", sa.Integer(), nullable=False, comment="What it was counted on."),
        sa.Column(
            "hour",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Start of the hour, inclusive, in the period's zone.",
        ),
        sa.Column(
            "first_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the first event occurred.",
        ),
        sa.Column(
            "last_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the last event occurred.",
        ),
        sa.Column("event_count", sa.BigInteger(), nullable=False, comment="Events folded."),
        sa.Column("quantity_sum", sa.Numeric(), nullable=False, comment="Sum of their quantities."),
        sa.Column(
            "quantity_max",
            sa.Numeric(precision=33, scale=15),
            nullable=False,
            comment="Highest of their quantities.",
        ),
        sa.Column(
            "first_level",
            sa.Numeric(precision=33, scale=15),
            nullable=False,
            comment="Quantity of the first event.",
        ),
        sa.Column(
            "last_level",
            sa.Numeric(precision=33, scale=15),
            nullable=False,
            comment="Quantity of the last event.",
        ),
        sa.Column(
            "level_seconds",
            sa.Numeric(),
            nullable=False,
            comment="Level times seconds, from the first event to the last.",
        ),
        sa.CheckConstraint(
            "first_level > '-Infinity' AND first_level < 'Infinity'",
            name=op.f("ck_usage_hour_first_level_finite"),
        ),
        sa.CheckConstraint(
            "last_level > '-Infinity' AND last_level < 'Infinity'",
            name=op.f("ck_usage_hour_last_level_finite"),
        ),
        sa.CheckConstraint(
            "level_seconds > '-Infinity' AND level_seconds < 'Infinity'",
            name=op.f("ck_usage_hour_level_seconds_finite"),
        ),
        sa.CheckConstraint(
            "quantity_max > '-Infinity' AND quantity_max < 'Infinity'",
            name=op.f("ck_usage_hour_quantity_max_finite"),
        ),
        sa.CheckConstraint(
            "quantity_sum > '-Infinity' AND quantity_sum < 'Infinity'",
            name=op.f("ck_usage_hour_quantity_sum_finite"),
        ),
        sa.CheckConstraint("event_count >= 0", name=op.f("ck_usage_hour_event_count_not_negative")),
        sa.CheckConstraint(
            "extract(day FROM billing_period) = 1",
            name=op.f("ck_usage_hour_billing_period_first_of_month"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "billing_period"],
            ["billing.billing_period.client_id", "billing.billing_period.billing_period"],
            name=op.f("fk_usage_hour_client_id_billing_period"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "resource_id"],
            ["billing.resource.client_id", "billing.resource.resource_id"],
            name=op.f("fk_usage_hour_client_id_resource_id"),
        ),
        sa.ForeignKeyConstraint(
            ["meter_id"], ["billing.meter.meter_id"], name=op.f("fk_usage_hour_meter_id")
        ),
        sa.PrimaryKeyConstraint(
            "client_id",
            "meter_id",
            "billing_period",
            "resource_id",
            "hour",
            name=op.f("pk_usage_hour"),
        ),
        schema="billing",
        comment="Effective events of one resource in one hour, folded; kept with the events in one transaction.",
        postgresql_with={"fillfactor": "70"},
    )
    op.create_table(
        "usage_total",
        sa.Column("client_id", sa.Integer(), nullable=False, comment="The client."),
        sa.Column("meter_id", sa.Integer(), nullable=False, comment="What was counted."),
        sa.Column(
            "billing_period",
            sa.Date(),
            nullable=False,
            comment="Month that bills it, by its first day.",
        ),
        sa.Column(
            "event_count",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Effective events so far.",
        ),
        sa.Column(
            "first_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the first one occurred.",
        ),
        sa.Column(
            "last_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the last one occurred.",
        ),
        sa.Column(
            "quantity",
            sa.Numeric(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Quantity so far.",
        ),
        sa.Column(
            "last_event_id",
            sa.Uuid(),
            nullable=True,
            comment="The last one, by (occurred, event id).",
        ),
        sa.CheckConstraint(
            "quantity > '-Infinity' AND quantity < 'Infinity'",
            name=op.f("ck_usage_total_quantity_finite"),
        ),
        sa.CheckConstraint(
            "event_count >= 0", name=op.f("ck_usage_total_event_count_not_negative")
        ),
        sa.CheckConstraint(
            "extract(day FROM billing_period) = 1",
            name=op.f("ck_usage_total_billing_period_first_of_month"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "billing_period"],
            ["billing.billing_period.client_id", "billing.billing_period.billing_period"],
            name=op.f("fk_usage_total_client_id_billing_period"),
        ),
        sa.ForeignKeyConstraint(
            ["meter_id"], ["billing.meter.meter_id"], name=op.f("fk_usage_total_meter_id")
        ),
        sa.PrimaryKeyConstraint(
            "client_id", "meter_id", "billing_period", name=op.f("pk_usage_total")
        ),
        schema="billing",
        comment="Running total of a meter in a period. Its row lock puts writers in line.",
        postgresql_with={"fillfactor": "70"},
    )
