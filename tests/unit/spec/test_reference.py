"""docs/reference/spec.md names every key with its default, and its examples are read as they stand."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from ringfence.spec.derive import parse_derive
from ringfence.spec.limits import LIMITS
from ringfence.spec.load import parse_spec
from ringfence.spec.model import (
    ApplicationSpec,
    AssignSpec,
    BackupSpec,
    ClientSpec,
    CompatibilitySpec,
    ContextlessSpec,
    GatesSpec,
    IsolationSpec,
    RolesSpec,
    SoakSpec,
    Spec,
    TableSpec,
    TenantSpec,
)
from ringfence.tenancy.model import Limits

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "spec.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
INNER = {"where", "entries", "source", "lines"}
SECTIONS = {
    "gates",
    "isolation",
    "contextless",
    "tenant",
    "tables",
    "roles",
    "backup",
    "limits",
    "clients",
    "compatibility",
    "application",
    "soak",
}
"""Fields that are not keys of the file at their place."""


def rows(title: str) -> list[list[str]]:
    """The cells of the tables under one heading, up to the next heading of any depth."""
    section = re.split(r"^#+ ", PAGE.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if line[:3] == "| `"
    ]


@pytest.mark.parametrize(
    ("title", "spec"),
    [
        ("At the top of the file", Spec),
        ("[tenant]", TenantSpec),
        ("assign", AssignSpec),
        ('[tables."schema.name"]', TableSpec),
        ("[roles]", RolesSpec),
        ("[[clients]]", ClientSpec),
        ("[compatibility]", CompatibilitySpec),
        ("[application]", ApplicationSpec),
        ("[soak]", SoakSpec),
        ("[gates]", GatesSpec),
        ("[isolation]", IsolationSpec),
        ('[contextless."name"]', ContextlessSpec),
        ("[backup]", BackupSpec),
    ],
)
def test_every_key_has_a_line(title: str, spec: type) -> None:
    """No key is missing, none is there that the file does not know."""
    written = {row[0].strip("`") for row in rows(title)}

    if spec is AssignSpec:
        written -= {"per_user", "one", "email_domain", "mapping", "adopted"}  # the second table lists the rules
    assert written == {f.name for f in dataclasses.fields(spec)} - INNER - (SECTIONS if spec is Spec else set())


def test_every_limit_has_its_default_unit_and_range() -> None:
    """The page says what the code does."""
    found = {row[0].strip("`"): row[1:] for row in rows("[limits]")}

    assert set(found) == set(LIMITS)
    for name, rule in LIMITS.items():
        default, unit, allowed, meaning = (cell.strip("| ") for cell in found[name])
        low, high = allowed.split(" to ")
        assert float(default) == getattr(Limits(), name)
        assert unit == rule.unit
        assert (float(low), float(high)) == (rule.low, rule.high)
        assert meaning == rule.meaning


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_is_read(number: int) -> None:
    """What stands on the page can be pasted."""
    assert parse_spec(EXAMPLES[number], "spec.md").source == "spec.md"


def test_every_derivation_is_read() -> None:
    """The lines of the table follow the grammar above them."""
    lines = [row[0].strip("`") for row in rows("derive")]

    assert len(lines) >= 9
    assert all(parse_derive(line) for line in lines)
