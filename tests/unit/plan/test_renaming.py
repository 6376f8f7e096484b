"""A table under another name: what finished statements and the server's own texts say then, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.catalog.model import Catalog, Policy, Routine, Table, TableKind, View
from ringfence.names import QualifiedName, bounded_name, quote_literal
from ringfence.plan.build import build_plan
from ringfence.plan.lint import lint
from ringfence.plan.model import Facts, Plan, Transaction
from ringfence.plan.names import shown_table
from ringfence.plan.renaming import catalog_renamed, sql_renamed, text_renamed, without_aliases
from ringfence.plan.simulate import simulate
from ringfence.tenancy.model import ViewRule
from support.sample_plans import NAMES as SOME_NAMES
from support.sample_plans import sample_catalog, sample_tenancy, small_worlds

DOCUMENTS = QualifiedName("public", "documents")
BASE = QualifiedName("public", "documents__all")
NAMES = {DOCUMENTS: BASE}

names = st.builds(QualifiedName, SOME_NAMES, SOME_NAMES)


@given(old=names, other=names)
def test_every_spelling_of_ours_is_found(old: QualifiedName, other: QualifiedName) -> None:
    """Bare, in a literal, with the driver's doubled %, and in a literal in a statement with doubled %."""
    if other == old:
        return
    new = QualifiedName(old.schema, bounded_name(old.name, "", "all"))
    for form in (lambda n: n.sql, lambda n: quote_literal(n.sql)):
        for percent in (lambda s: s, lambda s: s.replace("%", "%%")):
            text = 'select t."a" from {} t join {} u on t."b" = u."c" where \'{}\' <> \'\''
            before = text.format(percent(form(old)), percent(form(other)), "public.documents")
            after = text.format(percent(form(new)), percent(form(other)), "public.documents")
            assert sql_renamed(before, {old: new}) == after


@pytest.mark.parametrize("before", ["'5\" disk'", '\'"\' || "a"', 'x."a" = y."b"', '$$ " $$', '"."'])
def test_quotes_that_come_before_do_not_matter(before: str) -> None:
    """A literal may hold any number of quotes; the name behind it is found all the same."""
    text = f'select {before} from "public"."documents"'

    assert sql_renamed(text, NAMES) == text.replace('"documents"', '"documents__all"')


def test_a_name_that_needs_other_quotes_is_refused() -> None:
    """Nobody could tell a literal from a bare name then."""
    with pytest.raises(ValueError, match="other quotes"):
        sql_renamed('select from "public"."x"', {DOCUMENTS: QualifiedName("public", "it's")})


def test_names_that_only_resemble_it_stay() -> None:
    """Columns, other schemas, longer names, and the spelling by which people and remembered choices know the table."""
    same = (
        'select "documents"."id" from "other"."documents" "documents", "public"."documents_old", "public"."documents""x"'
        " where c.table_name = 'public.documents' -- public.documents"
    )

    assert sql_renamed(same, NAMES) == same


def test_an_index_of_the_servers_own_text_is_found() -> None:
    """The undo of a retired unique rule is built from the definition that the catalog holds."""
    text = "CREATE UNIQUE INDEX CONCURRENTLY u ON public.documents USING btree (slug)"

    assert sql_renamed(text, NAMES) == text.replace("public.documents", BASE.sql)


def test_texts_of_the_server_follow() -> None:
    """References by name, as the server prints them; a literal is data unless it is cast to regclass."""
    before = (
        "FOREIGN KEY (a) REFERENCES public.documents(id) | nextval('public.documents_id_seq'::regclass) |"
        " 'public.documents'::regclass | 'public.documents' | public.documents_old | x.public.documents"
    )
    after = (
        "FOREIGN KEY (a) REFERENCES public.documents__all(id) | nextval('public.documents_id_seq'::regclass) |"
        " 'public.documents__all'::regclass | 'public.documents' | public.documents_old | x.public.documents"
    )

    assert text_renamed(before, NAMES) == after


@given(old=names, new=names)
def test_a_text_of_the_server_comes_back(old: QualifiedName, new: QualifiedName) -> None:
    """Forth and back gives the text there was."""
    if old == new:
        return
    text = f"CREATE INDEX \"it's\" ON {shown_table(old)} USING btree (x) WHERE (y = 'a')"

    there = text_renamed(text, {old: new})

    assert shown_table(new) in there
    assert text_renamed(there, {new: old}) == text


def test_an_old_query_and_a_policy_are_spelled_as_one() -> None:
    """The alias by which the server keeps the old name goes, and a policy's own columns are named as before."""
    policy = Policy(
        "p", "*", True, ("public",), "EXISTS ( SELECT FROM public.c__all c WHERE c.d = documents__all.id)", None
    )
    table = Table(BASE, TableKind.ORDINARY, (), "me", policies=(policy,), comment="documents__all.x")
    view = View(
        QualifiedName("public", "v"), "v", " SELECT documents.id\n   FROM public.documents__all documents;", "me"
    )
    catalog = Catalog(180000, "d", "me", True, tables=(table,), views=(view,))

    plain = without_aliases(catalog, {BASE: "documents"})

    assert plain.views[0].definition == " SELECT documents.id\n   FROM public.documents__all;"
    assert plain.tables[0].policies[0].using == "EXISTS ( SELECT FROM public.c__all c WHERE c.d = documents.id)"
    assert plain.tables[0].comment == "documents__all.x"


def test_a_body_kept_as_text_stays_as_its_author_wrote_it() -> None:
    """Only what the server prints from its own catalogs follows a rename: arguments, result, BEGIN ATOMIC."""
    body = "CREATE FUNCTION public.f(d public.documents)\n LANGUAGE sql\nAS $function$ select id from public.documents $function$\n"
    routine = Routine(QualifiedName("public", "f"), "d public.documents", "f", body, "me", "sql", returns="bigint")
    atomic = replace(
        routine, definition="CREATE FUNCTION public.f()\nBEGIN ATOMIC\n SELECT id FROM public.documents;\nEND\n"
    )
    catalog = Catalog(180000, "d", "me", True, routines=(routine, atomic))

    first, second = catalog_renamed(catalog, NAMES).routines

    assert first.arguments == "d public.documents__all"
    assert first.definition == body.replace("f(d public.documents)", "f(d public.documents__all)")
    assert "FROM public.documents__all;" in second.definition


def with_views(tenancy, rule: ViewRule = ViewRule.ALWAYS):
    """The tenancy with every table behind a view."""
    return replace(tenancy, tables=tuple(replace(t, compatibility_view=rule) for t in tenancy.tables))


def test_a_plan_with_views_obeys_every_law_on_every_server() -> None:
    """Renames, views, grants, their undo and their retirement."""
    for version in (150010, 160004, 180004):
        plan = build_plan(with_views(sample_tenancy()), sample_catalog(version), Facts())
        assert len(plan.compatibility) == len(plan.tenancy.tables)
        assert [b for b in lint(plan) if b.code != "RFL-STEP-ASIDE"] == []


@settings(max_examples=25, deadline=None)
@given(small_worlds())
def test_any_plan_with_views_says_no_interim_name_before_it_exists(world) -> None:
    """Whatever the tables are called: no breach, and nothing that runs before a rename speaks of what it gives."""
    tenancy, catalog, facts = world
    plan = build_plan(with_views(tenancy), catalog, facts)

    assert [b for b in lint(plan) if not (b.code == "RFL-STEP-ASIDE" and "/reference/" in b.step)] == []
    there: set[str] = set()
    for view in plan.compatibility:
        there.add(view.base.sql)
        column = plan.steps_by_id[f"expand/{view.table}/column"][1]
        assert isinstance(column.action, Transaction)
        rename = next(i for i, s in enumerate(column.action.statements) if " rename to " in s.sql)
        early = "\n".join(s.sql for s in column.action.statements[: rename + 1])
        assert all(name not in early for name in there if name != view.base.sql)
        assert view.base.sql not in early


@settings(max_examples=25, deadline=None)
@given(small_worlds())
def test_the_simulated_retirement_gives_every_table_its_name_back(world) -> None:
    """After phase 6 no view of ours is left in the foreseen catalog, and every table has all its columns."""
    tenancy, catalog, facts = world
    plan: Plan = build_plan(with_views(tenancy), catalog, facts)

    after = simulate(catalog, plan, 6)

    assert {v.name for v in after.views} == {v.name for v in catalog.views}
    assert {s.name for s in after.schemas} == {s.name for s in catalog.schemas}
    for entry in plan.tenancy.tables:
        table = after.table(entry.name)
        assert table is not None
        assert table.column(entry.column) is not None


def test_never_and_auto_without_a_reader_leave_the_plan_as_it_is() -> None:
    """The view comes on evidence only."""
    plain = build_plan(sample_tenancy(), sample_catalog(180004), Facts())
    never = build_plan(with_views(sample_tenancy(), ViewRule.NEVER), sample_catalog(180004), Facts())

    assert plain.phases == never.phases
    assert plain.compatibility == ()
