"""A migrating role that is no superuser, as on a hosted platform."""

from __future__ import annotations

from psycopg import sql

from support.databases import Database


def hand_over(database: Database, role: str) -> None:
    """Give a role what hosted Supabase's postgres has: everything in public, rights in auth, no superuser."""
    with database.connect() as conn:
        name = sql.Identifier(role)
        conn.execute(sql.SQL("grant create on database {} to {}").format(sql.Identifier(database.name), name))
        conn.execute(sql.SQL("grant all on schema public to {} with grant option").format(name))
        for (statement,) in conn.execute(
            "select format('alter %s %s owner to {}', case relkind when 'v' then 'view' when 'm' then 'materialized view'"
            " else 'table' end, oid::regclass) from pg_class where relnamespace = 'public'::regnamespace"
            " and relkind in ('r', 'p', 'v', 'm')"
            " union all select format('alter routine %s owner to {}', oid::regprocedure) from pg_proc"
            " where pronamespace = 'public'::regnamespace"
        ).fetchall():
            conn.execute(sql.SQL(statement).format(name))
        for text in (
            "grant usage on schema auth, cron to {}",
            "grant all on all tables in schema auth, cron to {}",
            "grant anon, authenticated, service_role to {} with admin option",
            "alter default privileges for role {} in schema public grant all on tables to anon, authenticated",
        ):
            conn.execute(sql.SQL(text).format(name))
        # another database of this server may have made them already, by another role
        for (made,) in conn.execute("select rolname from pg_roles where rolname ~ '^ringfence_'").fetchall():
            conn.execute(sql.SQL("grant {} to {} with admin option").format(sql.Identifier(made), name))
