"""Who may do what, read from grants: which roles act for end users, and what they hold through memberships and PUBLIC.

Privileges are those of PostgreSQL's ACL letters (https://www.postgresql.org/docs/current/ddl-priv.html): r SELECT,
a INSERT, w UPDATE, d DELETE, D TRUNCATE, x REFERENCES, t TRIGGER, m MAINTAIN, X EXECUTE, U USAGE, C CREATE.
Only what a role holds counts here, as in pg_has_role(.., 'usage'); what it may become by SET ROLE is `may_become`.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ringfence.catalog.model import Catalog, Column, Role, Schema, Table, View

PUBLIC = "public"
PLATFORM_REQUEST_ROLES = ("anon", "authenticated")
"""The roles by which PostgREST and Supabase act for end users, when the spec names none."""

_READ_ALL, _WRITE_ALL = "pg_read_all_data", "pg_write_all_data"
_ITEM = re.compile(r'\A(?P<grantee>"(?:[^"]|"")*"|[^=]*)=(?P<privileges>[^/]*)/(?P<grantor>.*)\Z', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Grant:
    """One ACL entry. `grantee` is 'public' for PUBLIC; `grantable` are the privileges it may pass on."""

    grantee: str
    privileges: frozenset[str]
    grantable: frozenset[str]
    grantor: str


@functools.lru_cache(maxsize=65536)
def parse_acl(acl: tuple[str, ...]) -> tuple[Grant, ...]:
    """Read aclitem texts such as `authenticated=arwd*/postgres`; an empty grantee is PUBLIC."""
    found = []
    for item in acl:
        match = _ITEM.match(item)
        if match is None:
            raise ValueError(f"{item!r} is no ACL entry")
        letters = match["privileges"]
        grantable = frozenset(a for a, b in itertools.pairwise(letters) if b == "*")
        privileges = frozenset(letters) - {"*"}
        found.append(Grant(_unquoted(match["grantee"]) or PUBLIC, privileges, grantable, _unquoted(match["grantor"])))
    return tuple(found)


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


@dataclass(frozen=True)
class Reach:
    """The roles of one database. `named` are the request roles of the spec, () when it names none."""

    catalog: Catalog
    named: tuple[str, ...] = ()

    @functools.cached_property
    def roles(self) -> Mapping[str, Role]:
        """Every role by name, predefined ones apart."""
        return {role.name: role for role in self.catalog.roles}

    @functools.cached_property
    def _schemas(self) -> Mapping[str, Schema]:
        return {schema.name: schema for schema in self.catalog.schemas}

    def held(self, role: str) -> frozenset[str]:
        """The roles whose privileges a role has: itself, what it inherits at any depth, and PUBLIC."""
        return self._closure.get(role) or frozenset({role, PUBLIC})

    def may_become(self, role: str) -> frozenset[str]:
        """The roles a session of this login may act as: what it holds or may SET ROLE to, at any depth."""
        found: set[str] = set()
        waiting = [role]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            known = self.roles.get(name)
            if known is not None:
                waiting.extend(m.role for m in known.memberships if m.set_role or m.inherit)
        return frozenset(found | {PUBLIC})

    @functools.cached_property
    def _closure(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for start in self.roles:
            seen: set[str] = set()
            waiting = [start]
            while waiting:
                name = waiting.pop()
                if name not in seen:
                    seen.add(name)
                    known = self.roles.get(name)
                    if known is not None:
                        waiting.extend(m.role for m in known.memberships if m.inherit)
            found[start] = frozenset(seen | {PUBLIC})
        return found

    def bypasses(self, role: str) -> bool:
        """Row security never binds it, FORCE or not."""
        known = self.roles.get(role)
        return known is not None and (known.superuser or known.bypass_rls)

    def may(self, role: str, privilege: str, acl: tuple[str, ...], owner: str) -> bool:
        """Whether a role holds a privilege on an object with that ACL; an owner and a superuser hold every one."""
        known = self.roles.get(role)
        held = self.held(role)
        if (known is not None and known.superuser) or owner in held:
            return True
        return any(privilege in grant.privileges and grant.grantee in held for grant in parse_acl(acl))

    def uses_schema(self, role: str, schema: str) -> bool:
        """Whether a role may name objects of a schema; of one that the catalog leaves out it is taken to."""
        known = self._schemas.get(schema)
        return known is None or _READ_ALL in self.held(role) or self.may(role, "U", known.acl, known.owner)

    def may_on(self, role: str, privilege: str, relation: Table | View, column: str | None = None) -> bool:
        """Whether a role may read (r) or write (a, w, d, ..) a table or view, or at least some column of it.

        With `column` that one column counts. USAGE on the schema is needed, too.
        """
        held = self.held(role)
        if not self.uses_schema(role, relation.name.schema):
            return False
        if (privilege == "r" and _READ_ALL in held) or (privilege in "awd" and _WRITE_ALL in held):
            return True
        if self.may(role, privilege, relation.acl, relation.owner):
            return True
        columns: Iterable[Column] = relation.columns if isinstance(relation, Table) else ()
        return any(
            grant.grantee in held and privilege in grant.privileges
            for c in columns
            if c.acl and column in (None, c.name)
            for grant in parse_acl(c.acl)
        )

    def who(self, privileges: str, relation: Table | View, column: str | None = None) -> tuple[str, ...]:
        """The request roles that hold at least one of these privileges on a table or view."""
        return tuple(r for r in self.request_roles if any(self.may_on(r, p, relation, column) for p in privileges))

    @functools.cached_property
    def request_roles(self) -> tuple[str, ...]:
        """The roles that act for end users, sorted.

        Those of the spec; otherwise the platform's (anon, authenticated) when they reach a table of the application;
        otherwise every role that row security binds, that owns no table and that reaches one; otherwise PUBLIC, when a
        table is granted to it. Roles belong to the whole server, so one without a grant in this database says nothing.
        """
        if self.named:
            return tuple(sorted(self.named))
        platform = [r for r in PLATFORM_REQUEST_ROLES if r in self.roles and self._reaches_something(r)]
        if platform:
            return tuple(platform)
        owners = {table.owner for table in self.catalog.tables}
        others = sorted(
            name
            for name in self.roles
            if not self.bypasses(name) and not self.held(name) & owners and self._reaches_something(name)
        )
        return tuple(others) or ((PUBLIC,) if self._granted_to_all else ())

    @property
    def _granted_to_all(self) -> bool:
        return any(
            grant.grantee == PUBLIC and grant.privileges & set("rawd")
            for table in self.catalog.tables
            if table.extension is None
            for grant in parse_acl(table.acl)
        )

    def _reaches_something(self, role: str) -> bool:
        held = self.held(role)
        if held & {_READ_ALL, _WRITE_ALL}:
            return True
        # a table that a platform or extension brought with grants to PUBLIC says nothing of the application
        return any(
            grant.grantee in held and grant.grantee != PUBLIC and grant.privileges & set("rawd")
            for table in self.catalog.tables
            if table.extension is None
            for grant in (*parse_acl(table.acl), *(g for c in table.columns if c.acl for g in parse_acl(c.acl)))
        )
