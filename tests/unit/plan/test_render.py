"""A plan as people and programs read it: nothing left out, nothing that a name could break out of."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import postgast
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence import codec
from ringfence.names import QualifiedName
from ringfence.plan import prose
from ringfence.plan.build import build_plan
from ringfence.plan.model import (
    Backfill,
    Check,
    Concurrently,
    Gate,
    Hazard,
    Irreversible,
    LockMode,
    NothingToUndo,
    OneWay,
    Phase,
    Plan,
    Privilege,
    Probe,
    Procedure,
    ProcedureKind,
    Repeat,
    Statement,
    Step,
    Transaction,
    UndoWith,
)
from ringfence.plan.render import FORMATS, Format, render_plan, render_undo
from ringfence.plan.sheet import WIDTH, wrap_sql
from support.sample_plans import DOCUMENTS, sample_plan, sample_tenancy, small_worlds

GOLDEN = Path(__file__).parent / "golden"
SUFFIX: dict[Format, str] = {"text": "txt", "sql": "sql", "markdown": "md", "json": "json"}
NASTY = QualifiedName("public", 'a "b"\n--`c`|\x1b[31m')
H1 = Hazard("H1", "queues behind a long reader")
H5 = Hazard("H5", "waits for every transaction that was open when it began")


def tiny_plan() -> Plan:
    """One of everything, small enough to be read in one go; made by hand, so that it changes when we change it."""
    nasty, documents = NASTY.sql, DOCUMENTS.sql
    aside = Statement(
        f"lock table {documents} in share update exclusive mode",
        LockMode.SHARE_UPDATE_EXCLUSIVE,
        (DOCUMENTS,),
        1500,
        2500,
    )
    column = Statement(
        f'alter table {documents} add column "client_id" uuid',
        LockMode.ACCESS_EXCLUSIVE,
        (DOCUMENTS,),
        50,
        5000,
        (H1, Hazard("H15", "clients that prepared SELECT * fail until they reconnect")),
    )
    dropped = Statement(
        f'alter table {documents} drop column if exists "client_id"',
        LockMode.ACCESS_EXCLUSIVE,
        (DOCUMENTS,),
        50,
        5000,
        (H1,),
    )
    build = Statement(
        f'create unique index concurrently "documents_key" on {documents} ("client_id", "id")',
        LockMode.SHARE_UPDATE_EXCLUSIVE,
        (DOCUMENTS,),
        0,
        12 * 3_600_000,
        (H5,),
    )
    gone = replace(build, sql='drop index concurrently if exists "public"."documents_key"')
    owner = Privilege("owner of public.documents", "select true as allowed")
    fill = Backfill(
        NASTY,
        "client_id",
        ("set local synchronous_commit = off",),
        f"with victim as (\n  select t.ctid as place from only {nasty} t\n"
        "  where t.ctid >= %(lo)s::tid and t.ctid < %(hi)s::tid and 1 %% %(passes)s::int = %(stripe)s::int\n"
        f'  for no key update of t skip locked\n), changed as (\n  update only {nasty} t set "client_id" = null\n'
        "  from victim v where t.ctid = v.place returning true as intact\n)\n"
        "select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed",
        f'select count(*) as rows from only {nasty} t where t."client_id" is null',
        f"analyze {nasty}",
        stops_sql=f"select 'row'::text as subject, 'no tenant'::text as detail from only {nasty} t limit 20",
        stops_hint="decide whose rows these are",
    )
    expand = (
        Step(
            "prepare/sessions",
            "which logins are connected",
            Procedure(ProcedureKind.SESSIONS),
            NothingToUndo("only measures"),
        ),
        Step(
            "expand/column",
            "tenant column on public.documents",
            Transaction((aside, column)),
            UndoWith((Transaction((aside, dropped)),)),
            DOCUMENTS,
            needs=(owner,),
            proves="old inserts get a tenant from the moment the column exists",
        ),
        Step(
            "expand/decisions", "what people decide is kept", Transaction(()), Irreversible("a word once said is said")
        ),
    )
    backfill = (
        Step(
            "backfill/memberships",
            "organizations for every user",
            Repeat(Statement("select 1 limit %(rows_max)s", LockMode.NONE, (), 1000, 60_000), 5000),
            NothingToUndo("the rows go with their tables"),
        ),
        Step(
            "backfill/rows", f"the right tenant for every row of {NASTY}", fill, NothingToUndo("goes with its column")
        ),
        Step(
            "backfill/settle",
            "a last sweep",
            replace(fill, sweeps_only=True, stops_sql=None),
            NothingToUndo("as before"),
        ),
        Step(
            "backfill/index",
            "index documents_key on public.documents (client_id, id)",
            Concurrently(build, Probe("select false as answer"), gone),
            UndoWith((Concurrently(gone, Probe("select false as answer"), gone),), Probe("select true as answer")),
            DOCUMENTS,
            done_when=Probe("select true as answer"),
        ),
        Step(
            "backfill/retire",
            "documents_slug_key no longer holds across tenants",
            Transaction((aside, replace(dropped, sql=f'alter table {documents} drop constraint "documents_slug_key"'))),
            UndoWith(
                (Concurrently(replace(build, sql=build.sql.replace("key", "slug")), Probe("select false"), gone),)
            ),
            DOCUMENTS,
            one_way=OneWay(
                "rows of two tenants may share a slug",
                f"select 'slug' as subject, 'twice' as detail from {documents} limit 100",
                "rename one of them",
            ),
        ),
    )
    question = "select 'documents'::text as subject, 'missing'::text as detail where false"
    return Plan(
        sample_tenancy(),
        180004,
        "c0ffee" * 10 + "0000",
        (
            Phase(
                1,
                "expand",
                "the tenant column appears",
                Gate("expand/entry", (Check("RFG-PRIVILEGES", "the role may do it", question, "grant it"),)),
                expand,
                Gate("expand/exit", ()),
                Gate(
                    "expand/back", (Check("RFG-IN-USE", "nobody uses the column", question, "stop", acceptable=True),)
                ),
            ),
            Phase(
                2,
                "backfill",
                "every row has the right tenant",
                Gate("backfill/entry", ()),
                backfill,
                Gate("backfill/exit", (Check("RFG-DIFFERS", "every row has its tenant", question, "sweep again"),)),
            ),
        ),
        notes=("two views name every column with *",),
    )


def golden(name: str, text: str) -> None:
    """Compare with a golden file, or write it when RINGFENCE_REGEN is set; people read the diff."""
    file = GOLDEN / name
    if os.environ.get("RINGFENCE_REGEN"):
        file.write_bytes(text.encode())
    assert file.read_bytes().decode() == text, f"{name} differs: RINGFENCE_REGEN=1, then read the diff"


@pytest.mark.parametrize("form", FORMATS)
def test_the_plan_reads_as_people_approved_it(form: Format) -> None:
    """Each form of the plan is the one in the golden file."""
    golden(f"plan.{SUFFIX[form]}", render_plan(tiny_plan(), form))


@pytest.mark.parametrize("form", FORMATS)
def test_the_undo_reads_as_people_approved_it(form: Format) -> None:
    """Each form of the way back is the one in the golden file."""
    golden(f"undo.{SUFFIX[form]}", render_undo(tiny_plan(), 1, form))


def every_sql(plan: Plan, *, undo: bool) -> Iterator[str]:
    """Every statement that a run or a revert would send, as it is sent."""
    for phase in plan.phases:
        for step in phase.steps:
            yield from (s.sql for s in prose.all_statements(step, undo=undo))
            match step.action:
                case Backfill() as fill if not undo:
                    yield from (fill.batch_sql, fill.differs_sql, *fill.settings)
                case _:
                    pass


def squeezed(text: str) -> str:
    """Text without white space and the bars of the margin."""
    return re.sub(r"[\s│]+", "", text)


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_nothing_is_left_out(form: Format) -> None:
    """Every statement of every step and of every undo is there to be read before it runs."""
    plan = sample_plan()
    shown = squeezed(render_plan(plan, form))

    for sql in [*every_sql(plan, undo=False), *every_sql(plan, undo=True)]:
        assert squeezed(prose.readable(sql) if "%(" in sql else sql) in shown, sql


def test_the_way_back_leaves_nothing_out() -> None:
    """The sheet of a revert has every statement of every undo, and none of what was done."""
    plan = sample_plan()
    shown = squeezed(render_undo(plan, 0, "text"))

    for sql in every_sql(plan, undo=True):
        assert squeezed(sql) in shown, sql
    assert "addcolumn" not in shown


def test_a_revert_of_phase_two_leaves_phase_one_alone() -> None:
    """`first` is the lowest phase that is undone."""
    shown = render_undo(sample_plan(), 2, "text")

    assert "UNDO OF PHASE 2" in shown
    assert "UNDO OF PHASE 1" not in shown
    assert shown.index("backfill/public.events/seal") < shown.index("backfill/public.documents/present")


def test_json_is_the_plan_itself() -> None:
    """What a program reads can be read back as an equal plan with the same hash."""
    plan = sample_plan()
    document = json.loads(render_plan(plan, "json"))

    assert document.pop("hash") == plan.hash
    assert codec.from_json(Plan, document) == plan


def script_of(text: str) -> str:
    """The script without psql's own line."""
    return "\n".join(line for line in text.split("\n") if not line.startswith("\\set"))


@settings(max_examples=12, deadline=None)
@given(small_worlds())
def test_no_name_breaks_out_of_the_script(world) -> None:
    """Whatever the tables are called, the script is accepted whole and holds every statement as it is."""
    plan = build_plan(*world)

    parsed = postgast.parse(script_of(render_plan(plan, "sql")))

    texts = set()
    script = script_of(render_plan(plan, "sql")).encode()
    for raw in parsed.stmts:
        end = raw.stmt_location + raw.stmt_len if raw.stmt_len else len(script)
        texts.add(script[raw.stmt_location : end].decode().strip())
    for sql in every_sql(plan, undo=False):
        if "%" not in sql:
            assert any(re.sub(r"\A(--.*\n)+", "", sql).strip() in text for text in texts), sql
    postgast.parse(script_of(render_undo(plan, 0, "sql")))


@settings(max_examples=12, deadline=None)
@given(small_worlds())
def test_no_name_reaches_the_terminal_with_control_characters(world) -> None:
    """A name cannot move the cursor or colour the screen of the one who approves the plan."""
    shown = render_plan(build_plan(*world), "text")

    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown.replace("\t", ""))


@settings(max_examples=8, deadline=None)
@given(small_worlds())
def test_fences_of_the_page_are_closed(world) -> None:
    """No statement ends its own fence, and no name opens another."""
    fence = ""
    for line in render_plan(build_plan(*world), "markdown").split("\n"):
        opened = re.match(r"(`{3,})sql$", line)
        if not fence and opened:
            fence = opened.group(1)
        elif fence and line == fence:
            fence = ""
    assert fence == ""


def test_a_terminal_of_100_columns_is_enough() -> None:
    """Only a text that cannot be broken is wider: one long literal or comment."""
    for line in render_plan(sample_plan(), "text").split("\n"):
        assert len(line) <= WIDTH or "'" in line or "--" in line, line


@given(st.text(alphabet="ab \"'-,", max_size=80), st.integers(10, 40))
def test_wrapping_only_adds_space_outside_quotes(line: str, width: int) -> None:
    """The pieces of a wrapped line are the line: no sign is lost, and nothing inside quotes is touched."""
    pieces = list(wrap_sql(line, width))

    assert squeezed("".join(pieces)) == squeezed(line)
    for quoted in re.findall(r"\"[^\"]*\"|'[^']*'", line):
        if "--" not in line:
            assert any(quoted in piece for piece in pieces)


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [(0, "off"), (50, "50 ms"), (1500, "1.5 s"), (60_000, "1 min"), (90_000, "90 s"), (43_200_000, "12 h")],
)
def test_bounds_are_said_as_people_say_them(milliseconds: int, said: str) -> None:
    """A bound is short to read and exact."""
    assert prose.duration(milliseconds) == said
