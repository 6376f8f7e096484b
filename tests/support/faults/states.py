"""What a database is like, asked by roads of its own, to be compared with one that had no fault; and what must be gone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from ringfence import db
from ringfence.catalog.compare import compare, describe
from ringfence.catalog.model import Catalog
from ringfence.catalog.pg import read_catalog
from ringfence.journal import pg as journal_pg
from ringfence.journal.fold import fold
from support.databases import Database

GONE_WITHIN_S = 15.0

TABLES = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and (n.nspname <> 'ringfence' or c.relname not in ('journal', 'plans', 'snapshots', 'session_samples', 'session_watches'))
order by 1, 2
"""
WHEN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+]*"
"""A time, which is no property of what was made then."""
OURS = """
select 'relation ' || c.relname || ' ' || c.relkind::text from pg_class c
  where c.relnamespace = to_regnamespace('ringfence')
union all
select 'routine ' || p.oid::regprocedure || md5(p.prosrc) from pg_proc p
  where p.pronamespace = to_regnamespace('ringfence')
order by 1
"""
LEFT_BEHIND = {
    "sessions": "select pid || ' ' || application_name || ' ' || coalesce(state, '') from pg_stat_activity"
    " where datname = current_database() and application_name like 'ringfence%%' and pid <> pg_backend_pid()",
    "invalid indexes": "select indexrelid::regclass::text from pg_index where not (indisvalid and indisready)"
    " and indrelid not in (select inhparent from pg_inherits)",
    "advisory locks": "select classid || '/' || objid from pg_locks where locktype = 'advisory'"
    " and database = (select oid from pg_database where datname = current_database())",
    "prepared transactions": "select gid from pg_prepared_xacts where database = current_database()",
    "temporary files": "select name from pg_ls_tmpdir()",
}


@dataclass(frozen=True)
class State:
    """A database at rest."""

    catalog: Catalog
    ours: tuple[str, ...]
    """What stands in schema ringfence."""
    rows: Mapping[str, str]
    """Count and checksum of every table. Times are left out of tables that were not there at the start."""
    progress: Mapping[str, object]
    """What the journal folds to, without what measures."""

    def differences(self, other: State) -> str:
        """How another differs, for people; empty when it does not."""
        found = [describe(compare(self.catalog, other.catalog))]
        for word, mine, theirs in (
            ("schema ringfence", set(self.ours), set(other.ours)),
            ("rows", set(self.rows.items()), set(other.rows.items())),
        ):
            found += [f"{word}: {mine ^ theirs}"] if mine != theirs else []
        found += [
            f"progress.{name}: {value!r} / {other.progress[name]!r}"
            for name, value in self.progress.items()
            if value != other.progress[name]
        ]
        return "\n".join(part for part in found if part)


def state(database: Database, at_start: Catalog) -> State:
    """The state of a database now; reading the journal verifies its chain."""
    known = {(t.name.schema, t.name.name) for t in at_start.tables}
    with db.connect(database.url) as conn:
        catalog = read_catalog(conn)
        progress = fold(journal_pg.read(conn))
    with psycopg.connect(database.url, autocommit=True) as plain:
        ours = tuple(text for (text,) in plain.execute(OURS.encode()))
        rows: dict[str, str] = {}
        for schema, name in plain.execute(TABLES.encode()).fetchall():
            hidden = "^$" if (schema, name) in known else WHEN
            row = plain.execute(
                sql.SQL(
                    "select count(*) || ' ' || coalesce(md5(string_agg(t, '' order by t collate \"C\")), '')"
                    " from (select regexp_replace(to_jsonb(x)::text, {}, '', 'g') t from only {} x) s"
                ).format(sql.Literal(hidden), sql.Identifier(schema, name))
            ).fetchone()
            assert row is not None
            rows[f"{schema}.{name}"] = row[0]
    return State(
        catalog,
        ours,
        rows,
        {
            "plan": progress.plan_hash,
            "done": set(progress.done),
            "open": progress.open,
            "run": progress.run,
            "gates": progress.gates,
            "held": progress.held,
            "paused": progress.paused,
            "error": progress.error,
        },
    )


def left_behind(database: Database) -> dict[str, list[str]]:
    """What a dead migrator left, after the moment a server needs to notice; empty when nothing."""
    deadline = time.monotonic() + GONE_WITHIN_S
    while True:
        with psycopg.connect(database.url, autocommit=True) as conn:
            found = {
                what: rows
                for what, question in LEFT_BEHIND.items()
                if (rows := [str(text) for (text,) in conn.execute(question.encode()).fetchall()])
            }
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)
