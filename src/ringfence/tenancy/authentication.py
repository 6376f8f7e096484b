"""How tokens get their tenant, and the sessions of the old ones: `[authenticate]` held against the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.names import QualifiedName
from ringfence.spec.problems import nearest
from ringfence.tenancy.ground import Ground
from ringfence.tenancy.problems import RoleNotFound

SUPABASE_AUTH = "supabase_auth_admin"
SUPABASE_SESSIONS = QualifiedName("auth", "sessions")


@dataclass(frozen=True, slots=True)
class SessionTable:
    """The table of the application, or of Supabase, in which a session must be."""

    name: QualifiedName
    key: str
    key_type: str
    live: str | None = None
    """SQL condition over its columns for sessions that have not ended; None: a row is enough."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """Everything phase 3 needs to know beyond users, organizations and memberships."""

    hook: tuple[str, ...] = ()
    """Roles that call the token hook."""
    issuers: tuple[str, ...] = ()
    verifiers: tuple[str, ...] = ()
    several_home: bool = False
    """A user of several organizations who has chosen none acts for the home one; else for none."""
    sessions: SessionTable | None = None
    role_column: str | None = None
    suspended: str | None = None
    """SQL condition over the organizations' columns for those nobody may act for."""
    legacy_lifetime_days: int = 30
    """The longest that a token of before lives."""
    hours: int = 24
    """The time over which the exit gate measures."""
    requests_min: int = 1000
    tenant_share_min: float = 0.999
    legacy_share_max: float = 0.0

    @property
    def logins(self) -> tuple[str, ...]:
        """Every role that uses schema ringfence because of this phase, once each."""
        return tuple(dict.fromkeys((*self.hook, *self.issuers, *self.verifiers)))


def resolve_authentication(ground: Ground) -> Authentication | None:
    """The values of the file; None when it does not ask for the phase, and then nothing of it is checked."""
    spec = ground.spec
    said = spec.authenticate
    if not said.enabled:
        return None
    known = {r.name for r in ground.catalog.roles}
    hook = said.hook
    if hook is None:
        # roles belong to the whole server: that it has this one does not make this database a Supabase project
        users = spec.tenant.users
        hook = (SUPABASE_AUTH,) if SUPABASE_AUTH in known and users is not None and users.schema == "auth" else ()
    for key, place, name in _named(said.hook or (), said.issuers, said.verifiers):
        if known and name not in known:
            near = nearest(name, known)
            ground.add(
                RoleNotFound,
                f"the server has no role {name!r}",
                at=spec.where("authenticate", key, place),
                subject=name,
                hint=f"did you mean {near!r}?" if near else "list the roles: psql -c '\\du'",
            )
    if said.role_column is not None:
        memberships = ground.catalog.table(spec.tenant.memberships)
        if memberships is not None:
            ground.column(memberships, said.role_column, spec.where("authenticate", "role_column"))
    return Authentication(
        hook=hook,
        issuers=said.issuers,
        verifiers=said.verifiers,
        several_home=said.several == "home",
        sessions=_sessions(ground),
        role_column=said.role_column,
        suspended=said.suspended,
        legacy_lifetime_days=said.legacy_lifetime_days,
        hours=spec.soak.authenticate_hours,
        requests_min=spec.gates.authenticate_requests_min,
        tenant_share_min=spec.gates.tenant_context_share_min,
        legacy_share_max=spec.gates.legacy_token_share_max,
    )


def _named(*lists: tuple[str, ...]) -> Iterator[tuple[str, int, str]]:
    for key, names in zip(("hook", "issuers", "verifiers"), lists, strict=True):
        for place, name in enumerate(names):
            yield key, place, name


def _sessions(ground: Ground) -> SessionTable | None:
    said = ground.spec.authenticate
    name = said.sessions
    if name is None:
        if ground.catalog.table(SUPABASE_SESSIONS) is None:
            return None
        name = SUPABASE_SESSIONS
    table = ground.table(name, ground.spec.where("authenticate", "sessions"), "the table of sessions")
    if table is None:
        return None
    column = ground.column(table, said.sessions_key, ground.spec.where("authenticate", "sessions_key"))
    return None if column is None else SessionTable(name, said.sessions_key, column.type, said.sessions_live)
