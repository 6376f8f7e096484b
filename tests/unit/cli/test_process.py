"""The command as a process of its own: quick, quiet, and never a password."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

SECRET = "c0rrect-h0rse"
UNREACHABLE = f"postgresql://bob:{SECRET}@127.0.0.1:1/app"


def ringfence(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command with this environment and nothing else of ours in it."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "PYTHONPATH", "VIRTUAL_ENV", "LANG")}
    return subprocess.run(
        [sys.executable, "-c", "from ringfence.cli import main; main()", *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**kept, "PYTHONWARNINGS": "error", **more},
    )


def test_help_loads_neither_driver_nor_planner() -> None:
    """--help is answered before anything heavy is imported."""
    code = (
        "import sys\nfrom ringfence.cli.app import run\nassert run(['plan', '--help']) == 0\n"
        "heavy = {'psycopg', 'rich', 'postgast', 'ringfence.verbs', 'ringfence.plan'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr


def test_help_is_quick() -> None:
    """Quick enough to be asked often; the bound is loose, since a shared machine can be slow."""
    best = 60.0
    for _ in range(3):
        began = time.monotonic()
        assert ringfence("--help").returncode == 0
        best = min(best, time.monotonic() - began)

    assert best < 1.5


@pytest.mark.parametrize(
    "words", [["status"], ["plan", "--verbose"], ["apply", "--yes", "--json"], ["init", "--out", "-"]], ids=" ".join
)
def test_an_unreachable_server_is_7_and_keeps_the_password(words: list[str], tmp_path: Path) -> None:
    """From the environment or the option, as text or JSON: host and port are named, the password never."""
    config = tmp_path / "ringfence.toml"
    config.write_text('[tenant]\nusers = "auth.users"\n')
    for done in (
        ringfence(*words, "--config", str(config), RINGFENCE_DATABASE_URL=UNREACHABLE),
        ringfence(*words, "--config", str(config), "--database", UNREACHABLE),
    ):
        assert done.returncode == 7, done.stderr
        assert SECRET not in done.stdout + done.stderr
        assert "127.0.0.1:1" in done.stdout + done.stderr
        if "--json" in words:
            assert json.loads(done.stdout)["error"]["code"] == "RF201"
        else:
            assert done.stdout == ""


def test_a_url_that_cannot_be_read_is_not_repeated() -> None:
    """The driver's own words would quote a part of it."""
    for url in (f"postgresql://bob:{SECRET}@[/x", f"host=h password={SECRET} and more", f"{SECRET}"):
        done = ringfence("status", RINGFENCE_DATABASE_URL=url)

        assert done.returncode == 7, done.stderr
        assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_there_for_the_usual_shells(shell: str) -> None:
    """The script can be shown, and the words it asks for are answered."""
    # told, not detected: under make and in CI the shell that started us is none that anybody completes in
    script = ringfence("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    words = {
        "bash": {"COMP_WORDS": "ringfence re", "COMP_CWORD": "1"},
        "zsh": {"_TYPER_COMPLETE_ARGS": "ringfence re"},
        "fish": {"_TYPER_COMPLETE_ARGS": "ringfence re", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    answer = subprocess.run(
        [str(Path(sys.executable).parent / "ringfence")],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **words, "_RINGFENCE_COMPLETE": f"complete_{shell}"},
    )

    assert "ringfence" in script.stdout + script.stderr
    for verb in ("rehearse", "resume", "revert"):
        assert verb in answer.stdout, answer


def test_without_the_extra_the_command_says_what_to_install(tmp_path: Path) -> None:
    """The library can be installed without its command line; then the command is one sentence, not a trace."""
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError(name='typer')\n")
    done = ringfence("status", PYTHONPATH=str(tmp_path))

    assert done.returncode == 2
    assert done.stderr == "ringfence: the command line needs its extra: pip install 'ringfence[migrator]'\n"


def test_a_reader_that_leaves_early_is_no_error() -> None:
    """`ringfence --help | head -1` ends without a word."""
    done = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' -c 'from ringfence.cli import main; main()' plan --help | head -1"],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.startswith("Usage:")
    assert done.stderr == ""
