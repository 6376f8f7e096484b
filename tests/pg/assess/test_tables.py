"""Tables, their triggers, rules and views: the fault is real, it is found, the hint repairs it, nothing is found."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from pg.assess.watching import ADD_COLUMN, Watch, only_t
from ringfence.assess.model import Severity
from ringfence.names import QualifiedName
from ringfence.tenancy.model import FoundingTenant, Hop, ThroughForeignKey, ThroughMembership
from support.databases import Database
from unit.assess.values import tenancy, tenant

T = "create table public.t (id int primary key, owner_id int, b text); insert into public.t values (1, 1, 'x');"
BATCH = (
    "with victim as materialized (select ctid as place from only public.t for no key update skip locked),"
    " changed as (update only public.t t set b = b from victim v where t.ctid = v.place returning true)"
    " select count(*) from changed"
)


@pytest.mark.parametrize(
    "uses",
    [
        "create table public.log (stored public.t)",
        "create table public.log (stored public.t[])",
        "create domain public.d as public.t check (value is not null); create table public.log (stored public.d)",
        "create type public.pair as (x public.t, y int); create table public.log (stored public.pair)",
        "create type public.pair as (x public.t[], y int); create table public.log (stored public.pair[])",
    ],
)
def test_a_column_that_stores_rows(database: Database, uses: str) -> None:
    """ADD COLUMN with a default is refused (0A000) however deep the row type hides; jsonb stores the same."""
    watch = Watch(database, scopes=only_t())
    database.execute(f"{T} {uses};")

    with database.connect() as conn, pytest.raises(psycopg.errors.FeatureNotSupported):
        conn.execute(ADD_COLUMN.encode())

    assert watch.repair("RFA-ROW-TYPE-COLUMN").subject == "public.t"
    watch.survives("select 1")


def test_a_typed_table(database: Database) -> None:
    """A table made OF a type takes no column until it is its own."""
    watch = Watch(database, scopes=only_t())
    database.execute("create type public.kind as (id int, owner_id int); create table public.t of public.kind")

    with database.connect() as conn, pytest.raises(psycopg.errors.WrongObjectType):
        conn.execute(ADD_COLUMN.encode())

    watch.repair("RFA-TYPED-TABLE")
    watch.survives("select 1")


def test_no_column_slot_left(database: Database) -> None:
    """Dropped columns take their slot with them; a copy of the table has room again."""
    watch = Watch(database, scopes=only_t())
    columns = ", ".join(f"c{n} bool" for n in range(1600))
    drops = ", ".join(f"drop column c{n}" for n in range(1, 1600))
    database.execute(f"create table public.t ({columns}); alter table public.t {drops}")

    with database.connect() as conn, pytest.raises(psycopg.errors.TooManyColumns):
        conn.execute(ADD_COLUMN.encode())
    assert watch.the("RFA-COLUMN-SLOTS").severity is Severity.ERROR

    database.execute(
        "create table public.t_new (like public.t including all); drop table public.t;"
        " alter table public.t_new rename to t"
    )
    assert watch.found("RFA-COLUMN-SLOTS") == []
    watch.survives("select 1")


def test_no_primary_key(database: Database) -> None:
    """With a unique index over not null columns the hint only renames it; without, it adds a column."""
    watch = Watch(database, scopes=only_t())
    database.execute("create table public.t (id int not null, owner_id int); create unique index u on public.t (id)")
    assert "using index" in watch.repair("RFA-NO-PRIMARY-KEY").hint

    database.execute("alter table public.t drop constraint t_pkey")
    assert "generated always as identity" in watch.repair("RFA-NO-PRIMARY-KEY").hint


def test_shapes_to_know(database: Database) -> None:
    """Partitions, inheritance children, unlogged tables, global uniqueness and long names are said once each."""
    long = "t" * 60
    watch = Watch(database)
    database.execute(
        f"""
        create table public.part (id int, at date, primary key (id, at)) partition by range (at);
        create table public.part_1 partition of public.part for values from ('2026-01-01') to ('2027-01-01');
        create table public.parent (id int primary key);
        create table public.child (primary key (id)) inherits (public.parent);
        create unlogged table public.fast (id int primary key, slug text unique, during int4range,
          constraint no_overlap exclude using gist (during with &&));
        create table public.{long} (id int primary key);
        create view public.all_of_parent as select * from public.parent;
        create table public.late (id int primary key, p int references public.parent deferrable initially deferred);
        """
    )

    found = {f.code: f for f in watch.assess().findings}

    assert found["RFA-PARTITIONED"].subject == "public.part"
    assert found["RFA-INHERITANCE"].subject == "public.child"
    assert found["RFA-UNLOGGED"].subject == "public.fast"
    assert found["RFA-GLOBAL-UNIQUE"].detail == "fast_slug_key (slug)\nno_overlap (during)"
    assert long in found["RFA-LONG-NAMES"].detail
    assert found["RFA-VIEW-COLUMNS"].subject == "public.all_of_parent"
    assert found["RFA-VIEW-OWNER"].subject == "public.all_of_parent"
    assert "late_p_fkey" in found["RFA-DEFERRABLE"].message
    assert all(f.severity is not Severity.ERROR for f in found.values())


def test_a_view_as_its_invoker(database: Database) -> None:
    """security_invoker settles whose rights the view has."""
    watch = Watch(database)
    database.execute(f"{T} create view public.v as select id from public.t")

    watch.the("RFA-VIEW-OWNER")
    database.execute("alter view public.v set (security_invoker = true)")
    assert watch.found("RFA-VIEW-OWNER") == []


def test_a_view_that_writes(database: Database) -> None:
    """An INSTEAD OF trigger writes the table by its old columns, which goes on working."""
    watch = Watch(database, scopes=only_t())
    database.execute(
        T
        + """create view public.v as select id, b from public.t;
        create function public.write() returns trigger language plpgsql as
          'begin insert into public.t (id, b) values (new.id, new.b); return new; end';
        create trigger write instead of insert on public.v for each row execute function public.write();"""
    )

    watch.survives("insert into public.v values (5, 'y')")
    watch.the("RFA-VIEW-WRITES")
    database.execute("drop trigger write on public.v")
    assert watch.found("RFA-VIEW-WRITES") == []


def test_a_materialized_view_under_force(database: Database) -> None:
    """REFRESH as an owner whom FORCE leaves no row stores none and says nothing."""
    owner = database.create_role("owner", "login")
    watch = Watch(database)
    database.execute(
        f"""{T}
        alter table public.t owner to {owner}; grant all on schema public to {owner};
        alter table public.t enable row level security; alter table public.t force row level security;
        set role {owner}; create materialized view public.m as select * from public.t;"""
    )

    with database.connect() as conn:
        assert conn.execute("select count(*) from public.m").fetchone() == (0,)
    watch.repair("RFA-FORCED-REFRESH")
    with database.connect() as conn:
        conn.execute("refresh materialized view public.m")
        assert conn.execute("select count(*) from public.m").fetchone() == (1,)


def test_foreign_partition(database: Database) -> None:
    """A partition on another server stands in the way of unique keys; detached it does not."""
    watch = Watch(database, scopes=only_t())
    database.execute(
        """
        create foreign data wrapper nowhere; create server away foreign data wrapper nowhere;
        create table public.t (id int, owner_id int) partition by list (id);
        create table public.t_1 partition of public.t for values in (1);
        create foreign table public.t_2 partition of public.t for values in (2) server away;
        """
    )

    with database.connect() as conn, pytest.raises(psycopg.errors.WrongObjectType):
        conn.execute("create unique index on public.t (id)")
    watch.repair("RFA-FOREIGN-TABLE")
    with database.connect() as conn:
        conn.execute("create unique index on public.t (id)")


def test_temporary_table_of_the_same_name(database: Database) -> None:
    """It hides the real table from its session until the session ends."""
    watch = Watch(database, scopes=only_t())
    database.execute(T)
    with database.connect() as conn:
        conn.execute("create temporary table t (id int)")
        watch.the("RFA-TEMPORARY")
    assert watch.found("RFA-TEMPORARY") == []


def test_extension_table(database: Database) -> None:
    """A table that belongs to an extension is not in a dump; left out of the spec it is no matter."""
    watch = Watch(database, scopes=only_t())
    database.execute(f"{T} alter extension plpgsql add table public.t")

    watch.the("RFA-EXTENSION-TABLE")
    watch.scopes = tenancy()
    assert watch.found("RFA-EXTENSION-TABLE") == []


# --- triggers and rules ------------------------------------------------------------------------------------------

TOUCH = """
create function public.touch() returns trigger language plpgsql as 'begin new.b := now(); return new; end';
create function public.note() returns trigger language plpgsql as
  'begin perform pg_notify(''t'', ''x''); return null; end';
"""


def test_update_triggers_under_a_limited_role(database: Database) -> None:
    """AFTER triggers fire once per row of the backfill, until the role may work in the replica role."""
    role = database.create_role("migrator")
    watch = Watch(database, role, only_t())
    database.execute(
        f"""{T} {TOUCH} alter table public.t owner to {role}; grant all on schema public to {role};
        create trigger note after update on public.t for each row execute function public.note();
        create trigger of_b after update of b on public.t for each row execute function public.note();"""
    )

    finding = watch.the("RFA-UPDATE-TRIGGER")
    assert finding.severity is Severity.WARNING
    database.execute(finding.hint)
    assert watch.the("RFA-UPDATE-TRIGGER").severity is Severity.INFO
    database.execute(f"revoke set on parameter session_replication_role from {role}")


def test_a_trigger_that_always_fires(database: Database) -> None:
    """ENABLE ALWAYS fires in the replica role too; as an ordinary trigger it is held off."""
    watch = Watch(database, scopes=only_t())
    database.execute(
        f"""{T} {TOUCH} create trigger touch before update on public.t for each row execute function public.touch();
        alter table public.t enable always trigger touch;"""
    )

    finding = watch.the("RFA-UPDATE-TRIGGER")
    assert finding.severity is Severity.WARNING
    database.execute(finding.hint)
    assert watch.the("RFA-UPDATE-TRIGGER").severity is Severity.INFO


def test_a_trigger_no_name_can_follow(database: Database) -> None:
    """Names sort by bytes: nothing of ours comes after é, so the application's trigger is renamed."""
    watch = Watch(database, scopes=only_t())
    database.execute(
        f'{T} {TOUCH} create trigger "étiquette" before insert on public.t for each row execute function public.touch()'
    )

    assert watch.repair("RFA-TRIGGER-ORDER").severity is Severity.ERROR


def test_a_trigger_before_the_sign_up(database: Database) -> None:
    """An AFTER INSERT trigger on the users table that would fire before a new user has an organization."""
    watch = Watch(database, scopes=only_t())
    database.execute(
        f"""{T} {TOUCH} create table public.users (id int primary key);
        create trigger "00_first" after insert on public.users for each row execute function public.note()"""
    )

    assert watch.repair("RFA-TRIGGER-ORDER").severity is Severity.INFO


def test_update_rules_stop_a_batch(database: Database) -> None:
    """A rule on UPDATE makes the batch fail with 0A000; disabled it does not, and a trigger can do its work."""
    watch = Watch(database, scopes=only_t())
    database.execute(
        f"{T} create table public.log (id int);"
        " create rule note as on update to public.t do also insert into public.log values (new.id)"
    )

    watch.breaks(BATCH, "0A000")
    assert watch.repair("RFA-REWRITE-RULE").severity is Severity.ERROR
    watch.survives(BATCH)


def test_insert_rules_are_to_be_known(database: Database) -> None:
    """An INSERT rule sends rows elsewhere."""
    watch = Watch(database, scopes=only_t())
    database.execute(f"{T} create rule away as on insert to public.t do instead nothing")

    watch.survives(BATCH)
    assert watch.repair("RFA-REWRITE-RULE").severity is Severity.WARNING


def test_event_triggers(database: Database) -> None:
    """Whatever runs at every schema change runs at ours."""
    watch = Watch(database)
    database.execute(
        """create function public.refuse() returns event_trigger language plpgsql as
          'begin if tg_tag = ''ALTER TABLE'' then raise ''not today''; end if; end';
        create table public.t (id int primary key);
        create event trigger refuse on ddl_command_end execute function public.refuse();"""
    )

    with database.connect() as conn, pytest.raises(psycopg.errors.RaiseException):
        conn.execute(ADD_COLUMN.encode())
    watch.repair("RFA-EVENT-TRIGGER")
    watch.survives("select 1")


# --- how tenants are derived -------------------------------------------------------------------------------------


def test_rows_that_may_have_no_tenant(database: Database) -> None:
    """A nullable parent without foreign key; the hint's last resort settles it, and so does a sure key."""
    watch = Watch(database, scopes=only_t())
    database.execute(f"{T} create table public.users (id int primary key); insert into public.users values (1)")

    finding = watch.the("RFA-ORPHANS")
    assert "founding" in finding.hint

    watch.scopes = tenancy(tenant("t", ThroughMembership("owner_id"), FoundingTenant()))
    assert watch.found("RFA-ORPHANS") == []
    watch.scopes = only_t()
    database.execute(
        "alter table public.t alter owner_id set not null, add foreign key (owner_id) references public.users"
    )
    assert watch.found("RFA-ORPHANS") == []


def test_a_parent_that_is_lost_on_delete(database: Database) -> None:
    """ON DELETE SET NULL takes the derivation away later."""
    hop = Hop(("owner_id",), QualifiedName("public", "p"), ("id",))
    watch = Watch(
        database, scopes=tenancy(tenant("p", ThroughMembership("id")), tenant("t", ThroughForeignKey((hop,))))
    )
    database.execute(
        """create table public.users (id int primary key);
        create table public.p (id int primary key references public.users);
        create table public.t (id int primary key,
          owner_id int not null default 1 references public.p on delete set default)"""
    )

    assert "ON DELETE SET NULL or DEFAULT" in watch.the("RFA-ORPHANS").detail
    database.execute(
        "alter table public.t drop constraint t_owner_id_fkey, add foreign key (owner_id) references public.p"
    )
    assert watch.found("RFA-ORPHANS") == []


def test_the_tenant_columns_name_is_taken(database: Database) -> None:
    """An OAuth client's text id is no tenant; another name for the column is the way out."""
    watch = Watch(database, scopes=only_t(column_exists=True))
    database.execute("create table public.t (id int primary key, owner_id int, client_id text)")

    assert 'column = "tenant_id"' in watch.the("RFA-COLUMN-TAKEN").hint
    watch.scopes = only_t(column="tenant_id")
    assert watch.found("RFA-COLUMN-TAKEN") == []


def test_generated_columns_in_the_derivation(database: Database) -> None:
    """A BEFORE trigger does not see their value; the column they are made of it does."""
    watch = Watch(database, scopes=only_t())
    database.execute(
        """create table public.t (id int primary key, data jsonb,
          owner_id int generated always as ((data ->> 'owner')::int) stored);
        create function public.look() returns trigger language plpgsql as
          'begin if new.owner_id is null then raise ''unseen''; end if; return new; end';
        create trigger look before insert on public.t for each row execute function public.look()"""
    )

    with database.connect() as conn, pytest.raises(psycopg.errors.RaiseException):
        conn.execute("""insert into public.t (id, data) values (1, '{"owner": 1}')""")
    assert watch.the("RFA-GENERATED").severity is Severity.ERROR

    database.execute("alter table public.t alter owner_id drop expression")
    assert watch.found("RFA-GENERATED") == []


def test_names_that_would_be_created(database: Database) -> None:
    """A table of that name stands there and is not adopted; under another name there is room."""
    watch = Watch(database, scopes=only_t())
    database.execute(f"{T} create table public.organizations (id int primary key)")

    assert watch.the("RFA-NAME-TAKEN").subject == "public.organizations"
    scopes = only_t()
    other = replace(scopes.organizations, table=QualifiedName("public", "tenant_organizations"))
    watch.scopes = replace(scopes, organizations=other)
    assert watch.found("RFA-NAME-TAKEN") == []
