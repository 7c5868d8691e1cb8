"""Who bills and who is billed."""

from sqlalchemy import CheckConstraint, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Base,
    Code,
    Day,
    Identifier,
    Instant,
    Words,
    code_checks,
    first_of_month,
    one_of,
    table,
)


class Issuer(Base):
    """The MSP that runs this portal: one row."""

    __tablename__ = "issuer"
    __table_args__ = table(
        CheckConstraint("issuer_id = 1", name="one_row"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_iso_3166"),
        one_of("books", ("here", "elsewhere")),
        *code_checks("name", "legal_name", longest=200),
        comment="The MSP that runs this portal and issues the invoices. One row.",
    )

    issuer_id: Mapped[Identifier] = mapped_column(
        primary_key=True, autoincrement=False, comment="Always 1."
    )
    name: Mapped[Words] = mapped_column(comment="Name as shown.")
    legal_name: Mapped[Words] = mapped_column(comment="Name as registered, for the invoice.")
    country: Mapped[Code] = mapped_column(comment="Country, ISO 3166-1 alpha-2.")
    address: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="Postal address, lines separated by line feeds."
    )
    tax_number: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="Tax number, for the invoice; empty if there is none."
    )
    email: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="Address for questions about invoices."
    )
    payment_details: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="Bank and account as on invoices; may have line feeds."
    )
    books: Mapped[Code] = mapped_column(
        server_default=text("'here'"),
        comment="Where legal invoices are issued: here, or elsewhere by an accounting system.",
    )


class Client(Base):
    """A customer of the MSP: the tenant."""

    __tablename__ = "client"
    __table_args__ = table(
        UniqueConstraint("slug"),
        Index(
            "client_invoice_prefix",
            "invoice_prefix",
            unique=True,
            postgresql_where=text("invoice_prefix <> ''"),
        ),
        CheckConstraint(
            "invoice_prefix ~ '^([A-Z0-9][A-Z0-9-]{0,31})?$'", name="invoice_prefix_plain"
        ),
        first_of_month("invoices_from"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_iso_3166"),
        *code_checks("slug", "zone", "locale"),
        *code_checks("name", longest=200),
        comment="A customer of the MSP. Tables of its own start their keys with client_id.",
    )

    client_id: Mapped[Identifier] = mapped_column(
        Identity(), primary_key=True, comment="The client; the tenant of row-level security."
    )
    slug: Mapped[Code] = mapped_column(
        comment="Short permanent name, used in files, commands and addresses."
    )
    name: Mapped[Words] = mapped_column(comment="Name as shown.")
    zone: Mapped[Code] = mapped_column(comment="IANA time zone in which days and months are cut.")
    locale: Mapped[Code] = mapped_column(comment="Locale for separators and dates, like nl_NL.")
    country: Mapped[Code] = mapped_column(comment="Country, ISO 3166-1 alpha-2.")
    is_demo: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="Whether all of this client's records are made up."
    )
    created_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="When the client was set up."
    )
    disabled_at: Mapped[Instant | None] = mapped_column(
        comment="When its own people were shut out of the portal; null while not."
    )
    legal_name: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="Name as registered, for the invoice; empty: the name."
    )
    address: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="Postal address, lines separated by line feeds."
    )
    tax_number: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="Tax number, for the invoice; empty if there is none."
    )
    invoice_prefix: Mapped[Words] = mapped_column(
        server_default=text("''"),
        comment="Prefix of its invoices' numbers; empty: the slug in capitals.",
    )
    invoices_from: Mapped[Day | None] = mapped_column(
        comment="First month billed here, by its first day; null: from its agreement's start."
    )
