"""docs/reference/token-attacks.md and token-vectors.json hold every vector, as its file says it: `make regen` rewrites both."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from ringfence.runtime.profile import LegacyProfile, TokenProfile
from support import token_vectors as v

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "token-attacks.md"
VECTORS = ROOT / "docs" / "reference" / "token-vectors.json"
BEGIN, END = "<!-- generated from the vectors: begin -->", "<!-- generated from the vectors: end -->"
HELD = "tests/unit/runtime/test_claims.py::test_every_vector_ends_as_the_table_says"
REGEN = bool(os.environ.get("RINGFENCE_REGEN"))


def number(row: v.Vector | v.Elsewhere) -> int:
    """Its place in the table."""
    return int(row.id.removeprefix("T"))


def table() -> str:
    """The generated part of the page."""
    lines = ["| id | what comes | profile | what becomes of it | test |", "|---|---|---|---|---|"]
    for row in sorted((*v.VECTORS, *v.ELSEWHERE), key=number):
        match row:
            case v.Elsewhere(one, what, test, ends):
                lines.append(f"| {one} | {what} | - | {ends} | `{test}` |")
            case v.Vector(one, what, _, reason, profile, organization):
                held = "accepted, without a tenant" if organization is None else "accepted, with its organization"
                ends = held if reason is None else f"refused: {reason}"
                lines.append(f"| {one} | {what} | {profile} | {ends} | the vectors |")
    return "\n".join(lines)


def published() -> str:
    """The vectors as others can read them, in the shape of C2SP wycheproof."""
    groups = []
    for name, profile in v.PROFILES.items():
        tests = [
            {
                "tcId": vector.id,
                "comment": vector.what,
                "jws": vector.token,
                "result": "valid" if vector.reason is None else "invalid",
                "reason": vector.reason,
                "organization": vector.organization,
            }
            for vector in v.VECTORS
            if vector.profile == name
        ]
        groups.append({"type": "MultiTenantToken", "comment": name, "profile": settings(profile), "tests": tests})
    document = {
        "algorithm": "JWS",
        "numberOfTests": len(v.VECTORS),
        "header": ["Tokens of a multi-tenant application, to be verified at the time `now` with the keys of `public`."],
        "now": v.NOW,
        "public": json.loads(v.JWKS),
        "testGroups": groups,
    }
    return json.dumps(document, indent=1) + "\n"


def settings(profile: TokenProfile | LegacyProfile) -> Mapping[str, Any]:
    """A profile as JSON."""
    found: dict[str, Any] = {}
    for one in fields(profile):
        match getattr(profile, one.name):
            case LegacyProfile() as legacy:
                found[one.name] = settings(legacy)
            case frozenset() as several:
                found[one.name] = sorted(several)
            case bytes() as secret:
                found[one.name] = secret.decode()
            case value:
                found[one.name] = value
    return found


def test_every_vector_stands_on_the_page() -> None:
    head, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    old, tail = rest.split(END)
    if REGEN:
        PAGE.write_text(f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}", encoding="utf-8")
        return

    assert old.strip() == table().strip(), "make regen, then read the diff"


def test_the_published_vectors_are_these() -> None:
    if REGEN:
        VECTORS.write_text(published(), encoding="utf-8")
        return

    assert VECTORS.read_text(encoding="utf-8") == published(), "make regen, then read the diff"


def test_ids_are_one_each_without_a_gap() -> None:
    ids = [number(row) for row in (*v.VECTORS, *v.ELSEWHERE)]

    assert sorted(ids) == list(range(1, len(ids) + 1))
    assert len(ids) >= 80


def test_almost_every_vector_is_an_attack() -> None:
    accepted = [vector.id for vector in v.VECTORS if vector.reason is None]

    assert len(accepted) * 10 <= len(v.VECTORS)


@pytest.mark.parametrize("row", v.ELSEWHERE, ids=lambda row: row.id)
def test_a_test_that_is_named_exists(row: v.Elsewhere) -> None:
    path, _, name = row.test.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))

    assert name.rpartition("::")[2] in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_page_explains_every_reason_and_profile() -> None:
    text = PAGE.read_text(encoding="utf-8").split(BEGIN)[0]
    explained = set(re.findall(r"^\| `([a-z ]+)` \|", text, re.MULTILINE))

    assert {vector.reason for vector in v.VECTORS if vector.reason} <= explained
    assert set(v.PROFILES) <= explained
