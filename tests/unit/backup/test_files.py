"""A backup's folder appears whole or not at all."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from ringfence.backup.files import check_disk, free_bytes, load_backup, load_catalog, partial_folder, write_document
from ringfence.backup.model import Backup, BackupExists, BackupInProgress, NotEnoughDisk, UnreadableBackup
from unit.backup.values import CATALOG, MANIFEST


def write(folder: Path) -> None:
    (folder / "dump").mkdir()
    (folder / "dump" / "toc.dat").write_bytes(b"1234")
    write_document(folder / "manifest.json", MANIFEST)
    write_document(folder / "catalog.json", CATALOG)


def test_a_finished_backup_is_private_and_can_be_read_again(tmp_path: Path) -> None:
    with partial_folder(tmp_path / "deep" / "b") as partial:
        write(partial)
        assert not (tmp_path / "deep" / "b").exists()

    backup = load_backup(tmp_path / "deep" / "b")
    assert backup == Backup(tmp_path / "deep" / "b", MANIFEST, 4)
    assert load_catalog(backup) == CATALOG
    assert backup.directory.stat().st_mode & 0o777 == 0o700
    assert (backup.directory / "manifest.json").stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in backup.directory.iterdir()) == ["catalog.json", "dump", "manifest.json"]
    assert os.listdir(tmp_path / "deep") == ["b"]


def test_a_failed_backup_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with partial_folder(tmp_path / "b") as partial:
            write(partial)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_nothing_is_overwritten(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "b"
    match kind:
        case "folder":
            place.mkdir()
        case "file":
            place.write_text("mine")
        case _:
            place.symlink_to(tmp_path / "nowhere")

    with pytest.raises(BackupExists), partial_folder(place):
        pytest.fail("it must not begin")

    assert os.listdir(tmp_path) == ["b"]


def test_what_a_dead_process_left_is_cleared_away(tmp_path: Path) -> None:
    left = tmp_path / "b.partial"
    left.mkdir(mode=0o700)
    (left / "dump").mkdir()
    (left / "dump" / "half").write_text("half a dump")
    (left / "writing.lock").touch()

    with partial_folder(tmp_path / "b") as partial:
        assert os.listdir(partial) == ["writing.lock"]
        write(partial)

    assert load_backup(tmp_path / "b").manifest == MANIFEST


def test_a_living_process_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "b.partial").mkdir(mode=0o700)
    handle = os.open(tmp_path / "b.partial" / "writing.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(BackupInProgress), partial_folder(tmp_path / "b"):
            pytest.fail("it must not begin")
    finally:
        os.close(handle)

    assert (tmp_path / "b.partial" / "writing.lock").exists()


def test_a_folder_prepared_by_somebody_else_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "b.partial").mkdir(mode=0o777)
    (tmp_path / "b.partial").chmod(0o777)

    with pytest.raises(BackupExists), partial_folder(tmp_path / "b"):
        pytest.fail("it must not begin")


def test_a_folder_without_manifest_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(UnreadableBackup):
        load_backup(tmp_path)
    (tmp_path / "manifest.json").write_text('{"$": "Manifest", "unknown": 1}')
    with pytest.raises(UnreadableBackup) as caught:
        load_backup(tmp_path)

    assert "unknown" in caught.value.detail


def test_a_full_disk_is_noticed_before_and_said_with_both_numbers(tmp_path: Path) -> None:
    check_disk(tmp_path / "not" / "there" / "yet", 1, "the backup")
    with pytest.raises(NotEnoughDisk) as caught:
        check_disk(tmp_path, free_bytes(tmp_path) * 2, "the backup")

    assert "MiB free" in caught.value.detail
    assert "MiB wanted" in caught.value.detail
