"""Readers without a tenant are run once before FORCE, and one that would read otherwise stops phase 6 with both figures."""

from __future__ import annotations

import re
from pathlib import Path

import postgast
import psycopg
import pytest

from ringfence import db, sqltext, verbs
from ringfence.execute.pg import try_runs
from ringfence.execute.trying import Failed, Figure, problems
from ringfence.journal import pg as journal_pg
from ringfence.journal.model import GatePassed, StepStarted
from ringfence.plan.model import PlanRefused
from ringfence.plan.trial import Trial
from ringfence.reports import RunReport
from support.cases import Case
from support.databases import Database
from support.hosted import hand_over

CASES = Path(__file__).parents[2] / "cases"
LEFT = """
select 'schema' from pg_namespace where nspname like 'ringfence_trial%'
union all select 'bypass' from pg_roles where rolname = 'rf_case_figures' and rolbypassrls
union all select 'reads all' from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles c on c.oid = m.member where r.rolname = 'pg_read_all_data'
  and c.rolname like 'ringfence_canary%'
"""


@pytest.fixture
def case(supabase_database: Database, tmp_path: Path) -> Case:
    """A reader of every kind, nothing applied yet."""
    return Case.load(CASES / "enforce_readers", supabase_database, tmp_path)


def decide(case: Case, key: str, way: str, more: str = "") -> None:
    """Decide on a reader anew, or for the first time, as an operator would."""
    entry = f'[contextless."{key}"]\nway = "{way}"\nreason = "a test wants it this way"\n{more}'
    before = case.config.read_text()
    after = re.sub(rf'\[contextless\."{re.escape(key)}"\]\n(?:\w+ = .*\n)+', lambda _: entry, before)
    case.config.write_text(after if key in before else f"{before}\n{entry}")


def amended(case: Case, **accept: str) -> RunReport:
    """Go on with what the file says now."""
    more = {f"RFG-RUN:{key}": reason for key, reason in accept.items()}
    return verbs.apply(case.url, case.config, accept={**case.accept, **more}, amend=True)


def begun(case: Case) -> list[str]:
    """The steps of phase 6 that the journal knows."""
    with db.connect(case.url) as conn:
        events = [entry.event for entry in journal_pg.read(conn)]
    return [e.step for e in events if isinstance(e, StepStarted) and e.step.startswith("enforce/")]


def left_behind(case: Case) -> list[str]:
    """What a trial would have left, had it not been rolled back."""
    with case.database.connect() as conn:
        return [str(row[0]) for row in conn.execute(LEFT)]


def run(case: Case, key: str) -> str:
    """What the check of one reader says at the gate; empty when the gate is passed."""
    report = case.apply()
    return report.gates_missing.get(f"RFG-RUN:{key}", "")


def test_what_would_read_nothing_stops_before_the_first_table(case: Case) -> None:
    """A view given to the tables' owner empties what is made from it: both figures are named; repaired, it goes on."""
    decide(case, "public.project_sizes", "owner")

    held = case.apply()

    assert held.outcome == "gate"
    said = held.gates_missing
    assert sorted(said) == ["RFG-RUN:public.sizes", "RFG-RUN:role:rf_case_figures"]
    # which of its tables is read first is the planner's choice: one answers with an error, the other with silence
    assert re.search(r"public.sizes: 12 rows today, (0|none) as it will be", said["RFG-RUN:public.sizes"])
    assert re.search(
        r"public.project_sizes: 60 rows today, (0|none) as it will be", said["RFG-RUN:role:rf_case_figures"]
    )
    assert "public.projects:" not in said["RFG-RUN:role:rf_case_figures"], "the table itself it reads as before"
    assert begun(case) == []
    assert left_behind(case) == []

    decide(case, "public.project_sizes", "bypass")
    report = amended(case)

    assert report.outcome == "finished", report.gates_missing
    assert case.revert().outcome == "finished"
    assert case.catalog_differences() == ""


def rows_left(case: Case, user: str, script: str) -> int:
    """The count that a script ends with; none when the server says that there is no tenant."""
    with case.database.connect(user=user) as conn:
        try:
            cursor = conn.execute(script.encode())
        except psycopg.Error as error:
            if error.sqlstate != "RF901":
                raise
            return 0
        while cursor.nextset():
            pass
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def test_what_a_trial_says_comes_true(case: Case) -> None:
    """The same is asked of the real database afterwards: everybody reads what he read before."""
    report = case.apply()
    assert report.outcome == "finished", report.gates_missing

    case.database.execute("refresh materialized view public.sizes")

    with case.database.connect(user="rf_case_figures") as conn:
        for relation, rows in (("projects", 60), ("notes", 120), ("project_sizes", 60)):
            assert conn.execute(f"select count(*) from public.{relation}".encode()).fetchone() == (rows,)
    with case.database.connect() as conn:
        assert conn.execute("select count(*), sum(notes) from public.sizes").fetchone() == (12, 120)
        assert conn.execute("select public.total_notes()").fetchone() == (120,)


def test_what_a_trial_warned_of_comes_true(case: Case) -> None:
    """Whoever takes responsibility for a reader that reads nothing has one that reads nothing."""
    decide(case, "public.project_sizes", "owner")
    accept = {"public.sizes": "a test wants to see it", "role:rf_case_figures": "a test wants to see it"}
    report = amended(case, **accept)
    assert report.outcome == "finished", report.gates_missing

    refreshed = "refresh materialized view public.sizes; select count(*) from public.sizes"
    assert rows_left(case, "postgres", refreshed) == 0
    assert rows_left(case, "rf_case_figures", "select count(*) from public.project_sizes") == 0


def test_what_would_read_more_stops_too(case: Case) -> None:
    """A role whose own policy showed it a part sees all when it bypasses."""
    case.database.execute("alter policy figures on public.projects using (not archived)")

    assert "public.projects: 36 rows today, 60 as it will be" in run(case, "role:rf_case_figures")


def test_the_journal_keeps_what_was_run(case: Case) -> None:
    """With its figures, in the entry of the gate."""
    report = case.apply()

    assert report.outcome == "finished", report.gates_missing
    with db.connect(case.url) as conn:
        passed = [e.event for e in journal_pg.read(conn) if isinstance(e.event, GatePassed)]
    verdicts = next(e.verdicts for e in passed if e.gate == "enforce/entry")
    told = {code.removeprefix("RFG-RUN:"): v for code, v in verdicts.items() if code.startswith("RFG-RUN:")}
    assert told == {
        "public.sizes": "passed: public.sizes 12 rows and 12 rows",
        "role:rf_case_figures": (
            "passed: public.projects 60 rows and 60 rows; public.notes 120 rows and 120 rows;"
            " public.project_sizes 60 rows and 60 rows"
        ),
        "public.total_notes()": "passed: public.total_notes() 1 row and 1 row",
        "job:empty notes": "passed: job:empty notes explained and explained",
        "job:sizes": "passed",
        "dump": "passed: public.projects explained and explained; public.notes explained and explained",
    }


def test_a_function_of_a_bound_owner_is_found(case: Case) -> None:
    """Nobody decides on it, since row security does not pass it by today: its owner owns the table."""
    owner = case.database.create_role("rf_before", "nologin")
    case.database.execute(
        f"grant usage, create on schema public to {owner};"
        "create function public.all_notes() returns setof public.notes language sql security definer set search_path = ''"
        " as $$ select * from public.notes $$;"
        "create materialized view public.copied as select n.id from public.all_notes() n, public.projects p"
        " where p.id = n.project_id;"
        "revoke all on public.copied from anon, authenticated, service_role;"
        f"alter table public.notes owner to {owner}; alter function public.all_notes() owner to {owner};"
        f"grant select on public.notes to {owner}"
    )

    assert re.search(r"public.copied: 120 rows today, (0|none) as it will be", run(case, "public.copied"))

    decide(case, f"role:{owner}", "bypass")
    report = amended(case)
    assert report.outcome == "finished", report.gates_missing


def test_names_that_need_quotes(case: Case) -> None:
    """Copies keep a view's name, and what reads it is spelled as the server spells it."""
    case.database.execute(
        """
        create schema "Fig.ures";
        create view "Fig.ures"."All ""Big"" Sizes" with (security_barrier = true) as
          select projects.id as "Id", "project_sizes".notes as "it's" from public.projects, public.project_sizes
          where projects.id = project_sizes.id;
        create materialized view "Fig.ures"."The Whole" as
          select 'public.project_sizes' as literal, s.* from "Fig.ures"."All ""Big"" Sizes" s;
        """
    )
    decide(case, "public.project_sizes", "owner")

    said = run(case, '"Fig.ures"."The Whole"')

    assert re.search(r"60 rows today, (0|none) as it will be", said)


def test_a_function_that_reads_a_view_whose_rights_change_is_not_tried(case: Case) -> None:
    """Its text says the view's name, and the view itself is not touched before FORCE."""
    case.database.execute(
        "create or replace function public.total_notes() returns bigint language sql security definer"
        " set search_path = '' as $$ select sum(notes)::bigint from public.project_sizes $$"
    )
    decide(case, "public.project_sizes", "owner")

    said = run(case, "public.total_notes()")

    assert "1 row today, not tried: a function reads public.project_sizes, whose rights change; run it by hand" in said


def test_a_view_of_a_bound_owner_is_found(case: Case) -> None:
    """Its own bypass is no use when its owner is bound after FORCE; a sum is one row, whatever it sums up."""
    owner = case.database.create_role("rf_views", "nologin")
    case.database.execute(
        f"grant usage, create on schema public to {owner}; grant select on public.projects, public.notes to {owner};"
        f"create policy shown on public.projects for select to {owner} using (true);"
        f"alter view public.project_sizes owner to {owner};"
        "create materialized view public.whole as select sum(notes) as notes from public.project_sizes;"
        "revoke all on public.whole from anon, authenticated, service_role"
    )

    said = case.apply().gates_missing

    assert re.search(r"public.sizes: 12 rows today, (0|none) as it will be", said["RFG-RUN:public.sizes"])
    assert re.search(r"public.whole: 1 row today(, none as it will be| .*other values)", said["RFG-RUN:public.whole"])

    decide(case, f"role:{owner}", "bypass")
    report = amended(case)
    assert report.outcome == "finished", report.gates_missing


def test_a_function_beneath_is_run_as_it_will_be(case: Case) -> None:
    """A materialized view over a function that goes to the tables' owner comes out empty."""
    case.database.execute(
        "create function public.all_notes() returns setof public.notes language sql security definer set search_path = ''"
        " as $$ select * from public.notes $$;"
        "create materialized view public.copied as select n.id from public.projects p, public.all_notes() n"
        " where n.project_id = p.id;"
        "revoke all on public.copied from anon, authenticated, service_role"
    )
    decide(case, "public.all_notes()", "owner")

    assert re.search(r"public.copied: 120 rows today, (0|none) as it will be", run(case, "public.copied"))


def test_a_role_that_brings_its_tenant_itself_is_not_tried(case: Case) -> None:
    """Only its own program can: the check says so, and a person answers for it."""
    decide(case, "role:rf_case_figures", "tenant")

    said = run(case, "role:rf_case_figures")

    assert "public.notes: 120 rows today, not tried: it is to bring its tenant itself (tenant)" in said
    assert "--accept 'RFG-RUN:role:rf_case_figures'" in said
    assert amended(case, **{"role:rf_case_figures": "its program was run on the copy"}).outcome == "finished"


def test_a_role_that_reads_nothing_today_has_nothing_to_lose(case: Case) -> None:
    """It needs no answer."""
    role = case.database.create_role("rf_idle", "login")
    decide(case, f"role:{role}", "tenant")

    assert case.apply().outcome == "finished"


def test_a_role_that_reads_as_the_service_role_goes_on_as_it(case: Case) -> None:
    """What it may read it may by membership alone; what it was granted itself needs an answer."""
    role = case.database.create_role("rf_program", "login")
    case.database.execute(f"grant service_role to {role}; grant select (id) on public.notes to {role}")
    decide(case, f"role:{role}", "tenant")

    said = run(case, f"role:{role}")

    assert "public.notes: 120 rows today, not tried" in said
    assert "public.projects" not in said


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("delete from public.notes; delete from public.projects", "cannot open multi-query plan as cursor"),
        ("vacuum public.notes", "not tried: today's run fails"),
        ("delete from public.no_such_table", "not tried: today's run fails"),
    ],
)
def test_a_job_that_cannot_be_explained_is_not_tried_and_never_run(case: Case, command: str, words: str) -> None:
    """EXPLAIN of the first of two statements would run the second."""
    case.database.execute(f"update cron.job set command = '{command}' where jobname = 'empty notes'")
    rows = case.digests()

    assert words in run(case, "job:empty notes")
    assert case.digests() == rows
    assert amended(case, **{"job:empty notes": "was run on the copy"}).outcome == "finished"


def test_a_job_that_row_security_would_filter_is_named(case: Case) -> None:
    """Its plan alone tells; nothing of it is run."""
    role = case.database.create_role("rf_jobs", "login")
    case.database.execute(
        f"grant select, delete on public.notes to {role};"
        f"update cron.job set username = '{role}' where jobname = 'empty notes'"
    )

    said = run(case, "job:empty notes")

    assert "as it will be it fails: 42501 query would be affected by row-level security policy" in said


def test_a_job_may_be_run_where_the_spec_says_so(case: Case) -> None:
    """Twice, each rolled back, with the rows it reports."""
    case.database.execute(
        "update cron.job set command = 'delete from public.notes where id <= 7' where jobname = 'empty notes'"
    )
    decide(case, "job:empty notes", "bypass", "run_once = true\n")
    rows = case.digests()

    report = case.apply()

    assert report.outcome == "finished", report.gates_missing
    assert case.digests() == rows
    with db.connect(case.url) as conn:
        passed = [e.event for e in journal_pg.read(conn) if isinstance(e.event, GatePassed)]
    verdicts = next(e.verdicts for e in passed if e.gate == "enforce/entry")
    assert verdicts["RFG-RUN:job:empty notes"] == "passed: job:empty notes 7 rows and 7 rows"


def test_nothing_that_is_run_becomes_the_migrating_role(case: Case) -> None:
    """A view's query may call anything its owner wrote: RESET ROLE in it is refused by the server."""
    owner = case.database.create_role("rf_sly", "nologin")
    case.database.execute(
        f"grant usage, create on schema public to {owner}; grant select on public.projects to {owner};"
        "create function public.sly() returns text language plpgsql as"
        " $$ begin execute 'reset role'; return current_user; end $$;"
        "create materialized view public.slyly as select id, public.sly() as who from public.projects with no data;"
        "revoke all on public.slyly from anon, authenticated, service_role;"
        f"alter materialized view public.slyly owner to {owner}; alter role {owner} bypassrls"
    )

    said = run(case, "public.slyly")

    assert 'cannot set parameter "role" within security-definer function' in said


def test_a_trial_locks_no_table_but_to_read(case: Case) -> None:
    """Somebody who looks at the locks from inside finds none that another statement would wait for."""
    case.database.execute(
        "create or replace function public.total_notes() returns bigint language plpgsql security definer"
        " set search_path = '' as $$ begin return 1 / (select (count(*) = 0)::int from pg_catalog.pg_locks l"
        " where l.pid = pg_catalog.pg_backend_pid() and l.mode <> 'AccessShareLock'"
        "   and l.relation in ('public.notes'::regclass, 'public.projects'::regclass, 'public.project_sizes'::regclass,"
        "     'public.sizes'::regclass)) + (select count(*) from public.notes); end $$"
    )

    assert case.apply().outcome == "finished"


def test_a_run_is_bounded(case: Case) -> None:
    """Rows that die meanwhile are kept for its snapshot, so it ends in time."""
    case.database.execute(
        "create or replace function public.total_notes() returns bigint language sql security definer"
        " set search_path = '' as $$ select count(*) from public.notes, pg_catalog.pg_sleep(30) $$"
    )
    case.config.write_text(case.config.read_text() + "\n[limits]\nreader_run_timeout_s = 1\n")

    assert "[limits] reader_run_timeout_s is the bound" in run(case, "public.total_notes()")


def test_all_runs_of_a_reader_share_one_bound(case: Case) -> None:
    """One snapshot serves them all, so what the first has used up the next one lacks."""
    trial = Trial(
        scaffold=tuple(postgast.split(sqltext.load("ringfence.plan", "trial_v1"))),
        find_sql=(
            "select 'run ' || i as subject, 'rows' as kind, 'postgres' as role_now,"
            " 'select pg_catalog.pg_sleep(0.4)' as sql_now, null::text as role_then, null::text as sql_then,"
            " null::text as not_tried from pg_catalog.generate_series(1, 4) i"
        ),
        state=(),
        runs_timeout_ms=1000,
    )

    with db.connect(case.url) as conn:
        tried = try_runs(conn, trial)

    assert tried[0].now == Figure(1)
    assert isinstance(tried[3].now, Failed)
    assert tried[3].now.code == "57014"


def tried_alone(*runs: str, state: tuple[str, ...] = (), runs_timeout_ms: int = 5000) -> Trial:
    """A trial of runs as `Trial.find_sql` names them, each the texts of a row."""
    rows = " union all ".join(f"select {run}" for run in runs)
    columns = "subject, kind, role_now, sql_now, role_then, sql_then, not_tried"
    return Trial(
        scaffold=tuple(postgast.split(sqltext.load("ringfence.plan", "trial_v1"))),
        find_sql=f"select * from ({rows}) w ({columns})",
        state=state,
        runs_timeout_ms=runs_timeout_ms,
    )


def test_a_lock_that_a_run_takes_for_its_session_ends_with_the_run(case: Case) -> None:
    """Jobs keep others of their kind away by such a lock, which no rollback takes back: the real job would wait for us."""
    once = "'select pg_catalog.pg_advisory_lock(4711)'"
    fails = "'select pg_catalog.pg_advisory_lock(4712), 1 / 0'"
    trial = tried_alone(
        f"'job'::text, 'command', 'postgres', {once}, 'postgres', {once}, null::text",
        f"'fails', 'command', 'postgres', {fails}, 'postgres', {fails}, null",
    )

    with db.connect(case.url) as conn:
        tried = try_runs(conn, trial)
        row = conn.execute(
            "select count(*) as held from pg_catalog.pg_locks where locktype = 'advisory' and pid = pg_catalog.pg_backend_pid()"
        ).fetchone()

    assert tried[0].now == tried[0].then == Figure(1)
    assert isinstance(tried[1].now, Failed)
    assert row == {"held": 0}


def test_what_reads_nothing_twice_has_not_passed_where_row_security_will_filter_it(case: Case) -> None:
    """Nobody is asked for a tenant where no row is met: an empty queue would pass, and fail with its first row."""
    case.database.execute("delete from public.notes; delete from public.projects")
    decide(case, "public.project_sizes", "owner")

    said = case.apply().gates_missing

    assert sorted(said) == ["RFG-RUN:public.sizes", "RFG-RUN:role:rf_case_figures"]
    told = "0 rows today and as it will be, but row security will filter it: 42501 query would be affected"
    assert told in said["RFG-RUN:public.sizes"]
    assert told in said["RFG-RUN:role:rf_case_figures"]

    decide(case, "public.project_sizes", "bypass")
    assert amended(case).outcome == "finished"


def test_waiting_for_a_role_is_part_of_the_bound(case: Case) -> None:
    """Somebody who drops a role keeps it locked: not every run may wait for it anew, since rows that die are kept."""
    role = case.database.create_role("rf_going", "nologin")
    run = f"'rows'::text, '{role}', 'select', null::text, null::text, null::text"
    trial = tried_alone(*(f"'run {i}'::text, {run}" for i in range(40)), runs_timeout_ms=1000)

    with case.database.connect() as other, db.connect(case.url) as conn:
        other.execute(f"begin; drop role {role}")
        began = conn.execute("select pg_catalog.clock_timestamp() as at").fetchone()
        tried = try_runs(conn, trial)
        ended = conn.execute("select pg_catalog.clock_timestamp() as at").fetchone()
        other.execute("rollback")

    assert began is not None
    assert ended is not None
    assert {run.now.code for run in tried if isinstance(run.now, Failed)} == {"57014"}
    assert (ended["at"] - began["at"]).total_seconds() < 20, "40 runs of 2 seconds' waiting each"


def test_a_job_is_run_with_the_search_path_of_its_role(case: Case) -> None:
    """What pg_cron's own session would have: the role's setting here, else the role's, else the database's."""
    role = case.database.create_role("rf_path", "nologin")
    case.database.execute(
        f"create schema one; create schema two; create schema three;"
        "create table one.t (); create table two.t (); insert into two.t default values; create table three.t ();"
        f"grant usage on schema one, two, three to {role}; grant select on one.t, two.t, three.t to {role};"
        f"alter role {role} set search_path = three, public;"
        f"do $$ begin execute format('alter database %I set search_path = one, public', current_database());"
        f" execute format('alter role {role} in database %I set search_path = two, public', current_database()); end $$"
    )
    count = f"'t'::text, 'command', '{role}', 'select from t', '{role}', 'select from t', null::text"

    with db.connect(case.url) as conn:
        (tried,) = try_runs(conn, tried_alone(count))

    assert tried.now == tried.then == Figure(1)


def test_a_role_like_hosted_supabase_postgres_can_try(case: Case) -> None:
    """No superuser: it runs as roles that it made, and the canary reads what its request role may."""
    database = case.database
    role = database.create_role("rf_hosted", "login createdb createrole bypassrls nosuperuser")
    database.execute(f"update cron.job set username = '{role}'")
    hand_over(database, role)
    database.execute(f"grant rf_case_figures to {role} with admin option")
    if database.server.major < 16:
        # before 16 only a superuser lets a role pass row security
        database.execute("alter role rf_case_figures bypassrls")
    case.user = role
    decide(case, "public.project_sizes", "owner")

    said = case.apply().gates_missing

    runs = {code: text for code, text in said.items() if code.startswith("RFG-RUN:")}
    assert sorted(runs) == ["RFG-RUN:public.sizes", "RFG-RUN:role:rf_case_figures"], said
    assert re.search(r"public.sizes: 12 rows today, (0|none) as it will be", runs["RFG-RUN:public.sizes"])
    assert "public.project_sizes: 60 rows today" in runs["RFG-RUN:role:rf_case_figures"]


def test_what_cannot_be_made_as_it_will_be_is_not_tried(case: Case) -> None:
    """A migrating role may lack a right that only the trial needs; today's figure is told all the same."""
    trial = Trial(
        scaffold=tuple(postgast.split(sqltext.load("ringfence.plan", "trial_v1"))),
        find_sql=(
            "select 'public.notes' as subject, 'rows' as kind, 'postgres' as role_now, 'select from public.notes' as sql_now,"
            " 'postgres' as role_then, 'select from public.notes' as sql_then, null::text as not_tried"
        ),
        state=("grant pg_read_all_data to nobody_of_this_name",),
        runs_timeout_ms=5000,
    )

    with db.connect(case.url) as conn:
        ((subject, said),) = problems(try_runs(conn, trial))

    assert subject == "public.notes"
    assert said.startswith("120 rows today, not tried: what the phase will change could not be changed for it (42704 ")


@pytest.mark.parametrize("key", ["public.project_sizes", "role:rf_case_figures"])
def test_only_what_can_be_run_may_be_run_once(case: Case, key: str) -> None:
    """Neither a view, which has a check of its own, nor a role."""
    decide(case, key, "bypass", "run_once = true\n")

    with pytest.raises(PlanRefused, match="cannot be run once"):
        case.plan()


def test_without_a_canary_whoever_is_bound_is_not_tried(case: Case) -> None:
    """Silence is no proof: with shadow = false there is nobody to run it as."""
    case.config.write_text(case.config.read_text().replace("enforce = true\n", "enforce = true\nshadow = false\n"))
    decide(case, "public.project_sizes", "owner")

    said = run(case, "public.sizes")

    assert "public.sizes: 12 rows today, not tried: row security will bind ringfence_owner" in said
