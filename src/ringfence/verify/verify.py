"""One verification: which attack is tried on what, as whom, and what the made-up rows for it are."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ringfence.catalog.model import Catalog, Table, TableKind, View
from ringfence.db import Connection
from ringfence.names import QualifiedName, quote_ident
from ringfence.observe import Note, Observer, ignore
from ringfence.tenancy.model import Tenancy, TenantTable
from ringfence.verify import files, fill, load, opening, pg, pgtap, routines
from ringfence.verify.model import Actor, Attack, CannotVerify, Target, Verdict
from ringfence.verify.rows import Impossible, MadeRow, Maker, Party

SECONDS_MAX = 60.0


@dataclass
class Attacks:
    """The attacks of one run against one database."""

    conn: Connection
    catalog: Catalog
    tenancy: Tenancy
    observer: Observer = ignore
    seconds_max: float = SECONDS_MAX
    only: frozenset[str] = frozenset()
    """Ids of the attacks to try; empty: all."""
    clock: Callable[[], float] = time.monotonic
    verdicts: list[Verdict] = field(default_factory=list)
    not_tried: dict[str, str] = field(default_factory=dict)

    def pgtap(self) -> Mapping[str, str]:
        """What was tried, as pgTAP files by name."""
        return pgtap.files(self._arena.grounds, self._arena.brake.sql)

    def run(self) -> None:
        """Try everything within the time; raises CannotVerify when nothing can be tried at all."""
        unknown = sorted(self.only - {a.id for a in load.attacks()})
        if unknown:
            raise CannotVerify(
                f"there is no attack {', '.join(unknown)}",
                hint="docs/reference/attacks.md lists them, and --json names them",
            )
        roles = self.tenancy.request_roles
        if not roles:
            raise CannotVerify(
                "the spec names no request role",
                hint='say in ringfence.toml what end users act as: [roles] request = ["authenticated", "anon"]',
            )
        self._may = pg.standing(self.conn, roles)
        for role in roles:
            if role not in self._may.may_become:
                self.not_tried[f"role {role}"] = f"{self._may.role} cannot become it, or it is not there"
        self._roles = tuple(r for r in roles if r in self._may.may_become)
        token = secrets.token_hex(4)
        self._maker = Maker(self.catalog, self.tenancy, token, pg.enum_labels(self.conn))
        self._arena = pg.Arena(
            self.conn,
            self._may,
            pg.Bounds(),
            QualifiedName(f"ringfence_verify_{token}", "at_most"),
            self.tenancy.gateways,
        )
        ends = self.clock() + self.seconds_max
        jobs = list(self._jobs())
        for number, (name, job) in enumerate(jobs):
            if self.clock() > ends:
                for late, _ in jobs[number:]:
                    self.not_tried[late] = f"the time was up ({self.seconds_max:.0f} s)"
                return
            self.observer(Note(f"attacking {name}, {number + 1} of {len(jobs)}"))
            try:
                job()
            except Impossible as reason:
                self.not_tried[name] = str(reason)

    def _jobs(self) -> Iterator[tuple[str, Callable[[], None]]]:
        if self._chosen(Target.DATABASE):
            yield "the database", self._database
        yield from self._table_jobs()
        if self._chosen(Target.ROUTINE) and any(routines.tried(self.catalog, self.tenancy.by_name)):
            yield "functions", self._routines
        if self._chosen(Target.STORAGE) and files.has_storage(self.catalog):
            yield "storage.objects", self._storage
        for view in self.catalog.views:
            wanted = self._chosen(Target.MATERIALIZED if view.kind == "m" else Target.VIEW)
            if not wanted or view.name.schema == "ringfence" or not self._tenant_tables(view):
                continue
            yield str(view.name), lambda view=view: self._view(view)  # type: ignore[misc]  # bound at once

    def _table_jobs(self) -> Iterator[tuple[str, Callable[[], None]]]:
        if not self._chosen(Target.TABLE) and not self._chosen(Target.CHILD):
            return
        for entry in self.tenancy.tables:
            if self._present(entry) is None:
                self.not_tried[str(entry.name)] = self._absent(entry)
                continue
            yield str(entry.name), lambda entry=entry: self._table(entry)  # type: ignore[misc]  # bound at once

    def _chosen(self, target: Target) -> tuple[Attack, ...]:
        return tuple(a for a in load.attacks() if a.target is target and (not self.only or a.id in self.only))

    def _absent(self, entry: TenantTable) -> str:
        if any(view.name == entry.name for view in self.catalog.views):
            return "a view for old clients stands in its place, until phase 6 retires it"
        if self.catalog.table(entry.name) is None:
            return "it is not there"
        return "it has no tenant column yet"

    def _present(self, entry: TenantTable) -> Table | None:
        table = self.catalog.table(entry.name)
        return table if table is not None and table.column(entry.column) is not None else None

    # --- the three kinds of ground -------------------------------------------------------------------------------

    def _database(self) -> None:
        own, other = self._maker.party("a"), self._maker.party("b")
        with self._arena.open() as arena:
            rows = (*self._maker.base_rows(own), *self._maker.base_rows(other))
            self._stand(arena, rows, "the database")
            m = self.tenancy.memberships
            owned = {m.table: _tenant_is(m.organization_column, other)}
            self._try_all(arena, Target.DATABASE, "the database", {}, own, other, owned, ())

    def _table(self, entry: TenantTable) -> None:
        own, other = self._maker.party("a"), self._maker.party("b")
        own_rows, other_rows = self._family((entry,), own), self._family((entry,), other)
        table = self.catalog.by_name[entry.name]
        ground = self._ground(entry, table, own, other, own_rows, other_rows)
        opened = () if ground.other_open is None else (ground.other_open,)
        with self._arena.open() as arena:
            self._stand(arena, (*own_rows.values(), *other_rows.values(), *opened), str(entry.name))
            if ground.open_when is not None:
                ground = self._opened(arena, ground, ground.open_when)
            owned = {
                t.name: _tenant_is(t.column, other) for t in self._maker.chain(entry) if self._present(t) is not None
            }
            marks = tuple(mark for row in other_rows.values() for mark in row.marks)
            slots = fill.table_slots(self.catalog, ground, entry.name)
            copy = ground.other_next.select()
            self._try_all(arena, Target.TABLE, str(entry.name), slots, own, other, owned, marks, copy)
            for child in self._children(entry.name):
                slots = fill.table_slots(self.catalog, ground, child.name)
                self._try_all(arena, Target.CHILD, str(child.name), slots, own, other, owned, marks, copy)

    def _view(self, view: View) -> None:
        own, other = self._maker.party("a"), self._maker.party("b")
        entries = tuple(self.tenancy.by_name[t] for t in self._tenant_tables(view))
        own_rows, other_rows = self._family(entries, own), self._family(entries, other)
        with self._arena.open() as arena:
            self._stand(arena, (*own_rows.values(), *other_rows.values()), str(view.name))
            marks = tuple(mark for row in other_rows.values() for mark in row.marks)
            target = Target.MATERIALIZED if view.kind == "m" else Target.VIEW
            slots = fill.view_slots(view, self.tenancy, other, marks)
            query = f"select 1 from {view.name.sql} t where {slots['view_condition']} limit 1"
            if target is Target.VIEW and not self._shows(arena, (query,), other):
                raise Impossible("no row that was made up shows there: it joins or filters more than one table needs")
            owned = {t.name: _tenant_is(t.column, other) for t in entries}
            self._try_all(arena, target, str(view.name), slots, own, other, owned, marks)

    def _shows(self, arena: pg.Arena, queries: Sequence[str], other: Party) -> bool:
        claims = fill.claims_of(other, self._roles[0]) if self._roles else ""
        return any(arena.shows(query, pg.Mask(claims, claims)) for query in queries)

    def _routines(self) -> None:
        own, other = self._maker.party("a"), self._maker.party("b")
        own_rows: dict[QualifiedName, MadeRow] = {}
        other_rows: dict[QualifiedName, MadeRow] = {}
        for entry in self.tenancy.tables:
            if self._present(entry) is None:
                continue
            try:
                own_rows |= self._family((entry,), own, own_rows)
                other_rows |= self._family((entry,), other, other_rows)
            except Impossible as reason:
                self.not_tried[f"functions over {entry.name}"] = str(reason)
        types = self.tenancy.organizations.key_type, self.tenancy.users.key_type
        with self._arena.open() as arena:
            self._stand(arena, (*own_rows.values(), *other_rows.values()), "functions")
            marks = tuple(mark for row in other_rows.values() for mark in row.marks)
            for routine in routines.tried(self.catalog, self.tenancy.by_name):
                slots = routines.slots(routine, other, *types)
                name = f"{routine.name}({routine.arguments})"
                mention = fill.mentions("r", marks, other)
                asked = [f"select 1 from {call} r where {mention} limit 1" for call in slots.values()]
                slots["mentions_other"] = mention
                if not self._shows(arena, asked, other):
                    self.not_tried[name] = "it shows nothing by which a made-up row could be recognised"
                    continue
                self._try_all(arena, Target.ROUTINE, name, slots, own, other, {}, marks)

    def _storage(self) -> None:
        own, other = self._maker.party("a"), self._maker.party("b")
        rows = (*self._maker.base_rows(own), *self._maker.base_rows(other))
        buckets = pg.buckets(self.conn, files.BUCKETS_MAX + 1)
        if not buckets:
            self.not_tried[str(files.OBJECTS)] = "there is no bucket"
        for bucket, public in buckets[: files.BUCKETS_MAX]:
            found = files.Files(self.catalog, bucket, public, own, other, self._maker.token)
            with self._arena.open() as arena:
                self._stand(arena, rows, f"bucket {bucket}")
                problem = arena.insert(tuple(found.inserts()))
                if problem is not None:
                    raise Impossible(f"{problem} (bucket {bucket})")
                self._try_all(arena, Target.STORAGE, f"bucket {bucket}", found.slots(), own, other, found.owned(), ())
        if len(buckets) > files.BUCKETS_MAX:
            self.not_tried["further buckets"] = f"{files.BUCKETS_MAX} were attacked"

    # --- rows ------------------------------------------------------------------------------------------------------

    def _family(
        self, entries: Sequence[TenantTable], party: Party, before: Mapping[QualifiedName, MadeRow] | None = None
    ) -> dict[QualifiedName, MadeRow]:
        """The party's user, organization, membership and one row of each table needed, in insertion order."""
        made = dict(before or {row.table: row for row in self._maker.base_rows(party)})
        for entry in entries:
            for needed in self._maker.chain(entry):
                if needed.name not in made:
                    made[needed.name] = self._maker.row(needed, party, made)
        return made

    def _ground(
        self,
        entry: TenantTable,
        table: Table,
        own: Party,
        other: Party,
        own_rows: Mapping[QualifiedName, MadeRow],
        other_rows: Mapping[QualifiedName, MadeRow],
    ) -> fill.Ground:
        mine = self._maker.row(entry, own, own_rows, turn=1)
        # what the attacker plants names the other parents too, or a tenant-consistent key would hide an open policy
        others = {t: r for t, r in other_rows.items() if t != entry.name}
        planted = self._maker.row(entry, other, others, turn=2)
        parents = {t: r for t, r in other_rows.items() if t in self.tenancy.by_name and t != entry.name}
        referring = {c for k in table.foreign_keys if k.references in parents for c in k.columns if c != entry.column}
        under = None
        if referring:
            foreign = self._maker.row(entry, own, {**own_rows, **parents}, turn=3).values
            values = {c: (foreign[c] if c in referring else v) for c, v in mine.values.items()}
            under = replace(mine, values=values)
        condition = opening.condition_of(self.tenancy, entry.name)
        opened = self._maker.row(entry, other, others, turn=4) if condition is not None else None
        return fill.Ground(
            entry, table, own_rows[entry.name], other_rows[entry.name], mine, planted, under, condition, opened
        )

    def _opened(self, arena: pg.Arena, ground: fill.Ground, condition: str) -> fill.Ground:
        """One row of the other tenant is closed and another one open; what cannot be made so is said."""
        table = ground.table
        tries = tuple(opening.changes(condition, table, ground.other))
        if not ground.other.key:
            self.not_tried[f"{table.name}, open rows"] = "it has no primary key to tell them by"
            return replace(ground, other_open=None)
        if not arena.turn(table.name, condition, ground.other.matches("t"), tries, wanted=False):
            raise Impossible(f"every row that was made up is one that open_when opens: {condition}")
        opened = ground.other_open
        if opened is not None and not arena.turn(table.name, condition, opened.matches("t"), tries, wanted=True):
            self.not_tried[f"{table.name}, open rows"] = f"no row could be made up for which this holds: {condition}"
            opened = None
        return replace(ground, other_open=opened)

    def _stand(self, arena: pg.Arena, rows: Sequence[MadeRow], name: str) -> None:
        problem = arena.insert([row.insert() for row in rows])
        if problem is not None:
            raise Impossible(f"{problem} ({name})")

    # --- tries -----------------------------------------------------------------------------------------------------

    def _try_all(
        self,
        arena: pg.Arena,
        target: Target,
        name: str,
        slots: Mapping[str, str],
        own: Party,
        other: Party,
        owned: Mapping[QualifiedName, str],
        marks: Sequence[str],
        copy_query: str = "",
    ) -> None:
        for role in self._roles:
            others_claims = fill.claims_of(other, role)
            common = fill.common_slots(self.tenancy, own, other, others_claims, self._schemas())
            common["brake"] = arena.brake.sql
            for why, seal in arena.forged_seals(others_claims, time.time()).items():
                common[f"seal_{why}"] = fill.literal(seal)
            for attack in self._chosen(target):
                made = fill.filled(attack, {**common, **slots})
                if made is None:
                    continue  # the table lacks what the attack is about: no unique key, no parent, no text
                statements, other_first = made
                self.verdicts.append(
                    arena.attempt(
                        attack,
                        statements,
                        other_first,
                        role,
                        _masks(own, other, role, self.tenancy.column),
                        pg.Mask(others_claims, others_claims),
                        marks,
                        owned,
                        name,
                        copy_query=copy_query,
                    )
                )

    def _schemas(self) -> tuple[str, ...]:
        names = {t.name.schema for t in self.tenancy.tables} | {"ringfence"}
        return tuple(sorted(names))

    def _children(self, name: QualifiedName) -> tuple[Table, ...]:
        found: list[Table] = []
        waiting = list(self.catalog.children.get(name, ()))
        while waiting:
            child = self.catalog.by_name[waiting.pop(0)]
            if child.kind is not TableKind.FOREIGN:
                found.append(child)
            waiting.extend(self.catalog.children.get(child.name, ()))
        return tuple(found)

    def _tenant_tables(self, view: View) -> tuple[QualifiedName, ...]:
        """The tenant tables that a view reads, also through other views."""
        by_name = {v.name: v for v in self.catalog.views}
        seen: set[QualifiedName] = set()
        found: list[QualifiedName] = []
        waiting = list(view.reads)
        while waiting:
            name = waiting.pop(0)
            if name in seen:
                continue
            seen.add(name)
            entry = self.tenancy.by_name.get(name)
            if entry is not None and self._present(entry) is not None:
                found.append(name)
            elif name in by_name:
                waiting.extend(by_name[name].reads)
        return tuple(found)


def _masks(own: Party, other: Party, role: str, column: str) -> dict[Actor, pg.Mask]:
    mine = fill.claims_of(own, role)
    forged = fill.claims_of(own, role, organization=other.organization_text)
    names = ("org_id", "organization_id", "tenant_id", "client_id", column)
    edited = fill.claims_of(own, role, metadata=dict.fromkeys(names, other.organization_text))
    return {
        Actor.MEMBER: pg.Mask(mine, mine),
        Actor.NOBODY: pg.Mask(None, None),
        Actor.FORGER: pg.Mask(forged, mine),
        Actor.EDITOR: pg.Mask(edited, edited),
        Actor.FORMER: pg.Mask(forged, forged),
    }


def _tenant_is(column: str, party: Party) -> str:
    return f"t.{quote_ident(column)} = {party.organization}"
