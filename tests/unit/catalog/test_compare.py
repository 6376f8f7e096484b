"""Comparing catalogs: nothing is missed, nothing is said twice, and both directions say the same."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence import codec
from ringfence.catalog.compare import Difference, DifferenceKind, compare, describe, equal, settled
from ringfence.catalog.model import (
    Catalog,
    Column,
    Constraint,
    ConstraintKind,
    DefaultAcl,
    Index,
    Membership,
    Policy,
    Publication,
    Role,
    Routine,
    Schema,
    Table,
    TableKind,
    Trigger,
    TypeDef,
    View,
)
from ringfence.names import QualifiedName

names = st.sampled_from(["a", "b", "c", "Order", "na\u00efve", 'with "quotes"'])
qualified = st.builds(QualifiedName, st.sampled_from(["public", "Sales"]), names)
acls = st.lists(st.sampled_from(["anon=r/o", "o=arwd/o", "=r/o"]), unique=True).map(lambda a: tuple(sorted(a)))
columns = st.builds(
    Column,
    name=names,
    type=st.sampled_from(["integer", "text", "uuid"]),
    not_null=st.booleans(),
    default=st.sampled_from([None, "1", "now()"]),
    acl=acls,
)
constraints = st.builds(
    Constraint,
    name=names,
    kind=st.sampled_from(ConstraintKind),
    definition=st.sampled_from(["CHECK ((a > 0))", "PRIMARY KEY (a)"]),
    validated=st.booleans(),
)
indexes = st.builds(Index, name=names, definition=st.just("CREATE INDEX"), columns=st.just(("a",)), valid=st.booleans())
triggers = st.builds(
    Trigger,
    name=names,
    definition=st.just("CREATE TRIGGER"),
    function=qualified,
    timing=st.sampled_from(["before", "after"]),
    events=st.just(("insert",)),
    for_each_row=st.booleans(),
)
policies = st.builds(
    Policy,
    name=names,
    command=st.sampled_from("*rawd"),
    permissive=st.booleans(),
    roles=st.just(("public",)),
    using=st.sampled_from([None, "true"]),
    check=st.none(),
)


def some(items: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(items, max_size=3, unique_by=lambda i: i.name).map(lambda i: tuple(sorted(i, key=lambda x: x.name)))


tables = st.builds(
    Table,
    name=qualified,
    kind=st.sampled_from(TableKind),
    columns=st.lists(columns, max_size=4, unique_by=lambda c: c.name).map(tuple),
    owner=st.sampled_from(["o", "p"]),
    constraints=some(constraints),
    indexes=some(indexes),
    triggers=some(triggers),
    policies=some(policies),
    acl=acls,
    rls_enabled=st.booleans(),
)
views = st.builds(
    View,
    name=qualified,
    kind=st.just("v"),
    definition=st.sampled_from([" SELECT 1;", " SELECT 2;"]),
    owner=st.just("o"),
    columns=st.sampled_from([("a",), ("a", "b")]),
    triggers=some(triggers),
)
routines = st.builds(
    Routine,
    name=qualified,
    arguments=st.sampled_from(["", "a integer"]),
    kind=st.just("f"),
    definition=st.sampled_from(["one", "two"]),
    owner=st.just("o"),
    language=st.just("sql"),
)
catalogs = st.builds(
    Catalog,
    server_version=st.sampled_from([150000, 180000]),
    database=names,
    current_user=names,
    current_user_superuser=st.booleans(),
    schemas=some(st.builds(Schema, name=names, owner=names, acl=acls)),
    tables=some(tables),
    views=some(views),
    routines=st.lists(routines, max_size=3, unique_by=lambda r: (r.name, r.arguments)).map(tuple),
    types=some(st.builds(TypeDef, name=qualified, kind=st.just("e"), definition=names, owner=st.just("o"))),
    roles=some(st.builds(Role, name=names, memberships=st.just((Membership("g", admin=True),)))),
    publications=some(st.builds(Publication, name=names, all_tables=st.booleans())),
    default_acls=st.lists(
        st.builds(DefaultAcl, role=names, schema=st.none() | names, object_type=st.sampled_from("rf"), acl=acls),
        max_size=2,
        unique_by=lambda a: (a.role, a.schema, a.object_type),
    ).map(tuple),
)

# A catalog is a big value to make up; a busy machine must not fail a test.
few = settings(max_examples=40, deadline=None)

OPPOSITE = {
    DifferenceKind.ADDED: DifferenceKind.REMOVED,
    DifferenceKind.REMOVED: DifferenceKind.ADDED,
    DifferenceKind.CHANGED: DifferenceKind.CHANGED,
}


@few
@given(catalogs)
def test_a_catalog_does_not_differ_from_itself(catalog: Catalog) -> None:
    assert compare(catalog, catalog) == ()
    assert describe(compare(catalog, catalog)) == ""


@few
@given(catalogs, catalogs)
def test_the_other_direction_says_the_opposite(one: Catalog, other: Catalog) -> None:
    forth = Counter((d.kind, d.subject, d.before, d.after) for d in compare(one, other))
    back = Counter((OPPOSITE[d.kind], d.subject, d.after, d.before) for d in compare(other, one))

    assert forth == back


@few
@given(catalogs, catalogs)
def test_equal_means_equal_fingerprints(one: Catalog, other: Catalog) -> None:
    assert equal(one, other) == (one.fingerprint == other.fingerprint)


@few
@given(catalogs, catalogs)
def test_every_subject_is_spoken_of_once(one: Catalog, other: Catalog) -> None:
    found = [d.subject for d in compare(one, other)]

    assert len(found) == len(set(found))


@few
@given(catalogs, st.randoms(use_true_random=False))
def test_the_order_of_parts_does_not_matter_but_that_of_columns_does(catalog: Catalog, chance: random.Random) -> None:
    def shuffled(items: tuple) -> tuple:
        return tuple(chance.sample(items, len(items)))

    tables = tuple(
        replace(t, constraints=shuffled(t.constraints), indexes=shuffled(t.indexes), policies=shuffled(t.policies))
        for t in shuffled(catalog.tables)
    )
    other = replace(catalog, tables=tables, routines=shuffled(catalog.routines), views=shuffled(catalog.views))

    assert compare(catalog, other) == ()
    assert catalog.fingerprint == other.fingerprint

    for table in catalog.tables:
        turned = replace(catalog.with_table(replace(table, columns=table.columns[::-1])))
        differences = compare(catalog, turned)

        assert [d.part for d in differences] == (["column order"] if len(table.columns) > 1 else [])


@few
@given(catalogs)
def test_a_stored_catalog_is_read_back_equal(catalog: Catalog) -> None:
    """The original catalog is kept in the journal for weeks; what a revert must restore depends on it."""
    stored = json.loads(json.dumps(codec.to_json(catalog)))
    found: Catalog = codec.from_json(Catalog, stored)

    assert found == catalog
    assert found.fingerprint == catalog.fingerprint


BASE = Catalog(
    server_version=180000,
    database="d",
    current_user="u",
    current_user_superuser=False,
    schemas=(Schema("public", "o"),),
    tables=(
        Table(
            QualifiedName("public", "t"),
            TableKind.ORDINARY,
            (Column("a", "integer"), Column("b", "text")),
            "o",
            constraints=(Constraint("t_pkey", ConstraintKind.PRIMARY, "PRIMARY KEY (a)", ("a",)),),
            indexes=(Index("t_pkey", "CREATE UNIQUE INDEX t_pkey ...", ("a",)),),
            policies=(Policy("p", "*", True, ("public",), "true", None),),
        ),
    ),
    views=(View(QualifiedName("public", "v"), "v", " SELECT 1;", "o", columns=("a",)),),
    routines=(Routine(QualifiedName("public", "f"), "a integer", "f", "body", "o", "sql"),),
)
TABLE = BASE.tables[0]


def changed(**fields: object) -> Catalog:
    return BASE.with_table(replace(TABLE, **fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(
            changed(columns=(*TABLE.columns, Column("c", "uuid", not_null=True))),
            "+ public.t column c: type uuid; not_null yes",
            id="column added at the end",
        ),
        pytest.param(
            changed(columns=(TABLE.columns[0], Column("c", "uuid"), TABLE.columns[1])),
            "+ public.t column c: type uuid",
            id="column in the middle",
        ),
        pytest.param(changed(columns=TABLE.columns[1:]), "- public.t column a: type integer", id="column gone"),
        pytest.param(
            changed(columns=(replace(TABLE.columns[0], not_null=True, default="1"), TABLE.columns[1])),
            "~ public.t column a\n    before: not_null no; default none\n    after:  not_null yes; default 1",
            id="column changed",
        ),
        pytest.param(
            changed(columns=TABLE.columns[::-1]),
            "~ public.t column order\n    before: a, b\n    after:  b, a",
            id="columns in another order",
        ),
        pytest.param(changed(constraints=()), "- public.t constraint t_pkey: PRIMARY KEY (a)", id="constraint gone"),
        pytest.param(
            changed(indexes=(replace(TABLE.indexes[0], valid=False),)),
            "~ public.t index t_pkey\n    before: valid yes\n    after:  valid no",
            id="index invalid",
        ),
        pytest.param(
            changed(policies=(replace(TABLE.policies[0], using=None),)),
            "~ public.t policy p\n    before: using true\n    after:  using none",
            id="policy",
        ),
        pytest.param(
            changed(rls_enabled=True),
            "~ table public.t\n    before: rls_enabled no\n    after:  rls_enabled yes",
            id="row security",
        ),
        pytest.param(
            changed(acl=("anon=r/o",)), "~ table public.t\n    before: acl none\n    after:  acl anon=r/o", id="grant"
        ),
        pytest.param(BASE.without_table(TABLE.name), "- table public.t: ordinary (a integer, b text)", id="table gone"),
        pytest.param(
            replace(BASE, views=(replace(BASE.views[0], columns=("a", "b")),)),
            "~ view public.v\n    before: columns a\n    after:  columns a, b",
            id="view",
        ),
        pytest.param(
            replace(BASE, routines=(replace(BASE.routines[0], definition="new"),)),
            "~ routine public.f(a integer)\n    before: definition body\n    after:  definition new",
            id="routine",
        ),
        pytest.param(
            replace(BASE, routines=(*BASE.routines, replace(BASE.routines[0], arguments=""))),
            "+ routine public.f(): body",
            id="overload",
        ),
        pytest.param(
            replace(BASE, schemas=(*BASE.schemas, Schema("New One", "o"))),
            '+ schema "New One": owner o',
            id="schema",
        ),
        pytest.param(
            replace(BASE, default_acls=(DefaultAcl("o", "public", "r", ("anon=r/o",)),)),
            "+ default privileges of o in public for r: role o; schema public; object_type r; acl anon=r/o",
            id="default privileges",
        ),
    ],
)
def test_one_change_is_one_difference(after: Catalog, expected: str) -> None:
    differences = compare(BASE, after)

    assert len(differences) == 1
    assert describe(differences) == expected


def test_what_is_no_schema_does_not_count() -> None:
    """Another server, another user, sizes and roles: the schema is the same."""
    other = replace(
        BASE, server_version=150000, database="x", current_user="y", roles=(Role("r"),), settings={"a": "b"}
    )

    assert equal(BASE, other)


def test_objects_and_single_differences_can_be_left_aside() -> None:
    other = replace(changed(rls_enabled=True), schemas=())

    assert [d.subject for d in compare(BASE, other)] == ["schema public", "table public.t"]
    assert [d.subject for d in compare(BASE, other, ignoring=[TABLE.name])] == ["schema public"]
    assert [d.subject for d in compare(BASE, other, ignoring=lambda d: d.object is None)] == ["table public.t"]
    assert equal(BASE, other, ignoring=lambda _: True)


def test_a_difference_names_object_and_part_for_programs() -> None:
    (difference,) = compare(BASE, changed(columns=(*TABLE.columns, Column("c", "uuid"))))

    assert difference == Difference(
        DifferenceKind.ADDED, "public.t column c", "", "type uuid", TABLE.name, "column", "c"
    )


def test_a_text_the_server_rewrites_after_a_restore_is_the_same() -> None:
    written = "CHECK (((d)::text = ANY ((ARRAY['x''s'::character varying, 'y'::character varying(20)])::text[])))"
    restored = (
        "CHECK (((d)::text = ANY (ARRAY[('x''s'::character varying)::text, ('y'::character varying(20))::text])))"
    )
    before = changed(constraints=(replace(TABLE.constraints[0], definition=written),))
    after = changed(constraints=(replace(TABLE.constraints[0], definition=restored),))

    assert settled(written) == restored
    assert settled(restored) == restored
    assert not equal(before, after)
    assert equal(before, after, restored=True)
    assert not equal(before, BASE, restored=True)


@few
@given(st.text())
def test_settling_a_text_twice_changes_nothing_more(text: str) -> None:
    assert settled(settled(text)) == settled(text)
