"""The catalog is read completely, and equally on two servers that have the same schema."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from ringfence import db
from ringfence.catalog.assemble import SECRET
from ringfence.catalog.compare import compare, describe
from ringfence.catalog.model import Catalog, Constraint, ConstraintKind, Index, Table, TableKind, View
from ringfence.catalog.pg import read_catalog
from ringfence.names import QualifiedName
from support.databases import Database, Server, unique_name
from support.wild import LONG_NAME, copy_schema, load_wild


def read(url: str) -> Catalog:
    with db.connect(url) as conn:
        return read_catalog(conn)


@pytest.fixture
def copies(server: Server) -> Iterator[list[Database]]:
    made = [Database(server, unique_name("rf_copy")) for _ in range(2)]
    for copy in made:
        server.create_database(copy.name)
    yield made
    for copy in made:
        copy.close()


def test_a_schema_copied_through_pg_dump_is_equal(database: Database, copies: list[Database]) -> None:
    """Nothing that stays behind in a dump (object ids, dropped columns, order of creation) enters the catalog."""
    load_wild(database)
    copy_schema(database, copies[0])
    copy_schema(copies[0], copies[1])

    original, first, second = (read(d.url) for d in (database, *copies))

    assert describe(compare(original, first, restored=True)) == ""
    assert [d.subject for d in compare(original, first)] == ["public.unlogged constraint unlogged_d_check"]
    assert describe(compare(first, second)) == ""
    assert first.fingerprint == second.fingerprint


def test_reading_twice_gives_the_same_value(database: Database) -> None:
    load_wild(database)

    first, second = read(database.url), read(database.url)

    assert first == second


def test_a_role_without_any_privilege_reads_the_same(database: Database) -> None:
    """Hosted databases give out no superuser, and schemas without USAGE must not stop us."""
    load_wild(database)
    nobody = database.create_role("nobody")

    full, poor = read(database.url), read(database.url_as(nobody))

    assert poor.current_user == nobody
    assert not poor.current_user_superuser
    assert full.current_user_superuser
    assert poor.fingerprint == full.fingerprint
    poor_settings = dict(poor.settings)
    assert poor_settings["max_locks_per_transaction"]
    assert set(poor_settings) <= set(full.settings)
    assert replace(poor, current_user=full.current_user, current_user_superuser=True, settings={}) == replace(
        full, settings={}
    )


@pytest.fixture
def wild(database: Database) -> tuple[Catalog, str]:
    role = load_wild(database)
    return read(database.url), role


def table(catalog: Catalog, schema: str, name: str) -> Table:
    found = catalog.table(QualifiedName(schema, name))
    assert found is not None
    return found


def constraint(of: Table, name: str) -> Constraint:
    found = of.constraint(name)
    assert found is not None
    return found


def index(of: Table, name: str) -> Index:
    found = of.index(name)
    assert found is not None
    return found


def view(catalog: Catalog, schema: str, name: str) -> View:
    return next(v for v in catalog.views if v.name == QualifiedName(schema, name))


def test_tables_say_what_they_are(wild: tuple[Catalog, str]) -> None:
    catalog, role = wild
    order = table(catalog, "Sales Dept", "Order")
    long = table(catalog, "public", LONG_NAME)

    assert [t.name for t in catalog.tables] == sorted(t.name for t in catalog.tables)
    assert [s.name for s in catalog.schemas] == ["Sales Dept", "hidden", 'naïve "quoted" 数', "public", "select"]
    assert order.primary_key == ("user", "Id")
    assert order.options == ("autovacuum_enabled=off", "fillfactor=80", "toast.autovacuum_enabled=off")
    assert long.owner == role
    assert long.primary_key == (LONG_NAME,)
    assert table(catalog, "public", "no_columns").columns == ()
    assert table(catalog, "public", "no_columns").rules[0].enabled == "D"
    assert table(catalog, "public", "unlogged").persistence == "u"
    assert table(catalog, "public", "unlogged").replica_identity == "n"
    assert table(catalog, "select", "table").replica_identity == "f"
    assert table(catalog, "select", "table").primary_key == ()
    assert index(table(catalog, "hidden", "identified"), "identified_a").replica_identity
    assert index(table(catalog, "public", "unlogged"), "unlogged_a").clustered
    assert table(catalog, "public", "users").rls_forced
    assert table(catalog, "public", "users").comment == "who it's about"
    assert not table(catalog, "public", "log").rls_enabled
    assert table(catalog, "public", "log").policies[0].using == "false"


def test_columns_keep_their_order_types_and_defaults(wild: tuple[Catalog, str]) -> None:
    catalog, _ = wild
    users = {c.name: c for c in table(catalog, "public", "users").columns}
    order = {c.name: c for c in table(catalog, "Sales Dept", "Order").columns}

    assert list(users) == ["id", "email", "mood", "moods", "created_at", "short", "deep"]
    assert [c.name for c in table(catalog, "public", "unlogged").columns] == ["a", "b", "c", "d"]
    assert (users["email"].type, users["email"].base_type, users["email"].type_schema) == (
        "public.email",
        "text",
        "public",
    )
    assert users["deep"].base_type == "text"
    assert users["short"].base_type == "character varying(10)"
    assert users["id"].base_type == "uuid"
    assert users["moods"].type == "public.mood[]"
    assert users["mood"].default == "'happy'::public.mood"
    assert users["email"].comment == 'their "mail"'
    assert users["email"].options == ("statistics=500", "storage=e")
    assert len(users["email"].acl) == 1
    assert (order["Id"].identity, order["Id"].not_null) == ("a", True)
    assert order["doubled"].generated == "s"
    assert order["group"].collation == 'pg_catalog."C"'
    assert order["user"].collation is None


def test_constraints_say_what_they_reference_and_how(wild: tuple[Catalog, str]) -> None:
    catalog, _ = wild
    child = table(catalog, "select", "table")
    order = QualifiedName("Sales Dept", "Order")
    full = constraint(child, "full_match")
    partial = constraint(child, "set_columns")
    default = constraint(child, "set_default")

    assert (full.references, full.columns, full.referenced_columns) == (
        order,
        ("order user", "order id"),
        ("user", "Id"),
    )
    assert (full.match, full.on_update, full.on_delete, full.deferrable, full.deferred) == ("f", "c", "n", True, True)
    assert (partial.validated, partial.on_update, partial.on_delete) == (False, "r", "n")
    assert "SET NULL (other_b)" in partial.definition
    assert (default.on_delete, default.on_update, default.deferrable, default.deferred) == ("d", "d", True, False)
    assert constraint(table(catalog, *("Sales Dept", "Order")), "positive?").on_delete == ""
    assert constraint(table(catalog, "Sales Dept", "Order"), "when 'free'").kind is ConstraintKind.EXCLUSION
    assert constraint(table(catalog, "Sales Dept", "Order"), "checked").kind is ConstraintKind.TRIGGER
    assert constraint(table(catalog, "Sales Dept", "Order"), "in list").validated is False
    assert constraint(table(catalog, "public", "bird"), "animal_legs_check").inherited


def test_indexes_tell_plain_ones_from_others(wild: tuple[Catalog, str]) -> None:
    catalog, _ = wild
    order = table(catalog, "Sales Dept", "Order")
    plain = {i.name for i in order.indexes if i.plain}
    expression = next(i for i in order.indexes if "lower" in i.definition)
    unique = next(i for i in table(catalog, "public", "unlogged").indexes if i.constraint)

    assert plain == {"Order_pkey", "plain_one", "partial 'x'", "Order_group_idx2", "when 'free'"}
    assert index(order, "plain_one").columns == ("group", "Id")
    assert index(order, "plain_one").include == ('naïve "col" 数',)
    assert index(order, "Order_group_idx2").method == "hash"
    assert expression.columns == ("", "Id")
    assert expression.include == ("doubled",)
    assert "'a'::text" in (index(order, "partial 'x'").predicate or "")
    assert index(order, "Order_pkey").constraint == "Order_pkey"
    assert index(order, "Order_pkey").primary
    assert unique.nulls_not_distinct
    assert [i.name for i in view(catalog, "hidden", "totals").indexes] == ["totals_group"]


def test_an_index_that_was_never_finished_is_read_as_invalid(database: Database) -> None:
    """The debris of a failed concurrent build must be seen, or its name is taken for a good index."""
    database.execute("create table t (a int); insert into t values (1), (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        database.connect().execute("create unique index concurrently twice on t (a)")

    found = index(table(read(database.url), "public", "t"), "twice")

    assert (found.valid, found.unique) == (False, True)


def test_partitions_and_children_know_their_parents(wild: tuple[Catalog, str]) -> None:
    catalog, _ = wild
    events = table(catalog, "public", "events")
    leaf = table(catalog, "hidden", "events_rest_1")
    bird = table(catalog, "public", "bird")

    assert events.kind is TableKind.PARTITIONED
    assert events.partition_key == "LIST (region)"
    assert leaf.partition_of == QualifiedName("public", "events_rest")
    assert leaf.partition_bound == "FOR VALUES WITH (modulus 2, remainder 1)"
    assert table(catalog, "public", "events_eu").partition_key == "RANGE (at)"
    assert all(c.inherited for c in leaf.columns)
    assert all(c.inherited for c in leaf.foreign_keys)
    assert [t.inherited for t in leaf.triggers] == [True]
    assert [t.inherited for t in events.triggers] == [False]
    assert {i.partition_of for i in leaf.indexes} == {
        QualifiedName("public", i.name) for i in table(catalog, "public", "events_rest").indexes
    }
    assert bird.inherits == (QualifiedName("public", "animal"), QualifiedName("public", "flyer"))
    assert bird.partition_of is None
    assert {c.name: c.inherited for c in bird.columns} == {"name": True, "legs": True, "wings": True, "song": False}
    assert catalog.children[QualifiedName("public", "animal")] == (bird.name,)
    assert catalog.children[QualifiedName("public", "events_rest")] == (
        QualifiedName("hidden", "events_rest_1"),
        QualifiedName("public", "events_rest_0"),
    )


def test_triggers_are_decoded(wild: tuple[Catalog, str]) -> None:
    catalog, _ = wild
    users = {t.name: t for t in table(catalog, "public", "users").triggers}
    touch = users['Touch "it"']
    (instead,) = view(catalog, "Sales Dept", "per user").triggers
    checked = table(catalog, "Sales Dept", "Order").trigger("checked")

    assert list(users) == ['Touch "it"', "truncated", "with_tables"]
    assert (touch.timing, touch.events, touch.for_each_row) == ("before", ("update",), True)
    assert touch.update_columns == ("email", "mood")
    assert touch.function == QualifiedName("hidden", "touch")
    assert [t.enabled for t in users.values()] == ["R", "A", "D"]
    assert users["truncated"].for_each_row is False
    assert (instead.timing, instead.events) == ("instead", ("delete", "insert", "update"))
    assert checked is not None
    assert (checked.constraint, checked.deferrable, checked.deferred) == (True, True, True)


def test_policies_grants_and_roles_name_people(wild: tuple[Catalog, str]) -> None:
    catalog, role = wild
    policies = {p.name: p for p in table(catalog, "public", "users").policies}

    assert {p.command for p in policies.values()} == {"*", "r", "a", "w", "d"}
    assert policies["adding"].permissive is False
    assert policies["adding"].roles == ("public",)
    assert policies["reading"].roles == (role,)
    assert policies["changing"].roles == tuple(sorted([role, catalog.current_user]))
    assert policies["adding"].using is None
    assert any("=ar*" not in a and "ar" in a for a in table(catalog, "public", "users").acl)
    assert table(catalog, "public", "log").acl != table(catalog, "public", "unlogged").acl
    assert role in {r.name for r in catalog.roles}
    assert not any(r.name.startswith("pg_") for r in catalog.roles)


def test_views_know_what_they_read(wild: tuple[Catalog, str]) -> None:
    catalog, _ = wild
    per_user = view(catalog, "Sales Dept", "per user")

    assert per_user.reads == (QualifiedName("Sales Dept", "Order"), QualifiedName("public", "happy"))
    assert per_user.columns == ("id", "email", "orders")
    assert per_user.options == ("security_invoker=true",)
    assert [r.name for r in per_user.rules] == ["happy_delete"]
    assert view(catalog, "hidden", "totals").kind == "m"
    assert "check_option=local" in view(catalog, "public", "happy").options


def test_routines_types_sequences_and_publications_are_read(wild: tuple[Catalog, str]) -> None:
    catalog, _ = wild
    routines = {(r.name.name, r.arguments): r for r in catalog.routines}
    types = {t.name.name: t.definition for t in catalog.types}
    sequences = {s.name.name: s for s in catalog.sequences}
    publications = {p.name: p for p in catalog.publications}
    weird = next(r for r in catalog.routines if r.name.name == "Weird Func")

    assert {r.kind for r in catalog.routines} == {"f", "p", "a"}
    assert (weird.security_definer, weird.volatility) == (True, "s")
    assert weird.config == ("search_path=public, pg_temp",)
    assert ("plus", "a integer, b integer") in routines
    assert "span" not in {r.name.name for r in catalog.routines}
    assert types["mood"] == "enum ('sad', 'o''k', 'meh', 'happy', 'ünder \"quotes\"')"
    assert types["email"].startswith('domain text collate pg_catalog."C" default ')
    assert types["address"] == (
        'composite (street text collate pg_catalog."C", "zip code" character varying(10), tags text[])'
    )
    assert types["span"].startswith("range (subtype numeric")
    assert sequences["table_where_seq"].owned_by == "select.table.where"
    assert sequences["Order_Id_seq"].options.endswith(" identity")
    assert sequences['own "seq"'].type == "smallint"
    assert publications["pub_all"].all_tables
    assert publications["pub 1"].tables[1].startswith("public.users (id, email) where (id <> ")
    assert publications["pub_schema"].schemas == ("hidden",)
    assert catalog.event_triggers[0].tags == ("ALTER TABLE", "CREATE TABLE")


def test_what_came_with_18_is_read(wild: tuple[Catalog, str], server: Server) -> None:
    if server.major < 18:
        pytest.skip("virtual columns, named NOT NULL and NOT ENFORCED came with PostgreSQL 18")
    catalog, _ = wild
    virtual = table(catalog, "public", "virtual")
    generated = virtual.column("b")

    assert generated is not None
    assert generated.generated == "v"
    assert constraint(virtual, "a is there").kind is ConstraintKind.NOT_NULL
    assert constraint(virtual, "a is there").columns == ("a",)
    assert constraint(virtual, "later").validated is False
    assert constraint(virtual, "unenforced").enforced is False
    assert constraint(virtual, "virtual_d_fkey").enforced is False
    assert constraint(virtual, "a is there").enforced


def test_only_the_named_schemas_are_read(database: Database) -> None:
    load_wild(database)
    with db.connect(database.url) as conn:
        catalog = read_catalog(conn, schemas=["hidden"])

    assert {t.name.schema for t in catalog.tables} == {"hidden"}
    assert [s.name for s in catalog.schemas] == ["hidden"]
    assert {r.name.schema for r in catalog.routines} == {"hidden"}


def test_system_schemas_and_our_own_are_left_out(database: Database) -> None:
    database.execute(
        "create schema ringfence; create table ringfence.journal (a int); create function ringfence.f()"
        " returns int language sql as 'select 1'; create table public.t (a int)"
    )
    catalog = read(database.url)

    assert [str(t.name) for t in catalog.tables] == ["public.t"]
    assert catalog.routines == ()
    assert [s.name for s in catalog.schemas] == ["public"]


def test_a_grant_written_out_equals_the_default(database: Database) -> None:
    """GRANT and REVOKE of a privilege leaves the default spelled out; nothing has changed for anybody."""
    database.execute("create table t (a int); create function f() returns int language sql as 'select 1'")
    before = read(database.url)
    database.execute(
        "grant select on t to public; revoke select on t from public;"
        "revoke execute on function f() from public; grant execute on function f() to public"
    )
    after = read(database.url)

    assert describe(compare(before, after)) == ""


def test_settings_of_roles_lose_their_secrets(database: Database) -> None:
    role = database.create_role("with_settings")
    with database.server.admin() as conn:
        conn.execute(sql.SQL("alter role {} set app.jwt_secret = 'hush'").format(sql.Identifier(role)))
        conn.execute(sql.SQL("alter role {} set statement_timeout = '3s'").format(sql.Identifier(role)))
        conn.execute(
            sql.SQL("alter role {} in database {} set pgrst.db_schemas = 'api'").format(
                sql.Identifier(role), sql.Identifier(database.name)
            )
        )
    found = next(r for r in read(database.url).roles if r.name == role)

    assert found.config == (f"app.jwt_secret={SECRET}", "statement_timeout=3s")
    assert found.database_config == ("pgrst.db_schemas=api",)


def test_memberships_carry_their_options(database: Database, server: Server) -> None:
    group, member = database.create_role("group", "nologin"), database.create_role("member", "login noinherit")
    options = " with inherit true, set false" if server.major >= 16 else ""
    with server.admin() as conn:
        conn.execute(sql.SQL("grant {} to {}" + options).format(sql.Identifier(group), sql.Identifier(member)))
    found = next(r for r in read(database.url).roles if r.name == member)

    assert found.member_of == (group,)
    assert found.memberships[0].role == group
    assert found.memberships[0].inherit is (server.major >= 16)
    assert found.memberships[0].set_role is (server.major < 16)


def test_sizes_are_measured_and_stay_out_of_the_fingerprint(database: Database) -> None:
    database.execute("create table t (a int primary key, b text)")
    before = read(database.url)
    database.execute("insert into t select i, repeat('x', 100) from generate_series(1, 5000) i; analyze t")
    database.execute("vacuum t")
    after = read(database.url)
    measure = after.measure(QualifiedName("public", "t"))

    assert before.measure(QualifiedName("public", "t")).rows_estimate == -1
    assert measure.rows_estimate == 5000
    assert measure.bytes_total > measure.pages * 8192 > 0
    assert measure.frozen_age >= 0
    assert before.fingerprint == after.fingerprint


def test_reading_while_others_change_the_schema_is_no_error(database: Database) -> None:
    """Definition functions look at the newest catalog, not at our snapshot: what vanished in between is read again."""
    stop = threading.Event()
    rounds = 0

    def churn() -> None:
        nonlocal rounds
        with psycopg.connect(database.url, autocommit=True) as conn:
            while not stop.wait(0.03):
                conn.execute("create table churn (a int primary key check (a > 0), b int default 7)")
                conn.execute("create index on churn (b) where a > 5; create view churning as select a from churn")
                conn.execute("drop table churn cascade")
                rounds += 1

    database.execute("create table stays (a int)")
    thread = threading.Thread(target=churn)
    thread.start()
    try:
        with db.connect(database.url) as conn:
            for _ in range(40):
                assert read_catalog(conn).table(QualifiedName("public", "stays"))
    finally:
        stop.set()
        thread.join()

    assert rounds > 10


def test_reading_leaves_the_connection_as_it_was(database: Database) -> None:
    with db.connect(database.url) as conn:
        read_catalog(conn)
        row = conn.execute("show transaction_isolation").fetchone()

        assert row == {"transaction_isolation": "read committed"}
        assert conn.info.transaction_status is psycopg.pq.TransactionStatus.IDLE


def test_columns_made_at_different_times_are_equal(database: Database) -> None:
    """Some servers count the versions of a column in its options (pg_attver, 15.20): that is no property of a schema."""
    database.execute("create table a (x int, y text); alter table a alter y set (n_distinct = 5)")
    database.execute("create table b (x int); alter table b add y text; alter table b alter y set (n_distinct = 5)")

    catalog = read(database.url)

    first, second = (catalog.by_name[QualifiedName("public", name)].columns for name in "ab")
    assert first == second
    assert first[1].options == ("n_distinct=5",)
