"""Ingest runs: a file, or a batch of posts, and what became of it."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from db.session import writer_transaction

SOURCE = text("SELECT source_id FROM billing.source WHERE client_id = :client AND code = :source")
BEGIN = text(
    """
    INSERT INTO billing.ingest_run (client_id, source_id, profile, file_name, file_sha256)
    VALUES (:client, :source_id, :profile, :file_name, :sha256) RETURNING ingest_run_id
    """
)
COUNT = text(
    """
    UPDATE billing.ingest_run SET accepted = accepted + :accepted,
        duplicate = duplicate + :duplicate, late = late + :late, rejected = rejected + :rejected
    WHERE client_id = :client AND ingest_run_id = :run
    """
)
FINISH = text(
    """
    UPDATE billing.ingest_run SET finished_at = clock_timestamp()
    WHERE client_id = :client AND ingest_run_id = :run
    """
)


class UnknownSourceError(LookupError):
    """The client has no such source; nothing is recorded under a name that nobody set up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of records; each is in exactly one of accepted, duplicate and rejected."""

    accepted: int = 0  #: stored, with those that are late
    duplicate: int = 0  #: stored before
    late: int = 0  #: of the accepted: billed in a later month than they occurred in
    rejected: int = 0  #: kept with the reason

    def __add__(self, other: "Recorded") -> "Recorded":
        return Recorded(
            accepted=self.accepted + other.accepted,
            duplicate=self.duplicate + other.duplicate,
            late=self.late + other.late,
            rejected=self.rejected + other.rejected,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where records come from."""

    profile: str = "events"  #: how a file was read
    file_name: str = ""  #: without its folder
    sha256: bytes | None = None  #: of the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that has begun."""

    client_id: int
    source_id: int
    run_id: int


def begin_run(engine: Engine, client_id: int, source: str, origin: Origin) -> Run:
    """Note that records of a source are about to come.

    Raises:
        UnknownSourceError: if the client has no such source.
    """
    with writer_transaction(engine, [client_id]) as connection:
        source_id = connection.execute(SOURCE, {"client": client_id, "source": source}).scalar()
        if source_id is None:
            raise UnknownSourceError(f"the client has no source {source!r}; add it to the setup")
        values = {"client": client_id, "source_id": source_id, "profile": origin.profile}
        described = {"file_name": origin.file_name, "sha256": origin.sha256}
        run_id = connection.execute(BEGIN, {**values, **described}).scalar_one()
    return Run(client_id=client_id, source_id=source_id, run_id=run_id)


def count_in(connection: Connection, run: Run, recorded: Recorded) -> None:
    """Add to what the run has done."""
    connection.execute(
        COUNT,
        {
            "client": run.client_id,
            "run": run.run_id,
            "accepted": recorded.accepted,
            "duplicate": recorded.duplicate,
            "late": recorded.late,
            "rejected": recorded.rejected,
        },
    )


def finish_run(engine: Engine, run: Run) -> None:
    """Note that the run came to its end."""
    with writer_transaction(engine, [run.client_id]) as connection:
        connection.execute(FINISH, {"client": run.client_id, "run": run.run_id})
