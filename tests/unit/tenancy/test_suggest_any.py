"""Whatever a database looks like: the suggested file loads, covers every table, and resolves."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.catalog.model import Catalog, Constraint, ConstraintKind, Table
from ringfence.names import QualifiedName
from ringfence.spec.load import parse_spec
from ringfence.tenancy.evidence import Activity, Answer, Counted, Evidence, Unanswered, application_tables, questions
from ringfence.tenancy.render import render_toml
from ringfence.tenancy.resolve import resolve
from ringfence.tenancy.suggest import suggest
from support.tables import catalog, table, unique_index

TABLE_NAMES = [
    "users", "User", "accounts", "profiles", "organizations", "teams", "team_members", "account_user", "user_organizations",
    "documents", "comments", "order items", "orders", "products", "plans", "countries", 'Odd "name"', "naïve.one",
    "schema_migrations", "select", "events\n2", "auth_group",
]  # fmt: skip
COLUMN_NAMES = [
    "owner_id", "user_id", "userId", "created_by", "assignee_id", "account_id", "team_id", "organization_id", "client_id",
    "org_id", "tenant_id", "parent_id", "document_id", "order_id", "email", "password", "is_default", "created_at", "slug",
    'A "b"', "x y", "status", "->", "ünï",
]  # fmt: skip
TYPES = ["uuid", "bigint", "integer", "text", "boolean", "timestamp with time zone"]
KEY_TYPES = ["uuid", "bigint", "text"]
SCHEMAS = ["public", "app"]
AUTH = table("auth.users", "id uuid key", "email text", "raw_app_meta_data jsonb")


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    """Small databases with every kind of tangle: circles, self references, several parents, taken names."""
    names = draw(
        st.lists(
            st.builds(QualifiedName, st.sampled_from(SCHEMAS), st.sampled_from(TABLE_NAMES)), unique=True, max_size=8
        )
    )
    keys = {name: draw(st.sampled_from(KEY_TYPES)) for name in names}
    supabase = draw(st.booleans())
    keyless = {name for name in names if draw(st.integers(0, 9)) == 0}
    if supabase:
        keys[AUTH.name] = "uuid"
    # nothing can refer to a table without a key
    parents = {name: key for name, key in keys.items() if name not in keyless}
    made = [_table(draw, name, keys[name], parents, name in keyless) for name in names]
    partitioned = draw(st.booleans())
    if made and partitioned:
        root = draw(st.sampled_from(made))
        child = replace(root, name=QualifiedName("public", "a_partition"), partition_of=root.name, constraints=())
        made.append(child)
    rows = {str(name): draw(st.sampled_from([-1, 0, 3, 500, 100_000])) for name in names}
    found = catalog(*made, *([AUTH] if supabase else []))
    measures = {k: replace(found.measure(names[0]), rows_estimate=r) for k, r in rows.items()} if names else {}
    return replace(found, measures=measures)


def _table(draw: st.DrawFn, name: QualifiedName, key: str, keys: dict[QualifiedName, str], keyless: bool) -> Table:
    made = replace(table("x", f"id {key}" if keyless else f"id {key} key"), name=name)
    for column_name in draw(st.lists(st.sampled_from(COLUMN_NAMES), unique=True, max_size=6)):
        parents = draw(st.sampled_from([None, *keys]))
        column_type = keys[parents] if parents is not None else draw(st.sampled_from(TYPES))
        column = table("y", f"c {column_type}").columns[0]
        made = replace(made, columns=(*made.columns, replace(column, name=column_name, not_null=draw(st.booleans()))))
        if parents is not None:
            made = _with_reference(made, column_name, parents, draw(st.sampled_from("acn")))
    if draw(st.booleans()) and len(made.columns) > 1:
        made = unique_index(made, "some_unique", draw(st.sampled_from([c.name for c in made.columns])))
    referring = [c.columns[0] for c in made.foreign_keys]
    if keyless:
        return made
    if draw(st.integers(0, 3)) == 0 and len(referring) >= 2:
        return _with_primary(made, tuple(referring[:2]))
    if draw(st.integers(0, 3)) == 0 and referring:
        return _with_primary(made, (referring[0],))
    return made


def _with_reference(made: Table, column: str, parent: QualifiedName, on_delete: str) -> Table:
    added = Constraint(
        f"fk_{len(made.constraints)}",
        ConstraintKind.FOREIGN,
        "FOREIGN KEY",
        (column,),
        references=parent,
        referenced_columns=("id",),
        on_delete=on_delete,
    )
    return replace(made, constraints=(*made.constraints, added))


def _with_primary(made: Table, columns: tuple[str, ...]) -> Table:
    others = tuple(c for c in made.constraints if c.kind is not ConstraintKind.PRIMARY)
    key = Constraint("pk", ConstraintKind.PRIMARY, "PRIMARY KEY", columns)
    # the old key stays unique, so that references to it stay legal
    unique = Constraint("old_key", ConstraintKind.UNIQUE, "UNIQUE (id)", ("id",))
    return replace(made, constraints=(*others, key, unique))


ANSWERS: st.SearchStrategy[Answer] = st.one_of(
    st.just(Counted(1000, 0, 500, 500)),
    st.just(Counted(1000, 400, 100, 100)),
    st.just(Counted(10, 0, 5, 5)),
    st.just(Counted(1000, 0, 100, 60)),
    st.just(Counted(1000, 0, 100, 0)),
    st.just(Counted(0, 0, 0, 0)),
    st.just(Unanswered("permission denied")),
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Catalog, Evidence]:
    """A database and what its data says."""
    found = draw(catalogs())
    answers = {question: draw(ANSWERS) for question in questions(found)}
    activity = {
        str(t.name): Activity(draw(st.sampled_from([0, 5, 1000])), 10, draw(st.sampled_from([0, 9999])), 0)
        for t in found.tables
    }
    return found, Evidence(answers, activity if draw(st.booleans()) else {})


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds())
def test_every_suggestion_loads_covers_every_table_and_resolves(world: tuple[Catalog, Evidence]) -> None:
    """No circle, no forgotten table, no contradiction; what is unresolved is the same on both sides."""
    found, evidence = world

    suggestion = suggest(found, evidence)
    text = render_toml(suggestion)

    assert sorted(t.name for t in suggestion.tables) == [t.name for t in application_tables(found)]
    assert suggest(found, evidence) == suggestion
    spec = parse_spec(text, "ringfence.toml")
    assert set(spec.tables) == {t.name for t in suggestion.tables}
    if suggestion.people is None:
        assert all(t.scope != "tenant" for t in suggestion.tables)
        return
    tenancy = resolve(spec, found)
    assert {t.name for t in tenancy.unresolved} == set(suggestion.unresolved)
    written = [t.name for t in suggestion.tables if t.scope == "tenant"]
    place = {name: number for number, name in enumerate(written)}
    assert set(written) | set(suggestion.unresolved) == {t.name for t in tenancy.tables}
    for entry in tenancy.tables:
        for derivation in entry.derivations:
            parent = getattr(derivation, "path", (None,))[-1]
            if parent is not None and parent.parent in place:
                assert place[parent.parent] < place[entry.name]
    names = {t.name for t in tenancy.tables} | {o.name for o in tenancy.others}
    assert names == {t.name for t in found.tables}
