"""A backup's folder: written under another name, published in one move, never written over.

Whoever finds the final name finds a whole backup. A folder that ends in `.partial` is the work of a process that is
still at it (it holds a lock on a file inside) or is dead (the lock is free, and the next backup clears it away).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ringfence import codec
from ringfence.backup.model import Backup, BackupExists, BackupInProgress, Manifest, NotEnoughDisk, UnreadableBackup
from ringfence.catalog.model import Catalog

PARTIAL_SUFFIX = ".partial"
LOCK_NAME = "writing.lock"
MANIFEST_NAME = "manifest.json"


@contextlib.contextmanager
def partial_folder(directory: Path) -> Iterator[Path]:
    """A private folder (mode 0700) to write a backup into; on leaving without an error it gets its final name.

    On an error it is deleted. Raises BackupExists and BackupInProgress.
    """
    directory = directory.absolute()
    _refuse_existing(directory)
    partial = directory.with_name(directory.name + PARTIAL_SUFFIX)
    partial.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        partial.mkdir(mode=0o700)
    # A folder that was there before us is only ours when we own it and nobody else could have put links into it.
    status = partial.lstat()
    if partial.is_symlink() or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise BackupExists(
            subject=str(partial), hint=f"this is not an unfinished backup of ours; look at it:\nls -la {partial}"
        )
    handle = os.open(partial / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The lock of a folder that was published or deleted while we waited guards nothing any more.
            ours = os.path.samestat(os.fstat(handle), os.lstat(partial / LOCK_NAME))
        except (BlockingIOError, FileNotFoundError):
            ours = False
        if not ours:
            raise BackupInProgress(subject=str(partial), hint="wait for the other process, or choose another directory")
        _empty(partial)
        try:
            yield partial
            _refuse_existing(directory)
            _sync(partial)
            partial.rename(directory)
        except BaseException:
            shutil.rmtree(partial)
            raise
        (directory / LOCK_NAME).unlink()
        _sync(directory)
        _sync(directory.parent)
    finally:
        os.close(handle)


def _refuse_existing(directory: Path) -> None:
    if os.path.lexists(directory):
        raise BackupExists(
            subject=str(directory), hint="choose another directory; a backup is deleted by a person, never by a program"
        )


def _empty(partial: Path) -> None:
    """Clear away what a dead process left; the lock's own file stays, since others wait on it."""
    for path in partial.iterdir():
        if path.name == LOCK_NAME:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_document(path: Path, value: Manifest | Catalog) -> None:
    """Write a value as JSON, readable by us alone and safely on disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(codec.canonical(value))
        out.flush()
        os.fsync(out.fileno())


def load_backup(directory: Path) -> Backup:
    """Read a finished backup's manifest again; raises UnreadableBackup."""
    try:
        text = (directory / MANIFEST_NAME).read_text(encoding="utf-8")
        manifest: Manifest = codec.from_json(Manifest, json.loads(text))
    except (OSError, ValueError, codec.UnreadableDocument) as error:
        raise UnreadableBackup(subject=str(directory), detail=str(error)) from error
    return Backup(directory.absolute(), manifest, folder_bytes(directory / "dump"))


def load_catalog(backup: Backup) -> Catalog:
    """Read the catalog the backup was taken with; raises UnreadableBackup."""
    try:
        text = backup.catalog_file.read_text(encoding="utf-8")
        return codec.from_json(Catalog, json.loads(text))
    except (OSError, ValueError, codec.UnreadableDocument) as error:
        raise UnreadableBackup(subject=str(backup.directory), detail=str(error)) from error


def folder_bytes(folder: Path) -> int:
    """The size of all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def free_bytes(folder: Path) -> int:
    """Free bytes of the file system that holds a folder, or will hold it: the nearest parent that exists is asked."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def check_disk(folder: Path, needed_bytes: int, purpose: str) -> None:
    """Refuse to start what the disk cannot hold; raises NotEnoughDisk with both numbers."""
    free = free_bytes(folder)
    if free < needed_bytes:
        raise NotEnoughDisk(
            f"not enough free disk for {purpose}",
            subject=str(folder),
            detail=f"{free // 2**20} MiB free, {needed_bytes // 2**20} MiB wanted",
            hint="choose a directory on a larger disk, or lower [limits] disk_free_ratio_min",
        )
