"""A schema that uses nearly everything is assessed to its end, and every hint about isolation is SQL that runs."""

from __future__ import annotations

import postgast

from pg.assess.watching import Watch
from ringfence.assess.model import Question
from support.databases import Database
from support.wild import load_wild

HANDS_OFF = ("RFA-SERVER-VERSION",)
"""Findings whose hint is no SQL."""


def test_a_schema_that_uses_nearly_everything(database: Database) -> None:
    """Names that need quotes, tables without columns, foreign tables, rules, large objects: nothing is too odd."""
    watch = Watch(database)
    role = load_wild(database)
    watch.scopes = None
    database.execute(f'grant all on all tables in schema public to "{role.replace(chr(34), chr(34) * 2)}"')

    found = [f for f in watch.assess().about(Question.ISOLATION) if f.code not in HANDS_OFF]

    assert found
    for finding in found:
        assert postgast.parse(finding.hint) is not None, finding.code


def test_hints_of_a_whole_schema_run_one_after_the_other(supabase_database: Database) -> None:
    """Pasted together, as somebody in a hurry would, they leave nothing that can be pasted."""
    watch = Watch(supabase_database)
    supabase_database.execute(
        """
        create table public.notes (id bigint generated always as identity primary key, tenant_id uuid not null, body text unique);
        alter table public.notes enable row level security;
        create policy tenant on public.notes for all to authenticated
          using (tenant_id = ((select auth.jwt()) -> 'app_metadata' ->> 'org_id')::uuid);
        create view public.all_notes as select * from public.notes;
        create materialized view public.counts as select tenant_id, count(*) from public.notes group by 1;
        create function public.peek() returns setof text language sql security definer as 'select body from notes';
        create table public.tags (note_id bigint references public.notes on delete cascade, tenant_id uuid not null);
        alter table public.tags enable row level security;
        create policy tenant on public.tags for all to authenticated
          using (tenant_id = ((select auth.jwt()) -> 'app_metadata' ->> 'org_id')::uuid);
        """
    )
    cluster = ("RFA-BYPASS-REACHABLE", "RFA-NO-STATEMENT-TIMEOUT")  # of roles that other databases share

    before = [f for f in watch.assess().about(Question.ISOLATION) if f.code not in cluster]
    for finding in before:
        supabase_database.execute(finding.hint)
    after = [f for f in watch.assess().about(Question.ISOLATION) if f.code not in cluster]

    assert {"RFA-DEFINER-VIEW", "RFA-MATERIALIZED-VIEW", "RFA-DEFINER-ROUTINE", "RFA-UNIQUE-ORACLE"} <= {
        f.code for f in before
    }
    # a key that counts on stays until the application shows another; and there is no membership to ask here
    assert {f.code for f in after} <= {"RFA-GUESSABLE-KEY", "RFA-POLICY-STALE"}, after
