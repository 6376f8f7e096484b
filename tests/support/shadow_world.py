"""The Supabase case after phase 4, and its gateway: what tests of canaries, comparisons and notes share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from ringfence import verbs
from support.cases import Case
from support.databases import Database

CASES = Path(__file__).parents[1] / "cases"
CANARY = "ringfence_canary_authenticated"


class World:
    """The Supabase case after phase 4."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.database: Database = case.database
        with psycopg.connect(self.database.url) as conn:
            members = conn.execute(
                "select organization_id::text, min(user_id::text), count(*) from public.user_organizations group by 1"
                " having count(*) > 1 order by 1"
            ).fetchall()
        (self.a, self.user_a, _), (self.b, self.user_b, _) = members[:2]

    @contextmanager
    def gateway(
        self, tenant: str | None = None, user: str | None = None, *, read_only: bool = False
    ) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A transaction of the gateway before SET ROLE, with the claims of tenant A's user; committed at the end."""
        claims: dict[str, Any] = {"sub": user or self.user_a, "role": "authenticated"}
        if tenant is not None:
            claims["app_metadata"] = {"org_id": tenant}
        with psycopg.connect(self.database.url_as("authenticator")) as conn:
            conn.read_only = read_only
            conn.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(claims),))
            yield conn

    def compare(self, query: str, endpoint: str = "", role: str = "authenticated", **how: Any) -> str | None:
        """The difference that a comparison finds."""
        as_role = "authenticated" if role == "service_role" else None
        with self.gateway(**how) as conn:
            row = conn.execute(
                "select ringfence.shadow_compare(%s, %s, %s, %s)", (role, query, endpoint, as_role)
            ).fetchone()
        assert row is not None
        return None if row[0] is None else str(row[0])

    def count(self, query: str, role: str, tenant: str | None) -> int:
        """How many rows a role sees."""
        with self.gateway(tenant) as conn:
            conn.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            row = conn.execute(f"select count(*) from ({query}) q".encode()).fetchone()
        assert row is not None
        return int(row[0])

    def everything(self, query: str) -> int:
        """How many rows there are."""
        with psycopg.connect(self.database.url) as conn:
            row = conn.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])


def shadowed(database: Database, scratch: Path, isolation: str = "") -> World:
    """Phases 0 to 4 of the Supabase case, phase 4's exit gate still closed; `isolation` is added to that section."""
    case = Case.load(CASES / "enforce_supabase", database, scratch)
    text = case.config.read_text(encoding="utf-8").replace("[isolation]\n", f"[isolation]\n{isolation}\n", 1)
    case.config.write_text(text, encoding="utf-8")
    accept = {code: reason for code, reason in case.accept.items() if not code.startswith("RFG-SHADOW")}
    report = verbs.apply(case.url, case.config, through=4, accept=accept)
    assert report.outcome == "gate", report
    assert all(code.startswith("RFG-SHADOW:") for code in report.gates_missing)
    assert all("unproven" in said for said in report.gates_missing.values()), "silence is no proof"
    return World(case)
