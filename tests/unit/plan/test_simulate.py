"""What the catalog is foreseen to be in the middle of a plan, where a run may stop."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ringfence.catalog.model import Catalog, Index, TableKind
from ringfence.names import QualifiedName
from ringfence.plan.model import CatalogChange, IndexAdded, IndexAttached
from ringfence.plan.simulate import apply_effects
from support.tables import catalog, table

ROOT, BRANCH, LEAF, OTHER = (QualifiedName("public", name) for name in ("root", "branch", "leaf", "other"))


def partitioned() -> Catalog:
    """Root > branch > leaf, and root > other."""
    return catalog(
        table("public.root", kind=TableKind.PARTITIONED),
        table("public.branch", kind=TableKind.PARTITIONED, partition_of=ROOT),
        table("public.leaf", partition_of=BRANCH),
        table("public.other", partition_of=ROOT),
    )


def added(name: QualifiedName) -> CatalogChange:
    return IndexAdded(name, Index(f"{name.name}_idx", "CREATE INDEX", ("id",)))


def attached(name: QualifiedName, parent: QualifiedName) -> CatalogChange:
    return IndexAttached(name, f"{name.name}_idx", QualifiedName("public", f"{parent.name}_idx"))


ALL = (
    added(ROOT),
    added(BRANCH),
    added(LEAF),
    added(OTHER),
    attached(OTHER, ROOT),
    attached(LEAF, BRANCH),
    attached(BRANCH, ROOT),
)


@pytest.mark.parametrize(
    ("effects", "valid"),
    [
        (ALL[:2], set()),
        (ALL[:5], {LEAF, OTHER}),
        (ALL[:6], {LEAF, OTHER, BRANCH}),
        ((*ALL[:5], ALL[6]), {LEAF, OTHER}),
        (ALL, {ROOT, BRANCH, LEAF, OTHER}),
    ],
)
def test_a_partitioned_index_is_valid_with_its_last_partition(
    effects: Sequence[CatalogChange], valid: set[QualifiedName]
) -> None:
    """A run that died between two attachments finds the index not yet valid, and that is no drift."""
    after = apply_effects(partitioned(), effects)

    assert {t.name for t in after.tables for i in t.indexes if i.valid} == valid
