"""Every law of a live database: plans that are built obey it, and a plan that breaks it is caught."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from ringfence.names import QualifiedName
from ringfence.plan.build import build_plan
from ringfence.plan.lint import LAWS, Breach, lint
from ringfence.plan.model import (
    Action,
    Backfill,
    Check,
    Concurrently,
    Gate,
    Irreversible,
    LockMode,
    NothingToUndo,
    OneWay,
    Phase,
    Plan,
    Probe,
    Repeat,
    Statement,
    Step,
    Transaction,
    Undo,
    UndoWith,
)
from support.sample_plans import DOCUMENTS, USERS, sample_plan, sample_tenancy, small_worlds

T = '"public"."documents"'
ASIDE = Statement(
    f"lock table {T} in share update exclusive mode", LockMode.SHARE_UPDATE_EXCLUSIVE, (DOCUMENTS,), 1500, 2500
)
COLUMN = Statement(f'alter table {T} add column "c" uuid', LockMode.ACCESS_EXCLUSIVE, (DOCUMENTS,))
BUILD = Statement(
    f'create index concurrently "i" on {T} ("c")', LockMode.SHARE_UPDATE_EXCLUSIVE, (DOCUMENTS,), 0, 3_600_000
)
DROP = replace(BUILD, sql='drop index concurrently if exists "public"."i"')
NO = Probe("select false as answer")
NOTHING = NothingToUndo("a test")
NO_GATE = Gate("exit", ())
FILL = Backfill(
    DOCUMENTS,
    "c",
    ("set local synchronous_commit = off",),
    f"with v as (select t.ctid as place from only {T} t where t.ctid >= %(lo)s::tid and t.ctid < %(hi)s::tid"
    " and 1 %% %(passes)s::int = %(stripe)s::int for no key update of t skip locked), changed as"
    f' (update only {T} t set "c" = null from v where t.ctid = v.place returning true as intact)'
    " select count(*) as rows, true as intact from changed",
    f"select count(*) as rows from only {T} t",
    f"analyze {T}",
)


def plan_of(*steps: Step, exit_: Gate = NO_GATE) -> Plan:
    """A plan of these steps alone, with the documents table known to hold rows."""
    known = Step(f"backfill/{DOCUMENTS}/rows", "fill", FILL, NOTHING)
    phase = Phase(1, "expand", "a test", Gate("entry", ()), (*steps, known), exit_)
    return Plan(sample_tenancy(), 180004, "0" * 64, (phase,))


def step(action: Action, undo: Undo = NOTHING, done_when: Probe | None = None, one_way: OneWay | None = None) -> Step:
    """A step with one action."""
    return Step("a/step", "a step", action, undo, DOCUMENTS, done_when=done_when, one_way=one_way)


def codes(found: tuple[Breach, ...]) -> list[str]:
    """The codes, each once, in order."""
    return list(dict.fromkeys(b.code for b in found))


KNOWN: tuple[tuple[str, str], ...] = (
    # an organizations table that is adopted may belong to a role that lets nobody lock it in that mode
    ("RFL-STEP-ASIDE", "/reference/"),
)
"""Breaches of the planner that are known and accepted, with the reason."""


def unknown(found: tuple[Breach, ...]) -> list[Breach]:
    """The breaches nobody knows of."""
    return [b for b in found if not any(b.code == code and part in b.step for code, part in KNOWN)]


def test_a_built_plan_obeys_every_law() -> None:
    """The sample plan, with every kind of step, breaks no law on any supported server."""
    for version in (150010, 160004, 180004):
        assert unknown(lint(sample_plan(version))) == []


@settings(max_examples=25, deadline=None)
@given(small_worlds())
def test_any_built_plan_obeys_every_law(world) -> None:
    """Whatever the tables are called and however they hang together, the plan breaks no law."""
    assert unknown(lint(build_plan(*world))) == []


def test_the_small_plan_of_these_tests_is_lawful() -> None:
    """What the broken plans below are made from breaks nothing itself."""
    sound = (
        step(Transaction((ASIDE, COLUMN))),
        replace(step(Concurrently(BUILD, NO, DROP), done_when=NO), id="b"),
    )

    assert lint(plan_of(*sound)) == ()


def transaction(*statements: Statement) -> Step:
    """A step that runs these in one transaction."""
    return step(Transaction(statements))


def altered(sql: str) -> Statement:
    """Another sentence with the declarations of a strong lock."""
    return replace(COLUMN, sql=sql)


PLAIN = Statement("select 1", LockMode.NONE, (), 1000, 5000)
OTHER = QualifiedName("public", "events")

BROKEN = [
    ("RFL-SYNTAX", transaction(ASIDE, altered(f"alter table {T} add colum"))),
    ("RFL-SYNTAX", transaction(ASIDE, altered(f'alter table {T} add column "c" uuid; drop table {T}'))),
    (
        "RFL-SYNTAX",
        transaction(
            replace(
                PLAIN,
                sql='create function "ringfence"."f"() returns trigger language plpgsql as $$ begin if end $$',
            )
        ),
    ),
    ("RFL-UNKNOWN", transaction(replace(PLAIN, sql=f"cluster {T}"))),
    ("RFL-LOCK", transaction(ASIDE, replace(COLUMN, lock=LockMode.SHARE_ROW_EXCLUSIVE))),
    ("RFL-LOCK", transaction(replace(COLUMN, lock=LockMode.NONE, tables=()))),
    ("RFL-LOCK", transaction(ASIDE, replace(COLUMN, tables=()))),
    ("RFL-LOCK-TIMEOUT", transaction(ASIDE, replace(COLUMN, lock_timeout_ms=0))),
    ("RFL-LOCK-TIMEOUT", transaction(ASIDE, replace(COLUMN, lock_timeout_ms=201))),
    ("RFL-LOCK-TIMEOUT", transaction(replace(ASIDE, lock_timeout_ms=0), COLUMN)),
    ("RFL-STATEMENT-TIMEOUT", transaction(ASIDE, replace(COLUMN, statement_timeout_ms=0))),
    ("RFL-STATEMENT-TIMEOUT", transaction(ASIDE, replace(COLUMN, statement_timeout_ms=3_600_000))),
    ("RFL-STATEMENT-TIMEOUT", step(Concurrently(replace(BUILD, statement_timeout_ms=0), NO, DROP), done_when=NO)),
    ("RFL-SCAN", transaction(ASIDE, altered(f'alter table {T} add constraint "k" check ("c" is not null)'))),
    (
        "RFL-SCAN",
        transaction(
            ASIDE,
            replace(
                altered(f'alter table {T} add constraint "k" foreign key ("c") references "auth"."users" ("id")'),
                tables=(DOCUMENTS, USERS),
            ),
        ),
    ),
    ("RFL-SCAN", transaction(ASIDE, altered(f'alter table {T} add constraint "k" unique ("c")'))),
    ("RFL-SCAN", transaction(ASIDE, altered(f'alter table {T} add column "c" uuid default gen_random_uuid()'))),
    ("RFL-SCAN", transaction(ASIDE, altered(f'alter table {T} alter column "c" type text'))),
    (
        "RFL-SCAN",
        transaction(ASIDE, replace(COLUMN, sql=f'create index "i" on {T} ("c")', lock=LockMode.SHARE)),
    ),
    ("RFL-NOT-NULL", transaction(ASIDE, altered(f'alter table {T} alter column "c" set not null'))),
    (
        "RFL-ONE-TABLE",
        transaction(
            ASIDE, COLUMN, replace(altered('alter table "public"."events" add column "c" uuid'), tables=(OTHER,))
        ),
    ),
    ("RFL-ONE-TABLE", transaction(ASIDE, replace(COLUMN, tables=(DOCUMENTS, OTHER)))),
    ("RFL-STEP-ASIDE", transaction(COLUMN)),
    ("RFL-STEP-ASIDE", transaction(COLUMN, ASIDE)),
    ("RFL-ROWS", transaction(ASIDE, COLUMN, replace(PLAIN, sql=f'update {T} set "c" = null'))),
    ("RFL-CONCURRENTLY", transaction(BUILD)),
    ("RFL-CONCURRENTLY", step(Concurrently(replace(BUILD, lock_timeout_ms=50), NO, DROP), done_when=NO)),
    ("RFL-CONCURRENTLY", step(Concurrently(ASIDE, NO, DROP), done_when=NO)),
    ("RFL-PROBE", step(Concurrently(BUILD, NO, DROP))),
    ("RFL-PROBE", step(Transaction(()), UndoWith((Concurrently(DROP, NO, DROP),)))),
    ("RFL-UNDO", step(Transaction(()), UndoWith(()))),
    ("RFL-UNDO", step(Transaction(()), NothingToUndo(" "))),
    ("RFL-UNDO", step(Transaction(()), Irreversible(""))),
    ("RFL-UNDO", step(Transaction(()), NOTHING, one_way=OneWay("a test", "select 'a' as subject", "look"))),
    ("RFL-UNDO", step(Transaction(()), UndoWith((FILL,)))),
    ("RFL-BATCH", step(replace(FILL, column="other"))),
    ("RFL-BATCH", step(replace(FILL, batch_sql=FILL.batch_sql.replace("skip locked", "")))),
    ("RFL-BATCH", step(replace(FILL, batch_sql=FILL.batch_sql.replace("%(stripe)s", "0")))),
    ("RFL-BATCH", step(replace(FILL, settings=("set synchronous_commit = off",)))),
    (
        "RFL-BATCH",
        step(Repeat(replace(PLAIN, sql="insert into ringfence.kept_rows select 'a', 'b', '{}' limit 5"), 5000)),
    ),
    ("RFL-READ-ONLY", step(Concurrently(BUILD, NO, DROP), done_when=Probe(f"delete from {T} returning true"))),
    ("RFL-READ-ONLY", step(replace(FILL, differs_sql=f"select 1 as rows from {T} t for update"))),
    ("RFL-QUOTED", transaction(ASIDE, altered("alter table public.documents add column client uuid"))),
    ("RFL-QUOTED", step(replace(FILL, differs_sql="select count(*) as rows from public.documents"))),
    ("RFL-QUALIFIED", step(replace(FILL, differs_sql='select count(*) as rows from "documents"'))),
    (
        "RFL-FLOOR",
        transaction(
            ASIDE,
            altered(f'create policy "ringfence_floor" on {T} as restrictive to "anon" using (true) with check (true)'),
        ),
    ),
    (
        "RFL-FLOOR",
        transaction(ASIDE, altered(f'create policy "ringfence_floor" on {T} as restrictive for insert using (true)')),
    ),
    ("RFL-FLOOR", transaction(ASIDE, altered(f'create policy "ringfence_floor" on {T} as restrictive using (true)'))),
    (
        "RFL-DARK",
        transaction(
            ASIDE,
            altered(f'create policy "ringfence_floor" on {T} as restrictive using (true) with check (true)'),
            altered(f"alter table {T} enable row level security"),
        ),
    ),
    (
        "RFL-DEFINER",
        transaction(
            replace(PLAIN, sql='create function "ringfence"."f"() returns int language sql security definer return 1')
        ),
    ),
]


@pytest.mark.parametrize(("code", "broken"), BROKEN, ids=[f"{c}-{n}" for n, (c, _) in enumerate(BROKEN)])
def test_a_broken_law_is_named(code: str, broken: Step) -> None:
    """Each law has a plan that breaks it, and lint says which law and which step."""
    found = lint(plan_of(broken))

    assert code in codes(found), found
    assert {b.step for b in found} == {"a/step"}


def test_ids_are_unique() -> None:
    """Two steps, two gates or two checks of the same name could not be told apart in the journal."""
    check = Check("RFG-X", "x", "select 'a' as subject, 'b' as detail", "hint")
    twice = plan_of(transaction(ASIDE, COLUMN), transaction(ASIDE, COLUMN), exit_=Gate("exit", (check, check)))
    same_gate = replace(twice, phases=(*twice.phases, replace(twice.phases[0], number=2)))

    assert codes(lint(twice)) == ["RFL-ID"]
    assert [b.step for b in lint(twice)] == ["a/step", "exit"]
    assert ("RFL-ID", "exit") in {(b.code, b.step) for b in lint(same_gate)}


def test_a_gate_only_reads() -> None:
    """A check that changes something is no check."""
    writes = Check("RFG-X", "x", f"delete from {T} returning 'a' as subject, 'b' as detail", "hint")
    counts = replace(writes, sql="select 'a' as subject, 'b' as detail", observed_sql=f"lock table {T}")

    assert codes(lint(plan_of(exit_=Gate("exit", (writes,))))) == ["RFL-READ-ONLY"]
    assert codes(lint(plan_of(exit_=Gate("exit", (counts,))))) == ["RFL-READ-ONLY"]


def test_a_very_long_question_is_judged_by_its_words() -> None:
    """Privileges of a thousand tables make a tree deeper than the parser hands over; it is judged all the same."""
    row = "select 'a' as subject, 'b' as detail"
    long = "\nunion all\n".join([row] * 3000)
    plan = plan_of(exit_=Gate("exit", (Check("RFG-X", "x", long, "hint"),)))
    locks = plan_of(exit_=Gate("exit", (Check("RFG-X", "x", f"{long}\nfor update", "hint"),)))

    assert lint(plan) == ()
    assert codes(lint(locks)) == ["RFL-READ-ONLY"]


def test_not_null_after_its_check_is_validated() -> None:
    """SET NOT NULL without a scan needs the check, validated, of that very column."""
    check = altered(f'alter table {T} add constraint "k" check ("c" is not null) not valid')
    validate = replace(ASIDE, sql=f'alter table {T} validate constraint "k"', statement_timeout_ms=3_600_000)
    not_null = altered(f'alter table {T} alter column "c" set not null')
    other = altered(f'alter table {T} alter column "d" set not null')

    def lint_of(*bodies: tuple[Statement, ...]) -> list[str]:
        steps = [replace(transaction(*body), id=f"s{n}") for n, body in enumerate(bodies)]
        return codes(lint(plan_of(*steps)))

    assert lint_of((ASIDE, check), (validate,), (ASIDE, not_null)) == []
    assert lint_of((ASIDE, check), (ASIDE, not_null)) == ["RFL-NOT-NULL"]
    assert lint_of((ASIDE, check), (validate,), (ASIDE, other)) == ["RFL-NOT-NULL"]


def test_every_law_is_broken_somewhere_above() -> None:
    """No law is written down that nothing tests."""
    assert {code for code, _ in BROKEN} | {"RFL-ID"} == set(LAWS)
