"""What the journal's door says before anything is written: whether it can be installed, and who is in the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ringfence.journal.model import AnotherRunAtWork, SchemaTaken

FORMAT_COMMENT = "Ringfence journal, format 1"
"""The comment of ringfence.journal: says whose table it is and how it is to be read."""

LOCK_LOST_HINT = "ringfence apply    (takes the lock again and goes on where the journal ends)"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """What the database says about schema ringfence, as this role sees it."""

    database: str
    role: str
    schema_exists: bool
    may_create_schema: bool
    may_create_in_schema: bool
    relations: int
    journal_exists: bool
    journal_comment: str | None


@dataclass(frozen=True, slots=True)
class LockHolder:
    """A session that holds the run lock; what this role may not see is None."""

    pid: int
    application: str | None
    login: str | None
    client: str | None
    since: datetime | None


def must_install(state: SchemaState) -> bool:
    """Whether the journal has to be installed first; raises SchemaTaken when it cannot be.

    An empty schema that somebody made for us is welcome: a hosted role may not be allowed to create one.
    """
    if state.journal_exists:
        if state.journal_comment != FORMAT_COMMENT:
            raise SchemaTaken(
                "ringfence.journal is not a journal this version of Ringfence can continue",
                subject="ringfence.journal",
                detail=f"its comment is {state.journal_comment!r}, expected {FORMAT_COMMENT!r}",
                hint="use the version of Ringfence that wrote it, or move a table of your own out of the way:\n"
                "alter schema ringfence rename to ringfence_before",
            )
        return False
    if state.schema_exists and state.relations:
        raise SchemaTaken(
            "the schema ringfence exists and holds somebody else's objects",
            subject="ringfence",
            detail=f"{state.relations} relations",
            hint="alter schema ringfence rename to ringfence_before",
        )
    if state.schema_exists and not state.may_create_in_schema:
        raise SchemaTaken(
            f"the role {state.role} may not create tables in the schema ringfence",
            subject="ringfence",
            hint=f'alter schema ringfence owner to "{state.role}"    (as its owner or a superuser)',
        )
    if not state.schema_exists and not state.may_create_schema:
        raise SchemaTaken(
            f"the role {state.role} may not create the schema ringfence",
            subject=state.database,
            hint=f'create schema ringfence authorization "{state.role}"    (as the database\'s owner or a superuser)',
        )
    return True


def another_run(holders: tuple[LockHolder, ...]) -> AnotherRunAtWork:
    """The error that names who holds the run lock."""
    return AnotherRunAtWork(
        detail="\n".join(_holder(holder) for holder in holders) or "its session ended while we looked",
        hint="wait for it, ask it to stop (ringfence pause), or if its program is dead:\n"
        + "\n".join(f"select pg_terminate_backend({holder.pid});" for holder in holders),
    )


def _holder(holder: LockHolder) -> str:
    where = (
        "client and time not visible to this role"
        if holder.since is None
        else f"from {holder.client or 'a local socket'}, connected since {holder.since:%Y-%m-%d %H:%M:%S %Z}"
    )
    return f"pid {holder.pid}, application {holder.application or '(none)'}, login {holder.login or '(none)'}, {where}"
