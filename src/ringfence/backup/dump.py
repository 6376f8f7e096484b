"""Taking a backup: pg_dump and our digests read the very same moment of a database that goes on being written."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ringfence import __version__, db
from ringfence.backup import pg
from ringfence.backup.digest import digest_targets
from ringfence.backup.files import MANIFEST_NAME, check_disk, folder_bytes, partial_folder, write_document
from ringfence.backup.model import (
    Backup,
    DumpFailed,
    Manifest,
    NotReadable,
    SourceDatabase,
    TableDigest,
)
from ringfence.backup.tools import (
    POLL_S,
    OutOfTime,
    Running,
    dump_arguments,
    log_tail,
    tool_environment,
    tool_major,
)
from ringfence.catalog.model import Catalog
from ringfence.embedded import client_tool
from ringfence.names import QualifiedName
from ringfence.observe import Note, Observer, ignore

NAMED_MAX = 10
DISK_RESERVE_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class DumpLimits:
    """The bounds of a dump."""

    dump_timeout_s: int = 12 * 3600
    table_timeout_s: int = 6 * 3600
    """For one table's digest."""
    disk_free_ratio_min: float = 1.0
    """Free disk wanted, as a share of the database's size; a dump without its indexes is smaller, most often by far."""
    disk_reserve_bytes: int = DISK_RESERVE_BYTES
    """A dump that leaves less than this on its disk is stopped."""


def take_backup(
    url: str,
    directory: Path,
    *,
    catalog: Catalog,
    jobs: int = 2,
    excluded_schemas: Sequence[str] = (),
    limits: DumpLimits | None = None,
    observer: Observer = ignore,
) -> Backup:
    """Dump a database into `directory/dump` and write beside it what the dump must hold.

    The dump runs while digests are computed under the same exported snapshot, so the vacuum horizon is held no longer
    than pg_dump alone would hold it. Nothing is written at the final name before everything is there.

    Raises BackupExists, BackupInProgress, NotEnoughDisk, NotReadable, DumpFailed, DigestFailed, SecretNotPassable,
    ServerBinariesMissing (no pg_dump as new as the server) and CannotConnect.
    """
    bounds = limits or DumpLimits()
    with db.connect(url, application=pg.APPLICATION) as conn:
        source = pg.source_database(conn, url)
        refuse_unreadable(pg.not_readable(conn, excluded_schemas))
        tool = client_tool("pg_dump", source.major)
        made_by = tool_major(tool)
        environment = tool_environment(pg.client_environment(conn))
        with partial_folder(directory) as partial:
            check_disk(
                partial, int(source.bytes * bounds.disk_free_ratio_min) + bounds.disk_reserve_bytes, "the backup"
            )
            tables = digest_targets(catalog, excluded_schemas=excluded_schemas)
            began = time.monotonic()
            sequences = pg.sequence_values(conn)
            with pg.exported_snapshot(conn) as snapshot:
                observer(Note(f"dumping {source.target}: {len(tables)} tables, {source.bytes // 2**20} MiB"))
                arguments = dump_arguments(
                    tool, partial / "dump", snapshot=snapshot, jobs=jobs, excluded_schemas=excluded_schemas
                )
                tick = functools.partial(check_disk, partial, bounds.disk_reserve_bytes, "the rest of the backup")
                with Running(arguments, environment, partial / "pg_dump.log", bounds.dump_timeout_s) as dump:
                    check = functools.partial(_check, dump, source)
                    found = _digests(conn, tables, check=check, tick=tick, bounds=bounds)
                    objects, objects_digest = pg.large_objects(conn)
                    while not check():
                        tick()
                        time.sleep(POLL_S)
            spans = pg.spans(sequences, pg.sequence_values(conn))
            manifest = Manifest(
                version=__version__,
                taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
                source=source,
                tool_major=made_by,
                catalog_fingerprint=catalog.fingerprint,
                excluded_schemas=tuple(excluded_schemas),
                tables=found,
                sequences=tuple(s for s in spans if s.name.schema not in excluded_schemas),
                large_objects=objects,
                large_objects_digest=objects_digest,
                snapshot_seconds=round(time.monotonic() - began, 3),
            )
            write_document(partial / MANIFEST_NAME, manifest)
            write_document(partial / "catalog.json", catalog)
    return Backup(directory.absolute(), manifest, folder_bytes(directory / "dump"))


def refuse_unreadable(found: Sequence[tuple[QualifiedName, str]]) -> None:
    """Say before anything starts what this role cannot dump; raises NotReadable."""
    if not found:
        return
    lines = [f"{name}: {reason}" for name, reason in found[:NAMED_MAX]]
    if len(found) > NAMED_MAX:
        lines.append(f"and {len(found) - NAMED_MAX} more")
    schemas = sorted({name.schema for name, _ in found})
    raise NotReadable(
        f"this role cannot dump {len(found)} objects of the database",
        subject=", ".join(schemas),
        detail="\n".join(lines),
        hint="run the backup as a role that may (a superuser, or with BYPASSRLS and pg_read_all_data),\n"
        "or leave these schemas out: [backup] exclude_schemas,\n"
        'or name a backup made elsewhere: [backup] mode = "external"',
    )


def _digests(
    conn: db.Connection,
    tables: Mapping[QualifiedName, tuple[str, ...]],
    *,
    check: Callable[[], bool],
    tick: Callable[[], None],
    bounds: DumpLimits,
) -> tuple[TableDigest, ...]:
    """Digest table by table while pg_dump works; a dump that has failed already is not kept company."""
    found: list[TableDigest] = []
    for table, digest in pg.digests(conn, tables, statement_timeout_ms=bounds.table_timeout_s * 1000):
        found.append(TableDigest(table, tables[table], digest))
        tick()
        check()
    return tuple(found)


def _check(dump: Running, source: SourceDatabase) -> bool:
    """Whether pg_dump has ended well; False while it works, and DumpFailed when it failed or took too long."""
    try:
        ended = dump.ended()
    except OutOfTime as error:
        raise DumpFailed(
            "pg_dump did not finish in its time", subject=source.target, hint="allow more time, or more jobs"
        ) from error
    if ended is None:
        return False
    if ended.exit_code != 0:
        said = log_tail(dump.log)
        raise DumpFailed(subject=source.target, detail=said, hint=failure_hint(said))
    return True


def failure_hint(said: str) -> str:
    """What to do about a failure of pg_dump, from its own words."""
    for words, advice in _ADVICE.items():
        if words in said:
            return advice
    return "pg_dump's own words stand above; nothing was left behind"


_ADVICE: Mapping[str, str] = {
    "row-level security": "row security hides rows from this role: use a superuser, or a role with BYPASSRLS",
    "could not obtain lock": "a schema change was waiting for its lock at that moment: try again when it is through",
    "lock timeout": "another session holds an exclusive lock on a table: try again when it has ended",
    "permission denied": "grant what is missing, or leave the schema out: [backup] exclude_schemas",
    "server version mismatch": "install a pg_dump of the server's major version or newer",
    "no password supplied": "put the password into PGPASSWORD or a .pgpass file",
    "No space left": "free disk space, or choose a directory on a larger disk",
}
