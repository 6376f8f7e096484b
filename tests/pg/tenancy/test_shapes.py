"""`ringfence init` on databases as people have them: what it writes is a golden file, read by people."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ringfence import db
from ringfence.catalog.model import Catalog
from ringfence.catalog.pg import read_catalog
from ringfence.spec.load import parse_spec
from ringfence.tenancy.evidence import Evidence, questions
from ringfence.tenancy.pg import gather_evidence
from ringfence.tenancy.problems import UsersUnknown
from ringfence.tenancy.resolve import resolve
from ringfence.tenancy.suggest import render_toml, suggest
from support.databases import Database
from support.shapes import SHAPES, load_shape, needs_supabase
from support.wild import load_wild

EXPECTED = Path(__file__).parent / "expected"


def read(database: Database) -> tuple[Catalog, Evidence]:
    """Catalog and evidence, by the road a user takes."""
    with db.connect(database.url) as conn:
        catalog = read_catalog(conn)
        return catalog, gather_evidence(conn, questions(catalog))


@pytest.fixture
def shaped(request: pytest.FixtureRequest) -> Database:
    """A database of the wanted shape."""
    wanted = "supabase_database" if needs_supabase(request.param) else "database"
    database: Database = request.getfixturevalue(wanted)
    load_shape(request.param, database)
    return database


@pytest.mark.parametrize(("shaped", "shape"), [(s, s) for s in SHAPES], indirect=["shaped"], ids=SHAPES)
def test_what_init_writes_for_each_shape_is_what_people_approved(shaped: Database, shape: str) -> None:
    """Every shape gives the same file on every version, and the file holds against the database."""
    catalog, evidence = read(shaped)
    suggestion = suggest(catalog, evidence)
    text = render_toml(suggestion).replace(shaped.name, shape)

    file = EXPECTED / f"{shape}.toml"
    if os.environ.get("RINGFENCE_REGEN"):
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text

    spec = parse_spec(text, file.name)
    if suggestion.people is None:
        with pytest.raises(UsersUnknown):
            resolve(spec, catalog)
        return
    tenancy = resolve(spec, catalog)
    assert {t.name for t in tenancy.unresolved} == set(suggestion.unresolved)


@pytest.mark.parametrize("shaped", ["northwind_like"], indirect=True)
def test_a_database_without_users_goes_on_once_a_person_names_them(shaped: Database) -> None:
    """Named once, the users table opens the way for everything that refers to it."""
    catalog, _ = read(shaped)
    employees = next(t.name for t in catalog.tables if t.name.name == "employees")
    with db.connect(shaped.url) as conn:
        evidence = gather_evidence(conn, questions(catalog, employees))

    suggestion = suggest(catalog, evidence, users=employees)
    tenancy = resolve(parse_spec(render_toml(suggestion), "x"), catalog)

    ways = {t.name.name: t.derive for t in suggestion.tables if t.scope == "tenant"}
    assert ways["orders"] == ("employee_id -> public.employees",)
    assert ways["order_details"] == ("order_id -> public.orders",)
    assert ways["employee_territories"] == ("employee_id -> public.employees",)
    assert {t.name for t in tenancy.unresolved} == set(suggestion.unresolved)


def test_a_schema_of_every_shape_gets_a_file_that_holds(database: Database) -> None:
    """Odd names, partitions, inheritance, foreign tables, extensions: whatever it is, the file loads and resolves."""
    load_wild(database)
    catalog, evidence = read(database)

    users = next(t.name for t in catalog.tables if t.name.name == "users")
    suggestion = suggest(catalog, evidence, users=users)
    tenancy = resolve(parse_spec(render_toml(suggestion), "x"), catalog)

    named = {t.name for t in tenancy.tables} | {o.name for o in tenancy.others}
    assert named == {t.name for t in catalog.tables}
    assert {t.name for t in tenancy.unresolved} == set(suggestion.unresolved)
