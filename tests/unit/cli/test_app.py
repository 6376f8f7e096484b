"""The verbs as a user meets them: help, wrong words, completion."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
import typer
from typer.main import get_command

from ringfence import __version__
from ringfence.cli.app import app, run
from ringfence.cli.options import EXIT_CODES
from ringfence.cli.plan import Format
from ringfence.plan import render

VERBS = ("init", "assess", "plan", "rehearse", "apply", "status", "shadow", "pause", "resume", "revert", "verify")
GROUPS = ("journal", "endpoints")
COMMANDS = [
    *[(v,) for v in VERBS],
    *[("journal", v) for v in ("list", "verify")],
    *[("endpoints", v) for v in ("list", "set", "history")],
]
ON_ALL = ("--config", "--database", "--json", "--verbose", "--help")


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here may find a database by accident."""
    for name in ("RINGFENCE_DATABASE_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")


def leaves() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something."""
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        if inner is None:
            yield (name,), command
        else:
            yield from (((name, sub), leaf) for sub, leaf in inner.items())


def test_the_verbs_are_these() -> None:
    """A verb that is added needs its tests, its page and its line here."""
    assert [words for words, _ in leaves()] == COMMANDS


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_says_all_a_user_needs(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Every verb: what it does, every option, examples of itself, and what its exit codes mean."""
    assert run([*words, "--help"]) == 0

    shown = capsys.readouterr().out
    for option in ON_ALL:
        assert option in shown
    assert f"ringfence {' '.join(words)}" in shown.split("Examples:")[1]
    for code, meaning in EXIT_CODES:
        assert re.search(rf"{code}  {re.escape(meaning)}", shown)
    assert "process list" not in shown
    assert "RINGFENCE_DATABASE_URL" in shown


def test_every_option_has_a_help_text() -> None:
    """No option has to be guessed."""
    for words, command in leaves():
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"{' '.join(words)} {parameter.opts}"


def test_examples_are_real_commands() -> None:
    """Every example of the help names a verb and options that exist."""
    known = {" ".join(words): command for words, command in leaves()}
    for words, command in leaves():
        for example in re.findall(r"^  (ringfence [^#\n]*)", command.epilog or "", re.MULTILINE):
            for part in re.split(r"&&|\||>", example):
                if not part.strip().startswith("ringfence"):
                    continue
                spoken = re.sub(r"'[^']*'", "TEXT", part).split()[1:]
                verb = " ".join(spoken[:2]) if spoken[0] in GROUPS else spoken[0]
                options = {o for p in known[verb].params for o in (*p.opts, *p.secondary_opts)}
                assert {w for w in spoken if w.startswith("--")} <= options, f"{' '.join(words)}: {example}"


def test_the_first_page_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    """`ringfence --help` is the map; `ringfence` alone shows it too, as wrong usage."""
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert run([]) == 2
    alone = capsys.readouterr().err

    for verb in (*VERBS, *GROUPS):
        assert re.search(rf"^  {verb} +\S", shown, re.MULTILINE)
        assert f"  {verb} " in alone
    assert "..." not in shown.split("Commands:")[1].split("Examples:")[0]


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, for scripts and reports."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"ringfence {__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plaan"], "Did you mean 'plan'"),
        (["status", "--jsn"], "No such option"),
        (["revert"], "Missing option '--from'"),
        (["revert", "--from", "-1"], "--from"),
        (["apply", "--through", "two"], "--through"),
        (["plan", "--format", "yaml"], "--format"),
    ],
)
def test_wrong_words_end_with_2_and_a_way_on(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong, and where the right words are; as a document when a program asked."""
    assert run(words) == 2
    shown = capsys.readouterr()
    assert run([*words, "--json"]) == 2
    document = json.loads(capsys.readouterr().out)

    assert said.replace("'", "") in shown.err.replace("'", "")
    assert "--help" in shown.err
    assert shown.out == ""
    assert document["error"]["code"] == "RF003"
    assert document["exit_code"] == 2


@pytest.mark.parametrize("words", [w for w in COMMANDS if w not in (("revert",), ("endpoints", "set"))], ids=" ".join)
def test_without_a_database_every_verb_says_so(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is guessed: no URL, no work."""
    assert run([*words]) == 2
    assert "RF001" in capsys.readouterr().err


def test_two_things_cannot_have_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    """--json is one document; another format beside it goes into a file."""
    assert run(["plan", "--json", "--format", "sql"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "RF003"


def test_accept_without_reason_is_refused_before_anything_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Also before a connection is opened."""
    words = ["apply", "--yes", "--accept", "RFG-BACKUP", "-d", "postgresql://127.0.0.1:1/x"]

    assert run(words) == 2
    assert "--reason" in capsys.readouterr().err


def test_the_formats_are_those_of_the_plan() -> None:
    """Said twice so that --help stays quick; here they are compared."""
    assert get_args(Format) == render.FORMATS


def test_the_base_of_wrong_usage_is_found_in_this_typer() -> None:
    """Old and new releases of typer bring different classes; ours catches what this one raises."""
    from ringfence.cli.app import ClickError

    assert issubclass(typer.BadParameter, ClickError)
    assert hasattr(ClickError, "format_message")
