"""After phase 6 nobody whom row security binds reads or writes another tenant's rows, the tables' owner included."""

from __future__ import annotations

import contextlib
import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ringfence import db, verbs
from ringfence.catalog.compare import compare, describe
from ringfence.catalog.pg import read_catalog
from ringfence.embedded import client_tool
from ringfence.plan.context import store_key
from ringfence.runtime import BlockingTenantDatabase, NoTenantContext, SealKey, TenantContext
from ringfence.verify.model import Outcome
from support.cases import Case
from support.databases import Database, unique_name
from support.hosted import hand_over

CASES = Path(__file__).parents[2] / "cases"
Denied = psycopg.errors.InsufficientPrivilege
Cursor = psycopg.Cursor[Any]

TABLES = ("documents", "comments", "events", "events_2026", "events_2027", "profiles")


class World:
    """The Supabase case after phase 6, with two tenants to act as."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.database = case.database
        rows = self.ask("select user_id::text, organization_id::text from public.user_organizations order by user_id")
        tenants = dict.fromkeys(organization for _, organization in rows)
        self.a, self.b = list(tenants)[:2]
        self.user_of = {organization: user for user, organization in reversed(rows)}

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """What the administrator sees: everything."""
        with psycopg.connect(self.database.url, autocommit=True) as conn:
            return conn.execute(query.encode()).fetchall()

    def count(self, table: str, tenant: str) -> int:
        """How many rows of a table are a tenant's."""
        return int(self.ask(f"select count(*) from public.{table} where client_id = '{tenant}'")[0][0])

    @contextmanager
    def acting(self, tenant: str | None, role: str = "authenticated", login: str = "authenticator") -> Iterator[Cursor]:
        """A transaction as PostgREST opens it; whatever was done in it is rolled back."""
        claims = (
            "{}"
            if tenant is None
            else f'{{"sub":"{self.user_of[tenant]}","role":"{role}","app_metadata":{{"org_id":"{tenant}"}}}}'
        )
        with psycopg.connect(self.database.url_as(login)) as conn:
            conn.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            conn.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
            yield conn.cursor()
            conn.rollback()


@pytest.fixture
def world(supabase_database: Database, tmp_path: Path) -> World:
    """The Supabase case, enforced."""
    case = Case.load(CASES / "enforce_supabase", supabase_database, tmp_path)
    report = case.apply()
    assert report.outcome == "finished", (report.gates_missing, report.detail)
    return World(case)


def test_two_tenants_are_kept_apart(world: World) -> None:
    """SELECT, UPDATE, DELETE and INSERT on every table and partition, with and without WHERE: one's own rows alone."""
    open_ids = {r[0] for r in world.ask("select id from public.documents where is_public")}
    for table in TABLES:
        own, others = world.count(table, world.a), world.count(table, world.b)
        if table != "events_2027":
            assert own
            assert others, "a table in which the other has nothing shows nothing"
        with world.acting(world.a) as me:
            seen = me.execute(f"select client_id::text, t::text from public.{table} t").fetchall()
            if table == "documents":
                ids = {r[0] for r in me.execute("select id from public.documents where client_id <> %s", (world.a,))}
                assert ids <= open_ids
                assert ids
            else:
                assert {tenant for tenant, _ in seen} <= {world.a}
            assert sum(tenant == world.a for tenant, _ in seen) == own
            assert me.execute(
                f"select count(*) from public.{table} where client_id = %s and %s", (world.b, table != "documents")
            ).fetchone() == (0,)
        with world.acting(world.a) as me:
            # a profile may be changed by whoever it is of alone: the application's own rule, kept
            expected = 1 if table == "profiles" else own
            assert me.execute(f"update public.{table} set client_id = client_id").rowcount == expected
        with world.acting(world.a) as me:
            expected = 0 if table == "profiles" else own
            assert me.execute(f"delete from public.{table}").rowcount == expected
        # the fill trigger puts back a tenant that the row's owner has no part in; where it does not, the floor refuses
        with world.acting(world.a) as me, contextlib.suppress(Denied):
            moved = me.execute(f"update public.{table} set client_id = %s returning client_id::text", (world.b,))
            assert {r[0] for r in moved} <= {world.a}
        with world.acting(world.a) as me, pytest.raises(Denied):
            me.execute(f"truncate public.{table}")
    with world.acting(world.a) as me, pytest.raises(Denied):
        me.execute(
            "insert into public.documents (client_id, owner_id, title) values (%s, %s, 'planted')",
            (world.b, world.user_of[world.b]),
        )
    with world.acting(world.a) as me, pytest.raises(Denied):
        me.execute(
            "insert into public.events_2026 values (9, '2026-03-03', %s, 'planted', %s)",
            (world.user_of[world.b], world.b),
        )


def test_a_comment_on_anothers_document_is_refused(world: World) -> None:
    """The fill trigger finds the parent's tenant past row security, and the floor then refuses the row."""
    (theirs,) = world.ask(f"select id from public.documents where client_id = '{world.b}' limit 1")[0]
    for column in ("", f", '{world.a}'"):
        named = ", client_id" if column else ""
        with world.acting(world.a) as me, pytest.raises((Denied, psycopg.errors.ForeignKeyViolation)):
            me.execute(f"insert into public.comments (document_id, body{named}) values ('{theirs}', 'x'{column})")


def test_nothing_beyond_rows_is_left_on_shared_tables_and_views(world: World) -> None:
    """A shared table is everybody's: no tenant may empty it, or have its own code run in what others do."""
    for relation in ("public.countries", "public.open_documents"):
        for privilege in ("TRUNCATE", "REFERENCES", "TRIGGER"):
            for role in ("anon", "authenticated"):
                allowed = world.ask(f"select has_table_privilege('{role}', '{relation}', '{privilege}')")
                assert allowed == [(False,)], (role, relation, privilege)
    assert world.ask("select has_table_privilege('authenticated', 'public.countries', 'SELECT')") == [(True,)]


def test_the_owner_is_bound_too(world: World) -> None:
    """FORCE and an owner without BYPASSRLS: whoever became the owner sees his tenant and nothing else."""
    with psycopg.connect(world.database.url) as conn:
        conn.execute("grant ringfence_owner to authenticator; set local session authorization authenticator")
        conn.execute("set local role ringfence_owner")
        conn.execute(
            "select set_config('request.jwt.claims', %s, true)",
            (f'{{"sub":"{world.user_of[world.a]}","app_metadata":{{"org_id":"{world.a}"}}}}',),
        )
        for table in ("comments", "events"):
            assert conn.execute(f"select count(*) from public.{table}".encode()).fetchone() == (
                world.count(table, world.a),
            )
            assert conn.execute(f"delete from public.{table}".encode()).rowcount == world.count(table, world.a)
        conn.rollback()
    with psycopg.connect(world.database.url) as conn:
        conn.execute("set local role ringfence_owner")
        with pytest.raises(psycopg.Error) as refused:
            conn.execute("select from public.comments")
    assert refused.value.sqlstate == "RF901", "a login whose claims are not believed gets an error, not nothing"


def test_without_a_tenant_there_is_nothing_but_what_is_open(world: World) -> None:
    """A visitor through the gateway sees open rows; a former member sees nothing of his old organization."""
    with world.acting(None, "anon") as me:
        assert me.execute("select bool_and(is_public), count(*) > 0 from public.documents").fetchone() == (True, True)
        for table in ("comments", "events", "events_2026", "profiles"):
            assert me.execute(f"select count(*) from public.{table}").fetchone() == (0,)
        assert me.execute("delete from public.documents").rowcount == 0
    world.ask(f"delete from public.user_organizations where user_id = '{world.user_of[world.a]}' returning 1")
    with world.acting(world.a) as me:
        assert me.execute("select count(*) from public.comments").fetchone() == (0,)


def test_views_and_functions_show_what_their_caller_may_see(world: World) -> None:
    """Views read with the caller's rights, definer functions run as an owner who is bound, the materialized view is shut."""
    own, opened = (
        world.count("documents", world.a),
        int(world.ask("select count(*) from public.documents where is_public")[0][0]),
    )
    own_open = int(
        world.ask(f"select count(*) from public.documents where is_public and client_id = '{world.a}'")[0][0]
    )
    visible = own + opened - own_open
    with world.acting(world.a) as me:
        assert me.execute("select count(*) from public.open_documents").fetchone() == (opened,)
        assert me.execute("select count(*) from public.my_events").fetchone() == (world.count("events", world.a),)
        assert me.execute("select public.count_documents(), public.counted_twice()").fetchone() == (
            visible,
            2 * visible,
        )
        assert me.execute("select count(*) from public.search_documents('about', 1000)").fetchone() == (visible,)
        assert me.execute("select public.country('is')").fetchone() == ("Iceland",)
    for role in ("authenticated", "anon"):
        with world.acting(world.a, role) as me, pytest.raises(Denied):
            me.execute("select from public.busy_days")
    with psycopg.connect(world.database.url) as conn:
        conn.execute("set role service_role")
        assert conn.execute("select count(*) > 0 from public.busy_days").fetchone() == (True,)


def test_who_signs_up_has_a_profile_in_his_organization(world: World) -> None:
    """The auth server's login has no tenant; the trigger's row gets the one of whoever signs up."""
    user = uuid.uuid4()
    world.database.execute("grant usage on schema auth to supabase_auth_admin")
    with psycopg.connect(world.database.url_as("supabase_auth_admin"), autocommit=True) as conn:
        conn.execute("insert into auth.users (id, email) values (%s, 'late@c1.com')", (user,))
    found = world.ask(
        "select p.client_id = m.organization_id from public.profiles p"
        f" join public.user_organizations m on m.user_id = p.id where p.id = '{user}'"
    )
    assert found == [(True,)]


def test_a_row_without_tenant_gets_the_callers(world: World) -> None:
    """The column's default is the caller's organization, also where it is not the home of the row's owner."""
    user = world.user_of[world.a]
    world.ask(
        f"insert into public.user_organizations (user_id, organization_id) values ('{user}', '{world.b}') returning 1"
    )
    for tenant in (world.a, world.b):
        world.user_of[tenant] = user
        with world.acting(tenant) as me:
            me.execute("insert into public.documents (title) values ('mine') returning client_id::text")
            assert me.fetchone() == (tenant,)


def test_tables_made_later_are_closed(world: World) -> None:
    """However a table is made, row security is on and no request role is granted anything by itself."""
    world.database.execute(
        """
        create table public.later (id int);
        create table public.copied as select id, title from public.documents;
        select id, title into public.selected from public.documents;
        create table public.events_2028 partition of public.events for values from ('2028-01-01') to ('2029-01-01');
        create table public.events_2029 (like public.events);
        alter table public.events_2029 disable row level security;
        alter table public.events attach partition public.events_2029 for values from ('2029-01-01') to ('2030-01-01');
        create schema elsewhere;
        create table elsewhere.ours (id int);
        create temporary table passing (id int);
        """
    )
    found = world.ask(
        "select relname::text, relrowsecurity from pg_class where relkind = 'r' and relname ~ "
        "'^(later|copied|selected|events_202[89]|ours|passing)$' order by 1"
    )
    assert found == [
        ("copied", True),
        ("events_2028", True),
        ("events_2029", True),
        ("later", True),
        ("ours", False),
        ("selected", True),
    ] or found == [
        ("copied", True),
        ("events_2028", True),
        ("events_2029", True),
        ("later", True),
        ("ours", False),
        ("passing", False),
        ("selected", True),
    ]
    for table in ("later", "copied", "selected", "events_2028"):
        with world.acting(world.a) as me, pytest.raises(Denied):
            me.execute(f"select from public.{table}")


def test_break_glass_is_opened_by_name_and_ends(world: World) -> None:
    """With a reason and for minutes: then all rows, afterwards none, and the use is kept."""

    def as_operator(*statements: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(world.database.url, autocommit=True) as conn:
            conn.execute("set session authorization dashboard_user")
            for statement in statements:
                cursor = conn.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    everything = world.ask("select count(*) from public.comments")
    with pytest.raises(Denied):
        as_operator("set role ringfence_break_glass")
    for call, code in (("'a good reason, really', 31", "RF431"), ("'no', 5", "RF432"), ("null, 5", "RF432")):
        with pytest.raises(psycopg.Error) as refused:
            as_operator(f"select ringfence.break_glass_open({call})")
        assert refused.value.sqlstate == code
    with pytest.raises(Denied), world.acting(world.a) as me:
        me.execute("select ringfence.break_glass_open('a good reason, really', 5)")

    as_operator("select ringfence.break_glass_open('restore what customer 7 deleted', 5)")
    assert as_operator("set role ringfence_break_glass", "select count(*) from public.comments") == everything
    assert as_operator("select ringfence.break_glass_close()") == [(1,)]
    with pytest.raises(Denied):
        as_operator("set role ringfence_break_glass")

    as_operator("select ringfence.break_glass_open('restore what customer 8 deleted', 5)")
    world.database.execute("update ringfence.break_glass_uses set expires_at = now() where closed_at is null")
    assert as_operator("select ringfence.break_glass_close_expired()") == [(1,)]
    with pytest.raises(Denied):
        as_operator("set role ringfence_break_glass")
    uses = world.ask("select login, reason, closed_at is not null from ringfence.break_glass_uses order by id")
    assert uses == [
        ("dashboard_user", "restore what customer 7 deleted", True),
        ("dashboard_user", "restore what customer 8 deleted", True),
    ]


def test_a_dump_is_still_complete(world: World) -> None:
    """pg_dump by the role meant for it writes every row; by a role that row security binds it fails, and says so."""
    dumper = world.database.create_role("rf_dumper", "login bypassrls")
    bound = world.database.create_role("rf_bound", "login")
    world.database.execute(f'grant pg_read_all_data to "{dumper}", "{bound}"')

    def dump(user: str | None) -> subprocess.CompletedProcess[str]:
        parts = conninfo_to_dict(world.database.url)
        env = {"PATH": os.environ["PATH"], "PGHOST": str(parts["host"]), "PGPORT": str(parts.get("port", 5432))}
        env |= {"PGUSER": user or str(parts["user"]), "PGDATABASE": world.database.name}
        tool = client_tool("pg_dump", world.database.server.major)
        return subprocess.run(
            [tool, "--data-only", "--schema=public"], capture_output=True, text=True, timeout=120, env=env, check=False
        )

    for user in (None, dumper):
        written = dump(user)
        assert written.returncode == 0, written.stderr
        for table in ("documents", "comments", "events_2026", "profiles"):
            body = written.stdout.split(f"COPY public.{table} ")[1].split("\n", 1)[1].split("\\.\n")[0]
            assert len(body.splitlines()) == world.ask(f"select count(*) from public.{table}")[0][0]
    refused = dump(bound)
    assert refused.returncode != 0
    assert "row-level security" in refused.stderr


def test_a_dump_can_be_restored(world: World) -> None:
    """Policies, owners and defaults too: the restored database has the same catalog, and every row."""
    again = unique_name("rf_restored")
    server = world.database.server
    server.create_database(again)
    parts = conninfo_to_dict(world.database.url)
    env = {"PATH": os.environ["PATH"], "PGHOST": str(parts["host"]), "PGPORT": str(parts.get("port", 5432))}
    env |= {"PGUSER": str(parts["user"])}
    try:
        dumped = subprocess.run(
            [client_tool("pg_dump", server.major), "--dbname", world.database.name],
            capture_output=True,
            timeout=120,
            env=env,
            check=True,
        ).stdout
        restored = subprocess.run(
            [
                client_tool("psql", server.major),
                "-X",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "--single-transaction",
                "-d",
                again,
            ],
            input=dumped,
            capture_output=True,
            timeout=120,
            env=env,
            check=False,
        )
        assert restored.returncode == 0, restored.stderr.decode()
        with db.connect(server.url_of(again)) as conn:
            found = read_catalog(conn)
            for table in TABLES:
                rows = conn.execute(f"select count(*) as n from public.{table}".encode()).fetchone()
                assert rows == {"n": world.ask(f"select count(*) from public.{table}")[0][0]}
        assert describe(compare(world.case.catalog(), found, restored=True)) == ""
    finally:
        server.drop_database(again)


def test_the_functions_of_our_triggers_would_rather_fail(world: World) -> None:
    """Bound by row security they would overlook a parent and give no tenant, or the wrong one."""
    bound = world.database.create_role("rf_bound", "nologin")
    world.database.execute(
        f'grant all on schema ringfence, public to "{bound}"; grant all on all tables in schema public, ringfence to "{bound}";'
        f'alter function ringfence.fill_public_comments() owner to "{bound}"'
    )
    (mine,) = world.ask(f"select id from public.documents where client_id = '{world.a}' limit 1")[0]

    with world.acting(world.a) as me, pytest.raises(Denied, match="row-level security"):
        me.execute("insert into public.comments (document_id, body) values (%s, 'x')", (mine,))


def test_a_login_of_its_own_brings_a_sealed_context(database: Database, tmp_path: Path) -> None:
    """The application that owned its tables: bound now, with what it needs to go on, and nothing without a seal."""
    case = Case.load(CASES / "enforce_own_login", database, tmp_path)
    report = case.apply()
    assert report.outcome == "finished", (report.gates_missing, report.detail)
    key = SealKey.generate(1)
    with psycopg.connect(database.url, autocommit=True) as conn:
        conn.execute("grant usage on schema ringfence to rf_case_app")
        statement, values = store_key(key)
        conn.execute(statement.encode(), values)
        staff = conn.execute("select account_id, min(person_id) from public.staff group by 1 order by 1").fetchall()
        totals = dict(conn.execute("select account_id, count(*) from public.readings group by 1").fetchall())
        refused: dict[str, str] = {}
        for attempt in ("alter table public.readings disable row level security", "truncate public.readings"):
            conn.execute("set role rf_case_app")
            with pytest.raises(Denied) as no:
                conn.execute(attempt.encode())
            refused[attempt] = str(no.value)
            conn.execute("reset role")
    (account, person), (other, _) = staff[0], staff[1]

    with BlockingTenantDatabase(database.url_as("rf_case_app"), key=key) as tenants:
        with tenants.tenant(TenantContext(account, person, "rf_case_app")) as tx:
            assert tx.execute("select count(*) from public.readings").rows == ((totals[account],),)
            others = tx.execute("select count(*) from public.fine_readings where account_id <> %s", [account])
            assert others.rows == ((0,),)
            assert tx.execute("delete from public.readings where account_id = %s", [other]).count == 0
            tx.execute("insert into public.readings (person_id, value) values (%s, 1)", [person])
        with pytest.raises(NoTenantContext):
            tenants.tenant(None)  # type: ignore[arg-type]  # what a forgotten context looks like
    with psycopg.connect(database.url_as("rf_case_app"), autocommit=True) as bare:
        with pytest.raises(psycopg.Error) as silent:
            bare.execute("select from public.readings")
        assert silent.value.sqlstate == "RF901"
        forged = f'{{"sub":"{person}","app_metadata":{{"org_id":"{account}"}}}}'
        bare.execute("select set_config('request.jwt.claims', %s, false)", (forged,))
        with pytest.raises(psycopg.Error):
            bare.execute("select from public.readings")
    with psycopg.connect(database.url_as("rf_case_reports"), autocommit=True) as reports:
        assert reports.execute("select count(*) from public.readings").fetchone() == (sum(totals.values()) + 1,)

    assert case.revert().outcome == "finished"

    with db.connect(database.url) as check:
        row = check.execute("select rolbypassrls from pg_roles where rolname = 'rf_case_reports'").fetchone()
    assert row == {"rolbypassrls": False}
    assert case.catalog_differences() == ""


def test_a_role_like_hosted_supabase_postgres_can_enforce(supabase_database: Database, tmp_path: Path) -> None:
    """No superuser: no event trigger, so the exit gate looks for new tables; everything else is the same, and back."""
    database = supabase_database
    case = Case.load(CASES / "enforce_supabase", database, tmp_path)
    role = database.create_role("rf_hosted", "login createdb createrole bypassrls nosuperuser")
    database.execute("update cron.job set username = 'postgres'")
    if database.server.major < 16:
        # before 16 only a superuser makes a role that passes row security
        database.execute(
            "do $$ begin if not exists (select from pg_roles where rolname = 'ringfence_break_glass') then"
            " create role ringfence_break_glass nologin bypassrls; end if; end $$"
        )
    hand_over(database, role)
    case.user = role
    case.again()
    plan = case.plan()
    assert "enforce/new_tables" not in plan.steps_by_id

    left = case.apply()
    assert left.outcome == "gate"
    assert list(left.gates_missing) == ["RFG-DEFAULTS"], "the superuser's own default privileges are not ours to change"
    accept = {**case.accept, "RFG-DEFAULTS": "the platform's own role makes no tables here"}
    report = verbs.apply(case.url, case.config, accept=accept)

    assert report.outcome == "finished", (report.gates_missing, report.detail)
    assert case.differences_from_simulation(plan, 6) == ""
    world = World(case)
    with world.acting(world.a) as me:
        assert me.execute("select count(*) from public.comments").fetchone() == (world.count("comments", world.a),)
    case.old_writes()
    rows = case.digests()
    database.execute("create table public.later (id int); grant select on public.later to anon")
    assert any("RFG-NEW-TABLES public.later" in found for found in case.inconsistencies(plan, 6))
    database.execute("drop table public.later")
    assert case.revert().outcome == "finished"
    assert case.catalog_differences() == ""
    assert case.digests() == rows


def test_verify_finds_no_leak(supabase_database: Database, tmp_path: Path) -> None:
    """Every attack there is, before and after: nothing leaks afterwards."""
    case = Case.load(CASES / "enforce_supabase", supabase_database, tmp_path)
    case.apply(through=2)
    before = verbs.verify(case.url, case.config)
    assert before.leaked > 50

    report = case.apply()

    assert report.outcome == "finished", (report.gates_missing, report.detail)
    after = verbs.verify(case.url, case.config)
    # open_when = "is_public": that everybody may read those rows is no leak
    assert [v for v in after.attacks if v.outcome is Outcome.LEAKED] == []
    assert all(check.holds for check in after.checks)
    assert len(after.attacks) > 100
    # no bucket, a view of what is public anyway, a function that only counts
    assert after.not_tried.keys() == {"storage.objects", "public.open_documents", "public.count_documents()"}
