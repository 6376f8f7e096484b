"""`ringfence assess` on a database without a spec: forms, exit codes, baseline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pg.assess.world import World
from ringfence.cli.app import run
from support.databases import Database

EXIT_OK, EXIT_USAGE, EXIT_REFUSED = 0, 2, 3


@pytest.fixture
def leaking(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The sound world with one critical finding, and a folder without a spec."""
    world = World.made(database)
    world.does("alter policy tenant on public.projects using (true)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGFENCE_DATABASE_URL", database.url)
    return world


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], EXIT_OK),
        (["--fail-on", "critical"], EXIT_REFUSED),
        (["--fail-on", "low"], EXIT_REFUSED),
        (["--fail-on", "error"], EXIT_OK),
        (["--fail-on", "error", "--fail-on", "high"], EXIT_REFUSED),
        (["--fail-on", "never"], EXIT_OK),
        (["--fail-on", "grave"], EXIT_USAGE),
        (["--fail-on", "never", "--fail-on", "low"], EXIT_USAGE),
        (["--format", "yaml"], EXIT_USAGE),
        (["--json", "--format", "html"], EXIT_USAGE),
        (["--baseline", "nowhere.toml"], EXIT_USAGE),
        (["--format", "html", "--out", "nowhere/page.html"], EXIT_USAGE),
    ],
)
@pytest.mark.usefixtures("leaking")
def test_exit_codes(options: list[str], expected: int) -> None:
    """An insecure database stops no migration; CI may ask for more."""
    assert run(["assess", *options]) == expected


@pytest.mark.usefixtures("leaking")
def test_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each form has the finding; a file takes the document, and stdout stays a program's."""
    assert run(["assess"]) == EXIT_OK
    assert "CRITICAL  RFA-POLICY-TRUE  public.projects policy tenant" in capsys.readouterr().out

    assert run(["assess", "--format", "sarif", "--out", "a.sarif", "--json"]) == EXIT_OK
    said = json.loads(capsys.readouterr().out)
    log = json.loads((tmp_path / "a.sarif").read_text())
    assert said["isolation"]["critical"] == 1
    assert "RFA-POLICY-TRUE" in {result["ruleId"] for result in log["runs"][0]["results"]}

    assert run(["assess", "--format", "html", "--out", "a.html"]) == EXIT_OK
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "wrote a.html" in captured.err
    assert "RFA-POLICY-TRUE" in (tmp_path / "a.html").read_text()


def test_a_baseline(leaking: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file in the folder is taken; what it accepts no longer fails, what has expired does."""
    entry = (
        '[[accepted]]\ncode = "RFA-POLICY-TRUE"\nsubject = "public.projects policy tenant"\n'
        'reason = "a demonstration"\nexpires = {}\n'
    )
    baseline = tmp_path / "assess-baseline.toml"
    baseline.write_text(entry.format("2999-12-31"))
    assert run(["assess", "--fail-on", "critical"]) == EXIT_OK
    assert "accepted: 1 finding" in capsys.readouterr().out

    baseline.write_text(entry.format("2001-01-01"))
    assert run(["assess", "--fail-on", "critical"]) == EXIT_REFUSED
    assert "was accepted until 2001-01-01 and counts again" in capsys.readouterr().out

    leaking.does(leaking.the("RFA-POLICY-TRUE").hint)
    assert run(["assess", "--fail-on", "critical"]) == EXIT_OK
    assert "not found any more" in capsys.readouterr().out
