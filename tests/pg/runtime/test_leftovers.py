# a transaction in a database reads better as two lines
"""What SQL slipped into one tenant's transaction can leave in the session, and what the next tenant finds of it: nothing.

Every attack has a connection of the pool to itself, so that what it leaves is met by whoever comes next: first a
transaction of tenant B, then one of tenant A, who would collect the loot. Direct, and through a transaction pooler.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from ringfence.errors import RingfenceError
from ringfence.runtime import ContextRefused, TenantContext, TenantDatabase
from ringfence.runtime.pg import TransactionOver
from ringfence.runtime.wire.pg import PREPARE_FROM_USE
from support.tenants import ORGANIZATION_A, ORGANIZATION_B, World

REMAINS = """
select
    array(select name || '=' || setting from pg_settings where source = 'session' and name not in ('client_encoding')),
    array(select pg_listening_channels()),
    array(select name from pg_cursors where is_holdable),
    array(select statement from pg_prepared_statements where from_sql),
    array(select relname::text from pg_class where relnamespace = pg_my_temp_schema()),
    array(select proname::text from pg_proc where pronamespace = pg_my_temp_schema()),
    array(select objid from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()),
    current_setting('search_path'),
    coalesce(current_setting('app.loot', true), ''),
    session_user::text,
    current_user::text
"""


@dataclass(frozen=True)
class Attack:
    """SQL run in tenant A's transaction, messages separated by two semicolons; and whether an error is expected of it."""

    script: str
    fails: bool = False
    tampers: bool = False
    """Whether it leaves a statement prepared by SQL, which a pooler's session keeps, where none of ours has a name."""


def claims_of(context: TenantContext) -> str:
    return context.claims_json().replace("'", "''")


ATTACKS: dict[str, Attack] = {
    "claims of another tenant, for the session": Attack("select set_config('request.jwt.claims', '{claims_b}', false)"),
    "claims in the old settings": Attack(
        "select set_config('request.jwt.claim.sub', 'forged', false), set_config('request.jwt.claim', '{{}}', false)"
    ),
    "a seal kept for the session": Attack(
        "select set_config('ringfence.seal', current_setting('ringfence.seal'), false),"
        " set_config('request.jwt.claims', current_setting('request.jwt.claims'), false)"
    ),
    "a role kept for the session": Attack("set session role '{role}'"),
    "reset role": Attack("reset role; select * from documents", fails=True),
    "reset role and stay": Attack("reset role"),
    "set role of the keeper": Attack("reset role; set role '{keeper}'", fails=True),
    "set role of a superuser": Attack("reset role; set role postgres", fails=True),
    "set session authorization": Attack("reset role; set session authorization '{gateway}'", fails=True),
    "search path": Attack("create temp view x as select 1; set search_path = pg_temp, pg_catalog"),
    "settings that change what SQL means": Attack(
        "set standard_conforming_strings = off; set client_encoding = latin1; set datestyle = 'German,"
        " DMY'; set timezone = 'Asia/Tokyo'; set bytea_output = 'escape'; set extra_float_digits = -15;"
        " set row_security = off; set quote_all_identifiers = on; set transform_null_equals = on; set"
        " xmloption = document"
    ),
    "settings that deny service": Attack(
        "set statement_timeout = 1; set lock_timeout = 1; set default_transaction_read_only = on; set"
        " default_transaction_isolation = serializable; set default_transaction_deferrable = on; set"
        " enable_indexscan = off; set work_mem = '64kB'"
    ),
    "a setting of one's own that keeps loot": Attack("select set_config('app.loot', 'A was here', false)"),
    "a temporary table in the way": Attack(
        "create temp table notes (like public.notes including all); grant all on notes to public"
    ),
    "a temporary view in the way": Attack("create temp view documents as select 7 as id, 'forged' as secret"),
    "a temporary function": Attack(
        "create function pg_temp.loot() returns text language sql as 'select ''forged''::text'"
    ),
    "a cursor with hold": Attack("declare loot cursor with hold for select secret from documents"),
    "listening": Attack("listen loot"),
    "an advisory lock of the session": Attack("select pg_advisory_lock(42)"),
    "a sequence's last value": Attack("insert into notes (body) values ('A')"),
    "a prepared statement": Attack("prepare loot as select secret from documents", tampers=True),
    "a prepared statement in the place of the driver's": Attack(
        "do $$ declare n text; begin for n in select name from pg_prepared_statements loop execute"
        " 'deallocate ' || quote_ident(n); execute 'prepare ' || quote_ident(n) || ' as select"
        " set_config(''app.loot'', ''taken'', false), 1'; end loop; end $$",
        tampers=True,
    ),
    "deallocate all": Attack("deallocate all"),
    "discard plans and temp": Attack("discard plans; discard temp; discard sequences"),
    "commit, then work without context": Attack("commit;; select * from documents", fails=True),
    "commit, then another transaction": Attack("commit; begin; select * from documents", fails=True),
    "commit and chain": Attack("commit and chain;; select * from documents", fails=True),
    "rollback and claims of one's own": Attack(
        "rollback; begin; select set_config('role', '{role}', true), set_config('request.jwt.claims',"
        " '{claims_b}', true); select secret from documents",
        fails=True,
    ),
    "claims changed inside a savepoint": Attack(
        "savepoint s; select set_config('request.jwt.claims', '{claims_b}', true); release savepoint s;"
        " select secret from documents",
        fails=True,
    ),
    "claims changed while a cursor is open": Attack(
        "declare c cursor for select secret from documents; select set_config('request.jwt.claims',"
        " '{claims_b}', true); fetch all from c",
        fails=True,
    ),
    "claims changed in the statement that reads": Attack(
        "select set_config('request.jwt.claims', '{claims_b}', true) union all select secret from documents", fails=True
    ),
    "a transaction that failed and left everything": Attack(
        "select set_config('app.loot', 'x', false), pg_advisory_lock(43); set search_path = pg_temp;"
        " listen loot; create temp table notes (body text); select 1 / 0",
        fails=True,
    ),
    "another tenant's row": Attack("insert into documents values (5, '{b}', 'from A')", fails=True),
    "a row moved to another tenant": Attack("update documents set client_id = '{b}'", fails=True),
    "everybody's rows": Attack("truncate documents", fails=True),
    "row security off": Attack("set local row_security = off; select * from documents", fails=True),
    "the policy itself": Attack("drop policy floor on documents", fails=True),
    "the keys": Attack("reset role; select * from ringfence.context_keys", fails=True),
    "the memberships": Attack("insert into user_organizations values ('{user_a}', '{b}')", fails=True),
    "other sessions' queries": Attack("select query from pg_stat_activity"),
}


async def run_attack(world: World, database: TenantDatabase, attack: Attack) -> str:
    """Everything the attack was shown, as text; the transaction ends as it may."""
    words = {
        "claims_b": claims_of(world.b),
        "role": world.request_role,
        "keeper": world.keeper,
        "gateway": world.gateway,
        "b": ORGANIZATION_B,
        "user_a": world.a.user,
    }
    seen = ""
    failed = False
    try:
        async with database.tenant(world.a) as tx:
            for message in attack.script.split(";; "):
                cursor = await tx.cursor()
                await cursor.execute(message.format(**words).encode())
                while True:
                    if cursor.description is not None:
                        seen += str(await cursor.fetchall())
                    if not cursor.nextset():
                        break
    except (psycopg.Error, RingfenceError):
        failed = True
    assert failed == attack.fails
    return seen


async def ask(database: TenantDatabase, context: TenantContext, *queries: str) -> list[Any]:
    """The answers of one transaction."""
    async with database.tenant(context) as tx:
        return [(await tx.execute(query)).rows for query in queries]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ATTACKS)
def test_the_next_tenant_finds_nothing_of_it(still: World, still_way: str, name: str) -> None:
    attack, world, way = ATTACKS[name], still, still_way
    pooled = way != world.url
    world.database.execute("truncate notes")

    async def go() -> None:
        async with TenantDatabase(way, key=world.key, connections_max=1) as database:
            clean = None
            for _ in range(PREPARE_FROM_USE + 1):  # the driver's statements have their names by now
                clean = await ask(
                    database, world.b, REMAINS, "select secret from documents", "select count(*) from notes"
                )

            seen = await run_attack(world, database, attack)

            assert "B-SECRET" not in seen
            insert = "insert into notes (body) values ('B-NOTE')"
            remains, secrets, notes = await ask(
                database, world.b, REMAINS, "select secret from documents", "select count(*) from notes"
            )
            if pooled and attack.tampers:
                remains, clean[0] = (tuple(row[:3] + row[4:] for row in rows) for rows in (remains, clean[0]))
            assert [remains, secrets, notes] == clean
            with pytest.raises(psycopg.Error):
                await ask(database, world.b, "fetch all from loot")
            with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
                await ask(database, world.b, "select lastval()")
            with pytest.raises((psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName)):
                await ask(database, world.b, "select pg_temp.loot()")
            await ask(database, world.b, insert)
            # and tenant A, who comes to collect
            seen_by_a = await ask(database, world.a, "select secret from documents", "select body from notes", REMAINS)
            assert "B-" not in str(seen_by_a)

    asyncio.run(go())
    with world.database.connect() as conn:
        assert conn.execute("select count(*) from notes where client_id = %s", (ORGANIZATION_B,)).fetchone() == (1,)
        assert conn.execute("select client_id, secret from documents order by id").fetchall() == [
            (ORGANIZATION_A, "A-SECRET"),
            (ORGANIZATION_B, "B-SECRET"),
        ]


def test_a_statement_put_in_the_place_of_the_drivers_is_never_executed(still: World) -> None:
    """Without the look at prepared statements, tenant B would run what tenant A left under the name."""

    async def go() -> None:
        async with TenantDatabase(still.url, key=still.key, connections_max=1) as database:
            query = "select secret from documents where id = %s"
            for _ in range(PREPARE_FROM_USE + 1):
                await database.execute(still.a, query, [1])
            async with database.tenant(still.a) as tx:
                cursor = await tx.cursor()
                await cursor.execute("select name from pg_prepared_statements where statement like 'select secret%'")
                found = await cursor.fetchone()
                assert found is not None
                name = found[0]
                await cursor.execute(
                    f"deallocate {name}; prepare {name} (smallint) as"
                    " select pg_notify('loot', (select string_agg(secret, ',') from documents))::text".encode()
                )
            with still.database.connect() as listening:
                listening.execute("listen loot")
                assert (await database.execute(still.b, query, [2])).value() == "B-SECRET"
                assert list(listening.notifies(timeout=0.5)) == []

    asyncio.run(go())


def test_a_role_left_behind_is_gone_for_good_and_not_only_covered(still: World, still_way: str) -> None:
    """The role of a tenant transaction is its own; under it would wait what an earlier one had set for the session."""

    async def go() -> None:
        async with TenantDatabase(still_way, key=still.key, connections_max=1) as database:
            async with database.tenant(still.a) as tx:
                cursor = await tx.cursor()
                await cursor.execute(f"set session role '{still.request_role}'".encode())
            assert (await database.execute(still.b, "select secret from documents")).value() == "B-SECRET"
            with pytest.raises(TransactionOver):
                await look_below(database)

    async def look_below(database: TenantDatabase) -> None:
        async with database.tenant(still.b) as tx:
            cursor = await tx.cursor()
            await cursor.execute("commit; select current_user, session_user")
            assert cursor.nextset()
            assert await cursor.fetchall() == [(still.login, still.login)]
            await tx.execute("select 1")

    asyncio.run(go())


def test_a_seal_of_another_session_can_be_replayed_only_while_it_lasts_and_only_as_itself(still: World) -> None:
    """What remains to whoever sees a whole seal in time: its own tenant, its own user, its own claims."""

    async def go() -> None:
        async with TenantDatabase(still.url, key=still.key, connections_max=2) as database:
            async with database.tenant(still.b) as tx:
                stolen = (await tx.execute("select current_setting('ringfence.seal')")).value()
            for claims, outcome in ((still.a.claims_json(), "RF902"), (still.b.claims_json(), None)):
                try:
                    async with database.tenant(still.a) as tx:
                        await tx.execute(
                            "select set_config('ringfence.seal', %s, true), set_config('request.jwt.claims', %s, true)",
                            [stolen, claims],
                        )
                        await tx.execute("select secret from documents")
                    found = None
                except ContextRefused as refused:
                    found = refused.code
                assert found == outcome

    asyncio.run(go())


def test_one_tenants_queries_are_not_shown_to_another(still: World) -> None:
    """X7: under the request role other sessions' texts are hidden; values are bound and in no text anyway."""

    async def go() -> None:
        async with TenantDatabase(still.url, key=still.key, connections_max=2) as database:
            async with database.tenant(still.b) as tx:
                await tx.execute("select %s::text, pg_backend_pid()", ["B-PARAMETER"])
                async with database.tenant(still.a) as other:
                    seen = (await other.execute("select pid, query from pg_stat_activity")).rows
            with still.database.connect() as conn:
                texts = conn.execute("select query from pg_stat_activity").fetchall()
        assert len(seen) > 1
        assert "pg_backend_pid()" not in str(
            [row for row in seen if row[1] != "select pid, query from pg_stat_activity"]
        )
        assert "B-PARAMETER" not in str(texts)

    asyncio.run(go())
