"""Every unique index a plan makes is needed by something in the same plan, and says what it may do to upserts."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ringfence.catalog.model import Catalog, ConstraintKind
from ringfence.plan.build import build_plan
from ringfence.plan.model import Concurrently, ConstraintAdded, Facts, IndexAdded, IndexRemoved, Plan, TriggerAdded
from ringfence.plan.prose import all_statements
from ringfence.tenancy.model import Tenancy
from ringfence.tenancy.secondkeys import leading
from support.sample_plans import DOCUMENTS, sample_catalog, sample_tenancy, small_worlds


def effects(plan: Plan) -> list[object]:
    return [e for phase in plan.phases for step in phase.steps for e in step.effect]


@given(small_worlds())
def test_a_unique_key_is_referred_to_or_followed(world: tuple[Tenancy, Catalog, Facts]) -> None:
    """A foreign key needs each key (tenant, primary key); every other table has a plain index."""
    tenancy, catalog, facts = world
    made = effects(build_plan(tenancy, catalog, facts))
    needed = {
        (e.constraint.references, e.constraint.referenced_columns)
        for e in made
        if isinstance(e, ConstraintAdded) and e.constraint.kind is ConstraintKind.FOREIGN
    }

    for entry in tenancy.tables:
        table = catalog.by_name[entry.name]
        key = (entry.column, *table.primary_key)
        built = [
            e.index for e in made if isinstance(e, IndexAdded) and e.table == entry.name and e.index.columns == key
        ]
        if not table.primary_key:
            assert not any(i.unique for i in built)
        elif any(i.unique for i in built):
            assert (entry.name, key) in needed
        else:
            assert len(built) == 1


@given(small_worlds(), st.randoms(use_true_random=False))
def test_a_change_of_hands_always_waits_for_rows_being_written(
    world: tuple[Tenancy, Catalog, Facts], chance: random.Random
) -> None:
    """Where rows follow by a trigger, either a key of their parent holds the tenant, or a trigger locks the parent."""
    tenancy, catalog, facts = world
    tables = tuple(
        replace(t, references=tuple(replace(r, later=chance.random() < 0.5) for r in t.references))
        for t in tenancy.tables
    )
    made = effects(build_plan(replace(tenancy, tables=tables), catalog, facts))
    followed = {e.table for e in made if isinstance(e, TriggerAdded) and "carry" in e.trigger.name}
    keys = {(t.name, (t.column, *catalog.by_name[t.name].primary_key)) for t in tables}
    keyed = {
        e.table for e in made if isinstance(e, IndexAdded) and e.index.unique and (e.table, e.index.columns) in keys
    }
    locking = {e.table for e in made if isinstance(e, TriggerAdded) and e.trigger.name.endswith("hand_over")}

    with_key = {t.name for t in catalog.tables if t.primary_key}
    assert locking == (followed & with_key) - keyed


@given(small_worlds())
def test_whoever_reads_the_plan_sees_it_at_the_step(world: tuple[Tenancy, Catalog, Facts]) -> None:
    """Each statement that builds a unique index beside another key carries T18, and no other statement does."""
    plan = build_plan(*world)

    for phase in plan.phases:
        for step in phase.steps:
            for statement in all_statements(step):
                unique = isinstance(step.action, Concurrently) and "create unique index" in statement.sql
                told = any(h.code == "T18" for h in statement.hazards)
                assert told <= unique or "on only" in statement.sql
                if unique and phase.name == "backfill" and "retire" not in step.id:
                    assert told


@given(small_worlds())
def test_a_value_is_found_as_before_when_its_unique_rule_goes(world: tuple[Tenancy, Catalog, Facts]) -> None:
    """The plain index comes first, so at no moment is there none."""
    tenancy, catalog, facts = world
    indexes = {t.name: {i.name: i for i in t.indexes} for t in catalog.tables}
    before = {(t.name, i.columns) for t in catalog.tables for i in t.indexes if i.unique and leading([i], i.columns)}
    for effect in effects(build_plan(tenancy, catalog, facts)):
        match effect:
            case IndexAdded(table, index):
                indexes.setdefault(table, {})[index.name] = index
            case IndexRemoved(table, gone):
                indexes[table].pop(gone, None)
            case _:
                continue
        for table, columns in before:
            assert leading(indexes[table].values(), columns) is not None, (table, columns)


def test_no_index_is_made_where_one_begins_with_the_columns() -> None:
    """documents_slug_key goes; what leads with slug serves whoever knows a slug and no tenant."""
    tenancy, catalog = sample_tenancy(), sample_catalog()
    lookups = [
        e.index.name
        for e in effects(build_plan(tenancy, catalog, Facts()))
        if isinstance(e, IndexAdded) and e.table == DOCUMENTS and e.index.columns[:1] == ("slug",)
    ]

    assert lookups == ["documents_slug_idx"]
