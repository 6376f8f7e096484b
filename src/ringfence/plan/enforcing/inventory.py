"""Who reads or writes tenant tables without a tenant, found in the catalog, and which ways each could go on (law 5.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ringfence.catalog.model import Catalog, TableKind
from ringfence.names import QualifiedName
from ringfence.plan import files
from ringfence.plan.enforcing.routines import routines
from ringfence.plan.enforcing.scene import Reader, ReaderKind, Scene
from ringfence.plan.enforcing.views import views
from ringfence.plan.model import PlanRefused
from ringfence.tenancy.decisions import PUBLICATION
from ringfence.tenancy.isolation import Isolation, Way
from ringfence.tenancy.model import Tenancy


def inventory(tenancy: Tenancy, catalog: Catalog, isolation: Isolation) -> tuple[Reader, ...]:
    """Every reader and writer without a tenant that the catalog shows, in name order by kind.

    Raises PlanRefused for a decision that makes no sense for its object.
    """
    scene = Scene(tenancy, catalog, isolation)
    found: dict[str, Reader] = {}
    for reader in (
        *routines(scene),
        *views(scene),
        *foreign_tables(scene),
        *rules(scene),
        *publications(scene),
        *stored_files(scene),
    ):
        before = found.get(reader.key)
        found[reader.key] = reader if before is None else replace(before, why=f"{before.why}; {reader.why}")
    for reader in found.values():
        if reader.decision is not None and reader.decision.way not in reader.ways:
            raise PlanRefused(
                f"{reader.key} ({reader.kind.value}) cannot go the way {reader.decision.way.value!r}",
                subject=reader.key,
                detail=reader.why,
                hint="ways for it: " + ", ".join(way.value for way in reader.ways),
            )
    return tuple(found.values())


def foreign_tables(scene: Scene) -> Iterator[Reader]:
    """Tenant tables that live elsewhere: row security cannot be switched on for them (O8)."""
    for table in scene.tables.values():
        if table.kind is TableKind.FOREIGN:
            yield scene.reader(
                str(table.name),
                ReaderKind.FOREIGN_TABLE,
                "lives on another server, so it cannot have row security here; whoever may read it reads every tenant",
                (Way.CLOSE, Way.BYPASS),
            )


def rules(scene: Scene) -> Iterator[Reader]:
    """Tenant tables with rewrite rules, whose actions run with the rights of the table's owner."""
    for table in scene.tables.values():
        if table.rules:
            named = ", ".join(rule.name for rule in table.rules)
            yield scene.reader(
                str(table.name),
                ReaderKind.RULE,
                f"has rules ({named}) whose actions run with its owner's rights, and the owner becomes another",
                (Way.OWNER,),
            )


def publications(scene: Scene) -> Iterator[Reader]:
    """Publications that send rows of every tenant to whoever subscribes (O14)."""
    for publication in scene.catalog.publications:
        sent = [
            str(name)
            for name in scene.tables
            if publication.all_tables
            or name.schema in publication.schemas
            or any(_published(text) == name for text in publication.tables)
        ]
        if sent:
            yield scene.reader(
                PUBLICATION + publication.name,
                ReaderKind.PUBLICATION,
                f"sends rows of every tenant of {', '.join(sorted(sent))}; deleted rows are sent past row security",
                (Way.BYPASS,),
            )


def stored_files(scene: Scene) -> Iterator[Reader]:
    """Storage's table of files, when policies let somebody at it: no column of it says whose they are (O15)."""
    table = files.objects(scene.catalog)
    if table is not None and any(p.permissive for p in table.policies):
        yield scene.reader(
            str(table.name),
            ReaderKind.FILES,
            "its policies know no tenant: a file goes to whoever they let at its path",
            (Way.TENANT, Way.BYPASS),
        )


_PUBLISHED = re.compile(r'((?:"(?:[^"]|"")+"|[^".\s]+))\.((?:"(?:[^"]|"")+"|[^".\s]+))')


def _published(text: str) -> QualifiedName | None:
    match = _PUBLISHED.match(text)
    if match is None:
        return None
    schema, name = (p[1:-1].replace('""', '"') if p.startswith('"') else p for p in match.groups())
    return QualifiedName(schema, name)
