"""Restoring a backup into a scratch database and holding the copy against what the source was."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ringfence import db
from ringfence.backup import pg
from ringfence.backup.compare import (
    catalog_verdict,
    compare_large_objects,
    compare_sequences,
    compare_tables,
    notes_about,
)
from ringfence.backup.files import check_disk, load_catalog
from ringfence.backup.model import (
    Backup,
    Comparison,
    Difference,
    ExtensionMissing,
    Manifest,
    RestoreFailed,
    TableDigest,
)
from ringfence.backup.scratch import create_database, create_role, missing_extensions, scratch_name
from ringfence.backup.tools import (
    NICENESS,
    POLL_S,
    OutOfTime,
    Running,
    log_tail,
    restore_arguments,
    restore_errors,
    tool_environment,
)
from ringfence.catalog.compare import Difference as CatalogDifference
from ringfence.catalog.compare import compare
from ringfence.catalog.model import Catalog
from ringfence.catalog.pg import read_catalog
from ringfence.embedded import EmbeddedServer, available_majors, client_tool, find_binaries
from ringfence.names import QualifiedName, quote_ident
from ringfence.observe import Note, Observer, ignore

APPLICATION = "ringfence restore"
DISK_RESERVE_BYTES = 256 * 2**20
SCRATCH_SETTINGS: Mapping[str, str] = {
    # Nothing here outlives the comparison, so nothing is written that only a crash would need.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_wal_size": "4GB",
    "maintenance_work_mem": "256MB",
    # A restore with many jobs locks every object of a schema with thousands of tables.
    "max_locks_per_transaction": "512",
}


@dataclass(frozen=True, slots=True)
class RestoreLimits:
    """The bounds of a restore."""

    restore_timeout_s: int = 12 * 3600
    table_timeout_s: int = 6 * 3600
    """For one table's digest."""
    disk_ratio: float = 1.2
    """Free disk wanted for a scratch server of our own, as a share of the source's size."""
    disk_reserve_bytes: int = DISK_RESERVE_BYTES
    parallel_workers: int = 2
    """For one digest; the scratch server has nothing else to do."""


def restore_in_scratch_server(
    backup: Backup, *, jobs: int = 2, limits: RestoreLimits | None = None, observer: Observer = ignore
) -> Comparison:
    """Restore into an embedded server that is started for it, and stopped and deleted whatever happens.

    It has the source's major version where that is installed, or else the next newer one. Raises as
    `restore_and_compare`, and ServerBinariesMissing when no installed version is new enough.
    """
    major = scratch_major(backup.manifest.source.major, available_majors())
    # For a version that is not there, find_binaries says what to install.
    binaries = find_binaries(major or backup.manifest.source.major)
    check_disk(Path(tempfile.gettempdir()), _wanted_bytes(backup.manifest, limits or RestoreLimits()), "the restore")
    with EmbeddedServer.start(major=binaries.major, settings=SCRATCH_SETTINGS, niceness=NICENESS) as server:
        return restore_and_compare(backup, server, jobs=jobs, limits=limits, observer=observer)


def scratch_major(source_major: int, available: Sequence[int]) -> int | None:
    """The version to restore into: the source's own, or else the lowest newer one; None when there is neither."""
    return min((major for major in available if major >= source_major), default=None)


def _wanted_bytes(manifest: Manifest, limits: RestoreLimits) -> int:
    return int(manifest.source.bytes * limits.disk_ratio) + limits.disk_reserve_bytes


def restore_and_compare(
    backup: Backup,
    scratch: EmbeddedServer | str,
    *,
    jobs: int = 2,
    limits: RestoreLimits | None = None,
    observer: Observer = ignore,
) -> Comparison:
    """Restore a backup into a new database of a scratch server, and compare tables, sequences and catalog.

    `scratch` is an embedded server, or the URL of any other, as a superuser (owners are restored); the database and
    the roles made there are dropped again. Differences and errors of single objects are in the result; what
    makes a restore impossible is raised: RestoreFailed, ExtensionMissing, NotEnoughDisk, UnreadableBackup.
    """
    bounds = limits or RestoreLimits()
    manifest = backup.manifest
    url = scratch if isinstance(scratch, str) else scratch.url()
    own_server = not isinstance(scratch, str)
    place = None if isinstance(scratch, str) else scratch.data_directory
    if place is not None:
        check_disk(place, _wanted_bytes(manifest, bounds), "the restore")
    tool = client_tool("pg_restore", manifest.tool_major)
    with db.connect(url, application=APPLICATION) as admin:
        missing = missing_extensions(manifest, pg.available_extensions(admin))
        if missing:
            raise ExtensionMissing(
                f"the scratch server does not have {len(missing)} extensions of the source",
                subject=", ".join(missing),
                hint="install them where the scratch server runs, or name a scratch server that has them\n"
                "(for Supabase: a local `supabase start`): [backup] scratch_url",
            )
        with _roles(admin, manifest, own_server=own_server), _database(admin, url, manifest) as (name, notes):
            environment = {**tool_environment(pg.client_environment(admin, APPLICATION)), "PGDATABASE": name}
            observer(Note(f"restoring into {name}"))
            began = time.monotonic()
            # beside the dump, where it is of use to whoever inspects a backup, and where a kill leaves nothing
            log = backup.directory / "pg_restore.log"
            arguments = restore_arguments(tool, backup.dump, jobs=jobs)
            with Running(arguments, environment, log, bounds.restore_timeout_s) as restore:
                errors = _wait(restore, place, bounds)
            restored = time.monotonic()
            with db.connect(pg.url_of_database(url, name), application=APPLICATION) as conn:
                return _compare(
                    conn, backup, errors, notes, bounds=bounds, restore_seconds=restored - began, began=restored
                )


def _wait(restore: Running, place: Path | None, bounds: RestoreLimits) -> tuple[Difference, ...]:
    """Wait for pg_restore; gives the errors of single objects, and raises RestoreFailed when it failed as a whole."""
    try:
        while (ended := restore.ended()) is None:
            if place is not None:
                check_disk(place, bounds.disk_reserve_bytes, "the rest of the restore")
            time.sleep(POLL_S)
    except OutOfTime as error:
        raise RestoreFailed(
            "pg_restore did not finish in its time", detail=log_tail(restore.log), hint="allow more time, or more jobs"
        ) from error
    errors = restore_errors(restore.log.read_text(errors="replace"))
    if ended.exit_code != 0 and not errors:
        raise RestoreFailed(detail=log_tail(restore.log), hint="pg_restore's own words stand above")
    return errors


def _compare(
    conn: db.Connection,
    backup: Backup,
    errors: tuple[Difference, ...],
    notes: tuple[str, ...],
    *,
    bounds: RestoreLimits,
    restore_seconds: float,
    began: float,
) -> Comparison:
    manifest = backup.manifest
    restored = read_catalog(conn)
    found = pg.digest_tables(
        conn,
        comparable(manifest.tables, restored),
        statement_timeout_ms=bounds.table_timeout_s * 1000,
        parallel_workers=bounds.parallel_workers,
    )
    sequences = {name: value for name, (value, _) in pg.sequence_values(conn).items()}
    objects, objects_notes = compare_large_objects(
        (manifest.large_objects, manifest.large_objects_digest), pg.large_objects(conn)
    )
    differences = compare(
        load_catalog(backup), restored, ignoring=lambda d: concerns_schema(d, manifest.excluded_schemas), restored=True
    )
    return Comparison(
        directory=str(backup.directory),
        scratch_version=restored.server_version,
        tables=len(manifest.tables),
        rows=sum(item.digest.rows for item in manifest.tables),
        differences=(
            *compare_tables(manifest.tables, found),
            *compare_sequences(manifest.sequences, sequences),
            *objects,
        ),
        restore_errors=errors,
        catalog=catalog_verdict(
            differences,
            restored.fingerprint,
            source_major=manifest.source.major,
            scratch_major=restored.server_version // 10000,
        ),
        restore_seconds=round(restore_seconds, 3),
        compare_seconds=round(time.monotonic() - began, 3),
        notes=(*notes, *objects_notes, *notes_about(errors)),
    )


def comparable(wanted: Sequence[TableDigest], restored: Catalog) -> Mapping[QualifiedName, tuple[str, ...]]:
    """The tables that are there after the restore with every column their digest needs."""
    return {
        item.table: item.columns
        for item in wanted
        if (table := restored.table(item.table)) is not None and all(table.column(c) is not None for c in item.columns)
    }


def concerns_schema(difference: CatalogDifference, schemas: Sequence[str]) -> bool:
    """Whether a difference is about a schema that was left out of the dump."""
    if difference.object is not None:
        return difference.object.schema in schemas
    return difference.name in schemas


@contextlib.contextmanager
def _roles(admin: db.Connection, manifest: Manifest, *, own_server: bool) -> Iterator[None]:
    """The source's roles, as far as the scratch server lacks them; the ones we made are dropped at the end."""
    present = pg.role_names(admin)
    made = [role for role in manifest.source.roles if role.name not in present]
    created: list[str] = []
    try:
        for role in made:
            pg.execute(admin, (create_role(role, own_server=own_server),))
            created.append(role.name)
        yield
    finally:
        pg.execute(admin, tuple(f"drop role {quote_ident(name)}" for name in created))


@contextlib.contextmanager
def _database(admin: db.Connection, url: str, manifest: Manifest) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A new database like the source, dropped at the end; with its name come notes about what is not alike."""
    name = scratch_name()
    try:
        taken = pg.execute_first(admin, create_database(name, manifest.source, pg.server_major(admin)))
        notes = () if taken == 0 else (_LOCALE_NOTE.format(source=manifest.source),)
        if "public" not in manifest.source.schemas:
            pg.drop_schema(pg.url_of_database(url, name), "public")
        yield name, notes
    finally:
        pg.drop_database(admin, name)


_LOCALE_NOTE = (
    "the scratch server does not know the locale {source.collate} ({source.locale_provider}), the C locale was used"
)
