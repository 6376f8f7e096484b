"""Rules, triggers, keys, streams: what happens beside a statement, planted, found, closed by the hint."""

from __future__ import annotations

import psycopg
import pytest

from pg.assess.world import ANN, A, B, World
from ringfence.assess.model import Severity
from support.databases import Database

NAMES = "select name from public.projects"
BOTH, OWN = {"of A", "of B"}, {"of A"}
DENIED = psycopg.errors.InsufficientPrivilege
NOTES = """
    create table public.notes (id int primary key, tenant_id uuid not null default '$a', body text);
    alter table public.notes enable row level security, force row level security;
    create policy tenant on public.notes for all to $member using (tenant_id = any (array(select app.tenants())));
    grant select, insert, update, delete on public.notes to $member;
    insert into public.notes values (1, '$a', 'of A');
    create index on public.notes (tenant_id);
"""


def test_a_rule_that_hands_rows_back(database: Database) -> None:
    """O7: the action reads as the owner of the table."""
    world = World.made(database)
    world.does(f"{NOTES} create rule peek as on update to public.notes do also select name from public.projects")
    with world.acting({"sub": ANN}) as conn:
        cursor = conn.execute("update public.notes set body = 'x'")
        while cursor.description is None and cursor.nextset():
            pass
        assert {r[0] for r in cursor.fetchall()} == BOTH

    finding = world.repair("RFA-RULE-ROWS")

    assert finding.severity is Severity.CRITICAL
    assert "public.projects" in finding.message


def test_a_rule_that_writes(database: Database) -> None:
    """O7: an action that changes another tenant's rows is no better."""
    world = World.made(database)
    world.does(f"{NOTES} create rule wipe as on delete to public.notes do also delete from public.projects")

    assert world.repair("RFA-RULE-ROWS").severity is Severity.HIGH


def test_a_rule_that_does_nothing(database: Database) -> None:
    """DO INSTEAD NOTHING, and a rule that is disabled, reach nobody."""
    world = World.made(database)
    world.does(
        f"{NOTES} create rule kept as on delete to public.notes do instead nothing;"
        "create rule off as on update to public.notes do also select * from public.projects;"
        "alter table public.notes disable rule off"
    )

    assert world.found("RFA-RULE-ROWS") == []


COPYING = """
    create table public.history (what jsonb);
    create function public.audit() returns trigger language plpgsql security definer set search_path = '' as
      $f$ begin insert into public.history values (to_jsonb(new)); return new; end $f$;
    create trigger audit after insert or update on public.projects for each row execute function public.audit();
"""


def test_a_copy_without_protection(database: Database) -> None:
    """O6: the audit trail is open to every tenant."""
    world = World.made(database)
    world.does(f"{COPYING} grant select on public.history to $member; update public.projects set name = name")
    assert world.ann_sees("select what ->> 'name' from public.history") == BOTH

    assert world.repair("RFA-TRIGGER-COPIES").severity is Severity.CRITICAL

    assert world.ann_sees("select what from public.history") == set()
    assert world.worse_than_low() == []


def test_a_copy_that_nobody_reads(database: Database) -> None:
    """Without a grant the copy is nobody's to read."""
    world = World.made(database)
    world.does(COPYING)

    assert world.worse_than_low() == []


def _notifying(payload: str) -> str:
    return (
        "create function public.tell() returns trigger language plpgsql as"
        f" $f$ begin perform pg_notify('projects', {payload}); return new; end $f$;"
        "create trigger tell after insert on public.projects for each row execute function public.tell();"
    )


@pytest.mark.parametrize("payload", ["to_jsonb(new)::text", "new.name", "json_build_object('id', new.id)::text"])
def test_rows_in_notifications(database: Database, payload: str) -> None:
    """O13: LISTEN needs no privilege."""
    world = World.made(database)
    world.does(_notifying(payload))
    with database.connect() as conn:
        conn.execute(f"set role {world.visitor}".encode())
        conn.execute("listen projects")
        world.does(
            "insert into public.projects (id, tenant_id, name) overriding system value values (900, '$b', 'of B')"
        )
        heard = [note.payload for note in conn.notifies(timeout=30, stop_after=1)]
    assert any("of B" in text or "900" in text for text in heard)

    assert world.repair("RFA-NOTIFY-ROWS").severity is Severity.MEDIUM


@pytest.mark.parametrize("payload", ["''", "'changed'", "tg_table_name"])
def test_notifications_that_tell_nothing(database: Database, payload: str) -> None:
    """That something changed is no row."""
    world = World.made(database)
    world.does(_notifying(payload))

    assert world.worse_than_low() == []


class TestKeys:
    """Keys that do not carry the tenant."""

    def test_unique_across_tenants(self, database: Database) -> None:
        """K1, K2, K3: an error, nothing, or another error, and each tells."""
        world = World.made(database)
        world.does("alter table public.projects add constraint one_name unique (name)")
        row = "insert into public.projects (tenant_id, name) values ('$a', 'of B')"
        with world.acting({"sub": ANN}) as conn, pytest.raises(psycopg.errors.UniqueViolation):
            conn.execute(world.sql(row).encode())
        assert world.ann_changes(f"{row} on conflict do nothing") == 0
        with world.acting({"sub": ANN}) as conn, pytest.raises(DENIED):
            conn.execute(world.sql(f"{row} on conflict on constraint one_name do update set tag = 'x'").encode())

        assert world.repair("RFA-UNIQUE-ORACLE").severity is Severity.LOW

        assert world.ann_changes(row) == 1
        assert world.ann_changes(f"{row} on conflict do nothing") == 1

    @pytest.mark.parametrize(
        "index",
        [
            "create unique index one on public.projects (lower(name))",
            "create unique index one on public.projects using btree (name) include (tag) where name is not null",
            'create unique index "One Name" on public.projects (name)',
        ],
    )
    def test_unique_indexes(self, database: Database, index: str) -> None:
        """K1: an index without constraint, an expression, a condition."""
        world = World.made(database)
        world.does(index)

        world.repair("RFA-UNIQUE-ORACLE")

        assert world.ann_changes("insert into public.projects (tenant_id, name) values ('$a', 'of B')") == 1

    def test_keys_that_nobody_guesses(self, database: Database) -> None:
        """A uuid, or the tenant, in the key tells nothing."""
        world = World.made(database)
        world.does(
            "alter table public.projects add column public_id uuid default gen_random_uuid() unique;"
            "create unique index on public.projects (tenant_id, name)"
        )

        assert world.found("RFA-UNIQUE-ORACLE") == []

    def test_exclusion(self, database: Database) -> None:
        """K7: an overlap with somebody else's booking."""
        world = World.made(database)
        world.does("alter table public.projects add column during int4range;")
        world.does("alter table public.projects add constraint free exclude using gist (during with &&)")
        world.does("update public.projects set during = '[10,20)' where name = 'of B'")
        row = "insert into public.projects (tenant_id, during) values ('$a', '[15,16)')"
        with world.acting({"sub": ANN}) as conn, pytest.raises(psycopg.errors.ExclusionViolation):
            conn.execute(world.sql(row).encode())

        finding = world.the("RFA-UNIQUE-ORACLE")
        assert "overlap" in finding.message
        if not _available(database, "btree_gist"):
            pytest.skip("no btree_gist on this server: the hint needs it")
        world.repair("RFA-UNIQUE-ORACLE")
        assert world.ann_changes(row) == 1

    @pytest.mark.parametrize(
        "action", ["", "on delete cascade", "on delete set null", "on delete restrict on update cascade", "deferrable"]
    )
    def test_a_key_that_crosses(self, database: Database, action: str) -> None:
        """K4, K5: a row of A refers to a row of B; the hint keeps what the key did."""
        world = World.made(database)
        world.does(
            "alter table public.tasks drop constraint tasks_project_id_fkey, drop constraint if exists crossing;"
            f"alter table public.tasks add constraint crossing foreign key (project_id) references public.projects {action}"
        )
        row = "insert into public.tasks (tenant_id, project_id, title) values ('$a', 102, 'points at B')"
        assert world.ann_changes(row) == 1

        finding = world.repair("RFA-KEY-CROSSES-TENANTS")

        assert finding.severity is Severity.MEDIUM
        with world.acting({"sub": ANN}) as conn, pytest.raises(psycopg.errors.ForeignKeyViolation):
            conn.execute((world.sql(row) + "; set constraints all immediate").encode())
        assert world.worse_than_low() == []
        if action == "on delete set null":
            world.does("delete from public.projects where id = 102")
            with database.connect() as conn:
                kept = conn.execute(
                    "select tenant_id::text, project_id from public.tasks where title = 'of B'"
                ).fetchall()
            assert kept == [(B, None)]

    def test_a_key_that_takes_the_tenant_away(self, database: Database) -> None:
        """K6: SET NULL without a list empties the tenant."""
        world = World.made(database)
        world.does(
            "alter table public.tasks alter tenant_id drop not null, drop constraint tasks_project_id_fkey;"
            "alter table public.tasks add constraint k foreign key (project_id, tenant_id)"
            " references public.projects (id, tenant_id) on delete set null"
        )

        def of_b() -> list[tuple[object, ...]]:
            with database.connect(autocommit=False) as conn:
                conn.execute("delete from public.projects where id = 102")
                found = conn.execute("select tenant_id::text from public.tasks where title = 'of B'").fetchall()
                conn.rollback()
                return found

        assert of_b() == [(None,)]

        assert world.repair("RFA-KEY-SETS-TENANT-NULL").severity is Severity.HIGH
        assert of_b() == [(B,)]
        world.repair("RFA-KEY-SKIPPED")
        assert world.worse_than_low() == []

    def test_a_key_that_is_skipped(self, database: Database) -> None:
        """K6b: MATCH SIMPLE asks nothing when the tenant is null."""
        world = World.made(database)
        world.does("alter table public.tasks alter tenant_id drop not null")
        world.does("begin; insert into public.tasks (project_id, title) values (4711, 'nowhere'); rollback")

        world.repair("RFA-KEY-SKIPPED")

        with database.connect() as conn, pytest.raises(psycopg.errors.NotNullViolation):
            conn.execute("insert into public.tasks (project_id, title) values (4711, 'nowhere')")
        assert world.worse_than_low() == []


class TestStreams:
    """Publications."""

    def test_a_publication(self, database: Database) -> None:
        """O14: whoever replicates gets every tenant's rows, as the slot itself shows."""
        world = World.made(database)
        world.does("create publication analytics for table public.projects")
        with database.connect() as conn:
            slot = database.name
            conn.execute("select pg_create_logical_replication_slot(%s, 'pgoutput')", (slot,))
            world.does("update public.projects set tag = 'seen' where name = 'of B'")
            options = "'proto_version', '1', 'publication_names', 'analytics'"
            sent = conn.execute(
                f"select data from pg_logical_slot_get_binary_changes(%s, null, null, {options})".encode(), (slot,)
            ).fetchall()
            conn.execute("select pg_drop_replication_slot(%s)", (slot,))
        assert any(b"of B" in bytes(row[0]) for row in sent)

        assert world.repair("RFA-PUBLICATION").severity is Severity.LOW

    def test_a_publication_of_one_tenant(self, database: Database) -> None:
        """A row filter says whose rows go out."""
        world = World.made(database)
        world.does("alter table public.projects replica identity full")
        world.does(f"create publication analytics for table public.projects where (tenant_id = '{A}')")

        assert world.found("RFA-PUBLICATION") == []

    @pytest.mark.parametrize("of", ["for table public.projects", "for all tables", "for tables in schema public"])
    def test_realtime_tells_about_deletes(self, database: Database, of: str) -> None:
        """E15: Realtime cannot ask a policy about a row that is gone."""
        world = World.made(database)
        world.does(f"create publication supabase_realtime {of}")

        assert world.repair("RFA-REALTIME-DELETE").severity is Severity.MEDIUM
        assert world.found("RFA-PUBLICATION") == []


def _available(database: Database, extension: str) -> bool:
    with database.connect() as conn:
        found = conn.execute("select from pg_available_extensions where name = %s", (extension,)).fetchall()
    return bool(found)
