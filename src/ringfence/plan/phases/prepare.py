"""Phase 0, prepare: nothing of the application changes; afterwards there is a way back and a measure to compare with."""

from __future__ import annotations

from ringfence import sqltext
from ringfence.names import quote_literal
from ringfence.plan import ddl
from ringfence.plan.model import (
    Check,
    Gate,
    NothingToUndo,
    Phase,
    Privilege,
    Procedure,
    ProcedureKind,
    Step,
    Transaction,
)
from ringfence.tenancy.model import AssignByMapping, Tenancy

MAPPING_ROWS_PER_STATEMENT = 500


def build(tenancy: Tenancy, needs: tuple[Privilege, ...]) -> Phase:
    """Make phase 0; `needs` are the privileges of every later step, asked before anything is written."""
    return Phase(
        number=0,
        name="prepare",
        title="backup, monitoring, migration log, session tracking, validated counts",
        entry=Gate("prepare/entry", (privileges(needs),) if needs else ()),
        steps=tuple(_steps(tenancy)),
        exit=Gate("prepare/exit", ()),
    )


def privileges(needs: tuple[Privilege, ...]) -> Check:
    """One question for all privileges: each missing one is a row with the statement that grants it."""
    seen: dict[str, Privilege] = {}
    for need in needs:
        seen.setdefault(need.sql, need)
    rows = "\nunion all\n".join(
        f"select {quote_literal(need.text)}, {quote_literal(need.grant or need.without)} where not coalesce(({need.sql}), false)"
        for need in seen.values()
    )
    return Check(
        code="RFG-PRIVILEGES",
        title="the migrating role may do every later step",
        sql=f"select subject, detail from (\n{rows}\n) missing (subject, detail)",
        hint="grant what is listed, as the owner of the object or an administrator, then apply again",
    )


def _steps(tenancy: Tenancy) -> list[Step]:
    objects = sqltext.load("ringfence.plan", "objects_v1")
    stays = NothingToUndo("schema ringfence stays: it holds the journal and what people decided")
    steps = [
        Step(
            id="prepare/objects",
            title="tables and helpers in schema ringfence",
            action=Transaction(tuple(ddl.plain(s) for s in statements_of(objects))),
            undo=stays,
            needs=(
                Privilege(
                    "CREATE on the database",
                    "select pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') as allowed",
                    grant="grant create on database <this one> to current_user",
                ),
            ),
            proves="our objects are there and no request role can reach them",
        )
    ]
    match tenancy.assignment:
        case AssignByMapping(entries, _):
            values = [
                f"({quote_literal(e.user_key)}, {quote_literal(e.organization)}, {str(e.home).lower()})"
                for e in entries
            ]
            groups = [
                values[i : i + MAPPING_ROWS_PER_STATEMENT] for i in range(0, len(values), MAPPING_ROWS_PER_STATEMENT)
            ]
            inserts = [
                ddl.plain(
                    "insert into ringfence.assignment_mapping (user_key, organization, home) values\n  "
                    + ",\n  ".join(group)
                    + "\non conflict (user_key, organization) do update set home = excluded.home"
                )
                for group in groups
            ]
            steps.append(
                Step(
                    id="prepare/mapping",
                    title=f"the mapping file: {len(entries)} lines",
                    action=Transaction((ddl.plain("delete from ringfence.assignment_mapping"), *inserts)),
                    undo=stays,
                    proves="sign-ups and the assignment read the same mapping",
                )
            )
        case _:
            pass
    read_only = NothingToUndo("only measures")
    steps += [
        Step(
            id="prepare/sessions",
            title="which logins and applications are connected, and how old their sessions are",
            action=Procedure(ProcedureKind.SESSIONS),
            undo=read_only,
            proves="old clients can be told from new ones by login and application",
        ),
        Step(
            id="prepare/baseline",
            title="latency and errors before anything changes",
            action=Procedure(ProcedureKind.BASELINE),
            undo=read_only,
            proves="slower can be measured",
        ),
        Step(
            id="prepare/backup",
            title="backup, restored into a scratch server and compared row by row in sum",
            action=Procedure(ProcedureKind.BACKUP, dict(tenancy.backup)),
            undo=NothingToUndo("a backup is kept"),
            proves="the backup restores to equal counts and checksums for every table",
        ),
    ]
    return steps


def statements_of(script: str) -> list[str]:
    """Split one of our own SQL files at semicolons that end a line outside $$ and BEGIN ATOMIC bodies."""
    found: list[str] = []
    lines: list[str] = []
    atomic = False
    for line in script.splitlines():
        if line.startswith("--") and not lines:
            continue
        lines.append(line)
        lowered = line.strip().lower()
        if lowered.startswith("begin atomic"):
            atomic = True
        if lowered == "end;":
            atomic = False
        if line.rstrip().endswith(";") and not atomic:
            text = "\n".join(lines).strip().rstrip(";")
            if text:
                found.append(text)
            lines = []
    assert not "".join(lines).strip(), "an SQL file of ours ends without semicolon"
    return found
