"""Questions to the catalog as it is: what must be true of every tenant table whatever an attack finds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ringfence.catalog.model import Catalog, Role, Table, TableKind
from ringfence.names import QualifiedName
from ringfence.tenancy.model import Tenancy
from ringfence.verify.model import CheckResult

_ALL_COMMANDS = frozenset("rawd")
_BEYOND_ROWS = {"D": "TRUNCATE", "x": "REFERENCES", "t": "TRIGGER", "m": "MAINTAIN"}


@dataclass(frozen=True, slots=True)
class Scene:
    """What checks look at."""

    catalog: Catalog
    tenancy: Tenancy

    def guarded(self) -> Iterator[Table]:
        """Every relation that holds or shows rows of tenants: tables, partitions, children."""
        for entry in self.tenancy.tables:
            waiting = [entry.name]
            while waiting:
                name = waiting.pop(0)
                table = self.catalog.table(name)
                if table is not None:
                    yield table
                waiting.extend(self.catalog.children.get(name, ()))

    def role(self, name: str) -> Role | None:
        """The role of that name, or None."""
        return next((r for r in self.catalog.roles if r.name == name), None)


def run(catalog: Catalog, tenancy: Tenancy) -> tuple[CheckResult, ...]:
    """Ask every check."""
    scene = Scene(catalog, tenancy)
    return tuple(CheckResult(code, title, severity, tuple(ask(scene))) for code, title, severity, ask in _CHECKS)


def _not_enabled(scene: Scene) -> Iterator[str]:
    for table in scene.guarded():
        if not table.rls_enabled and table.kind is not TableKind.FOREIGN:
            yield f"{table.name}: row security is off"


def _not_forced(scene: Scene) -> Iterator[str]:
    for table in scene.guarded():
        owner = scene.role(table.owner)
        if table.kind is TableKind.FOREIGN:
            continue
        if not table.rls_forced:
            yield f"{table.name}: its owner {table.owner} is not held to its policies"
        elif owner is not None and (owner.superuser or owner.bypass_rls):
            yield f"{table.name}: FORCE means nothing, its owner {table.owner} bypasses row security"


def _no_floor(scene: Scene) -> Iterator[str]:
    for table in scene.guarded():
        if table.kind is TableKind.FOREIGN or not _reachable(table, scene):
            continue
        covered: set[str] = set()
        for policy in table.policies:
            if not policy.permissive and "public" in policy.roles:
                covered |= _ALL_COMMANDS if policy.command == "*" else {policy.command}
        missing = _ALL_COMMANDS - covered
        if missing:
            words = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
            yield f"{table.name}: no restrictive policy TO PUBLIC for {', '.join(words[c] for c in sorted(missing))}"


def _reachable(table: Table, scene: Scene) -> bool:
    """A partition that no request role may touch by its own name is guarded by its root."""
    if table.partition_of is None:
        return True
    reach = {"", *scene.tenancy.request_roles}
    return any(item.partition("=")[0].strip('"') in reach for item in table.acl)


def _nullable(scene: Scene) -> Iterator[str]:
    for entry in scene.tenancy.tables:
        table = scene.catalog.table(entry.name)
        column = table.column(entry.column) if table is not None else None
        if table is None or column is None:
            yield f"{entry.name}: it has no column {entry.column}"
        elif not column.not_null:
            yield f"{entry.name}.{entry.column}: may be null"


def _too_much(scene: Scene) -> Iterator[str]:
    for table in scene.guarded():
        for item in table.acl:
            grantee, _, rest = item.partition("=")
            name = grantee.strip('"') or "public"
            if name != "public" and name not in scene.tenancy.request_roles:
                continue
            held = [word for letter, word in _BEYOND_ROWS.items() if letter in rest.partition("/")[0]]
            if held:
                yield f"{table.name}: {name} holds {', '.join(held)}, which no policy limits"


def _bypassing(scene: Scene) -> Iterator[str]:
    for name in scene.tenancy.request_roles:
        role = scene.role(name)
        if role is None:
            continue
        if role.superuser or role.bypass_rls:
            yield f"{name} bypasses row security"
        for wider in role.member_of:
            other = scene.role(wider)
            if other is not None and (other.superuser or other.bypass_rls):
                yield f"{name} is a member of {wider}, which bypasses row security"


def _definer_views(scene: Scene) -> Iterator[str]:
    tenant: set[QualifiedName] = {t.name for t in scene.guarded()}
    for view in scene.catalog.views:
        if view.kind != "v" or not tenant & set(view.reads):
            continue
        on = any(
            o.replace(" ", "") in ("security_invoker=true", "security_invoker=on", "security_invoker=1")
            for o in view.options
        )
        owner = scene.role(view.owner)
        reaches = {item.partition("=")[0].strip('"') for item in view.acl} & {"", *scene.tenancy.request_roles}
        if not on and reaches and (owner is None or owner.superuser or owner.bypass_rls):
            yield f"{view.name}: it reads with the rights of {view.owner}, whom no policy holds"


_CHECKS: tuple[tuple[str, str, str, Callable[[Scene], Iterator[str]]], ...] = (
    ("RFV-ENABLED", "row security is on for every tenant table", "critical", _not_enabled),
    ("RFV-FORCED", "owners are held to their own policies", "high", _not_forced),
    ("RFV-FLOOR", "a restrictive floor for everybody and every command", "critical", _no_floor),
    ("RFV-PRESENT", "every row has a tenant", "high", _nullable),
    ("RFV-GRANTS", "request roles hold nothing that policies do not limit", "high", _too_much),
    ("RFV-BYPASS", "no request role bypasses row security", "critical", _bypassing),
    ("RFV-VIEWS", "views ask as the one who asks", "critical", _definer_views),
)
CODES = tuple(code for code, *_ in _CHECKS)
