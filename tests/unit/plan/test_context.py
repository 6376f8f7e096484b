"""The helpers are rendered from quoted names, and only for keys that a claim can hold."""

from __future__ import annotations

from dataclasses import replace

import postgast
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.names import QualifiedName
from ringfence.plan.context import context_objects, request_login, store_key
from ringfence.plan.model import PlanRefused
from ringfence.runtime import SealKey
from ringfence.tenancy.model import AssignAdopted, Memberships, Organizations, Tenancy, Users

TENANCY = Tenancy(
    column="client_id",
    type="uuid",
    users=Users(QualifiedName("auth", "users"), "id", "uuid"),
    organizations=Organizations(QualifiedName("public", "organizations"), "id", "uuid", adopted=False),
    memberships=Memberships(QualifiedName("public", "members"), "user_id", "organization_id", adopted=False),
    assignment=AssignAdopted(),
    tables=(),
    others=(),
    founding_key=None,
    founding_name="First",
    quarantine_key=None,
    gateways=("authenticator",),
)

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12).filter(
    lambda name: name not in ("none", "public")  # no role can have these names
)


@given(names, names, names, names, names)
def test_whatever_the_names_are_every_statement_is_one_statement(
    schema: str, table: str, column: str, gateway: str, keeper: str
) -> None:
    tenancy = replace(
        TENANCY,
        memberships=Memberships(QualifiedName(schema, table), column, column, adopted=True),
        gateways=(gateway, gateway),
    )

    objects = context_objects(tenancy, "postgres", keeper=keeper, memberships_forced=True, tenant_claim=(gateway, "id"))

    for statement in (*objects.do, *objects.undo, *request_login(keeper, [gateway])):
        assert len(postgast.parse(statement).stmts) == 1


def test_a_name_cannot_end_the_body_of_a_helper() -> None:
    name = "x$function$ begin end; drop table users; --"
    tenancy = replace(
        TENANCY, memberships=Memberships(QualifiedName(name, name), name, name, adopted=True), gateways=(name,)
    )

    objects = context_objects(tenancy, "postgres", keeper=name)

    assert len(objects.do) == len(context_objects(TENANCY, "postgres").do)
    assert not any(statement.lower().startswith("drop") for statement in objects.do)


def test_names_of_the_tenancy_do_not_change_which_statements_there_are() -> None:
    other = replace(TENANCY, memberships=Memberships(QualifiedName("x", "y"), "a", "b", adopted=True))

    assert len(context_objects(other, "postgres").do) == len(context_objects(TENANCY, "postgres").do)


def test_without_gateways_nobodys_claims_are_believed() -> None:
    helpers = "\n".join(context_objects(replace(TENANCY, gateways=()), "postgres").do)

    assert "session_user in (null)" in helpers


def test_what_undo_needs_to_know_it_is_told() -> None:
    undo = context_objects(TENANCY, "Old Owner", memberships_forced=True).undo

    assert 'alter table "public"."members" owner to "Old Owner"' in undo
    assert 'alter table "public"."members" force row level security' in undo
    assert not any("force" in statement for statement in context_objects(TENANCY, "postgres").undo)


@pytest.mark.parametrize("key_type", ["numeric", "double precision", "citext", "uuid[]", "timestamp with time zone"])
def test_a_key_that_no_claim_can_hold_is_refused(key_type: str) -> None:
    with pytest.raises(PlanRefused, match="claim cannot hold"):
        context_objects(replace(TENANCY, users=replace(TENANCY.users, key_type=key_type)), "postgres")
    organizations = replace(TENANCY.organizations, key_type=key_type)
    with pytest.raises(PlanRefused, match="claim cannot hold"):
        context_objects(replace(TENANCY, organizations=organizations), "postgres")


def test_a_key_is_bound_and_never_part_of_the_text() -> None:
    key = SealKey.generate(3)
    statement, values = store_key(key)

    assert statement.count("%s") == 3
    assert values == (3, *key.pads())


def test_a_request_login_has_no_power_of_its_own() -> None:
    create, *grants = request_login("app", ["authenticated", "anon"])

    for attribute in ("noinherit", "nosuperuser", "nobypassrls", "nocreaterole", "nocreatedb", "noreplication"):
        assert attribute in create
    assert grants == [
        'grant "authenticated" to "app"',
        'grant "anon" to "app"',
        'grant usage on schema ringfence to "app"',
    ]
