"""The rehearsal: the plan forward and back on a clone, held against what the plan said would happen.

Two roads lead to each verdict. The catalog after the phases is predicted from the steps' declared effects and read
from the server; the catalog after the revert is read from the server and was read before the first step.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from ringfence import db
from ringfence.catalog.compare import Difference, compare, describe
from ringfence.catalog.model import Catalog
from ringfence.catalog.pg import read_catalog
from ringfence.embedded import EmbeddedServer, available_majors
from ringfence.names import QualifiedName
from ringfence.plan.model import Plan
from ringfence.plan.simulate import comparable, simulate
from ringfence.rehearse import pg
from ringfence.rehearse.clone import clone_schema, drop_clone
from ringfence.rehearse.model import NothingToRehearse, Rehearsal, RehearsalStopped

Work: TypeAlias = Callable[[str, Plan], None]
"""Carries a plan out, or back, at a URL; whatever keeps it from ending in success is raised."""

SCRATCH_SUPERUSER = "ringfence_scratch"
"""Nobody's name in a real database: a role called postgres may be no superuser there (hosted Supabase)."""


@contextlib.contextmanager
def scratch_server(source_url: str) -> Iterator[EmbeddedServer]:
    """A server for rehearsals, of the source's major version where that is installed, or else the next newer one."""
    with pg.connect(source_url) as conn:
        version = conn.info.server_version // 10000
        settings = pg.clone_settings(conn)
    major = min((m for m in available_majors() if m >= version), default=version)
    with EmbeddedServer.start(major=major, settings=settings, superuser=SCRATCH_SUPERUSER) as server:
        yield server


def rehearse(source_url: str, plan: Plan, server: EmbeddedServer, *, apply: Work, revert: Work) -> Rehearsal:
    """Clone the schema, run the plan forward and back on the clone, and compare the catalogs.

    The clone is dropped in the end. Raises NothingToRehearse when the database is not as the plan found it, what
    `clone_schema` raises, and what `apply` and `revert` raise.
    """
    with pg.connect(source_url) as source:
        _refuse_other_state(read_catalog(source), plan)
    began = time.monotonic()
    clone = clone_schema(source_url, server, needed=_tables(plan))
    try:
        before, cloned = _read(clone.admin_url), time.monotonic()
        apply(clone.url, plan)
        there, forward = _read(clone.admin_url), time.monotonic()
        revert(clone.url, plan)
        back, reverted = _read(clone.admin_url), time.monotonic()
    finally:
        drop_clone(clone, server)
    return Rehearsal(
        plan_hash=plan.hash,
        source_version=clone.source_version,
        server_version=clone.server_version,
        steps=sum(len(phase.steps) for phase in plan.phases),
        unforeseen=_unforeseen(before, there, plan),
        left_behind=compare(before, back),
        clone_seconds=round(cloned - began, 3),
        forward_seconds=round(forward - cloned, 3),
        back_seconds=round(reverted - forward, 3),
        notes=clone.notes,
    )


def acceptances(plan: Plan) -> Mapping[str, str]:
    """Every check of a gate that a person may answer for, answered for: a clone has no clients or rows to judge."""
    gates = (gate for phase in plan.phases for gate in (phase.entry, phase.exit))
    return {check.code: "a rehearsal on a clone" for gate in gates for check in gate.checks if check.acceptable}


def refuse_unfinished(direction: str, outcome: str, detail: str) -> None:
    """Raise RehearsalStopped when a run on the clone ended in anything but success."""
    if outcome != "finished":
        raise RehearsalStopped(f"the rehearsal stopped on the way {direction}: {outcome}", detail=detail)


def _refuse_other_state(catalog: Catalog, plan: Plan) -> None:
    if catalog.fingerprint != plan.catalog_fingerprint:
        raise NothingToRehearse(
            "the schema is not the one the plan was made for",
            subject=catalog.database,
            hint="rehearse before the first phase is applied, with a plan made now: ringfence plan",
        )


def _tables(plan: Plan) -> frozenset[QualifiedName]:
    """The tables the plan touches or reads; those it creates are not there yet."""
    tenancy = plan.tenancy
    adopted = {t.table for t in (tenancy.organizations, tenancy.memberships) if t.adopted}
    return frozenset({t.name for t in tenancy.tables} | {tenancy.users.table} | adopted)


def _unforeseen(before: Catalog, there: Catalog, plan: Plan) -> tuple[Difference, ...]:
    last = max((phase.number for phase in plan.phases), default=0)
    foreseen = comparable(simulate(before, plan, last), plan)
    found = compare(foreseen, comparable(there, plan))
    if plan.server_version // 10000 == there.server_version // 10000:
        return found
    # A plan for 17 or older knows nothing of the NOT NULL constraints that 18 names.
    return tuple(d for d in found if not (d.part == "constraint" and d.after.startswith("NOT NULL ")))


def _read(url: str) -> Catalog:
    with db.connect(url, application=pg.APPLICATION) as conn:
        return read_catalog(conn)


def explain(rehearsal: Rehearsal) -> str:
    """The verdict for people, with every difference."""
    where = f"{rehearsal.steps} steps on PostgreSQL {rehearsal.server_version // 10000}"
    times = f"clone {rehearsal.clone_seconds} s, forward {rehearsal.forward_seconds} s, back {rehearsal.back_seconds} s"
    lines = [f"rehearsed {where}: {times}"]
    lines += [f"note: {note}" for note in rehearsal.notes]
    if rehearsal.passed:
        lines.append("all as foreseen, and the schema as before in the end")
    if rehearsal.unforeseen:
        lines += ["not as foreseen after the last phase:", describe(rehearsal.unforeseen)]
    if rehearsal.left_behind:
        lines += ["not as before after the revert:", describe(rehearsal.left_behind)]
    return "\n".join(lines)
