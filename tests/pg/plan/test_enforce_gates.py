"""Phase 6 begins when nobody is overlooked, and ends when the real catalog says that all of it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from ringfence import db, verbs
from ringfence.catalog.compare import compare, describe
from ringfence.execute.pg import problems
from ringfence.plan.amend import without_ours
from ringfence.plan.lint import lint
from ringfence.plan.model import Plan, PlanRefused
from ringfence.tenancy.problems import ContextlessNotFound, RequestRolesMissing, RoleNotFound, TenancyInvalid
from support.cases import Case
from support.databases import Database

CASES = Path(__file__).parents[2] / "cases"
FINISHED = "finished"


@pytest.fixture
def case(supabase_database: Database, tmp_path: Path) -> Case:
    """The Supabase case, nothing applied yet."""
    return Case.load(CASES / "enforce_supabase", supabase_database, tmp_path)


def respell(case: Case, change: Callable[[str], str]) -> None:
    """Change the spec as an operator would."""
    before = case.config.read_text()
    after = change(before)
    assert after != before
    case.config.write_text(after)


def without(key: str) -> Callable[[str], str]:
    """The spec without a decision."""
    return lambda text: re.sub(rf'\[contextless\."{re.escape(key)}"\]\n(?:\w+ = .*\n)+', "", text)


def missing(plan: Plan, code: str, url: str, gate: str = "entry") -> list[tuple[str, str]]:
    """What a check of phase 6 finds now, asked apart from a run."""
    which = getattr(plan.phase(6), gate)
    check = next(c for c in which.checks if c.code == code)
    with db.connect(url) as conn:
        return list(problems(conn, check.sql, 10_000))


def test_nobody_is_overlooked(case: Case) -> None:
    """An undecided function stops phase 6 before its first step; the hint is what to write; amended, it goes on."""
    respell(case, without("public.count_documents()"))

    held = case.apply()

    assert held.outcome == "gate"
    said = held.gates_missing["RFG-CONTEXTLESS"]
    assert "public.count_documents()" in said
    assert "bypass | owner | invoker" in said
    assert [p.state for p in held.phases if p.number <= 4] == ["done", "done", "done", "done"]
    assert case.differences_from_simulation(case.plan(), 4) == "", "nothing of phase 6 has happened"

    respell(
        case,
        lambda text: (
            text + '[contextless."public.count_documents()"]\nway = "invoker"\nreason = "counts for its caller"\n'
        ),
    )
    amended = verbs.apply(case.url, case.config, accept=case.accept, amend=True)

    assert amended.outcome == FINISHED, (amended.gates_missing, amended.detail)
    assert case.catalog().routines != case.catalog_at_start.routines


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("public.handle_new_user()", "auth.users is written"),
        ("public.search_documents(needle text, most integer)", "public.documents"),
        ("public.counted_twice()", "public.documents"),
        ("public.busy_days", "cannot have policies"),
        ("publication:supabase_realtime", "every tenant of public.documents"),
    ],
)
def test_each_kind_of_reader_is_found(case: Case, key: str, words: str) -> None:
    """Sign-up triggers, functions, functions that call functions, materialized views, publications."""
    respell(case, without(key))

    found = dict(missing(case.plan(), "RFG-CONTEXTLESS", case.url))

    assert list(found) == [key]
    assert words in found[key]


def test_what_touches_no_tenant_is_left_alone(case: Case) -> None:
    """A definer function over a shared table needs no decision, nor does a view that is read as its caller."""
    respell(case, lambda text: text.split("[contextless.")[0] + '[backup]\nmode = "none"\n')

    found = [name for name, _ in missing(case.plan(), "RFG-CONTEXTLESS", case.url)]

    assert "public.country(text)" not in found
    assert "public.my_events" not in found
    assert "public.open_documents" not in found, "who may read it may read what is beneath it"
    assert len(found) == 6


def test_a_view_whose_readers_may_not_read_beneath_it_needs_a_decision(case: Case) -> None:
    """security_invoker would turn it into an error for them, and that is not ours to decide."""
    case.database.execute("revoke all on public.profiles from authenticated")

    found = dict(missing(case.plan(), "RFG-CONTEXTLESS", case.url))

    assert "authenticated may not read all that is beneath it" in found["public.authors"]
    assert "owner | bypass | close" in found["public.authors"]


def test_a_sign_up_trigger_as_whoever_signs_up_cannot_go_on(case: Case) -> None:
    """An invoker function runs as the auth server's login, whom row security binds and who has no tenant."""
    case.database.execute("alter function public.handle_new_user() security invoker")
    respell(case, without("public.handle_new_user()"))

    found = dict(missing(case.plan(), "RFG-CONTEXTLESS", case.url))

    assert "as whoever writes there" in found["public.handle_new_user()"]


def test_jobs_logins_dumps_and_wide_roles_are_named(case: Case) -> None:
    """What a catalog does not hold is asked at the gate itself."""
    plan = case.plan()
    url, database = case.url, case.database
    codes = ("RFG-JOBS", "RFG-LOGINS", "RFG-DUMPS", "RFG-WIDER-ROLES", "RFG-MEMBERSHIPS")
    case.apply(through=2)
    assert [missing(plan, code, url) for code in codes] == [[], [], [], [], []]

    reporter = database.create_role("rf_reporter")
    wide = database.create_role("rf_wide", "nologin bypassrls")
    database.execute(
        f"""
        insert into cron.job (schedule, command, jobname) values ('* * * * *', 'delete from public.events', 'nightly');
        update cron.job set username = 'anon' where jobname = 'busy days';
        grant select (title) on public.documents to {reporter};
        grant {wide} to authenticated;
        alter table public.user_organizations disable row level security;
        grant insert on public.user_organizations to authenticated;
        """
    )
    try:
        assert [subject for subject, _ in missing(plan, "RFG-JOBS", url)] == ["nightly", "busy days"]
        assert missing(plan, "RFG-LOGINS", url)[0][0] == f"role:{reporter}"
        assert (
            "authenticated",
            f"is a member of {wide}",
        ) in missing(plan, "RFG-WIDER-ROLES", url)
        assert missing(plan, "RFG-MEMBERSHIPS", url) == [("authenticated", "may write public.user_organizations")]
    finally:
        database.execute(f"revoke {wide} from authenticated")
    respell(case, lambda text: text.replace("[isolation]\n", f'[isolation]\ndump_role = "{reporter}"\n'))
    dumps = missing(verbs.plan(url, case.config, amend=True), "RFG-DUMPS", url)
    assert (reporter, "row security binds it: pg_dump would fail") in dumps
    assert ('"public"."comments"', f"{reporter} may not read it") in dumps


@pytest.mark.parametrize(
    ("change", "problem", "words"),
    [
        (
            lambda t: t.replace("public.count_documents()", "public.count_document()"),
            ContextlessNotFound,
            "public.count_documents()",
        ),
        (lambda t: t.replace('request = ["authenticated", "anon"]\n', ""), RequestRolesMissing, "request ="),
        (
            lambda t: t.replace('break_glass = ["dashboard_user"]', 'break_glass = ["dashboard"]'),
            RoleNotFound,
            "dashboard",
        ),
    ],
)
def test_names_that_are_not_there_are_refused(
    case: Case, change: Callable[[str], str], problem: type[TenancyInvalid], words: str
) -> None:
    """With the nearest name, before anything runs."""
    respell(case, change)

    with pytest.raises(problem) as refused:
        case.plan()

    assert words in refused.value.hint
    assert "ringfence.toml:" in str(refused.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.replace('way = "close"', 'way = "invoker"'), "close, bypass"),
        (
            lambda t: t.replace(
                'open_when = "is_public"', 'open_when = "is_public) or (select true from public.profiles"'
            ),
            "columns of public.documents",
        ),
        (
            lambda t: t.replace('open_when = "is_public"', 'open_when = "is_public -- really"'),
            "columns of public.documents",
        ),
        (
            lambda t: t.replace('open_when = "is_public"', 'open_when = "is_public) with check (true"'),
            "columns of public.documents",
        ),
        (
            lambda t: t.replace('open_when = "is_public"', 'open_when = "exists (select from public.profiles)"'),
            "columns of public.documents",
        ),
        (
            lambda t: t.replace(
                'request = ["authenticated", "anon"]', 'request = ["authenticated", "anon", "postgres"]'
            ),
            "administrator",
        ),
    ],
)
def test_decisions_that_make_no_sense_are_refused(case: Case, change: Callable[[str], str], words: str) -> None:
    """A way that an object cannot go, a condition that is none, a migrating role that serves requests."""
    respell(case, change)

    with pytest.raises(PlanRefused) as refused:
        case.plan()

    assert words in refused.value.hint


def test_a_policy_of_our_name_is_refused(case: Case) -> None:
    """Its undo would take the application's."""
    case.database.execute("create policy ringfence_floor on public.comments using (true)")

    with pytest.raises(PlanRefused, match="ringfence_floor"):
        case.plan()


def test_the_plan_is_lawful_and_is_rehearsed(case: Case) -> None:
    """Every statement reads as it declares; on a clone it goes forward and back as foreseen."""
    plan = case.plan()

    rehearsal = verbs.rehearse(case.url, case.config)

    assert [(b.code, b.step, b.detail, b.subject[:90]) for b in lint(plan)] == []
    assert rehearsal.passed, (rehearsal.unforeseen, rehearsal.left_behind)


SPOILED = {
    "RFG-ENFORCED": (
        ("alter table public.comments no force row level security", "row security is not forced"),
        ("alter table public.comments disable row level security", "row security is off"),
        ("alter table public.comments owner to postgres", "its owner is postgres"),
        ("drop policy ringfence_floor on public.comments", "its floor has a hole"),
        ("alter policy ringfence_floor on public.comments to authenticated", "its floor has a hole"),
        (
            "alter policy ringfence_floor on public.comments using (client_id = (select ringfence.client_id()) or true)",
            "hole",
        ),
        ("alter policy ringfence_floor on public.comments with check (true)", "hole"),
        ("drop policy ringfence_floor_update on public.documents", "hole"),
        ("alter policy ringfence_floor_delete on public.documents using (is_public)", "hole"),
        ("alter table public.events_2026 no force row level security", "not forced"),
    ),
    "RFG-GRANTS": (
        ("grant truncate on public.comments to authenticated", "authenticated has TRUNCATE"),
        ("grant trigger on public.events_2027 to public", "PUBLIC has TRIGGER"),
    ),
    "RFG-NEW-TABLES": (
        (
            "create table public.later (); grant select on public.later to anon; alter table public.later disable row level security",
            "anon may use it",
        ),
    ),
    "RFG-DEFAULTS": (("alter default privileges in schema public grant select on tables to anon", "anon gets SELECT"),),
}


def test_what_is_spoiled_afterwards_is_seen(case: Case) -> None:
    """The exit gate reads the real catalog and not the plan: each fault is planted, named, and rolled back."""
    assert case.apply().outcome == FINISHED
    plan = case.plan()
    with psycopg.connect(case.url) as conn:
        for code, faults in SPOILED.items():
            sql = next(c.sql for c in plan.phase(6).exit.checks if c.code == code)
            assert conn.execute(sql.encode()).fetchall() == []
            for fault, words in faults:
                conn.execute(fault.encode())
                found = conn.execute(sql.encode()).fetchall()
                conn.rollback()
                assert any(words in f"{subject} {detail}" for subject, detail in found), (fault, found)


def test_the_applications_own_changes_are_taken_in(case: Case) -> None:
    """After phase 6 too: without our part the catalog is the original one, and a new table is enforced by amending."""
    assert case.apply().outcome == FINISHED
    plan = case.plan()
    assert describe(compare(case.catalog_at_start, without_ours(case.catalog(), case.catalog_at_start, plan))) == ""
    case.database.execute(
        """
        create table public.tags (id bigint primary key, document_id uuid references public.documents, word text);
        grant select, insert on public.tags to authenticated;
        create policy short on public.comments as restrictive for insert with check (length(body) < 100);
        """
    )
    respell(
        case,
        lambda text: text.replace(
            "[backup]", '[tables."public.tags"]\nderive = "document_id -> public.documents"\n\n[backup]'
        ),
    )

    compared = {f"RFG-SHADOW:public.tags:{c}": "nobody uses it yet" for c in ("select", "insert")}
    amended = verbs.apply(case.url, case.config, accept={**case.accept, **compared}, amend=True)

    assert amended.outcome == FINISHED, (amended.gates_missing, amended.detail)
    tags = next(t for t in case.catalog().tables if t.name.name == "tags")
    assert tags.rls_forced
    assert "ringfence_floor" in [p.name for p in tags.policies]
    assert case.revert().outcome == FINISHED
    left = case.catalog_differences()
    assert "public.tags" in left
    assert "short" in left
    assert len(left.splitlines()) <= 4, left


def test_a_function_that_makes_its_sql_at_run_time_needs_a_decision(case: Case) -> None:
    """It names no table and reads all of them: nobody can tell, so somebody must say."""
    case.database.execute(
        "create function public.report(what text) returns bigint language plpgsql security definer set search_path = ''"
        " as $$ declare n bigint; begin execute 'select count(*) from public.' || what into n; return n; end $$"
    )
    case.database.execute(
        "create function public.closed(what text) returns void language plpgsql security definer set search_path = ''"
        " as $$ begin execute what; end $$; revoke all on function public.closed(text) from public, anon, authenticated, service_role"
    )
    case.database.execute(
        "create function public.grants_only() returns void language plpgsql security definer set search_path = ''"
        " as $$ begin revoke execute on function public.closed(text) from anon; end $$"
    )

    found = dict(missing(case.plan(), "RFG-CONTEXTLESS", case.url))

    assert list(found) == ["public.report(what text)"]
    assert "makes its SQL at run time" in found["public.report(what text)"]


def test_a_policy_that_lets_everybody_join_is_named(case: Case) -> None:
    """Row security on the memberships is no answer when its policy is one's own user id and nothing else (P14)."""
    case.apply(through=2)
    plan = case.plan()
    memberships = "public.user_organizations"
    case.database.execute(f"alter table {memberships} enable row level security")
    case.database.execute(f"grant select, insert on {memberships} to authenticated")
    assert missing(plan, "RFG-MEMBERSHIPS", case.url) == [], "no policy lets anybody write"

    case.database.execute(f"create policy mine on {memberships} for all to authenticated using (user_id = auth.uid())")

    assert missing(plan, "RFG-MEMBERSHIPS", case.url) == [
        ("authenticated", "may join any organization that policy mine lets it: (user_id = auth.uid())")
    ]
    case.database.execute(f"drop policy mine on {memberships}")
    case.database.execute(f"create policy shut on {memberships} for insert with check (false)")
    case.database.execute(f"create policy look on {memberships} for select using (true)")
    assert missing(plan, "RFG-MEMBERSHIPS", case.url) == []


def test_logins_that_write_or_inherit_nothing_are_seen(case: Case) -> None:
    """A loader that never reads needs a tenant too, and so does a login that has to become what it uses."""
    plan = case.plan()
    server, loader, analyst, readers = case.database.server, *(f"rf_case_{n}_{case.database.name}" for n in "law")
    admin = f"rf_case_x_{case.database.name}"
    with server.admin() as conn:
        for statement in (
            f"create role {loader} login",
            f"create role {readers} nologin",
            f"create role {analyst} login noinherit in role {readers}",
            f"create role {admin} login noinherit in role service_role",
        ):
            conn.execute(statement.encode())
    try:
        case.database.execute(f"grant insert on public.comments to {loader}")
        case.database.execute(f"grant select on public.comments to {readers}")

        found = [name for name, _ in missing(plan, "RFG-LOGINS", case.url)]

        assert set(found) == {f"role:{loader}", f"role:{analyst}"}, "who becomes a role that bypasses is not bound"
    finally:
        case.database.execute(f"drop owned by {loader}, {readers}")
        with server.admin() as conn:
            conn.execute(f"drop role {loader}, {analyst}, {readers}, {admin}".encode())


@pytest.mark.parametrize(
    ("grant", "told"),
    [
        ("alter role {} createrole", "may give itself other roles"),
        ("grant pg_read_server_files to {}", "reads the files of every table"),
        ("alter role {} replication", "streams every table"),
    ],
)
def test_ways_around_the_server_are_seen(case: Case, grant: str, told: str) -> None:
    """A request role that can give itself roles, read data files or stream the log needs no policy to let it."""
    role = f"rf_case_r_{case.database.name}"
    with case.database.server.admin() as conn:
        conn.execute(f"create role {role} nologin".encode())
    try:
        respell(case, lambda text: text.replace('["authenticated", "anon"]', f'["authenticated", "{role}"]'))
        plan = case.plan()
        assert missing(plan, "RFG-WIDER-ROLES", case.url) == []
        with case.database.server.admin() as conn:
            conn.execute(grant.format(role).encode())
        assert [told in text for _, text in missing(plan, "RFG-WIDER-ROLES", case.url)] == [True]
    finally:
        with case.database.server.admin() as conn:
            conn.execute(f"drop role {role}".encode())


def test_subscriptions_that_would_stop_are_named(case: Case) -> None:
    """From 16 on a subscription writes as the table's owner, whom row security is about to bind."""
    plan = case.plan()
    name = f"rf_{case.database.name}"
    with psycopg.connect(case.database.url, autocommit=True) as conn:
        conn.execute(
            f"create subscription {name} connection 'dbname=nowhere' publication p"
            " with (connect = false, slot_name = none, enabled = false)".encode()
        )
        conn.execute("set allow_system_table_mods = on")
        conn.execute(
            "insert into pg_subscription_rel (srsubid, srrelid, srsubstate)"
            " select oid, 'public.comments'::regclass, 'r' from pg_subscription where subname = %s",
            (name,),
        )
        found = missing(plan, "RFG-REPLICATION", case.url)
        if conn.info.server_version >= 160000:
            assert [who for who, _ in found] == [f"subscription {name}"]
            assert "as the owner of the table, whom row security will bind" in found[0][1]
            conn.execute(f"alter subscription {name} set (run_as_owner = true)".encode())
        assert missing(plan, "RFG-REPLICATION", case.url) == [], "its owner bypasses"
        conn.execute(f"drop subscription {name}".encode())
