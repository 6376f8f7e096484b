"""docs/reference/hazards.md is complete and true: every row is there, and every file, rule, check and test it names."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from ringfence import db
from ringfence.assess.rules import RULES
from ringfence.plan.lint import LAWS

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "ringfence"
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs/reference/hazards.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| [HT]\d+ \|", line)
]
PENDING: tuple[str, ...] = ()
"""Rows whose test is not written yet. This list only ever shrinks."""


def test_every_hazard_and_every_trap_has_one_row() -> None:
    """H1 to H36 and the nineteen further traps, in order, none twice."""
    assert [row[0].strip("| ") for row in ROWS] == [*(f"H{n}" for n in range(1, 37)), *(f"T{n}" for n in range(1, 20))]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("| "))
def test_what_a_row_names_exists(row: list[str]) -> None:
    """Files and tests are where the row says; only a pending row has no test."""
    number, _, does, where, tests = row[0].strip("| "), *row[1:4], row[4].strip("| ")

    assert re.match(r"(handled|detected by|reported by|not possible|not prevented|not reached)\b", does), number
    for file in re.findall(r"`([^`]+)`", where):
        assert (SOURCE / file).exists(), (number, file)
    named = re.findall(r"`([^`]+)`", tests)
    assert bool(named) != (number in PENDING), f"{number}: a row has a test or is pending"
    for test in named:
        assert exists(test), (number, test)


def test_every_fault_has_a_test() -> None:
    """docs/reference/faults.md names a test that exists in every row."""
    lines = (ROOT / "docs/reference/faults.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]

    assert len(rows) > 10
    assert all(len(row) == 4 for row in rows)
    assert [row[0] for row in rows[1:] if not exists(row[3].strip("`"))] == []


def exists(test: str) -> bool:
    """A test function, possibly in a class, or a case's folder."""
    file, *path = test.split("::")
    if not path:
        return (ROOT / file / "before.sql").exists()
    if not (ROOT / file).exists():
        return False
    scope: list[ast.stmt] = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
    for name in path:
        found = [n for n in scope if isinstance(n, (ast.ClassDef, ast.FunctionDef)) and n.name == name]
        if not found:
            return False
        scope = found[0].body
    return True


def test_every_code_that_is_named_exists() -> None:
    """Rules, laws and gate checks keep their names, or the page changes with them."""
    text = (ROOT / "docs/reference/hazards.md").read_text(encoding="utf-8")
    source = "\n".join(p.read_text(encoding="utf-8") for p in SOURCE.rglob("*.py"))
    named = set(re.findall(r"\bRF[AGL]-[A-Z]+(?:-[A-Z]+)*\b", text))

    assert {c for c in named if c.startswith("RFA-")} <= {rule.code for rule in RULES}
    assert {c for c in named if c.startswith("RFL-")} <= set(LAWS)
    assert all(f'"{code}"' in source for code in named if code.startswith("RFG-"))


def test_every_hazard_a_plan_shows_has_a_row() -> None:
    """The code beside a statement leads to this page."""
    shown = {
        code
        for file in (SOURCE / "plan").rglob("*.py")
        for code in re.findall(r'Hazard\("(\w+)"', file.read_text(encoding="utf-8"))
    }

    assert shown
    assert shown <= {row[0].strip("| ") for row in ROWS}


def test_every_rule_is_in_the_list_of_rules() -> None:
    """The index names each rule with its severity and page, and nothing else."""
    index = (ROOT / "docs/reference/rules/README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(RFA-[A-Z-]+)\]\(([a-z-]+\.md)\) \| (\w+) \| (.+) \|$", index, re.MULTILINE)

    assert set(listed) == {(r.code, Path(r.page).name, r.severity.value, r.title) for r in RULES}
    pages = {p.name for p in (ROOT / "docs/reference/rules").glob("*.md")} - {"README.md"}
    assert pages == {page for _, page, _, _ in listed}


def test_links_of_these_pages_lead_somewhere() -> None:
    """Rules, hazards and glossary link to one another."""
    for page in [*(ROOT / "docs/reference").rglob("*.md"), ROOT / "docs/glossary.md"]:
        for target in re.findall(r"\]\(([^)#:]+\.md)(?:#[a-z-]+)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)


def test_the_glossary_says_each_word_once() -> None:
    """One word, one meaning, one sentence."""
    entries = re.findall(
        r"^\| ([a-z][a-z -]+) \| (.+) \|$", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    words = [word for word, meaning in entries if word != "word"]

    assert len(words) == len(set(words))
    assert all(meaning.endswith(".") for word, meaning in entries if word != "word")
    for word in ("plan", "phase", "step", "statement", "undo", "revert", "rollback", "gate", "one-way", "drift"):
        assert word in words


def test_the_oldest_server_accepted_builds_indexes_correctly() -> None:
    """PostgreSQL 14.0 to 14.3 corrupt indexes that are built concurrently; they are refused (H34)."""
    assert db.VERSION_MIN > 140003
