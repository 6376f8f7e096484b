"""The example application over real HTTP: tenants apart, refusals as answers, and no request that makes it fail."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings

from ringfence.runtime import TenantContext, TenantDatabase
from support.callers import Known
from support.databases import Database, Server, unique_name
from support.fuzz import HEADER_VALUES, statuses_of
from support.serving import served
from support.tenants import USER_B, World, two_tenants

EXAMPLE = Path(__file__).parents[3] / "examples" / "notes_fastapi.py"
EXAMPLES_MAX = 25


@dataclass(frozen=True)
class Notes:
    """The served example, and the database below it."""

    url: str
    world: World

    def ask(self, method: str, path: str, token: str | None = "a", **more: Any) -> httpx.Response:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.request(method, self.url + path, headers=headers, timeout=30, **more)


def example() -> Any:
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("notes_fastapi", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where pydantic looks the names of its models up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def notes(server: Server) -> Iterator[Notes]:
    """The example with two tenants."""
    name = unique_name("rf_notes")
    server.create_database(name)
    database = Database(server, name)
    world = two_tenants(database)
    context_b = world.context(world.b.organization, USER_B)  # type: ignore[arg-type]
    known: dict[str, TenantContext] = {"a": world.a, "b": context_b}
    app = example().build(TenantDatabase(world.url, key=world.key), Known(known))
    with served(app) as url:
        yield Notes(url, world)
    database.close()


def test_each_organization_has_its_own_notes(notes: Notes) -> None:
    made = notes.ask("POST", "/notes", json={"body": "of A"})
    shown = f"/notes/{made.json()['id']}"

    assert made.status_code == 201
    assert notes.ask("GET", shown).json()["body"] == "of A"
    assert notes.ask("GET", shown, "b").status_code == 404
    assert made.json() not in notes.ask("GET", "/notes", "b").json()


@pytest.mark.parametrize(
    ("token", "status", "header"),
    [
        (None, 401, "www-authenticate"),
        ("forged", 401, "www-authenticate"),
        ("out", 403, "cache-control"),
        ("later", 503, "retry-after"),
    ],
)
def test_refusals_are_answers_that_the_document_promises(
    notes: Notes, token: str | None, status: int, header: str
) -> None:
    answer = notes.ask("GET", "/notes", token)
    promised = httpx.get(notes.url + "/openapi.json").json()["paths"]["/notes"]["get"]

    assert answer.status_code == status
    assert header in answer.headers
    assert set(answer.json()) == {"error", "message"}
    assert str(status) in promised["responses"]
    assert promised["security"] == [{"TenantBearer": []}]


def test_a_member_who_is_removed_is_out_with_the_next_request(notes: Notes) -> None:
    """The token still is good; it is the database that knows."""
    assert notes.ask("POST", "/notes", "b", json={"body": "of B"}).status_code == 201
    delete = f"delete from user_organizations where user_id = '{USER_B}' returning organization_id"
    with notes.world.database.connect() as conn:
        row = conn.execute(delete.encode()).fetchone()
        assert row is not None
        try:
            answer = notes.ask("GET", "/notes", "b")
        finally:
            conn.execute("insert into user_organizations values (%s, %s)", (USER_B, row[0]))

    assert answer.status_code == 403
    assert notes.ask("GET", "/notes", "b").status_code == 200


def test_a_probe_needs_no_token(notes: Notes) -> None:
    assert notes.ask("GET", "/healthz", None).status_code == 200


def test_no_request_makes_it_fail(notes: Notes) -> None:
    statuses = statuses_of(notes.url, headers=lambda: {"Authorization": "Bearer a"}, examples_max=EXAMPLES_MAX)

    assert {201, 422} <= statuses["POST /notes"]
    assert {404, 422} <= statuses["GET /notes/{note}"]
    assert set().union(*statuses.values()) <= {200, 201, 400, 401, 404, 405, 422}


@given(HEADER_VALUES)
@settings(max_examples=100, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_for_a_token_is_refused_and_no_more(notes: Notes, value: str) -> None:
    known = re.fullmatch(r"(?i:bearer) +(a|b|out|later)", value) is not None
    answer = httpx.get(notes.url + "/notes", headers={"Authorization": value.encode("latin-1")}, timeout=30)

    assert known or answer.status_code == 401
    assert known or answer.headers["www-authenticate"].startswith("Bearer")
