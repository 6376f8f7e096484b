"""README and tutorial do what they say: every command is typed, every output compared."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from ringfence.embedded import client_tool
from support.databases import Database
from support.transcript import Type, kinds, play, steps

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["README.md", "docs/tutorial.md"])
def test_a_newcomer_can_follow(name: str, database: Database, tmp_path: Path) -> None:
    """From the first command to the last, on a database of the server's own version."""
    tools = [str(Path(sys.executable).parent), str(Path(client_tool("psql", database.server.major)).parent)]
    environment = {
        "PATH": os.pathsep.join([*tools, os.environ["PATH"]]),
        "DATABASE_URL": database.url,
        "RINGFENCE_DATABASE_URL": "",
        "PSQLRC": "/dev/null",
        "PAGER": "cat",
        "LC_ALL": "C.UTF-8",
    }

    wrong = play(ROOT / name, tmp_path, environment)

    assert not wrong, "\n\n".join(wrong)


def test_both_documents_go_all_the_way() -> None:
    """A transcript that stops early would still pass."""
    for name in ("README.md", "docs/tutorial.md"):
        typed = " ".join(s.command for s in steps((ROOT / name).read_text()) if isinstance(s, Type))
        for verb in ("init", "plan", "apply", "status", "revert"):
            assert f"ringfence {verb}" in typed, (name, verb)


@pytest.mark.parametrize(
    ("shown", "kind"),
    [
        ("plan 1922b4af569c   last entry 2026-11-23 12:41:15 UTC, 3 min 2 s ago", "plan HASH last entry AT, SPAN ago"),
        ("  1 expand   done   10 of 10 steps   gate passed", "1 expand done N steps gate passed"),
        ("/tmp/x:5432/app   finished in 0.4 s", "TARGET finished in SPAN"),
    ],
)
def test_what_changes_is_compared_by_its_kind(shown: str, kind: str) -> None:
    """A document is not wrong because time has passed."""
    assert kinds(shown) == kind


def test_no_link_of_a_document_is_dead() -> None:
    """Every relative link of the pages written here leads to a file of the repository."""
    for page in (
        ROOT / "README.md",
        ROOT / "ARCHITECTURE.md",
        *(ROOT / "docs").glob("*.md"),
        ROOT / "docs/reference/cli.md",
    ):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"
