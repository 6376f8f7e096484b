"""Where a unique key of the tenant and another key stands, and where none is needed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ringfence.catalog.model import Constraint, ConstraintKind, Index
from ringfence.names import QualifiedName
from ringfence.tenancy.model import (
    Hop,
    InconsistentRule,
    Reference,
    TenantTable,
    TenantUnique,
    ThroughForeignKey,
    ThroughMembership,
)
from ringfence.tenancy.secondkeys import consistent, followers, holding, leading, second_keys
from support.sample_plans import COMMENTS, DOCUMENTS, EVENTS, sample_catalog, sample_tenancy

SLUG = ("client_id", "slug")
BOTH = ("client_id", "id")


def index(*columns: str, **more: object) -> Index:
    return Index("i", "", columns, **more)  # type: ignore[arg-type]


def test_only_the_table_whose_tenant_others_take_gets_one() -> None:
    """Comments and events derive through documents; nothing derives through them."""
    keys = second_keys(sample_tenancy(), sample_catalog())

    assert {(k.table, k.beside, k.columns) for k in keys} == {
        (DOCUMENTS, ("id",), BOTH),
        (DOCUMENTS, ("slug",), SLUG),
    }
    assert {name for k in keys if k.beside == ("id",) for name in (COMMENTS, EVENTS) if str(name) in k.needed_by} == {
        COMMENTS,
        EVENTS,
    }


def test_a_key_that_is_there_is_enough() -> None:
    """A table whose primary key holds its tenant column gets no second one."""
    tenancy, catalog = sample_tenancy(), sample_catalog()
    tables = tuple(
        replace(t, indexes=(*t.indexes, index("id", "client_id", unique=True))) if t.name == DOCUMENTS else t
        for t in catalog.tables
    )

    assert [k.beside for k in second_keys(tenancy, replace(catalog, tables=tables))] == [("slug",)]


def test_a_way_without_a_foreign_key_needs_none() -> None:
    """A relation the database does not know, and one through a table without tenant: a trigger carries the change."""
    tenancy, catalog = sample_tenancy(), sample_catalog()
    far = ThroughForeignKey((Hop(("a",), QualifiedName("public", "between"), ("b",)), Hop(("c",), EVENTS, ("id",))))
    leaf = TenantTable(QualifiedName("public", "leaf"), "client_id", False, (ThroughMembership("x"), far))

    assert followers(replace(tenancy, tables=(*tenancy.tables, leaf)), catalog) == followers(tenancy, catalog)


def test_a_reference_that_is_put_off_needs_none() -> None:
    """The last table that refers to it by the tenant decides whether there is a second key."""
    tenancy = sample_tenancy()
    later = tuple(
        replace(t, references=tuple(replace(r, later=True) for r in t.references)) if t.name != EVENTS else t
        for t in tenancy.tables
    )
    put_off = tuple(replace(t, references=tuple(replace(r, later=True) for r in t.references)) for t in tenancy.tables)

    assert followers(replace(tenancy, tables=later), sample_catalog()) == {
        DOCUMENTS: ((EVENTS, "events_document_id_fkey"),)
    }
    assert followers(replace(tenancy, tables=put_off), sample_catalog()) == {}


def test_which_references_become_consistent() -> None:
    """Those that decide the tenant or are wanted now, to a primary key, and none where rows may go to quarantine."""

    def reference(column: str = "id", *, deriving: bool = False, now: bool = False) -> Reference:
        return Reference(f"{column}{deriving}{now}", ("d",), DOCUMENTS, (column,), deriving=deriving, now=now)

    entry = TenantTable(
        COMMENTS,
        "client_id",
        False,
        (),
        references=(
            reference(deriving=True),
            reference(now=True),
            reference(),
            reference("slug", deriving=True),
        ),
    )

    assert consistent(sample_catalog(), entry) == entry.references[:2]
    assert consistent(sample_catalog(), replace(entry, inconsistent=InconsistentRule.QUARANTINE)) == ()


@pytest.mark.parametrize(
    "unfit",
    [
        index(*BOTH),
        index(*BOTH, unique=True, valid=False),
        index(*BOTH, unique=True, predicate="(id > 0)"),
        index(*BOTH, unique=True, plain=False),
        index("id", unique=True, include=("client_id",)),
        index(*BOTH, "slug", unique=True),
        index(*BOTH, unique=True, constraint="late"),
    ],
)
def test_what_no_foreign_key_can_refer_to(unfit: Index) -> None:
    """Not unique, not valid, partial, of another order of values, columns only included, too wide, deferrable."""
    late = Constraint("late", ConstraintKind.UNIQUE, "", columns=BOTH, deferrable=True)
    table = replace(sample_catalog().by_name[DOCUMENTS], constraints=(late,), indexes=(unfit,))

    assert holding(table, BOTH) is None
    assert holding(replace(table, indexes=(index(*reversed(BOTH), unique=True),)), BOTH) is not None


@pytest.mark.parametrize(
    "unfit",
    [
        index("id", "slug"),
        index("slug", "id", method="gin"),
        index("slug", valid=False),
        index("slug", predicate="(id > 0)"),
        index("slug", plain=False),
    ],
)
def test_what_does_not_find_a_row_by_its_value(unfit: Index) -> None:
    """An index must begin with the columns and hold every row that has a value there."""
    assert leading((unfit,), ("slug",)) is None
    some = index("slug", predicate="(slug IS NOT NULL)")
    assert leading((unfit, some), ("slug",)) == some
    assert leading((unfit, index("slug", "id")), ("slug",)) == index("slug", "id")


def test_until_when_a_rule_within_the_tenant_stands_beside_the_old_one() -> None:
    """The retired one goes; the other stays."""
    tenancy = sample_tenancy()
    documents = replace(tenancy.tables[0], uniques=(TenantUnique("documents_slug_key", ("slug",)),))
    kept = second_keys(replace(tenancy, tables=(documents, *tenancy.tables[1:])), sample_catalog())

    assert [k.needed_by.rsplit(", ")[-1] for k in kept if k.beside == ("slug",)] == ["for good"]
    assert [k.needed_by.rsplit(", ")[-1] for k in second_keys(tenancy, sample_catalog()) if k.beside == ("slug",)] == [
        "until the old rule goes"
    ]
