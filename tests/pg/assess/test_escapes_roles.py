"""Roles and their settings: the way out is real, it is found, the hint closes it, nothing is found."""

from __future__ import annotations

import psycopg
import pytest

from pg.assess.world import ANN, World
from ringfence import db
from ringfence.assess.model import Severity
from support.databases import Database

NAMES = "select name from public.projects"
BOTH, OWN = {"of A", "of B"}, {"of A"}


def test_a_request_role_that_bypasses(database: Database) -> None:
    """R2: BYPASSRLS ignores every policy, FORCE or not."""
    world = World.made(database)
    with database.server.admin() as conn:
        conn.execute(f"alter role {world.member} bypassrls".encode())
    assert world.ann_sees(NAMES) == BOTH
    world.asked(world.member)

    assert world.repair("RFA-REQUEST-BYPASS").severity is Severity.CRITICAL

    assert world.ann_sees(NAMES) == OWN


def test_a_superuser_is_told_apart(database: Database) -> None:
    """A request role that is a superuser loses both."""
    world = World.made(database)
    world.does("alter role $member superuser")
    world.asked(world.member)

    assert "superuser" in world.repair("RFA-REQUEST-BYPASS").message
    world.asked(world.member)
    assert world.found("RFA-REQUEST-BYPASS") == []


def test_one_reset_away(database: Database) -> None:
    """R3: a login of both trust levels leaves the request role behind."""
    world = World.made(database)
    login, wider = database.create_role("web", "login noinherit"), database.create_role("service", "bypassrls")
    world.does(f"grant $member to {login}; grant {wider} to {login}; grant select on public.projects to {wider}")
    world.does(f"grant usage on schema public to {wider}")
    script = f"set local role {world.member}; reset role; set local role {wider}"
    assert _sees(world, login, script) == BOTH

    assert world.repair("RFA-BYPASS-REACHABLE").severity is Severity.HIGH

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _sees(world, login, script)
    assert world.worse_than_low() == []


def test_a_gateway_of_the_platform(supabase_database: Database) -> None:
    """PostgREST's own login is what Supabase makes it: to know, and not more."""
    world = World(supabase_database)
    supabase_database.execute("create table public.notes (id uuid primary key, tenant_id uuid, body text)")

    found = {f.subject: f.severity for f in world.found("RFA-BYPASS-REACHABLE")}

    assert found == {"role authenticator": Severity.MEDIUM, "role supabase_storage_admin": Severity.MEDIUM}


def _sees(world: World, login: str, script: str) -> set[object]:
    with world.database.connect(user=login, autocommit=False) as conn:
        conn.execute(script.encode())
        found = {row[0] for row in conn.execute(NAMES).fetchall()}
        conn.rollback()
        return found


@pytest.mark.parametrize(("forced", "severity"), [("no force", Severity.CRITICAL), ("force", Severity.HIGH)])
def test_a_request_role_that_inherits_the_owner(database: Database, forced: str, severity: Severity) -> None:
    """R1b: the owner's rights come with the membership, and with them the right to switch row security off."""
    world = World.made(database)
    world.does(f"alter table public.projects {forced} row level security; grant $owner to $member")
    if forced == "no force":
        world.does("alter table public.members no force row level security;")
        world.does("alter table public.tasks no force row level security;")
        assert world.ann_sees(NAMES) == BOTH
    world.asked(world.member)

    assert world.repair("RFA-REQUEST-OWNS").severity is severity
    assert world.ann_sees(NAMES) == OWN


def test_a_request_role_that_owns(database: Database) -> None:
    """R15: whoever owns a table disables its row security; the hint moves it and keeps the rights."""
    world = World.made(database)
    world.does("grant create on schema public to $member; alter table public.projects owner to $member")
    world.does("revoke create on schema public from $member")
    with world.acting({"sub": ANN}) as conn:
        conn.execute("alter table public.projects disable row level security")
        assert {r[0] for r in conn.execute(NAMES).fetchall()} == BOTH
    world.asked(world.member)

    world.repair("RFA-REQUEST-OWNS")

    assert world.ann_sees(NAMES) == OWN
    assert world.worse_than_low() == []


def test_a_login_that_may_become_the_owner(database: Database) -> None:
    """R1: FORCE does not hold an owner back who drops the policy; the administrator who looks is let off with medium."""
    world = World.made(database)
    login = database.create_role("web", "login noinherit")
    world.does(f"grant $member, $owner to {login}")
    with database.connect(user=login, autocommit=False) as conn:
        conn.execute(f"set local role {world.member}; reset role; set local role {world.owner}".encode())
        conn.execute("alter table public.projects disable row level security, no force row level security")
        assert {r[0] for r in conn.execute(NAMES).fetchall()} == BOTH
        conn.rollback()

    assert world.the("RFA-OWNER-REACHABLE").severity is Severity.HIGH
    assert World(database, user=login).the("RFA-OWNER-REACHABLE").severity is Severity.MEDIUM
    world.repair("RFA-OWNER-REACHABLE")
    assert world.worse_than_low() == []


def test_an_owner_whom_force_does_not_bind(database: Database) -> None:
    """R2b: FORCE on a table of a bypassing owner changes nothing; another owner makes it true."""
    world = World.made(database)
    owner = database.create_role("boss", "bypassrls nologin")
    world.does(f"grant create on schema public to {owner}; alter table public.projects owner to {owner}")
    with database.connect(autocommit=False) as conn:
        conn.execute(f"set local role {owner}".encode())
        assert {r[0] for r in conn.execute(NAMES).fetchall()} == BOTH
        conn.rollback()

    finding = world.repair("RFA-OWNER-BYPASSES")

    assert world.owner in finding.hint
    assert world.worse_than_low() == []


def test_where_no_role_is_fit_to_own(database: Database) -> None:
    """The hint makes an owner when there is none."""
    world = World(database)
    owner = database.create_role("boss", "bypassrls nologin")
    database.execute(
        f"create table public.t (id int); grant select on public.t to {database.create_role('app', 'nologin')};"
        f" alter table public.t enable row level security, force row level security, owner to {owner}"
    )

    hint = world.the("RFA-OWNER-BYPASSES").hint

    assert hint.startswith('create role "app_owner" nologin;\n') or 'owner to "app_owner";' in hint


def test_a_policy_for_a_group_is_one_for_its_members(database: Database) -> None:
    """R7: a permissive policy TO staff opens the table to who inherits staff."""
    world = World.made(database)
    staff = database.create_role("staff", "nologin")
    world.does(f"create policy everything on public.projects for select to {staff} using (true)")
    world.does(f"grant {staff} to $member")
    assert world.ann_sees(NAMES) == BOTH

    assert world.repair("RFA-REQUEST-MEMBER").severity is Severity.HIGH

    assert world.ann_sees(NAMES) == OWN
    assert world.worse_than_low() == []


def test_a_group_without_rights_is_still_one_too_many(database: Database) -> None:
    """Nothing is wider yet; the next grant to the group would be."""
    world = World.made(database)
    staff = database.create_role("staff", "nologin")
    world.does(f"grant {staff} to $member")

    assert world.repair("RFA-REQUEST-MEMBER").severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("role", "severity"),
    [
        ("pg_read_server_files", Severity.CRITICAL),
        ("pg_read_all_data", Severity.HIGH),
        ("pg_monitor", Severity.HIGH),
        ("pg_signal_backend", Severity.MEDIUM),
    ],
)
def test_predefined_roles(database: Database, role: str, severity: Severity) -> None:
    """E2: a predefined role in the hands of end users, whatever way it came there."""
    world = World.made(database)
    between = database.create_role("between", "nologin")
    world.does(f"grant {role} to {between}; grant {between} to $member")

    finding = next(f for f in world.found("RFA-PREDEFINED-ROLE") if f"member of {role}:" in f.message)
    assert finding.severity is severity
    world.does(finding.hint)

    assert world.found("RFA-PREDEFINED-ROLE") == []


def test_reading_everything_does_not_bypass(database: Database) -> None:
    """R6: policies filter a member of pg_read_all_data like everybody; it is the tables without them that it opens."""
    world = World.made(database)
    world.does("grant pg_read_all_data to $member; create table public.closed (x text)")
    assert world.ann_sees(NAMES) == OWN
    assert world.ann_sees("select count(*) from public.closed") == {0}

    world.repair("RFA-PREDEFINED-ROLE")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.ann_sees("select count(*) from public.closed")


@pytest.mark.parametrize(
    ("attribute", "severity"),
    [("createrole", Severity.HIGH), ("replication", Severity.HIGH), ("createdb", Severity.LOW)],
)
def test_attributes(database: Database, attribute: str, severity: Severity) -> None:
    """E1: what a request role should not have."""
    world = World.made(database)
    world.does(f"alter role $member {attribute}")

    assert world.repair("RFA-REQUEST-ATTRIBUTE").severity is severity


def test_a_request_role_beside_its_gateway(database: Database) -> None:
    """E3: whoever logs in as the request role says what it likes of itself."""
    world = World.made(database)
    gateway = database.create_role("gateway", "login noinherit")
    world.does(f"grant $member to {gateway}; alter role $member login")
    with database.connect(user=world.member, autocommit=False) as conn:
        conn.execute("""set local request.jwt.claims = '{"sub": "b0000000-0000-0000-0000-00000000000b"}'""")
        assert {r[0] for r in conn.execute(NAMES).fetchall()} == {"of B"}
        conn.rollback()

    world.repair("RFA-REQUEST-LOGIN")

    with pytest.raises(psycopg.OperationalError):
        database.connect(user=world.member)
    assert world.worse_than_low() == []


@pytest.mark.parametrize("where", ["role {login}", "role {login} in database {database}", "database {database}"])
def test_claims_that_nobody_made(database: Database, where: str) -> None:
    """R12: a session that says nothing is Bob."""
    world = World.made(database)
    login = database.create_role("web", "login noinherit")
    names = {"login": login, "database": database.name}
    world.does(f"grant $member to {login}")
    world.does(f"""alter {where.format(**names)} set request.jwt.claims = '{{"sub": "$bob"}}'""")
    assert _sees(world, login, f"set local role {world.member}") == {"of B"}

    finding = world.repair("RFA-CLAIMS-PRESET")

    assert "of B" not in finding.detail
    assert _sees(world, login, f"set local role {world.member}") == set()
    assert world.worse_than_low() == []


def test_another_setting_is_no_claim(database: Database) -> None:
    """Only what policies or stored functions read counts, and request.jwt."""
    world = World.made(database)
    world.does("alter role $member set app.theme = 'dark'; alter role $member set work_mem = '8MB'")
    assert world.found("RFA-CLAIMS-PRESET") == []

    world.does("create function app.theme() returns text language sql stable return current_setting('app.theme', true)")
    assert world.the("RFA-CLAIMS-PRESET").severity is Severity.CRITICAL


def test_row_security_off_fails_every_query(database: Database) -> None:
    """R14: an error instead of a filter: safe, and an outage."""
    world = World.made(database)
    login = database.create_role("web", "login noinherit")
    world.does(f"grant $member to {login}; alter role {login} set row_security = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="affected by row-level security"):
        _sees(world, login, f"set local role {world.member}")

    world.repair("RFA-ROW-SECURITY-OFF")

    assert _sees(world, login, f"set local role {world.member}") == set()


def test_a_login_that_starts_as_a_bypassing_role(database: Database) -> None:
    """E4: a request that forgets its role has the rights of that one."""
    world = World.made(database)
    login, wider = database.create_role("web", "login"), database.create_role("service", "bypassrls nologin")
    world.does(f"grant usage on schema public to {wider}; grant select on public.projects to {wider}")
    world.does(f"grant $member to {login}; grant {wider} to {login}; alter role {login} set role = {wider}")
    assert _sees(world, login, "select 1") == BOTH

    world.repair("RFA-STARTS-AS")

    assert _sees(world, login, f"set local role {world.member}") == set()


def test_requests_that_may_run_for_ever(database: Database) -> None:
    """E5: the login's own timeout counts, or the database's."""
    world = World.made(database)
    login = database.create_role("web", "login noinherit")
    world.does(f"grant $member to {login}")

    assert world.repair("RFA-NO-STATEMENT-TIMEOUT").severity is Severity.LOW

    world.does(f"alter role {login} reset statement_timeout")
    database.execute(f"alter database {database.name} set statement_timeout = '30s'")
    with db.connect(database.url, application="ringfence test"):
        assert world.found("RFA-NO-STATEMENT-TIMEOUT") == []
