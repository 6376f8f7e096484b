"""The work of a plan that is more than SQL: backup, session samples, baseline, and the pauses the database asks for."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ringfence import codec
from ringfence.backup.model import Restored
from ringfence.backup.prove import describe, prove_backup
from ringfence.catalog.model import Catalog
from ringfence.db import Connection
from ringfence.errors import RingfenceError
from ringfence.execute.attempt import ConnectionLost, Throttled
from ringfence.execute.courtesy import Courtesy
from ringfence.health import pg as health_pg
from ringfence.health.judge import judge, newly_hidden
from ringfence.health.model import Go, Wait
from ringfence.journal import pg as journal_pg
from ringfence.names import QualifiedName
from ringfence.observe import Note, Observer
from ringfence.observe import Throttled as ThrottledBy
from ringfence.plan.model import Plan, Procedure, ProcedureKind

BACKUP_CHECK = "RFG-BACKUP"
"""The check that a person accepts to go on without a backup of our own."""


BASELINE_SNAPSHOT = "baseline"
LOOK_EVERY_S = 1.0
SAMPLE_SESSIONS_EVERY_S = 30.0


class BackupNotEqual(RingfenceError):
    """The backup does not restore to what the database held."""

    code = "RF610"
    exit_code = 4


class Procedures:
    """The handlers of one run."""

    def __init__(
        self,
        url: str,
        conn: Connection,
        plan: Plan,
        original: Catalog,
        observer: Observer,
        *,
        accept: Mapping[str, str],
        rehearsal: bool = False,
    ) -> None:
        self._url = url
        self._conn = conn
        self._plan = plan
        self._original = original
        self._observer = observer
        self._accept = accept
        self._rehearsal = rehearsal
        self._looked = 0.0
        self._sampled = 0.0
        self._told: set[str] = set()
        self._courtesy = Courtesy(conn, plan.tenancy.limits)

    @property
    def handlers(self) -> Mapping[ProcedureKind, Callable[[Procedure], Mapping[str, Any]]]:
        """One handler per kind."""
        return {
            ProcedureKind.BACKUP: self._backup,
            ProcedureKind.SESSIONS: self._sessions,
            ProcedureKind.BASELINE: self._baseline,
        }

    def _backup(self, procedure: Procedure) -> Mapping[str, Any]:
        if self._rehearsal:
            return {"backup": "left out: a rehearsal runs on a clone without rows"}
        options = dict(procedure.arguments)
        folder = Path(options.pop("directory", "") or "ringfence-backups")
        name = f"{self._original.database}-{self._plan.hash[:12]}"
        verdict = prove_backup(
            self._url,
            options,
            catalog=self._original,
            directory=folder / name,
            operator=getpass.getuser(),
            accepted_reason=self._accept.get(BACKUP_CHECK),
            observer=self._observer,
        )
        said = describe(verdict)
        match verdict:
            case Restored(comparison=comparison) if not comparison.equal:
                raise BackupNotEqual(
                    said.splitlines()[0],
                    subject=str(folder / name),
                    detail=said,
                    hint="the dump is kept for inspection; move it away and apply again, or name an external backup",
                )
            case _:
                pass
        self._observer(Note(said.splitlines()[0]))
        return {"backup": said.splitlines()[0], "verdict": codec.to_json(verdict)["$"]}

    def _sessions(self, _procedure: Procedure) -> Mapping[str, Any]:
        groups = health_pg.sample_sessions(self._conn)
        health_pg.record_sessions(self._conn, groups)
        return {"logins": len({g.login for g in groups}), "applications": len({g.application for g in groups})}

    def _baseline(self, _procedure: Procedure) -> Mapping[str, Any]:
        baseline = health_pg.baseline(self._conn)
        with self._conn.transaction():
            journal_pg.store_snapshot(self._conn, BASELINE_SNAPSHOT, baseline)
        return {"ping_p50_ms": baseline.ping.p50_ms, "ping_p99_ms": baseline.ping.p99_ms}

    def look_at_sessions(self) -> None:
        """Take a sample at the beginning of a run whose gates ask who was connected in the hours before."""
        if self._plan.compatibility and health_pg.may_record_sessions(self._conn):
            self._remember_sessions()

    def rest_between(self, milliseconds: float) -> None:
        """Rest after a step or a check that took so long; a rehearsal has nobody to be gentle to."""
        if not self._rehearsal:
            self._courtesy.rest_between(milliseconds)

    def breathe(self, step: str, table: str, milliseconds: float) -> None:
        """Rest after a batch, and return when every signal of the database's health says go (law 4.7).

        Raises ConnectionLost, and Throttled when it does not get well within the allowed time.
        """
        self._courtesy.rest(step, milliseconds)
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY_S:
            return
        began = now
        while True:
            self._looked = time.monotonic()
            self._remember_sessions()
            readings = health_pg.read_signals(self._conn, tables=self._relation(table))
            match judge(readings, self._plan.tenancy.limits):
                case Go() as go:
                    for hidden in newly_hidden(go, frozenset(self._told)):
                        self._told.add(hidden.signal)
                        self._observer(Note(f"{hidden.signal} cannot be seen by this role: {hidden.reason}", "warning"))
                    self._courtesy.look_afresh()  # these dozen questions are nobody's work
                    return
                case Wait(_, detail) if self._conn.closed:
                    # waiting does not bring it back: whoever runs us opens a new one and goes on
                    raise ConnectionLost(detail=detail, hint="ringfence apply (it reads the journal and goes on)")
                case Wait(signal, detail):
                    waited = time.monotonic() - began
                    if waited > self._plan.tenancy.limits.throttle_wait_s_max:
                        raise Throttled(
                            f"{step}: {signal} has asked for a pause for {waited:.0f} s",
                            subject=table,
                            detail=detail,
                            hint="ringfence apply goes on where it stopped; [limits] throttle_wait_s_max is the bound",
                        )
                    self._observer(ThrottledBy(step, signal, detail, waited))
                    time.sleep(LOOK_EVERY_S)

    def _relation(self, table: str) -> tuple[QualifiedName, ...]:
        behind = (view.base for view in self._plan.compatibility)
        return tuple(n for n in (*(t.name for t in self._original.tables), *behind) if str(n) == table)

    def _remember_sessions(self) -> None:
        if time.monotonic() - self._sampled > SAMPLE_SESSIONS_EVERY_S:
            self._sampled = time.monotonic()
            health_pg.record_sessions(self._conn, health_pg.sample_sessions(self._conn))
