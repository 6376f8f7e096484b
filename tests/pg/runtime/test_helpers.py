"""The helpers in the database: whose word counts, what a seal is worth, and what nobody can read."""

from __future__ import annotations

import functools
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.names import QualifiedName
from ringfence.plan import policies
from ringfence.plan.context import context_objects, fits, store_key
from ringfence.runtime import SealKey
from ringfence.runtime.keyform import FORMS
from ringfence.runtime.seal import SEAL_SECONDS_MAX
from ringfence.tenancy.model import Limits, Memberships, Organizations, Users
from support.databases import Database
from support.tenants import ORGANIZATION_A, ORGANIZATION_B, USER_A, World, tenancy_of

Conn = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def asking(world: World, login: str, claims: str | None, seal: str | None) -> Iterator[Conn]:
    """A transaction as SQL alone can make it: role, claims and seal set by hand."""
    with world.database.connect(user=login, autocommit=False) as conn:
        conn.execute("select set_config('role', %s, true)", (world.request_role,))
        if claims is not None:
            conn.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
        if seal is not None:
            conn.execute("select set_config('ringfence.seal', %s, true)", (seal,))
        yield conn
        conn.rollback()


def secrets_of(conn: Conn) -> list[str]:
    return [row[0] for row in conn.execute("select secret from documents order by id")]


def test_a_seal_made_in_python_holds_in_sql(still: World) -> None:
    claims = still.a.claims_json()

    with asking(still, still.login, claims, still.key.seal(claims, time.time())) as conn:
        assert secrets_of(conn) == ["A-SECRET"]
        assert conn.execute("insert into documents (id, secret) values (3, 'new') returning client_id").fetchone() == (
            ORGANIZATION_A,
        )


def test_a_gateway_is_believed_without_a_seal(still: World) -> None:
    with asking(still, still.gateway, still.b.claims_json(), None) as conn:
        assert secrets_of(conn) == ["B-SECRET"]


Forgery = Callable[[World], tuple[str | None, str | None]]


def _other_claims(world: World) -> tuple[str, str]:
    return world.b.claims_json(), world.key.seal(world.a.claims_json(), time.time())


def _changed(position: int) -> Forgery:
    def forge(world: World) -> tuple[str, str]:
        claims = world.a.claims_json()
        parts = world.key.seal(claims, time.time()).split(".")
        parts[position] = {0: "2", 1: "8", 2: str(int(parts[2]) + 1), 3: "0" * 64}[position]
        return claims, ".".join(parts)

    return forge


def _at(offset_s: float) -> Forgery:
    def forge(world: World) -> tuple[str, str]:
        claims = world.a.claims_json()
        return claims, world.key.seal(claims, time.time() + offset_s)

    return forge


def _of_key(key: SealKey) -> Forgery:
    return lambda world: (world.b.claims_json(), key.seal(world.b.claims_json(), time.time()))


FORGERIES: dict[str, tuple[Forgery, str]] = {
    "nothing": (lambda _: (None, None), "RF901"),
    "claims alone": (lambda world: (world.a.claims_json(), None), "RF901"),
    "an empty seal": (lambda world: (world.a.claims_json(), ""), "RF901"),
    "a seal over other claims": (_other_claims, "RF902"),
    "a seal without claims": (lambda world: (None, world.key.seal(world.a.claims_json(), time.time())), "RF902"),
    "another version": (_changed(0), "RF902"),
    "another key's number": (_changed(1), "RF902"),
    "a longer life": (_changed(2), "RF902"),
    "another signature": (_changed(3), "RF902"),
    "a key of one's own": (_of_key(SealKey(7, b"x" * 32)), "RF902"),
    "a key nobody knows": (_of_key(SealKey(8, b"x" * 32)), "RF902"),
    "rubbish": (lambda world: (world.a.claims_json(), "1.x.y"), "RF902"),
    "dots": (lambda world: (world.a.claims_json(), "...."), "RF902"),
    "a seal of a minute ago": (_at(-60), "RF903"),
    "a seal of tomorrow": (_at(86400), "RF904"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_login_without_a_genuine_seal_gets_an_error_and_nothing_else(still: World, name: str) -> None:
    forge, sqlstate = FORGERIES[name]
    claims, seal = forge(still)
    for attempt in (
        "select * from documents",
        "select ringfence.client_id()",
        f"insert into documents (id, client_id, secret) values (3, '{ORGANIZATION_B}', 'x')",
        "update documents set secret = 'x'",
        "delete from documents",
    ):
        with asking(still, still.login, claims, seal) as conn:
            if "ringfence." in attempt:
                conn.execute("reset role")  # the request role may not look into the schema
            with pytest.raises(psycopg.Error) as refused:
                conn.execute(attempt.encode())
            assert refused.value.sqlstate == sqlstate
            said = str(refused.value) + str(refused.value.diag.context) + str(refused.value.diag.message_detail)
            assert str(ORGANIZATION_A) not in said
            assert seal is None or len(seal) < 20 or seal not in said


def test_the_settings_of_older_postgrest_cannot_stand_beside_a_seal(still: World) -> None:
    """auth.uid() prefers request.jwt.claim.sub, so injected SQL could be another user of its tenant by it."""
    claims = still.a.claims_json()
    for setting in ("request.jwt.claim", "request.jwt.claim.sub", "request.jwt.claim.role", "request.jwt.claim.email"):
        with asking(still, still.login, claims, still.key.seal(claims, time.time())) as conn:
            conn.execute("select set_config(%s, 'forged', true)", (setting,))
            with pytest.raises(psycopg.Error) as refused:
                secrets_of(conn)
            assert refused.value.sqlstate == "RF902"


def test_a_seal_is_worth_nothing_later_even_in_the_transaction_that_had_it(still: World) -> None:
    claims = still.a.claims_json()
    seal = still.key.seal(claims, time.time() - 14)  # lasts one more second

    with asking(still, still.login, claims, seal) as conn:
        assert secrets_of(conn) == ["A-SECRET"]
        conn.execute("select pg_sleep_until(to_timestamp(%s))", (int(seal.split(".")[2]),))
        with pytest.raises(psycopg.Error) as refused:
            secrets_of(conn)
    assert refused.value.sqlstate == "RF903"


def test_no_key_makes_a_seal_last_longer_than_the_database_allows(still: World) -> None:
    claims = still.a.claims_json()
    seal = still.key.seal(claims, time.time() + SEAL_SECONDS_MAX)

    with asking(still, still.login, claims, seal) as conn, pytest.raises(psycopg.Error) as refused:
        secrets_of(conn)
    assert refused.value.sqlstate == "RF904"


@pytest.mark.parametrize(
    "claims",
    [
        "",
        "{}",
        "[]",
        "null",
        '"text"',
        '{"sub": "not a uuid", "app_metadata": {"org_id": "neither"}}',
        json.dumps({"sub": str(USER_A)}),
        json.dumps({"app_metadata": {"org_id": str(ORGANIZATION_A)}}),
        json.dumps({"sub": str(USER_A), "app_metadata": {"org_id": str(ORGANIZATION_B)}}),
        json.dumps({"sub": str(USER_A).upper(), "app_metadata": {"org_id": str(ORGANIZATION_A)}}),
        json.dumps({"sub": USER_A.hex, "app_metadata": {"org_id": str(ORGANIZATION_A)}}),
        json.dumps({"sub": str(USER_A), "app_metadata": {"org_id": "g" + str(ORGANIZATION_A)[1:]}}),
        json.dumps({"sub": str(USER_A), "app_metadata": {"org_id": [str(ORGANIZATION_A)]}}),
        json.dumps({"sub": str(USER_A), "org_id": str(ORGANIZATION_A)}),
        json.dumps({"sub": str(USER_A), "user_metadata": {"org_id": str(ORGANIZATION_A)}}),
    ],
)
def test_on_a_gateway_whatever_does_not_hold_is_no_row_and_no_error(still: World, claims: str) -> None:
    with asking(still, still.gateway, claims, None) as conn:
        assert secrets_of(conn) == []
        assert conn.execute("update documents set secret = 'x'").rowcount == 0


BESIDE = st.sampled_from(
    ["", "-", "--", "0", "f", "g", "F", "{", "}", " ", "\n", "\u0430", "\u0660", "\U0001f600", "\\", "%", "_"]
)


@given(
    key=st.text("0123456789abcdef-", min_size=36, max_size=36)
    | st.lists(st.tuples(st.integers(0, 36), st.integers(0, 2), BESIDE), max_size=4).map(
        lambda changes: functools.reduce(
            lambda text, change: text[: change[0]] + change[2] + text[change[0] + change[1] :],
            changes,
            str(ORGANIZATION_A),
        )
    ),
    place=st.sampled_from(["sub", "org_id"]),
)
def test_on_a_gateway_only_the_one_spelling_of_a_key_is_a_key(still: World, key: str, place: str) -> None:
    """Whatever nearly is a UUID is no row: an error, from a cast that is tried too early, would stop Realtime."""
    user, tenant = (key, str(ORGANIZATION_A)) if place == "sub" else (str(USER_A), key)
    claims = json.dumps({"sub": user, "app_metadata": {"org_id": tenant}})
    with asking(still, still.gateway, claims, None) as conn:
        assert secrets_of(conn) == (["A-SECRET"] if (user, tenant) == (str(USER_A), str(ORGANIZATION_A)) else [])


def test_on_a_gateway_no_context_cannot_write(still: World) -> None:
    with asking(still, still.gateway, None, None) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("insert into documents (id, secret) values (3, 'x')")
    with (
        asking(still, still.gateway, None, None) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
    ):
        conn.execute("insert into documents values (3, %s, 'x')", (ORGANIZATION_A,))


def test_a_removed_member_is_out_at_once(world: World) -> None:
    claims = world.a.claims_json()
    with (
        asking(world, world.login, claims, world.key.seal(claims, time.time())) as conn,
        asking(world, world.gateway, claims, None) as gateway,
    ):
        assert secrets_of(conn) == secrets_of(gateway) == ["A-SECRET"]
        world.database.execute(f"delete from user_organizations where user_id = '{USER_A}'")

        assert secrets_of(gateway) == []
        with pytest.raises(psycopg.Error) as refused:
            secrets_of(conn)
    assert refused.value.sqlstate == "RF905"


def test_a_key_that_is_taken_away_ends_its_seals_and_leaves_those_of_its_successor(world: World) -> None:
    claims, successor = world.a.claims_json(), SealKey.generate(8)
    statement, values = store_key(successor)
    with world.database.connect() as conn:
        conn.execute(statement.encode(), values)
    for key in (world.key, successor):
        with asking(world, world.login, claims, key.seal(claims, time.time())) as conn:
            assert secrets_of(conn) == ["A-SECRET"]
    world.database.execute("delete from ringfence.context_keys where id = 7")

    with asking(world, world.login, claims, successor.seal(claims, time.time())) as conn:
        assert secrets_of(conn) == ["A-SECRET"]
    with asking(world, world.login, claims, world.key.seal(claims, time.time())) as conn:
        with pytest.raises(psycopg.Error) as refused:
            secrets_of(conn)
        assert refused.value.sqlstate == "RF902"


def test_nobody_reads_the_keys(world: World) -> None:
    reader = world.database.create_role("reader", "login")
    owner = world.database.create_role("bypass", "login bypassrls")
    world.database.execute(f'grant pg_read_all_data to "{reader}"')
    query = b"select * from ringfence.context_keys"
    for login in (world.login, world.gateway, owner):
        with world.database.connect(user=login) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(query)
    with asking(world, world.login, None, None) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(query)
    with world.database.connect(user=reader) as conn:
        assert conn.execute(query).fetchall() == []
    with world.database.connect() as conn:
        assert len(conn.execute(query).fetchall()) == 1


def test_nobody_becomes_the_keeper(still: World) -> None:
    for login in (still.login, still.gateway):
        with still.database.connect(user=login) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(f'set role "{still.keeper}"'.encode())
    with still.database.connect() as conn:
        powers = conn.execute(
            "select rolcanlogin or rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = %s",
            (still.keeper,),
        ).fetchone()
        owned = conn.execute(
            "select proname, provolatile, proparallel, prosecdef, proconfig from pg_proc"
            " where pronamespace = 'ringfence'::regnamespace and proowner = %s::regrole order by 1",
            (f'"{still.keeper}"',),
        ).fetchall()
    path = ["search_path=pg_catalog, pg_temp"]
    assert powers == (False,)
    assert owned == [
        ("believed_claims", "s", "s", False, path),
        ("client_id", "s", "s", True, path),
        ("client_ids", "s", "s", True, path),
        ("user_id", "s", "s", True, path),
    ]


def test_memberships_are_read_without_asking_their_own_policies(world: World) -> None:
    """A policy on memberships that asks who is asking would otherwise ask for ever (42P17)."""
    world.database.execute(
        f"""
        create policy own on user_organizations using (organization_id = (select ringfence.client_id()));
        grant select on user_organizations to "{world.request_role}";
        """
    )
    claims = world.a.claims_json()

    with asking(world, world.login, claims, world.key.seal(claims, time.time())) as conn:
        assert secrets_of(conn) == ["A-SECRET"]
        assert conn.execute("select user_id from user_organizations").fetchall() == [(USER_A,)]


def test_the_lists_that_span_tenants_see_those_of_the_user_alone(world: World) -> None:
    world.database.execute(f"insert into user_organizations values ('{USER_A}', '{ORGANIZATION_B}')")
    claims = world.a.claims_json()

    with asking(world, world.login, claims, world.key.seal(claims, time.time())) as conn:
        conn.execute("reset role")
        assert set(conn.execute("select ringfence.client_ids()").fetchall()) == {(ORGANIZATION_A,), (ORGANIZATION_B,)}
        assert conn.execute("select ringfence.user_id()").fetchone() == (USER_A,)
        assert conn.execute("select ringfence.client_id()").fetchone() == (ORGANIZATION_A,)
    with asking(world, world.login, claims, world.key.seal(claims, time.time())) as conn:
        assert secrets_of(conn) == ["A-SECRET"]


def test_plans_stay_parallel_and_workers_agree(world: World) -> None:
    world.database.execute(
        f"insert into documents select i, '{ORGANIZATION_A}', 'x' from generate_series(10, 30000) i;"
        " analyze documents; alter table documents set (parallel_workers = 2)"
    )
    claims = world.a.claims_json()
    with asking(world, world.login, claims, world.key.seal(claims, time.time())) as conn:
        for setting in ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"):
            conn.execute(f"set local {setting} = 0".encode())
        conn.execute("set local enable_indexonlyscan = off")
        conn.execute("set local enable_indexscan = off")
        conn.execute("set local enable_bitmapscan = off")
        plan = "\n".join(row[0] for row in conn.execute("explain select count(*) from documents where secret <> 'B'"))
        assert "Parallel Seq Scan" in plan
        assert conn.execute("select count(*) from documents where secret <> 'B'").fetchone() == (29992,)
        # asked by every worker for itself, row by row
        everywhere = "select count(*) from generate_series(1, 3) where ringfence.client_id() is not null"
        conn.execute("reset role")
        assert conn.execute(everywhere.encode()).fetchone() == (3,)


def test_undo_leaves_nothing_behind(world: World) -> None:
    objects = context_objects(world.tenancy, "postgres", keeper=world.keeper)
    with world.database.connect() as conn:
        conn.execute("drop policy floor on documents")
        conn.execute("drop policy floor on notes")
        conn.execute("alter table documents alter client_id drop default")
        conn.execute("alter table notes alter client_id drop default")
        for statement in objects.undo:
            conn.execute(statement.encode())
        left = conn.execute(
            "select count(*) from pg_shdepend where refobjid = %s::regrole and dbid = "
            "(select oid from pg_database where datname = current_database())",
            (f'"{world.keeper}"',),
        ).fetchone()
        owner = conn.execute(
            "select relowner::regrole::text from pg_class where relname = 'user_organizations'"
        ).fetchone()
        for statement in objects.do:  # and again
            conn.execute(statement.encode())
    assert left == (0,)
    assert owner == ("postgres",)


@pytest.mark.parametrize(
    ("key_type", "mine", "other", "misfits"),
    [
        ("bigint", 7, 8, ["", "x", "07", "1e3", "99999999999999999999", "7.0", " 7"]),
        ("bigint", 2**63 - 1, 10**18, [str(2**63), "9" * 19, "-" + str(10**18), "07"]),
        ("integer", 7, 8, ["3000000000", "x"]),
        ("integer", 2**31 - 1, 10**9, [str(2**31), "9" * 10, "0" + str(10**9)]),
        ("smallint", 2**15 - 1, 10**4, [str(2**15), "99999", "032767"]),
        ("text", "acme", "other", ["", "ACME"]),
        ("character varying(20)", "acme", "other", ["", "acme" + "x" * 40]),
    ],
)
def test_keys_of_other_types_work_the_same(
    database: Database, key_type: str, mine: int | str, other: int | str, misfits: list[str]
) -> None:
    keeper, request_role = database.create_role("keeper", "nologin"), database.create_role("request", "nologin")
    gateway = database.create_role("gateway", "login noinherit")
    tenancy = replace(
        tenancy_of((gateway,)),
        type=key_type,
        users=Users(QualifiedName("App Data", "Users"), "Id", key_type),
        organizations=Organizations(QualifiedName("App Data", "Orgs"), "Id", key_type, adopted=True),
        memberships=Memberships(
            QualifiedName("App Data", "Member's"),
            "User Id",
            "claims",  # a name that is also a variable of the helpers
            adopted=True,
            active_condition='"user_text" = \'yes\' and not m."tenant_key"',
        ),
    )
    database.execute(
        f"""
        create schema ringfence; create schema "App Data";
        create table "App Data"."Member's" ("User Id" {key_type}, claims {key_type}, user_text text, tenant_key boolean);
        create table things (client_id {key_type});
        grant select on things to "{request_role}"; grant "{request_role}" to "{gateway}";
        """
    )
    with database.connect() as conn:
        for statement in context_objects(tenancy, "postgres", keeper=keeper).do:
            conn.execute(statement.encode())
        conn.execute("alter table things enable row level security")
        conn.execute("create policy everybody on things using (true)")
        conn.execute("create policy floor on things as restrictive using (client_id = (select ringfence.client_id()))")
        for key, active, left in ((mine, "yes", False), (other, "no", False), (other, "yes", True)):
            conn.execute('insert into "App Data"."Member\'s" values (%s, %s, %s, %s)', (mine, key, active, left))
        conn.execute("insert into things values (%s), (%s)", (mine, other))

    def seen(user: object, tenant: object) -> list[Any]:
        with database.connect(user=gateway, autocommit=False) as conn:
            claims = json.dumps({"sub": str(user), "app_metadata": {"org_id": str(tenant)}})
            conn.execute(
                "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
                (request_role, claims),
            )
            return [row[0] for row in conn.execute("select client_id from things")]

    assert seen(mine, mine) == [mine]
    assert seen(mine, other) == []
    assert seen(other, mine) == []
    for misfit in misfits:
        assert seen(misfit, mine) == seen(mine, misfit) == []


@pytest.mark.parametrize("key_type", [name for name in FORMS if name != "text"])
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.integers(-(2**70), 2**70).map(str)
    | st.sampled_from([str(2**bits + step) for bits in (15, 31, 63) for step in (-1, 0, 1)])
    | st.from_regex(r"[-+ 0]?[0-9\u0660-\u0669]{1,20}[\n .eL_0]?", fullmatch=True)
    | st.uuids().map(str)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
)
def test_what_the_verifier_believes_fits_the_database_and_whatever_fits_is_one_key_in_one_spelling(
    still: World, key_type: str, text: str
) -> None:
    with still.database.connect() as conn:
        query = f"select case when {fits('t', key_type)} then t::{key_type}::text end from (values (%s::text)) v (t)"
        # each percent sign of the condition stands for itself
        row = conn.execute(query.replace("%", "%%").replace("%%s", "%s").encode(), (text,)).fetchone()

    assert row is not None
    assert row[0] in (None, text)
    assert row[0] == text or not FORMS[key_type](text)


def test_a_role_that_can_do_more_than_own_things_is_refused_as_keeper(world: World) -> None:
    keeper = world.database.create_role("keeper", "login")

    with world.database.connect() as conn, pytest.raises(psycopg.Error) as refused:
        conn.execute(context_objects(world.tenancy, "postgres", keeper=keeper).do[0].encode())
    assert refused.value.sqlstate == "RF430"


def test_nothing_in_a_temporary_schema_stands_before_what_the_helpers_mean(still: World) -> None:
    """P18: a table or function of the caller's must not be taken for the memberships or for sha256()."""
    claims = still.b.claims_json()
    with asking(still, still.login, claims, SealKey(7, b"x" * 32).seal(claims, time.time())) as conn:
        conn.execute("reset role")
        conn.execute("create temp table user_organizations (user_id uuid, organization_id uuid)")
        conn.execute(
            "create temp table context_keys as select 7::smallint as id, %s::bytea as inner_pad, %s::bytea as outer_pad",
            SealKey(7, b"x" * 32).pads(),
        )
        conn.execute("set local search_path = pg_temp, pg_catalog, public")
        conn.execute("select set_config('role', %s, true)", (still.request_role,))
        with pytest.raises(psycopg.Error) as refused:
            secrets_of(conn)
    assert refused.value.sqlstate == "RF902"


def test_claims_of_a_login_setting_count_for_nothing_without_a_seal(world: World) -> None:
    """R12: ALTER ROLE .. SET request.jwt.claims gives every session of a login a tenant."""
    claims = world.b.claims_json()
    with world.database.server.admin() as admin:
        admin.execute(
            psycopg.sql.SQL("alter role {} set request.jwt.claims = {}").format(
                psycopg.sql.Identifier(world.login), psycopg.sql.Literal(claims)
            )
        )
    with asking(world, world.login, None, None) as conn, pytest.raises(psycopg.Error) as refused:
        secrets_of(conn)
    assert refused.value.sqlstate == "RF901"


def test_the_floor_uses_the_index(world: World) -> None:
    world.database.execute(
        "insert into documents select i, md5((i % 500)::text)::uuid, 'x' from generate_series(10, 20000) i; analyze documents"
    )
    claims = world.a.claims_json()
    with asking(world, world.login, claims, world.key.seal(claims, time.time())) as conn:
        plan = "\n".join(row[0] for row in conn.execute("explain select * from documents"))

    assert "Index Cond: (client_id = " in plan


def test_a_uuid_that_nobody_is_a_member_of_is_refused(still: World) -> None:
    claims = still.context(uuid.uuid4()).claims_json()
    seal = still.key.seal(claims, time.time())
    with asking(still, still.login, claims, seal) as conn, pytest.raises(psycopg.Error) as refused:
        secrets_of(conn)
    assert refused.value.sqlstate == "RF905"


def test_a_condition_that_two_policies_share_is_asked_once(world: World) -> None:
    """The floor and the policy beside it say the same in the same words; in other words it would cost twice as much."""
    name, limits = QualifiedName("public", "letters"), Limits()
    with world.database.connect() as conn:
        conn.execute("create table letters (client_id uuid not null); alter table letters enable row level security")
        conn.execute(f'grant select on letters to "{world.request_role}"'.encode())
        for change in (policies.floor(limits, name, "client_id"), policies.tenant_policies(limits, name, "client_id")):
            for made in change.do:
                conn.execute(made.sql.encode())

    with asking(world, world.gateway, world.a.claims_json(), None) as conn:
        plan = "\n".join(row[0] for row in conn.execute("explain select * from letters"))
    assert "InitPlan 1" in plan
    assert "InitPlan 2" not in plan
