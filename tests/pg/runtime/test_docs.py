"""What docs/runtime.md shows works as it stands, and its table of errors is complete."""

from __future__ import annotations

import asyncio
import importlib
import re
from pathlib import Path
from typing import Any

import pytest

import ringfence.runtime.pool.pg
import ringfence.runtime.rollout.pg
import ringfence.runtime.sessions
from ringfence.errors import REGISTRY
from ringfence.plan.context import request_login
from ringfence.plan.endpoints import rollout_login
from support.databases import Database
from support.tenants import ORGANIZATION_A, USER_A, two_tenants

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "runtime.md").read_text()


def test_the_example_runs(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    world = two_tenants(database)
    database.execute(
        "alter table documents rename secret to title;"
        " alter table documents alter id add generated always as identity (start 100)"
    )
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert code is not None
    monkeypatch.setenv("DATABASE_URL", world.url)
    monkeypatch.setenv("RINGFENCE_KEY", world.key.to_text())
    # the page's request role is Supabase's; this server's has a name of its own
    text = code[1].replace(
        "TenantContext(organization, user)", f"TenantContext(organization, user, {world.request_role!r})"
    )
    names: dict[str, Any] = {}
    exec(text, names)

    assert asyncio.run(names["titles"](ORGANIZATION_A, USER_A)) == (1, ["A-SECRET", "New"])


def test_every_error_of_the_runtime_is_on_one_page() -> None:
    for module in ("issuer", "jwks", "keystore.pg", "threads"):
        importlib.import_module(f"ringfence.runtime.{module}")
    pages = [page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md")]
    found = [row for page in pages for row in re.findall(r"^\| (RF9\d\d) \| `(\w+)`", page, re.MULTILINE)]
    told = dict(found)

    assert len(found) == len(told)

    assert ringfence.runtime.pool.pg.NotOpen.code == "RF925"
    assert ringfence.runtime.rollout.pg.ModesUnreadable.code == "RF962"
    assert ringfence.runtime.sessions.InvalidRefreshKey.code == "RF940"
    assert told == {code: kind.__name__ for code, kind in REGISTRY.items() if code.startswith("RF9")}


def test_the_login_of_the_page_is_the_one_that_is_rendered() -> None:
    shown = re.search(r"```sql\n(create role.*?)```", PAGE, re.DOTALL)

    assert shown is not None
    assert shown[1].replace(";", "").split("\n")[:-1] == [
        s.replace('"', "") for s in request_login("app", ["authenticated"])
    ]


def test_the_login_of_the_rollout_is_the_one_that_is_rendered() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "endpoints.md").read_text()
    shown = re.search(r"```sql\n(create role.*?)```", page, re.DOTALL)

    assert shown is not None
    assert shown[1].replace(";", "").split("\n")[:-1] == [s.replace('"', "") for s in rollout_login("app_rollout")]


def test_the_faces_for_threads_are_where_the_page_says() -> None:
    page = (DOCS / "integrations.md").read_text().split("## Servers with threads")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)(?:\(\w+\))?` \| `([\w.]+)` \|$", page, re.MULTILINE)

    assert len(rows) == 5
    for _, blocking, module in rows:
        assert isinstance(getattr(importlib.import_module(module), blocking), type)
