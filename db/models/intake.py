"""What came in and from whom: runs, refused records, API keys."""

from typing import Final

from sqlalchemy import CheckConstraint, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Base,
    Code,
    Count,
    Digest,
    Identifier,
    Instant,
    Key,
    Words,
    code_checks,
    digest_checks,
    one_of,
    reference,
    table,
)

STATES: Final = ("open", "replayed", "dismissed")
"""What becomes of a refused record."""


def resolved_checks() -> tuple[CheckConstraint, ...]:
    """Checks that a refused record is open, or says when and how it was resolved."""
    return (
        one_of("state", STATES),
        CheckConstraint(
            "(state = 'open') = (resolved_at IS NULL) AND (state = 'open') = (resolution IS NULL)",
            name="resolved_whole",
        ),
    )


class IngestRun(Base):
    """One file or batch taken in."""

    __tablename__ = "ingest_run"
    __table_args__ = table(
        reference("client_id, source_id", "billing.source"),
        CheckConstraint(
            "accepted >= 0 AND duplicate >= 0 AND late >= 0 AND rejected >= 0",
            name="counts_not_negative",
        ),
        *digest_checks("file_sha256"),
        comment="Files and batches taken in, with what became of their records.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    ingest_run_id: Mapped[Count] = mapped_column(Identity(), primary_key=True, comment="The run.")
    source_id: Mapped[Identifier] = mapped_column(comment="Who measured.")
    profile: Mapped[Code] = mapped_column(comment="The mapping from the file's columns.")
    file_name: Mapped[Words] = mapped_column(comment="Name of the file, without its folder.")
    file_sha256: Mapped[Digest | None] = mapped_column(
        comment="SHA-256 of the file; null for batches."
    )
    started_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="When it began."
    )
    finished_at: Mapped[Instant | None] = mapped_column(
        comment="When it ended; null while it runs."
    )
    accepted: Mapped[Count] = mapped_column(server_default=text("0"), comment="Records stored.")
    duplicate: Mapped[Count] = mapped_column(
        server_default=text("0"), comment="Records that were known already."
    )
    late: Mapped[Count] = mapped_column(
        server_default=text("0"), comment="Stored records billed in a later month."
    )
    rejected: Mapped[Count] = mapped_column(server_default=text("0"), comment="Records refused.")


class RejectedRecord(Base):
    """A record that was refused, kept as it came."""

    __tablename__ = "rejected_record"
    __table_args__ = table(
        reference("client_id", "billing.client"),
        reference("client_id, ingest_run_id", "billing.ingest_run"),
        reference("client_id, source_id", "billing.source"),
        Index(
            "rejected_record_open",
            "client_id",
            "recorded_at",
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "rejected_record_same",
            "client_id",
            text("md5(record)"),
            postgresql_where=text("state = 'open'"),
        ),
        *resolved_checks(),
        *digest_checks("stored_leaf_hash", "offered_leaf_hash"),
        *code_checks("code"),
        comment="Records refused, kept as they came, until somebody mends or dismisses them.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    rejected_record_id: Mapped[Count] = mapped_column(
        Identity(), primary_key=True, comment="The rejected record."
    )
    ingest_run_id: Mapped[Count | None] = mapped_column(
        comment="The run it came in; null for posts."
    )
    line: Mapped[Count | None] = mapped_column(comment="Line in the file, from 1.")
    code: Mapped[Code] = mapped_column(comment="Kind of fault.")
    reason: Mapped[Words] = mapped_column(comment="What is wrong and what to do, as a sentence.")
    record: Mapped[Words] = mapped_column(comment="The record as it came.")
    event_id: Mapped[Key | None] = mapped_column(comment="Its event id, where it had one.")
    stored_leaf_hash: Mapped[Digest | None] = mapped_column(
        comment="Hash of the event stored under the same id."
    )
    offered_leaf_hash: Mapped[Digest | None] = mapped_column(
        comment="Hash of the content that came."
    )
    recorded_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="When it arrived."
    )
    state: Mapped[Code] = mapped_column(
        server_default=text("'open'"), comment="open, replayed or dismissed."
    )
    source_id: Mapped[Identifier | None] = mapped_column(
        comment="Who measured; null if the client has no such source."
    )
    source_code: Mapped[Code | None] = mapped_column(
        comment="Code of the source, of a record without a run; null where source_id says it."
    )
    profile: Mapped[Code | None] = mapped_column(
        comment="The mapping from the file's columns; null for posts and where the run says it."
    )
    resolved_at: Mapped[Instant | None] = mapped_column(
        comment="When it was replayed or dismissed; null while open."
    )
    resolution: Mapped[Words | None] = mapped_column(
        comment="What was changed, or why it was dismissed; null while open."
    )


class UnassignedRecord(Base):
    """A record of a client that nobody set up, kept as it came."""

    __tablename__ = "unassigned_record"
    __table_args__ = table(
        Index(
            "unassigned_record_open",
            "named_client",
            "recorded_at",
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "unassigned_record_same",
            "named_client",
            text("md5(record)"),
            postgresql_where=text("state = 'open'"),
        ),
        *resolved_checks(),
        *code_checks("code"),
        comment=(
            "Records that name a client nobody set up, kept as they came. "
            "They belong to no client, so no screen shows them."
        ),
    )

    unassigned_record_id: Mapped[Count] = mapped_column(
        Identity(), primary_key=True, comment="The unassigned record."
    )
    recorded_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="When it arrived."
    )
    named_client: Mapped[Words] = mapped_column(comment="The client as the record names it.")
    source_code: Mapped[Words] = mapped_column(comment="Code of the source that sent it.")
    origin: Mapped[Words] = mapped_column(comment="Name of the file, without its folder; or post.")
    profile: Mapped[Code | None] = mapped_column(
        comment="The mapping from the file's columns; null for posts."
    )
    line: Mapped[Count | None] = mapped_column(comment="Line in the file or the post, from 1.")
    code: Mapped[Code] = mapped_column(comment="Kind of fault.")
    reason: Mapped[Words] = mapped_column(comment="What is wrong and what to do, as a sentence.")
    record: Mapped[Words] = mapped_column(comment="The record as it came.")
    state: Mapped[Code] = mapped_column(
        server_default=text("'open'"), comment="open, replayed or dismissed."
    )
    resolved_at: Mapped[Instant | None] = mapped_column(
        comment="When it was replayed or dismissed; null while open."
    )
    resolution: Mapped[Words | None] = mapped_column(
        comment="For which client it was recorded, or why it was dismissed; null while open."
    )


class ApiKey(Base):
    """A secret with which a collector posts; only its hash is kept."""

    __tablename__ = "api_key"
    __table_args__ = table(
        UniqueConstraint("key_hash"),
        UniqueConstraint("prefix"),
        *digest_checks("key_hash"),
        *code_checks("prefix", "source_code"),
        *code_checks("name", longest=200),
        comment="Keys with which collectors post. The key itself is shown once and never kept.",
    )

    api_key_id: Mapped[Identifier] = mapped_column(Identity(), primary_key=True, comment="The key.")
    key_hash: Mapped[Digest] = mapped_column(comment="SHA-256 of the key.")
    prefix: Mapped[Code] = mapped_column(comment="First characters of the key, to tell keys apart.")
    name: Mapped[Words] = mapped_column(comment="What the key is for.")
    source_code: Mapped[Code] = mapped_column(
        comment="The source that its events are recorded under."
    )
    issued_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="When it was issued."
    )
    revoked_at: Mapped[Instant | None] = mapped_column(
        comment="When it was revoked; null while it is good."
    )
    last_used_at: Mapped[Instant | None] = mapped_column(
        comment="When it was last used, to the minute."
    )


class ApiKeyClient(Base):
    """A client that a key may post for."""

    __tablename__ = "api_key_client"
    __table_args__ = table(
        reference("client_id", "billing.client"),
        reference("api_key_id", "billing.api_key"),
        comment="The clients that a key may post for.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    api_key_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The key.")
