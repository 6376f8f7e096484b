"""Files of Storage on a real server: paths begin with the tenant, old ones go by their owner, and nobody is guessed into."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ringfence import verbs
from ringfence.plan import files
from ringfence.plan.model import PlanRefused
from support.cases import Case
from support.databases import Database

CASES = Path(__file__).parents[2] / "cases"
Denied = psycopg.errors.InsufficientPrivilege
EVERYTHING = "select name from storage.objects where bucket_id = 'notes'"


class World:
    """The Storage case after a phase, with two tenants and a user of each."""

    def __init__(self, case: Case, through: int) -> None:
        self.case = case
        report = case.apply(through=through)
        assert report.outcome == "finished", report
        with psycopg.connect(case.database.url) as conn:
            rows = conn.execute(
                "select organization_id::text, min(user_id::text), max(user_id::text) from public.user_organizations"
                " group by 1 having count(*) > 1 order by 1"
            ).fetchall()
        (self.a, self.user_a, self.colleague_a), (self.b, self.user_b, _) = rows[:2]

    def act(
        self, statement: str, *, user: str | None = None, tenant: str | None = None, role: str = "authenticated"
    ) -> list[Any]:
        """What Storage does for a request of tenant A's user; rows, or how many were touched. Rolled back."""
        claims = {"sub": user or self.user_a, "role": role, "app_metadata": {"org_id": tenant or self.a}}
        with psycopg.connect(self.case.database.url_as("supabase_storage_admin")) as conn:
            conn.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(claims),))
            conn.execute(f"set local role {role}".encode())
            done = conn.execute(statement.encode())
            found = [r[0] for r in done.fetchall()] if done.description else [done.rowcount]
            conn.rollback()
        return found

    def stored(self, name: str, owner: str | None = None, bucket: str = "notes") -> None:
        """A file that was there before."""
        self.case.database.execute(
            f"insert into storage.objects (bucket_id, name, owner_id) values ('{bucket}', '{name}', "
            + (f"'{owner}')" if owner else "null)")
        )


def load(database: Database, scratch: Path, before: str = "", after: str = "") -> Case:
    """The case, with a part of its spec replaced."""
    case = Case.load(CASES / "enforce_storage", database, scratch)
    text = case.config.read_text(encoding="utf-8")
    if before:
        assert before in text
        case.config.write_text(text.replace(before, after), encoding="utf-8")
    return case


@pytest.fixture
def world(supabase_database: Database, tmp_path: Path) -> World:
    """After phase 6."""
    return World(load(supabase_database, tmp_path), 6)


def upload(name: str, bucket: str = "notes") -> str:
    """What an upload says."""
    return f"insert into storage.objects (bucket_id, name) values ('{bucket}', '{name}')"


def test_old_paths_go_by_their_owner(world: World) -> None:
    """The files of one's colleagues and one's own, as the rows of the tenant; not one of another tenant."""
    seen = world.act(EVERYTHING)
    with psycopg.connect(world.case.database.url) as conn:
        expected = {
            f"{row[0]}/note.txt"
            for row in conn.execute(
                "select user_id from public.user_organizations where organization_id = %s", (world.a,)
            )
        }
    assert set(seen) == expected
    assert f"{world.user_b}/note.txt" not in seen
    assert world.act(EVERYTHING, role="anon") == []


def test_new_paths_begin_with_the_tenant(world: World) -> None:
    """The tenant's own are written, everybody else's and pathless ones are refused."""
    own = f"{world.a}/{world.user_a}/new.txt"
    assert world.act(upload(own)) == [1]
    for name in (
        f"{world.b}/x/new.txt",
        f"{world.user_a}/new.txt",
        f"{world.a}/../{world.b}/x.txt",
        f"{world.a}/./x.txt",
        f"{world.a}/x/..",
        f"{world.a.upper()}/x/y.txt",
        f"/{world.a}/x.txt",
        "new.txt",
    ):
        with pytest.raises(Denied):
            world.act(upload(name))
    assert world.act(upload(f"{world.a}/x/..y.txt")) == [1], "dots in a name are no way up"

    world.stored(own, world.user_a)
    world.stored(f"{world.b}/x/theirs.txt", world.user_b)
    assert own in world.act(EVERYTHING, user=world.colleague_a)
    assert f"{world.b}/x/theirs.txt" not in world.act(EVERYTHING)


def test_a_file_moves_into_its_tenant_and_nowhere_else(world: World) -> None:
    """An old file may be moved under the organization, and not under another, and a foreign one not at all."""
    mine, theirs = f"{world.user_a}/note.txt", f"{world.user_b}/note.txt"
    move = "update storage.objects set name = '{}' where name = '{}'"
    assert world.act(move.format(f"{world.a}/{mine}", mine)) == [1]
    for target in (f"{world.b}/{mine}", f"{world.user_a}/other.txt"):
        with pytest.raises(Denied):
            world.act(move.format(target, mine))
    assert world.act(move.format(f"{world.a}/stolen.txt", theirs)) == [0]
    assert world.act(f"delete from storage.objects where name = '{theirs}'") == [0]
    assert world.act(f"delete from storage.objects where name = '{mine}'") == [1]
    assert set(world.act("delete from storage.objects returning name")) == set(world.act(EVERYTHING)), "without WHERE"


def test_shared_buckets_are_read_by_everybody_and_written_by_nobody(world: World) -> None:
    """Only reading is opened."""
    themes = "select name from storage.objects where bucket_id = 'themes' order by name"
    assert world.act(themes) == world.act(themes, role="anon") == ["dark.css", "light.css"]
    assert world.act("delete from storage.objects where bucket_id = 'themes'") == [0]
    with pytest.raises(Denied):
        world.act(upload("mine.css", "themes"))


def test_a_path_that_names_an_organization_is_that_ones(world: World) -> None:
    """Whoever owns the file: one's own name does not open the path of another."""
    name = f"{world.b}/x/left behind.txt"
    world.stored(name, world.user_a)
    assert name not in world.act(EVERYTHING)
    assert name in world.act(EVERYTHING, user=world.user_b, tenant=world.b)


def test_who_belongs_to_two_organizations_shows_his_old_files_in_neither(world: World) -> None:
    """Nobody can say whose they are: closed, and counted by the gate."""
    world.case.database.execute(
        f"insert into public.user_organizations (user_id, organization_id) values ('{world.user_a}', '{world.b}')"
    )
    name = f"{world.user_a}/note.txt"
    assert name not in world.act(EVERYTHING)
    assert name not in world.act(EVERYTHING, tenant=world.b)


def test_the_gate_counts_files_without_one_tenant(supabase_database: Database, tmp_path: Path) -> None:
    """By bucket, no name of a file: those that nobody will see, and those that somebody else will."""
    world = World(load(supabase_database, tmp_path), 4)
    check = next(c for c in world.case.plan().phase(6).entry.checks if c.code == "RFG-FILES")

    def ask() -> list[tuple[Any, ...]]:
        with psycopg.connect(world.case.database.url) as conn:
            return sorted(conn.execute(check.sql.encode()).fetchall())

    assert ask() == [], "files of shared buckets need no owner"
    world.stored("of the service role.txt")
    world.stored("x/deleted user.txt", "00000000-0000-4000-8000-00000000dead")
    world.stored(f"{world.b}/mine.txt", world.user_a)
    world.stored(f"{world.a}/mine.txt", world.user_a)
    found = ask()
    assert [row[0] for row in found] == ["notes", "notes"]
    assert found[0][1].startswith("1 files begin with the key of an organization")
    assert found[1][1].startswith("2 files have no owner")


def test_canaries_live_under_it_first(supabase_database: Database, tmp_path: Path) -> None:
    """After phase 4 everybody sees what he saw; the canary its tenant's files."""
    world = World(load(supabase_database, tmp_path), 4)
    assert len(world.act(EVERYTHING)) == 12
    assert 0 < len(world.act(EVERYTHING, role="ringfence_canary_authenticated")) < 12


def test_uploads_to_old_paths_are_noted_before_they_are_refused(supabase_database: Database, tmp_path: Path) -> None:
    """What phase 6 would hide or refuse is let through in phase 4, and known by what Storage was at."""
    case = load(supabase_database, tmp_path, "shared_buckets", "note_one_in = 1\nshared_buckets")
    world = World(case, 4)

    def at(operation: str, statement: str) -> None:
        claims = {"sub": world.user_a, "role": "authenticated", "app_metadata": {"org_id": world.a}}
        with psycopg.connect(case.database.url_as("supabase_storage_admin")) as conn:
            conn.execute(
                "select set_config('request.jwt.claims', %s, true), set_config('storage.operation', %s, true)",
                (json.dumps(claims), operation),
            )
            conn.execute("set local role authenticated")
            assert conn.execute(statement.encode()).rowcount == 1

    at("storage.object.upload", upload(f"{world.a}/x/new.txt"))
    at("storage.object.get", f"select from storage.objects where name = '{world.user_a}/note.txt'")
    at("storage.object.upload_old", upload(f"{world.user_a}/new.txt"))
    at("storage.object.get_theirs", f"select from storage.objects where name = '{world.user_b}/note.txt'")

    found = {(n.table, n.command, n.endpoint) for n in verbs.shadow(case.database.url).noted}
    assert found == {
        ('"storage"."objects"', "insert", "storage.object.upload_old"),
        ('"storage"."objects"', "select", "storage.object.get_theirs"),
    }


def test_it_must_be_decided(supabase_database: Database, tmp_path: Path) -> None:
    """Policies that know no tenant are a reader without one, and the entry gate of phase 6 says so."""
    case = load(supabase_database, tmp_path)
    text = case.config.read_text(encoding="utf-8")
    case.config.write_text(re.sub(r'\[contextless\."storage.*?\n\n', "", text, flags=re.DOTALL), encoding="utf-8")
    report = case.apply()
    assert report.outcome == "gate"
    assert "storage.objects: files of Storage" in report.gates_missing["RFG-CONTEXTLESS"]
    assert "way = tenant | bypass" in report.gates_missing["RFG-CONTEXTLESS"]


@pytest.mark.parametrize(
    ("statement", "spec", "told"),
    [
        ("alter table storage.objects disable row level security", ("", ""), "row security is off"),
        ("select", (', "supabase_storage_admin"]', "]"), "whose claims are not believed"),
    ],
)
def test_a_floor_that_would_not_hold_is_refused(
    supabase_database: Database, tmp_path: Path, statement: str, spec: tuple[str, str], told: str
) -> None:
    """Before anything is written, with what to do about it."""
    case = load(supabase_database, tmp_path, *spec)
    case.database.execute(statement)
    with pytest.raises(PlanRefused, match=told) as refused:
        verbs.plan(case.url, case.config)
    assert refused.value.hint


def test_on_hosted_projects_policies_are_made_without_owning_the_table(
    supabase_database: Database, tmp_path: Path
) -> None:
    """The platform's supautils says who may; whoever neither owns the table nor is named there is refused in phase 0."""
    case = load(supabase_database, tmp_path)
    case.database.execute("grant all on storage.objects to dashboard_user")
    case.database.execute("grant all on schema storage to dashboard_user")
    asked = files.may_make_policies().sql.encode()
    for grants, allowed in (
        ("", False),
        ('{"postgres": ["storage.objects"]}', False),
        ('{"dashboard_user": ["storage.buckets"]}', False),
        ('{"dashboard_user": ["auth.users", "storage.objects"]}', True),
    ):
        with psycopg.connect(case.database.url) as conn:
            conn.execute("select set_config('supautils.policy_grants', %s, true)", (grants,))
            conn.execute("set local role dashboard_user")
            assert conn.execute(asked).fetchone() == (allowed,), grants


def test_it_comes_and_goes_byte_for_byte(world: World) -> None:
    """The application's own policies on files were never touched, and ours are gone."""
    with psycopg.connect(world.case.database.url) as conn:
        row = conn.execute(
            "select tableowner::text, rowsecurity from pg_tables where schemaname = 'storage' and tablename = 'objects'"
        ).fetchone()
    assert row == ("supabase_storage_admin", True)
    assert world.case.revert().outcome == "finished"
    assert world.case.catalog_differences() == ""


def test_policies_that_the_application_makes_meanwhile_stay(supabase_database: Database, tmp_path: Path) -> None:
    """The way to new paths: a policy for them between phases 4 and 6, taken in by an amendment, and never taken away."""
    world = World(load(supabase_database, tmp_path), 4)
    case = world.case
    case.database.execute(
        "create policy later on storage.objects for insert to authenticated with check (bucket_id = 'notes')"
    )
    later = (
        "select count(*) from pg_policies where schemaname = 'storage' and policyname = 'later'"
        " and with_check = '(bucket_id = ''notes''::text)'"
    )

    report = verbs.apply(case.url, case.config, accept=case.accept, amend=True)

    assert report.outcome == "finished", (report.gates_missing, report.detail)
    assert world.act(upload(f"{world.a}/x/new.txt")) == [1]
    with pytest.raises(Denied):
        world.act(upload(f"{world.b}/x/new.txt"))
    assert case.revert().outcome == "finished"
    with psycopg.connect(case.database.url) as conn:
        assert conn.execute(later.encode()).fetchone() == (1,)
        ours = "select count(*) from pg_policies where policyname like 'ringfence%'"
        assert conn.execute(ours.encode()).fetchone() == (0,)
