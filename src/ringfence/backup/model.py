"""What a backup is here: a dump, what its tables held at that very moment, and the verdict of restoring it.

A backup nobody has restored is a hope. So the manifest beside the dump holds a count and a checksum per table, taken
under the dump's own snapshot, and `Comparison` says whether a restored copy has the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ringfence.errors import RingfenceError
from ringfence.names import QualifiedName


class BackupExists(RingfenceError):
    """There is something at the backup's place already, and a backup never overwrites."""

    code = "RF711"
    exit_code = 3


class BackupInProgress(RingfenceError):
    """Another process is writing a backup to this place."""

    code = "RF712"
    exit_code = 3


class NotEnoughDisk(RingfenceError):
    """There is not enough free disk space for the backup or its restore."""

    code = "RF713"
    exit_code = 3


class NotReadable(RingfenceError):
    """The role cannot read everything a full backup holds."""

    code = "RF714"
    exit_code = 3


class DumpFailed(RingfenceError):
    """pg_dump did not finish."""

    code = "RF715"
    exit_code = 7


class RestoreFailed(RingfenceError):
    """The backup could not be restored into the scratch server."""

    code = "RF716"
    exit_code = 7


class ExtensionMissing(RingfenceError):
    """The scratch server lacks an extension that the backup needs."""

    code = "RF717"
    exit_code = 3


class DigestFailed(RingfenceError):
    """A table's rows could not be counted and summed."""

    code = "RF718"
    exit_code = 7


class NoBackupChosen(RingfenceError):
    """There is no backup, and nobody has said that this is accepted."""

    code = "RF719"
    exit_code = 4


class UnreadableBackup(RingfenceError):
    """This folder does not hold a backup that can be read."""

    code = "RF720"
    exit_code = 2


class SecretNotPassable(RingfenceError):
    """A secret of the connection cannot be handed to pg_dump without showing it to other users of this machine."""

    code = "RF721"
    exit_code = 2


# --- what is measured ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Digest:
    """A table's content in two numbers: exact rows, and the sum of their 64-bit hashes as decimal text."""

    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class TableDigest:
    """The digest of one table over the named columns."""

    table: QualifiedName
    columns: tuple[str, ...]
    digest: Digest


@dataclass(frozen=True, slots=True)
class SequenceSpan:
    """A sequence's last value before the snapshot and after the dump; None: never used, or not readable.

    Sequences do not obey snapshots: the dump holds some value between the two.
    """

    name: QualifiedName
    before: int | None
    after: int | None
    ascending: bool = True


@dataclass(frozen=True, slots=True)
class SourceRole:
    """A role of the source, as far as a restore needs it; no password is ever read."""

    name: str
    superuser: bool


@dataclass(frozen=True, slots=True)
class SourceDatabase:
    """What a scratch database must have in common with the source before anything is restored into it."""

    target: str
    """Host, port and database for people, without user or password."""
    server_version: int
    database: str
    encoding: str
    collate: str
    ctype: str
    locale_provider: str
    """pg_database.datlocprovider: 'c' libc, 'i' ICU, 'b' builtin (17)."""
    locale: str | None
    """The ICU or builtin locale."""
    bytes: int
    """pg_database_size(), indexes included."""
    roles: tuple[SourceRole, ...]
    extensions: tuple[str, ...]
    schemas: tuple[str, ...]

    @property
    def major(self) -> int:
        """The major version, for example 18."""
        return self.server_version // 10000


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is written beside the dump: where it came from and what it must hold."""

    version: str
    """Ringfence's own version."""
    taken_at: str
    """ISO 8601, UTC."""
    source: SourceDatabase
    tool_major: int
    catalog_fingerprint: str
    excluded_schemas: tuple[str, ...]
    tables: tuple[TableDigest, ...]
    sequences: tuple[SequenceSpan, ...]
    large_objects: int
    large_objects_digest: Digest | None
    """None: one of them is larger than a value can be, so only their number is compared."""
    snapshot_seconds: float
    """How long the snapshot, and with it the vacuum horizon, was held."""
    format: int = 1


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup on disk."""

    directory: Path
    manifest: Manifest
    bytes: int

    @property
    def dump(self) -> Path:
        """The folder pg_dump wrote; `pg_restore` takes it as it is."""
        return self.directory / "dump"

    @property
    def catalog_file(self) -> Path:
        """The catalog the backup was taken with, as JSON."""
        return self.directory / "catalog.json"


# --- what a restore showed -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which the restored copy is not the source: `what` names it, `detail` says how."""

    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class CatalogEqual:
    """Source and restored copy have the same fingerprint."""

    fingerprint: str


@dataclass(frozen=True, slots=True)
class CatalogDiffers:
    """The restored catalog is another; the differences by name."""

    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class CatalogNotCompared:
    """The catalogs were not compared, and why."""

    reason: str


CatalogVerdict: TypeAlias = CatalogEqual | CatalogDiffers | CatalogNotCompared


@dataclass(frozen=True, slots=True)
class Comparison:
    """A restored backup held against its manifest."""

    directory: str
    scratch_version: int
    tables: int
    rows: int
    differences: tuple[Difference, ...]
    restore_errors: tuple[Difference, ...]
    catalog: CatalogVerdict
    restore_seconds: float
    compare_seconds: float
    notes: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether the restore ran without an error and everything that was compared is the same."""
        return not (self.differences or self.restore_errors or isinstance(self.catalog, CatalogDiffers))


# --- the verdict of phase 0 ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Restored:
    """Our own dump was restored and is equal."""

    comparison: Comparison
    bytes: int


@dataclass(frozen=True, slots=True)
class AcceptedUnverified:
    """A backup made elsewhere: somebody vouches for it, nothing about it was checked here."""

    name: str
    accepted_by: str


@dataclass(frozen=True, slots=True)
class AcceptedWithout:
    """There is no backup, and somebody takes that upon themselves."""

    accepted_by: str
    reason: str


BackupVerdict: TypeAlias = Restored | AcceptedUnverified | AcceptedWithout
