"""Asking the data: bounded samples of columns that look like references. Nothing is written, nothing is kept."""

from __future__ import annotations

import time
from collections.abc import Sequence

import psycopg

from ringfence.db import Connection
from ringfence.names import QualifiedName, quote_ident
from ringfence.sqltext import fill, load
from ringfence.tenancy.evidence import SAMPLE_ROWS, Activity, Answer, Counted, Evidence, Question, Unanswered

QUESTION_TIMEOUT_MS = 3000
LOCK_TIMEOUT_MS = 500
ALL_QUESTIONS_TIMEOUT_S = 120.0


def gather_evidence(conn: Connection, questions: Sequence[Question]) -> Evidence:
    """Ask every question in a read-only transaction of its own; one that cannot be answered says why.

    Each takes at most QUESTION_TIMEOUT_MS and reads at most SAMPLE_ROWS rows of the table asked; all together end
    after ALL_QUESTIONS_TIMEOUT_S, the rest stays unanswered.
    """
    deadline = time.monotonic() + ALL_QUESTIONS_TIMEOUT_S
    answers = {question: _ask(conn, question, deadline) for question in questions}
    activity = {
        str(QualifiedName(row["schema"], row["name"])): Activity(
            row["rows"], row["inserted"], row["updated"], row["deleted"]
        )
        for row in conn.execute(load("ringfence.tenancy", "activity"))
    }
    return Evidence(answers, activity)


def _ask(conn: Connection, question: Question, deadline: float) -> Answer:
    if time.monotonic() > deadline:
        return Unanswered(f"no time was left after {ALL_QUESTIONS_TIMEOUT_S:g} s")
    text = fill(
        # the driver reads %, so the ones in names are doubled
        load("ringfence.tenancy", "values_found"),
        column=quote_ident(question.column).replace("%", "%%"),
        table=question.table.sql.replace("%", "%%"),
        parent=question.parent.sql.replace("%", "%%"),
        parent_column=quote_ident(question.parent_column).replace("%", "%%"),
    )
    try:
        with conn.transaction():
            conn.execute("set transaction read only")
            conn.execute(
                "select pg_catalog.set_config('statement_timeout', %s, true),"
                " pg_catalog.set_config('lock_timeout', %s, true)",
                (f"{QUESTION_TIMEOUT_MS}ms", f"{LOCK_TIMEOUT_MS}ms"),
            )
            row = conn.execute(text, {"percent": question.sample_percent, "rows": SAMPLE_ROWS}).fetchone()
    except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable):
        return Unanswered(f"it took longer than {QUESTION_TIMEOUT_MS} ms")
    except psycopg.errors.InsufficientPrivilege as error:
        return Unanswered(error.diag.message_primary or "permission denied")
    except (psycopg.errors.UndefinedFunction, psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        return Unanswered(error.diag.message_primary or "the two columns cannot be compared")
    assert row is not None
    return Counted(row["rows"], row["nulls"], row["values"], row["found"])
