"""The backup of phase 0 in one call: taken and proved, vouched for by a person, or knowingly left out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ringfence.backup.dump import DumpLimits, take_backup
from ringfence.backup.files import load_backup
from ringfence.backup.model import (
    AcceptedUnverified,
    AcceptedWithout,
    Backup,
    BackupVerdict,
    CatalogDiffers,
    CatalogEqual,
    CatalogNotCompared,
    CatalogVerdict,
    Comparison,
    NoBackupChosen,
    Restored,
)
from ringfence.backup.restore import RestoreLimits, restore_and_compare, restore_in_scratch_server
from ringfence.catalog.model import Catalog
from ringfence.observe import Observer, ignore

LINES_MAX = 20


def prove_backup(
    url: str,
    options: Mapping[str, str],
    *,
    catalog: Catalog,
    directory: Path,
    operator: str,
    accepted_reason: str | None = None,
    observer: Observer = ignore,
) -> BackupVerdict:
    """Do what `[backup]` says and return the verdict; a backup that does not restore to equal rows is a verdict too.

    Args:
        url: The database.
        options: `mode` (dump, external, none), `jobs`, `name`, `scratch_url`, `exclude_schemas` (comma-separated),
            `disk_free_ratio_min`.
        catalog: The database's catalog, read just before.
        directory: Where the dump goes. A finished backup that is there already is proved again instead of taken
            again, so a run that died between the dump and its journal entry goes on where it was.
        operator: Who asked for the run; recorded with what nobody verified here.
        accepted_reason: Why it is right to go on without any backup; needed for mode none.
        observer: Is told what is being done.

    Raises NoBackupChosen, and what `take_backup` and `restore_and_compare` raise.
    """
    match options.get("mode", "dump"):
        case "dump":
            backup = _taken(url, options, catalog, directory, observer)
            comparison = _restored(backup, options, observer)
            return Restored(comparison, backup.bytes)
        case "external" if options.get("name"):
            return AcceptedUnverified(options["name"], operator)
        case "external":
            raise NoBackupChosen(
                "an external backup needs a name",
                hint='[backup] mode = "external", name = "snapshot of 2026-05-01 02:00"',
            )
        case "none" if accepted_reason:
            return AcceptedWithout(operator, accepted_reason)
        case "none":
            raise NoBackupChosen(hint='--accept RFG-BACKUP --reason "..."')
        case other:
            raise NoBackupChosen(f"{other!r} is no way to back up", hint="[backup] mode is dump, external or none")


def _taken(url: str, options: Mapping[str, str], catalog: Catalog, directory: Path, observer: Observer) -> Backup:
    if (directory / "manifest.json").exists():
        return load_backup(directory)
    return take_backup(
        url,
        directory,
        catalog=catalog,
        jobs=int(options.get("jobs", "2")),
        excluded_schemas=tuple(s.strip() for s in options.get("exclude_schemas", "").split(",") if s.strip()),
        limits=DumpLimits(disk_free_ratio_min=float(options.get("disk_free_ratio_min", "1.0"))),
        observer=observer,
    )


def _restored(backup: Backup, options: Mapping[str, str], observer: Observer) -> Comparison:
    jobs = int(options.get("jobs", "2"))
    scratch_url = options.get("scratch_url")
    if scratch_url:
        return restore_and_compare(backup, scratch_url, jobs=jobs, limits=RestoreLimits(), observer=observer)
    return restore_in_scratch_server(backup, jobs=jobs, limits=RestoreLimits(), observer=observer)


def describe(verdict: BackupVerdict) -> str:
    """The verdict in words, for the journal, the terminal and the report."""
    match verdict:
        case Restored(comparison, size):
            return _describe_restored(comparison, size)
        case AcceptedUnverified(name, who):
            return f"accepted, not verified here: backup {name!r}, on the word of {who}"
        case AcceptedWithout(who, reason):
            return f"no backup: accepted by {who} ({reason})"


def _describe_restored(comparison: Comparison, size: int) -> str:
    mib = f"{size / 2**20:.1f} MiB"
    if comparison.equal:
        head = f"restored and equal: {comparison.tables} tables, {comparison.rows} rows, {mib}"
        return "\n".join((head, *_catalog_notes(comparison.catalog), *comparison.notes))
    problems = comparison_problems(comparison)
    lines = [f"restored and NOT equal: {len(problems)} differences", *problems[:LINES_MAX]]
    if len(problems) > LINES_MAX:
        lines.append(f"and {len(problems) - LINES_MAX} more")
    return "\n".join((*lines, *comparison.notes))


def _catalog_notes(verdict: CatalogVerdict) -> tuple[str, ...]:
    match verdict:
        case CatalogEqual(fingerprint):
            return (f"catalog equal: {fingerprint[:16]}",)
        case CatalogNotCompared(reason):
            return (f"catalog not compared: {reason}",)
        case CatalogDiffers():
            return ()


def comparison_problems(comparison: Comparison) -> tuple[str, ...]:
    """Every error of the restore and every difference, one line each; () when the copy is equal."""
    catalog = comparison.catalog.differences if isinstance(comparison.catalog, CatalogDiffers) else ()
    return tuple(
        f"{difference.what}: {difference.detail}"
        for difference in (*comparison.restore_errors, *comparison.differences, *catalog)
    )
