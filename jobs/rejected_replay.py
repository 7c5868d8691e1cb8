"""Replaying refused records: in batches of one client, source and profile, with a progress bar."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import Engine

from db.commands.rejected import Replayed, replay
from db.commands.rejected_reading import Place
from db.queries.clients import client_ids
from db.queries.refused_records import (
    Asked,
    RefusedGroup,
    RefusedRecord,
    groups_of_refused,
    references_in,
    refused_named,
)
from jobs.rejected_mending import NotMendable, profile_of, reader
from jobs.rejected_words import conflict_advice
from jobs.writer import seeing

BATCH: Final = 500
TOLD: Final = 10
out, err = (
    Console(highlight=False, soft_wrap=True),
    Console(stderr=True, highlight=False, soft_wrap=True),
)
Batches = Callable[[], Iterator[Sequence[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Records of one client, source and profile."""

    group: RefusedGroup
    batches: Batches  #: their references, each batch asked for when the one before is done


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is tried, and what is left aside with the sentences that say why."""

    parts: tuple[Part, ...]
    aside: tuple[str, ...]
    clients: Mapping[str, int]


def replay_records(
    engine: Engine, references: Sequence[str], asked: Asked, *, profile: str, actor: str
) -> bool:
    """Replay records and say what became of them.

    Args:
        engine: of the writer.
        references: which; all open ones that are asked for if there are none.
        asked: which of all.
        profile: file of the profile, in place of the one that they came with.
        actor: who does it.

    Returns:
        Whether none of them stays open.
    """
    plan = _named(engine, references) if references else _all(engine, asked)
    aside = [*plan.aside]
    replayed, still = Replayed(), Counter[str]()
    total = sum(part.group.count for part in plan.parts)
    with _progress() as progress:
        bar = progress.add_task("replaying", total=total)
        for part in plan.parts:
            try:
                read = reader(profile_of(part.group.profile, profile))
            except NotMendable as fault:
                aside.append(f"{part.group.count:,} of {part.group.client}: {fault}.")
                continue
            slug = part.group.client
            place = Place(client_id=plan.clients[slug], slug=slug, source=part.group.source or "")
            for batch in part.batches():
                replayed += replay(engine, place, batch, read, actor=actor)
                still.update(_reasons(engine, batch))
                progress.advance(bar, len(batch))
    _tell(replayed, still, aside)
    return not (replayed.refused or aside)


def _named(engine: Engine, references: Sequence[str]) -> Plan:
    with seeing(engine) as connection:
        clients = client_ids(connection)
        records = refused_named(connection, references)
    missing = [each for each in references if each not in {record.reference for record in records}]
    aside = [f"There is no refused record {each[:32]!r}." for each in dict.fromkeys(missing)]
    groups: dict[RefusedGroup, list[str]] = {}
    for record in records:
        why = _why_not(record, clients)
        if why is not None:
            aside.append(why)
        elif record.state == "open":
            groups.setdefault(_group_of(record), []).append(record.reference)
    parts = [_part_of(group, named) for group, named in groups.items()]
    return Plan(parts=tuple(parts), aside=tuple(aside), clients=clients)


def _part_of(group: RefusedGroup, references: Sequence[str]) -> Part:
    batches = [references[at : at + BATCH] for at in range(0, len(references), BATCH)]
    return Part(group=replace(group, count=len(references)), batches=lambda: iter(batches))


def _why_not(record: RefusedRecord, clients: Mapping[str, int]) -> str | None:
    if record.state == "dismissed":
        return f"{record.reference} was dismissed: {record.resolution}."
    if record.state == "open" and record.code == "conflict":
        return conflict_advice(record)
    if record.state == "open" and record.client not in clients:
        return f"{record.reference}: there is still no client {record.client!a}."
    return None


def _group_of(record: RefusedRecord) -> RefusedGroup:
    return RefusedGroup(
        client=record.client,
        client_id=record.client_id,
        source=record.source,
        profile=record.profile,
        is_posted=record.origin == "post",
        is_conflict=False,
        count=0,
    )


def _all(engine: Engine, asked: Asked) -> Plan:
    with seeing(engine) as connection:
        clients = client_ids(connection)
        groups = groups_of_refused(connection, asked)
    whys = {group: _why_not_all(group, clients) for group in groups}
    parts = [
        Part(group=group, batches=partial(_batches, engine, asked, group))
        for group, why in whys.items()
        if why is None
    ]
    aside = [why for why in whys.values() if why is not None]
    return Plan(parts=tuple(parts), aside=tuple(aside), clients=clients)


def _why_not_all(group: RefusedGroup, clients: Mapping[str, int]) -> str | None:
    """Why records of a group wait for a person.

    A posted event for a client that its key is not bound to must not get there by being refused.
    """
    if group.is_conflict:
        return f"{group.count:,} conflicts of {group.client}: see rejected list --code conflict."
    if group.client not in clients:
        return f"{group.count:,} records: there is still no client {group.client!a}."
    if group.client_id is None and group.is_posted:
        return (
            f"{group.count:,} posted with a key that is not for {group.client}: replay them by "
            "their ids if they are right; see rejected list --records."
        )
    return None


def _batches(engine: Engine, asked: Asked, group: RefusedGroup) -> Iterator[Sequence[str]]:
    after = "0"
    while True:
        with seeing(engine) as connection:
            batch = references_in(connection, asked, group, after=after, limit=BATCH)
        if not batch:
            return
        yield batch
        after = batch[-1]


def _reasons(engine: Engine, references: Sequence[str]) -> Iterator[str]:
    """Why records of a batch are open still."""
    with seeing(engine) as connection:
        for record in refused_named(connection, references):
            if record.state == "open":
                yield record.reason


def _tell(replayed: Replayed, still: Counter[str], aside: Sequence[str]) -> None:
    if not (replayed.recorded or replayed.refused or aside):
        out.print("Nothing waits to be replayed.")
        return
    out.print(f"recorded   {replayed.recorded:>12,}")
    out.print(f"refused    {replayed.refused:>12,}")
    for reason, count in still.most_common(TOLD):
        out.print(f"  {reason} ({count:,} ×)", markup=False)
    for sentence in aside:
        out.print(sentence, markup=False)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=err)
