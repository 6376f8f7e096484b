"""docs/reference/escapes.md is complete and true: every escape has one row, and what a row names exists."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

from pg.escapes.rows import Row, rows
from ringfence.assess.model import Question, Severity
from ringfence.assess.rules import RULES
from ringfence.verify.load import attacks

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/reference/escapes.md"
TEXT = PAGE.read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in TEXT.splitlines()
    if re.match(r"\| [RPKOXME]\d+[a-d]? \|", line)
]
NUMBERS = [
    "R1",
    "R1b",
    "R2",
    "R2b",
    "R3",
    "R4",
    "R5",
    "R6",
    "R7",
    "R8",
    "R9",
    "R10",
    "R11",
    "R12",
    "R13",
    "R14",
    "R15",
    "P1",
    "P1b",
    "P2",
    "P3",
    "P3b",
    "P4",
    "P5",
    "P6",
    "P7",
    "P8",
    "P8b",
    "P8c",
    "P9",
    "P10",
    "P11",
    "P12",
    "P13",
    "P14",
    "P15",
    "P16",
    "P17",
    "P18",
    "P18b",
    "P18c",
    "P18d",
    "P19",
    "P20",
    "P21",
    "P22",
    "P23",
    "P24",
    "P25",
    "P26",
    "P27",
    "K1",
    "K2",
    "K3",
    "K4",
    "K5",
    "K6",
    "K6b",
    "K7",
    "K8",
    "K8b",
    "K9",
    "K10",
    "O1",
    "O1b",
    "O1c",
    "O1d",
    "O2",
    "O3",
    "O4",
    "O4b",
    "O5",
    "O5b",
    "O5c",
    "O6",
    "O7",
    "O8",
    "O9",
    "O10",
    "O11",
    "O12",
    "O13",
    "O14",
    "O15",
    "O15b",
    "O16",
    "O17",
    "O18",
    "O19",
    "X1",
    "X2",
    "X3",
    "X4",
    "X5",
    "X5b",
    "X6",
    "X7",
    "X8",
    "X8b",
    "X8c",
    "X9",
    "X9b",
    "X10",
    "X11",
    "X13",
    "X14",
    "X15",
    "X16",
    "X17",
    "M1",
    "M2",
    "M3",
    "M4",
    "M7",
    "M11",
    "M13",
    "M14",
    "M15",
]
CODES = {rule.code for rule in RULES}


def test_every_escape_has_one_row() -> None:
    """All that are known, in order, none twice, and those that only a rule found behind them."""
    numbers = [row[0] for row in ROWS]
    known = [n for n in numbers if not n.startswith("E")]

    assert known == NUMBERS
    assert [n for n in numbers if n.startswith("E")] == [f"E{n}" for n in range(1, len(numbers) - len(known) + 1)]
    assert len(numbers) >= 100


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_a_row_names_exists(row: list[str]) -> None:
    """Rules by their code, tests by their path; whoever names a rule, or says safe, names a test."""
    number, what, rules, _attack, step, tests = row

    named = re.findall(r"\[(RFA-[A-Z0-9-]+)\]\(rules/([a-z0-9-]+\.md)\)", rules)
    pages = {rule.code: Path(rule.page).name for rule in RULES}
    assert what
    assert not what.endswith(".")
    assert bool(named) or rules in ("safe", "-"), number
    assert all(pages.get(code) == page for code, page in named), number
    paths = re.findall(r"`([^`]+)`", tests)
    assert bool(paths) or (rules == "-" and step == "-"), f"{number}: a rule or a step without a test"
    for path in paths:
        assert _exists(path), (number, path)


def _exists(path: str) -> bool:
    """A test function, possibly in a class."""
    file, *names = path.split("::")
    if not names or not (ROOT / file).exists():
        return False
    scope: list[ast.stmt] = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
    for name in names:
        found = [n for n in scope if isinstance(n, (ast.ClassDef, ast.FunctionDef)) and n.name == name]
        if not found:
            return False
        scope = found[0].body
    return True


def test_every_rule_about_isolation_closes_something() -> None:
    """A rule worse than low has a row; those that are low may only be about cost."""
    named = set(re.findall(r"RFA-[A-Z0-9-]+", TEXT))
    expected = {r.code for r in RULES if r.severity.question is Question.ISOLATION and r.severity is not Severity.LOW}

    assert named <= CODES
    assert expected <= named


def test_pages_of_rules_name_their_escapes() -> None:
    """What a page says it is about is what the table says of the rule."""
    of_rule: dict[str, set[str]] = {}
    for row in ROWS:
        for code in re.findall(r"\[(RFA-[A-Z0-9-]+)\]", row[2]):
            of_rule.setdefault(code, set()).add(row[0])
    known = {row[0] for row in ROWS}
    for rule in RULES:
        page = (ROOT / "docs" / rule.page).read_text(encoding="utf-8")
        said = re.search(r"Escapes?: ([A-Za-z0-9, ]+)\.", page)
        if said is not None:
            numbers = set(said[1].split(", "))
            assert numbers <= known, (rule.code, numbers - known)
            assert numbers & of_rule.get(rule.code, numbers), (rule.code, numbers)


# --- the attack and step columns are written from the attacks and from tests/pg/escapes -----------------------------

PLANTED = {row.id: row for row in rows()}
CLOSED_IN = "tests/pg/escapes/test_catalogue.py::test_planted_found_closed_by_its_hint_and_denied"
CLOSED_BY_PHASE_6 = "tests/pg/escapes/test_catalogue.py::test_phase_6_closes_what_an_application_brings"
WITHOUT_A_STEP = {
    "-",
    "[runtime](../runtime.md)",
    "left open by PostgreSQL",
    "[laws](hazards.md)",
    "`enforce/<name>/rows`",
}


def attack_column(number: str) -> str:
    """Attacks that name the escape, those in bold that a test sees getting through where it is planted."""
    planted = PLANTED.get(number)
    through = {*planted.attacks, *planted.attacks_before} if planted is not None else set()
    named = [a.id for a in attacks() if number in a.catalogue]
    assert through <= set(named), (number, through - set(named))
    return ", ".join(f"**`{a}`**" if a in through else f"`{a}`" for a in named) or "-"


def step_column(row: Row) -> str:
    """The step, for any table or function."""
    return "`" + re.sub(r"public\.\w+(\(.*\))?", "<name>", row.step) + "`" if row.step else "-"


def where_tested(row: Row) -> list[str]:
    """The tests that a file takes part in."""
    return [CLOSED_IN] * bool(row.after) + [CLOSED_BY_PHASE_6] * bool(row.before)


def written(cells: list[str]) -> list[str]:
    """The row as it must be."""
    number, what, rules, _attack, step, tests = cells
    planted = PLANTED.get(number)
    if planted is not None:
        step = step_column(planted)
        named = re.findall(r"`([^`]+)`", tests)
        tests = ", ".join(f"`{t}`" for t in [*named, *(t for t in where_tested(planted) if t not in named)])
        known = set(re.findall(r"RFA-[A-Z0-9-]+", rules))
        pages = {rule.code: Path(rule.page).name for rule in RULES}
        more = [f"[{code}](rules/{pages[code]})" for code in planted.rules if code not in known]
        rules = ", ".join([*([] if rules == "-" else [rules]), *more]) or "-"
    return [number, what, rules, attack_column(number), step, tests]


def test_the_page_is_what_attacks_and_files_say() -> None:
    """Rules, attacks, steps and tests, row by row; RINGFENCE_REGEN writes them."""
    lines = TEXT.splitlines()
    made = list(lines)
    for at, line in enumerate(lines):
        if re.match(r"\| [RPKOXME]\d+[a-d]? \|", line):
            made[at] = "| " + " | ".join(written([cell.strip() for cell in line.strip("| ").split(" | ")])) + " |"
    if os.environ.get("RINGFENCE_REGEN"):
        PAGE.write_text("\n".join(made) + "\n", encoding="utf-8")
        return

    assert lines == made, "make regen, then read the diff"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_step_is_one_of_phase_6_or_says_who_else(row: list[str]) -> None:
    """Rows that a file plants name its step; the others name the runtime, a law, or nobody."""
    planted = PLANTED.get(row[0])

    assert row[1:5] != [row[1], "-", "-", "-"], "nobody says anything about it"
    assert row[5] != "-", "and nothing shows it"
    assert row[4] == step_column(planted) if planted is not None and planted.step else row[4] in WITHOUT_A_STEP


def test_files_and_attacks_name_known_escapes() -> None:
    """No attack is about an escape that has no row, and no file either."""
    known = {row[0] for row in ROWS}

    assert set(PLANTED) <= known
    assert {number for a in attacks() for number in a.catalogue} <= known
    assert len(PLANTED) >= 60
