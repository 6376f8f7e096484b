"""A copy of a database's schema on a scratch server: roles, grants, policies and all, and not one row.

The copy goes through pg_dump, which knows every kind of object better than we do. What the scratch server cannot have
(an extension that is not installed there) is replaced by stand-ins, and whatever is still not the same afterwards is
found by comparing the catalogs, not by trusting that no error was printed.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from ringfence import db
from ringfence.backup import pg as backup_pg
from ringfence.backup.scratch import create_database, scratch_name
from ringfence.backup.tools import (
    POLL_S,
    OutOfTime,
    Running,
    log_tail,
    restore_errors,
    schema_pattern,
    tool_environment,
    tool_major,
)
from ringfence.catalog.compare import Difference, DifferenceKind, compare
from ringfence.catalog.model import Catalog
from ringfence.catalog.pg import read_catalog
from ringfence.embedded import EmbeddedServer, client_tool
from ringfence.names import QualifiedName
from ringfence.rehearse import pg
from ringfence.rehearse.contents import rounds
from ringfence.rehearse.model import Clone, CloneFailed, CloneIncomplete, ScratchTooOld, StandIn
from ringfence.rehearse.roles import create_roles, give_database, grant_memberships
from ringfence.rehearse.standins import stand_ins

TOOL_TIMEOUT_S = 1800
NAMED_MAX = 10
OUR_SCHEMA = "ringfence"


def clone_schema(source_url: str, server: EmbeddedServer, *, needed: Collection[QualifiedName] | None = None) -> Clone:
    """Copy the schema into a new database of the scratch server, as the role of the URL sees it.

    `needed` are the tables that must come out exactly; without it all that no extension owns. Raises CloneIncomplete
    when one of them does not, ScratchTooOld, CloneFailed, ServerBinariesMissing (no pg_dump as new as the source) and
    what connecting raises. The database stays until the caller drops it or stops the server.
    """
    with pg.connect(source_url) as source, pg.connect(server.url()) as admin:
        catalog = read_catalog(source)
        about = backup_pg.source_database(source, source_url)
        if server.major < about.major:
            raise ScratchTooOld(
                f"the database runs PostgreSQL {about.major}, the scratch server {server.major}",
                hint=f"install PostgreSQL {about.major} where Ringfence runs: pip install 'ringfence[embedded]'",
            )
        name = scratch_name()
        _create(admin, catalog, name, pg.database_facts(source), create_database(name, about, server.major))
        if "public" not in about.schemas:
            backup_pg.drop_schema(server.url(name), "public")
        left_out = pg.not_lockable(source)
        with pg.connect(server.url(name)) as target, tempfile.TemporaryDirectory(prefix="ringfence-clone-") as scratch:
            folder = Path(scratch)
            tool = client_tool("pg_dump", about.major)
            _dump(tool, backup_pg.client_environment(source, pg.APPLICATION), folder, left_out)
            restore = client_tool("pg_restore", tool_major(tool))
            environment = backup_pg.client_environment(target, pg.APPLICATION)
            plan = rounds(_listing(restore, folder), pg.available_extensions(target))
            complaints = _restore(restore, environment, folder, plan.first)
            missing = sorted(set(about.extensions) - pg.installed_extensions(target))
            replaced = stand_ins(pg.extension_parts(source, missing))
            complaints += _stand_in(target, replaced)
            complaints += _restore(restore, environment, folder, plan.second)
            copy = read_catalog(target)
    differences = _differences(catalog, copy, replaced, missing)
    wanted = _needed(catalog) if needed is None else frozenset(needed)
    _refuse_incomplete(catalog, copy, wanted, missing, complaints, left_out)
    return Clone(
        url=server.url(name, catalog.current_user),
        admin_url=server.url(name),
        database=name,
        source_version=catalog.server_version,
        server_version=copy.server_version,
        differences=differences,
        notes=_notes(catalog, copy, server, missing, left_out, differences),
    )


def drop_clone(clone: Clone, server: EmbeddedServer) -> None:
    """Drop the database of a clone; its roles stay with the scratch server."""
    with pg.connect(server.url()) as admin:
        backup_pg.drop_database(admin, clone.database)


def _create(
    admin: db.Connection, catalog: Catalog, name: str, facts: Mapping[str, object], databases: Sequence[str]
) -> None:
    """The database and everybody who owns or is granted something in it."""
    present = pg.role_names(admin)
    pg.run(admin, create_roles(catalog.roles, login=catalog.current_user, present=present))
    known = pg.role_names(admin)
    pg.run(admin, grant_memberships(catalog.roles, known=known, major=admin.info.server_version // 10000))
    backup_pg.execute_first(admin, tuple(databases))
    pg.run(admin, give_database(name, **facts))  # type: ignore[arg-type]  # the columns of sql/source.sql


def _dump(tool: Path, environment: Mapping[str, str], folder: Path, left_out: Iterable[QualifiedName]) -> None:
    arguments = [
        str(tool),
        "--schema-only",
        "--format=custom",
        f"--file={folder / 'schema.dump'}",
        "--no-password",
        "--no-subscriptions",  # a copy must never connect to somebody's publisher
        "--no-security-labels",
        "--lock-wait-timeout=60s",
        f"--exclude-schema={schema_pattern(OUR_SCHEMA)}",
        *(f"--exclude-table={schema_pattern(t.schema)}.{schema_pattern(t.name)}" for t in left_out),
    ]
    _finish(arguments, environment, folder / "pg_dump.log")


def _listing(tool: Path, folder: Path) -> str:
    done = subprocess.run(
        [tool, "--list", folder / "schema.dump"], capture_output=True, text=True, check=False, timeout=TOOL_TIMEOUT_S
    )
    if done.returncode != 0:
        raise CloneFailed(detail=done.stderr.strip())
    return done.stdout


def _restore(tool: Path, environment: Mapping[str, str], folder: Path, listing: str) -> tuple[str, ...]:
    """Restore the listed entries; gives what failed, one line each."""
    (folder / "list").write_text(listing, encoding="utf-8")
    arguments = [
        str(tool),
        f"--use-list={folder / 'list'}",
        "--no-password",
        "--no-tablespaces",
        "--dbname=",  # the environment says which, as it says everything else
        str(folder / "schema.dump"),
    ]
    log = folder / "pg_restore.log"
    failed = _finish(arguments, environment, log, errors_allowed=True)
    errors = restore_errors(log.read_text(errors="replace"))
    if failed and not errors:
        raise CloneFailed("pg_restore did not finish", detail=log_tail(log))
    return tuple(f"{error.detail}: {error.what}" for error in errors)


def _finish(arguments: list[str], environment: Mapping[str, str], log: Path, *, errors_allowed: bool = False) -> bool:
    """Run a client program to its end; says whether it reported an error."""
    name = Path(arguments[0]).name
    try:
        with Running(arguments, tool_environment(environment), log, TOOL_TIMEOUT_S) as running:
            while (ended := running.ended()) is None:
                time.sleep(POLL_S / 10)
    except OutOfTime as error:
        raise CloneFailed(f"{name} did not finish within {TOOL_TIMEOUT_S} s", detail=log_tail(log)) from error
    if ended.exit_code != 0 and not errors_allowed:
        raise CloneFailed(f"{name} failed", detail=log_tail(log))
    return ended.exit_code != 0


def _stand_in(target: db.Connection, replaced: Iterable[StandIn]) -> tuple[str, ...]:
    complaints = ((part, pg.tried(target, part.statements)) for part in replaced)
    return tuple(f"{said}: stand-in for {part.name or part.extension}" for part, said in complaints if said is not None)


def _needed(catalog: Catalog) -> frozenset[QualifiedName]:
    return frozenset(t.name for t in catalog.tables if t.extension is None)


def _differences(
    catalog: Catalog, copy: Catalog, replaced: Iterable[StandIn], missing: Collection[str]
) -> tuple[Difference, ...]:
    ours = {part.name for part in replaced}
    theirs = {t.name for t in catalog.tables if t.extension in missing}

    def expected(difference: Difference) -> bool:
        return (difference.object in ours and difference.kind is DifferenceKind.ADDED) or difference.object in theirs

    return tuple(
        d
        for d in compare(catalog, copy, ignoring=expected, restored=True)
        if not _is_version_trait(d, catalog.server_version, copy.server_version)
    )


def _is_version_trait(difference: Difference, source_version: int, scratch_version: int) -> bool:
    """Whether a difference only says that the servers are of different versions."""
    if source_version // 10000 == scratch_version // 10000:
        return False
    is_named_not_null = difference.part == "constraint" and difference.after.startswith("NOT NULL ")  # since 18
    has_new_privilege = " acl " in f" {difference.before}"  # MAINTAIN came with 17 and belongs to every owner
    return is_named_not_null or has_new_privilege


def _refuse_incomplete(
    catalog: Catalog,
    copy: Catalog,
    needed: Collection[QualifiedName],
    missing: Sequence[str],
    complaints: Sequence[str],
    left_out: Collection[QualifiedName],
) -> None:
    """Raise CloneIncomplete when a needed table, or a column of it, is not on the clone as it is in the source."""
    broken = [name for name in sorted(needed) if _shape(catalog, name) != _shape(copy, name)]
    if not broken:
        return
    closed = [name for name in broken if name in left_out]
    said = [*(f"no privilege to read the definition of {name}" for name in closed), *complaints]
    hints = []
    if missing:
        hints.append(
            f"install where Ringfence runs, for the same PostgreSQL version: {', '.join(missing)}\n"
            "(the extensions of the database that the scratch server does not have)"
        )
    if closed:
        hints.append("rehearse as a role that has SELECT on these tables")
    raise CloneIncomplete(
        f"{len(broken)} tables could not be copied to the scratch server",
        subject=", ".join(map(str, broken[:NAMED_MAX])),
        detail="\n".join(said[:NAMED_MAX]),
        hint="\n".join(hints),
    )


def _shape(catalog: Catalog, name: QualifiedName) -> tuple[object, ...] | None:
    table = catalog.table(name)
    if table is None:
        return None
    return tuple((c.name, c.type, c.not_null, c.generated, c.identity) for c in table.columns)


def _notes(
    catalog: Catalog,
    copy: Catalog,
    server: EmbeddedServer,
    missing: Sequence[str],
    left_out: Sequence[QualifiedName],
    differences: Sequence[Difference],
) -> tuple[str, ...]:
    notes = ["the clone has no rows: what depends on them (duplicates, sizes, duration) is not rehearsed"]
    if copy.server_version // 10000 != catalog.server_version // 10000:
        notes.append(
            f"the database runs PostgreSQL {catalog.server_version // 10000},"
            f" the rehearsal PostgreSQL {copy.server_version // 10000}"
        )
    if missing:
        notes.append(f"extensions replaced by stand-ins: {', '.join(missing)}")
    if left_out:
        notes.append(f"left out for want of privileges: {', '.join(map(str, left_out[:NAMED_MAX]))}")
    role = next(r for r in catalog.roles if r.name == catalog.current_user)
    if role.name == server.superuser and not role.superuser:
        notes.append(f"{role.name} is a superuser on the scratch server: missing privileges do not show")
    notes += [f"not the same on the clone: {d.subject}" for d in differences[:NAMED_MAX]]
    if len(differences) > NAMED_MAX:
        notes.append(f"and {len(differences) - NAMED_MAX} more")
    return tuple(notes)
