"""Roles, replication, clients and what goes on now: found on a real server, repaired by the hint, found no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from pg.assess.watching import Watch, only_t, renamed_users
from ringfence import db
from ringfence.assess.assess import assess
from ringfence.assess.model import CannotObserve, Observed, Severity
from ringfence.assess.pg import observe_database
from ringfence.catalog.model import Measure
from ringfence.catalog.pg import read_catalog
from ringfence.embedded import EmbeddedServer, ServerDidNotStart, available_majors
from ringfence.tenancy.model import ViewRule
from support.databases import Database, Server, unique_name

T = "create table public.t (id int primary key, owner_id int, b text); insert into public.t values (1, 1, 'x');"
XIDS = 100_500


# --- the migrating role ------------------------------------------------------------------------------------------


@pytest.fixture
def limited(database: Database) -> Watch:
    """A database seen by a role that owns nothing and may log in, no more."""
    database.execute("revoke create on schema public from public")
    return Watch(database, database.create_role("migrator"), only_t())


def test_tables_of_a_foreign_owner(limited: Watch) -> None:
    """Membership in the owner is enough to change its tables."""
    owner = limited.database.create_role("owner", "nologin")
    limited.database.execute(f"{T} alter table public.t owner to {owner}")

    assert limited.repair("RFA-OWNER").subject == f"role {owner}"
    with limited.database.connect(user=limited.user) as conn:
        conn.execute("alter table public.t add column client_id uuid")


def test_privileges_on_the_users_table(limited: Watch) -> None:
    """The platform's users table stays the platform's; three privileges on it are enough for the sign-up trigger."""
    limited.scopes = renamed_users(only_t(), "auth")
    limited.database.execute(
        f"{T} alter table public.t owner to {limited.user}; create schema auth;"
        " create table auth.users (id int primary key)"
    )

    assert "trigger" in limited.repair("RFA-TABLE-PRIVILEGE").hint
    limited.database.execute(f"grant usage on schema auth to {limited.user}")
    with limited.database.connect(user=limited.user) as conn:
        conn.execute(
            "create trigger t after insert on auth.users execute function suppress_redundant_updates_trigger()"
        )


def test_supabase_postgres_may_do_what_is_needed(supabase_database: Database) -> None:
    """A role with the rights of the hosted postgres needs no more than TRIGGER on auth.users."""
    role = supabase_database.create_role("hosted", "login bypassrls createrole")
    supabase_database.execute(
        f"""grant usage, create on schema public to {role}; grant create on database {supabase_database.name} to {role};
        grant usage on schema auth to {role}; grant select, references, trigger on auth.users to {role};
        set role {role}; {T}"""
    )
    watch = Watch(supabase_database, role, renamed_users(only_t(), "auth"))

    codes = {f.code for f in watch.assess().blockers}

    assert codes == set()
    assert watch.the("RFA-LIMITED-ROLE").severity is Severity.INFO


def test_create_on_schema_and_database(limited: Watch) -> None:
    """An index needs CREATE on its table's schema, schema ringfence CREATE on the database."""
    limited.database.execute(f"{T} alter table public.t owner to {limited.user}")

    with limited.database.connect(user=limited.user) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("create index on public.t (owner_id)")
    found = limited.found("RFA-CREATE")
    assert [f.subject.split()[0] for f in found] == ["database", "schema"]

    for finding in found:
        limited.database.execute(finding.hint)
    assert limited.found("RFA-CREATE") == []
    with limited.database.connect(user=limited.user) as conn:
        conn.execute("create index on public.t (owner_id); create schema ringfence")


def test_schema_ringfence_is_taken(limited: Watch) -> None:
    """Somebody else's schema of that name can be used by a member of its owner only."""
    owner = limited.database.create_role("other", "nologin")
    limited.database.execute(f"create schema ringfence authorization {owner}")

    limited.repair("RFA-SCHEMA-TAKEN")


def test_other_roles_sessions(limited: Watch) -> None:
    """Without pg_read_all_stats they look empty; with it nothing is missing."""
    assert limited.repair("RFA-ACTIVITY-UNSEEN").severity is Severity.WARNING


def test_forced_row_security(limited: Watch) -> None:
    """Under FORCE a filtered UPDATE changes nothing and succeeds; ours fails, and the hint lets it see the rows."""
    limited.database.execute(
        f"""{T} alter table public.t owner to {limited.user};
        alter table public.t enable row level security; alter table public.t force row level security"""
    )

    with limited.database.connect(user=limited.user) as conn:
        assert conn.execute("update public.t set b = 'y'").rowcount == 0
        conn.execute("set row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("update public.t set b = 'y'")

    limited.repair("RFA-HIDDEN-ROWS")
    with limited.database.connect(user=limited.user) as conn:
        conn.execute("set row_security = off")
        assert conn.execute("update public.t set b = 'y'").rowcount == 1


@pytest.mark.parametrize("name", ["statement_timeout", "idle_session_timeout", "default_transaction_isolation"])
def test_settings_a_role_brings_along(limited: Watch, name: str) -> None:
    """Timeouts and isolation of the role are found behind our own SET."""
    value = "serializable" if name == "default_transaction_isolation" else "90s"
    limited.database.execute(f"alter role {limited.user} set {name} = '{value}'")

    assert limited.repair("RFA-TIMEOUT").subject == f"setting {name}"


def test_a_role_that_fires_no_triggers(database: Database) -> None:
    """What it writes would get no tenant; reset, it fires triggers like everybody."""
    role = database.create_role("etl")
    database.execute(f"alter role {role} in database {database.name} set session_replication_role = replica")

    assert Watch(database).repair("RFA-REPLICA-ROLE").subject == f"role {role}"


# --- replication -------------------------------------------------------------------------------------------------

UPDATE = "update public.t set b = 'y'"


@pytest.mark.parametrize(
    ("setup", "sqlstate"),
    [
        ("alter table public.t replica identity nothing; create publication {p} for table public.t", "55000"),
        ("alter table public.t drop constraint t_pkey; create publication {p} for table public.t", "55000"),
        ("create publication {p} for table public.t (b)", "42P10"),
        ("alter table public.t replica identity full; create publication {p} for table public.t (id, b)", "42P10"),
        ("create publication {p} for table public.t where (b = 'y')", "42P10"),
    ],
)
def test_publications_that_make_updates_fail(database: Database, setup: str, sqlstate: str) -> None:
    """An UPDATE the publication cannot send fails for everybody, the backfill included."""
    watch = Watch(database, scopes=only_t())
    database.execute(T + setup.format(p=unique_name("pub")))

    watch.breaks(UPDATE, sqlstate)
    watch.repair("RFA-PUBLISHED-UPDATE")
    watch.survives(UPDATE)


@pytest.mark.parametrize("kind", ["stored", "virtual"])
def test_generated_columns_in_a_full_identity(database: Database, kind: str) -> None:
    """Since 18 a full identity holds generated columns, and one that is not published fails every UPDATE."""
    if database.server.major < 18:
        pytest.skip("generated columns in publications came with PostgreSQL 18")
    watch = Watch(database, scopes=only_t())
    database.execute(
        f"""create table public.t (id int primary key, owner_id int, b text, g int generated always as (id + 1) {kind});
        insert into public.t values (1, 1, 'x'); alter table public.t replica identity full;
        create publication {unique_name("pub")} for table public.t"""
    )

    watch.breaks(UPDATE, "42P10")
    watch.repair("RFA-PUBLISHED-UPDATE")
    watch.survives(UPDATE)


def test_a_full_identity_doubles_the_log(database: Database) -> None:
    """With a primary key there is no need for it."""
    database.execute(f"{T} alter table public.t replica identity full; create publication pub for table public.t")

    Watch(database, scopes=only_t()).repair("RFA-FULL-IDENTITY")


def test_a_publication_with_a_column_list_does_not_send_the_tenant(database: Database) -> None:
    """Without a list every subscriber must have the column first."""
    watch = Watch(database, scopes=only_t())
    database.execute(f"{T} create publication pub for tables in schema public")

    assert "sends new tables too" in watch.the("RFA-PUBLISHED-COLUMN").detail
    database.execute("drop publication pub; create publication pub for table public.t (id, owner_id, b)")
    assert watch.found("RFA-PUBLISHED-COLUMN") == []


def test_a_slot_nobody_reads(database: Database) -> None:
    """It would keep all the log of the backfill."""
    slot = unique_name("slot")
    database.execute(f"select pg_create_logical_replication_slot('{slot}', 'pgoutput')")
    watch = Watch(database)

    (finding,) = [f for f in watch.found("RFA-SLOT") if slot in f.subject]
    database.execute(finding.hint)
    assert [f for f in watch.found("RFA-SLOT") if slot in f.subject] == []


@pytest.fixture
def subscription(database: Database) -> Iterator[tuple[Watch, Watch, str]]:
    """A publisher and a subscriber of public.t, and the name of the subscription."""
    server = database.server
    subscriber = Database(server, unique_name("rf_sub"))
    server.create_database(subscriber.name)
    name = unique_name("sub")
    database.execute(f"{T} create publication pub for table public.t")
    database.execute(f"select pg_create_logical_replication_slot('{name}', 'pgoutput')")
    subscriber.execute("create table public.t (id int primary key, owner_id int, b text)")
    url = database.url.replace("'", "''")
    with subscriber.connect() as conn:
        conn.execute(
            f"create subscription {name} connection '{url}' publication pub with (create_slot = false, copy_data = false)".encode()
        )
    try:
        yield Watch(database, scopes=only_t()), Watch(subscriber, scopes=only_t()), name
    finally:
        with subscriber.connect() as conn:
            conn.execute(f"alter subscription {name} disable".encode())
            gone = "select not exists (select from pg_stat_subscription where subname = %s and pid is not null)"
            assert eventually(lambda: conn.execute(gone, (name,)).fetchone() == (True,))
            conn.execute(f"alter subscription {name} set (slot_name = none)".encode())
            conn.execute(f"drop subscription {name}".encode())
        subscriber.close()


def eventually(question: Callable[[], Any], seconds: float = 20) -> Any:
    """Ask until the answer is true or time is up, and give the last answer."""
    end = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


def test_a_subscribed_table_and_its_publisher(subscription: tuple[Watch, Watch, str]) -> None:
    """Rows of a subscription fire no ordinary trigger; the publisher sees its reader as a standby."""
    publisher, subscriber, name = subscription
    subscriber.database.execute(
        """create function public.mark() returns trigger language plpgsql as
          'begin new.b := ''marked''; return new; end';
        create trigger mark before insert on public.t for each row execute function public.mark()"""
    )

    def arrived() -> Any:
        with subscriber.database.connect() as conn:
            return conn.execute("select b from public.t").fetchone()

    publisher.database.execute("insert into public.t values (2, 1, 'y')")
    assert eventually(arrived) == ("y",)
    assert eventually(lambda: [f for f in publisher.found("RFA-STANDBY") if name in f.subject])
    assert subscriber.the("RFA-SUBSCRIBED").severity is Severity.ERROR
    subscriber.repair("RFA-SUBSCRIBED")


# --- clients -----------------------------------------------------------------------------------------------------


def test_clients_that_prepare_select_star(database: Database) -> None:
    """A prepared SELECT * fails for ever on its connection; recycled as the hint says, nobody sends it any more."""
    watch = Watch(database, scopes=only_t(compatibility_view=ViewRule.NEVER))
    database.execute(T)
    with database.connect() as client:
        client.prepare_threshold = 0
        client.execute("select * from public.t where b = %s", ("secret",))
        database.execute("alter table public.t add column more int")
        for _ in range(2):
            with pytest.raises(psycopg.errors.FeatureNotSupported):
                client.execute("select * from public.t where b = %s", ("secret",))

        finding = watch.the("RFA-SELECT-STAR")
        assert "$1" in finding.detail
        database.execute(finding.hint)
        assert eventually(lambda: not watch.found("RFA-SELECT-STAR"))


def test_texts_of_sessions_lose_their_literals(database: Database) -> None:
    """The last statement of a session holds data; what an assessment shows of it does not."""
    watch = Watch(database, scopes=only_t())
    database.execute(T)
    with database.connect() as client:
        client.execute("select * from public.t where b = 'ann@example.org'")
        _, observed = watch.look()

    assert [s.text for s in observed.statements or ()] == ["select * from public.t where b = $1"]


def test_clients_that_copy_without_columns(database: Database) -> None:
    """A file with one field too few is refused (22P04)."""
    watch = Watch(database, scopes=only_t())
    database.execute(T)
    with database.connect() as client:
        with client.cursor().copy("copy public.t from stdin") as copy:
            copy.write("2\t2\ty\n")
        assert "copy public.t from stdin" in watch.the("RFA-COPY").detail
        client.execute("select 1")
        assert watch.found("RFA-COPY") == []


def test_without_pg_stat_statements(database: Database) -> None:
    """Not loaded, it is said how to have it."""
    with database.connect() as conn:
        loaded = conn.execute("select current_setting('pg_stat_statements.max', true)").fetchone()
    if loaded not in (None, (None,)):
        pytest.skip("this server has pg_stat_statements loaded")

    assert "create extension" in Watch(database, scopes=only_t()).the("RFA-STATEMENTS-UNSEEN").hint


def test_with_pg_stat_statements() -> None:
    """Loaded and readable it is asked wherever it lives, and what it hides from a role is said."""
    server = with_statistics()
    with server:
        database = Database(Server(server.url(), server.major), unique_name("rf_stats"))
        database.server.create_database(database.name)
        database.execute(f"create schema stats; create extension pg_stat_statements schema stats; {T}")
        database.execute("table public.t")
        watch = Watch(database, scopes=only_t())

        assert watch.found("RFA-STATEMENTS-UNSEEN") == []
        assert "1 call: table public.t" in watch.the("RFA-SELECT-STAR").detail

        watch.user = database.create_role("migrator")
        watch.repair("RFA-STATEMENTS-UNSEEN")
        database.close()


def with_statistics() -> EmbeddedServer:
    """A server that has the library loaded; the wheel's servers come without it."""
    for major in available_majors():
        try:
            return EmbeddedServer.start(major=major, settings={"shared_preload_libraries": "pg_stat_statements"})
        except ServerDidNotStart:
            continue
    pytest.skip("no server here brings pg_stat_statements along")


# --- now ---------------------------------------------------------------------------------------------------------


def aged(watch: Watch, seconds: int) -> list[Any]:
    """What the rule about long transactions would find so many seconds later."""
    catalog, observed = watch.look()
    later = tuple(replace(t, age_s=t.age_s + seconds) for t in observed.transactions)
    found = assess(catalog, None, replace(observed, transactions=later)).findings
    return [f for f in found if f.code == "RFA-OLD-TRANSACTION"]


def test_long_transactions(database: Database) -> None:
    """One with a snapshot is found with its application and statement, and ended as the hint says."""
    watch = Watch(database)
    database.execute(T)
    reader = database.connect(autocommit=False)
    reader.execute("set application_name = 'report'")
    reader.execute("select b from public.t where b = 'ann@example.org'")

    assert aged(watch, 0) == []
    (finding,) = aged(watch, 90)
    assert "report" in finding.message
    assert "locks" in finding.detail
    reader.rollback()

    reader.execute("set transaction isolation level repeatable read")
    reader.execute("select b from public.t where b = 'ann@example.org'")
    (finding,) = aged(watch, 90)
    assert "index builds wait" in finding.detail
    assert "ann@example.org" not in finding.detail

    database.execute(finding.hint)
    assert eventually(lambda: aged(watch, 90) == [])


def test_prepared_transactions(database: Database) -> None:
    """It never ends by itself; rolled back it is gone."""
    watch = Watch(database)
    database.execute(T)
    name = unique_name("it's")
    with database.connect(autocommit=False) as conn:
        conn.execute(UPDATE)
        conn.execute(f"prepare transaction '{name.replace(chr(39), chr(39) * 2)}'".encode())

    assert watch.repair("RFA-PREPARED-TRANSACTION").subject == f"prepared transaction {name}"


@pytest.mark.slow
def test_a_vacuum_against_wraparound_is_due(database: Database) -> None:
    """A table near its freeze age is found, and frozen as the hint says."""
    watch = Watch(database, scopes=only_t())
    database.execute(
        f"""{T} alter table public.t set (autovacuum_freeze_max_age = 100000, autovacuum_enabled = off);
        create procedure public.burn(n int) language plpgsql as
          'begin for i in 1..n loop perform pg_current_xact_id(); commit; end loop; end';"""
    )
    with database.connect() as conn:
        conn.execute("set synchronous_commit = off")
        conn.execute(f"call public.burn({XIDS})".encode())

    assert watch.the("RFA-WRAPAROUND").subject == "public.t"
    with database.connect() as conn:
        conn.execute("set vacuum_freeze_min_age = 0")
        conn.execute(watch.the("RFA-WRAPAROUND").hint.encode())
    assert watch.found("RFA-WRAPAROUND") == []


def test_disk_and_locks_are_measured(database: Database) -> None:
    """Free space and room for locks come from the server; a table that is too big for them is found."""
    watch = Watch(database, scopes=only_t())
    database.execute(f"{T} analyze public.t")
    catalog, observed = watch.look()

    def found(code: str, seen: Observed, size: int = 1) -> list[Any]:
        big = replace(catalog, measures={"public.t": Measure(1, 1, size)})
        return [f for f in assess(big, watch.scopes, seen).findings if f.code == code]

    assert observed.setting("max_locks_per_transaction").isdigit()
    assert found("RFA-LOCKS", observed) == []
    tiny = {"max_locks_per_transaction": "1", "max_connections": "1"}
    assert found("RFA-LOCKS", replace(observed, settings=tiny)) != []
    if observed.disk_free_bytes is not None:
        assert found("RFA-DISK", observed) == []
        assert found("RFA-DISK", observed, observed.disk_free_bytes * 2)[0].severity is Severity.ERROR


def test_a_lock_that_holds_a_question_up_is_said(database: Database) -> None:
    """An observation waits a bounded time for somebody's strong lock, then says how to find who holds it."""
    database.execute(f"{T} create publication pub for table public.t where (id > 0)")
    with db.connect(database.url) as conn, database.connect(autocommit=False) as holder:
        catalog = read_catalog(conn)
        holder.execute("lock table public.t in access exclusive mode")

        with pytest.raises(CannotObserve) as raised:
            observe_database(conn, catalog)
        shown = holder.execute(raised.value.hint.encode()).fetchone()
        assert shown is not None
        assert shown[0] == holder.info.backend_pid
        holder.rollback()


def test_a_bare_database_has_no_blockers(database: Database) -> None:
    """Nothing is found where nothing is."""
    assert Watch(database).assess().blockers == ()
