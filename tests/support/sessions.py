"""The two-tenant world with phase 3's objects, and the logins that use them."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.names import QualifiedName
from ringfence.plan.sessions import EPOCHS, session_objects
from ringfence.runtime.sessions import BlockingSessions, RefreshKey, RefreshKeys, Sessions
from ringfence.tenancy.authentication import Authentication, SessionTable
from support.tenants import World

KEYS = RefreshKeys(RefreshKey(1, b"r" * 32))


@dataclass(frozen=True)
class Known:
    """The world, and who may ask about sessions."""

    world: World
    login: str
    """Issues and verifies."""
    hook: str
    """Calls the token hook alone."""
    blocking: bool = False
    """Tests ask the face for threads."""

    def sessions(self, *, strict: bool = False) -> Sessions:
        """The runtime's face."""
        return Sessions(self.world.database.url_as(self.login), strict=strict, refresh_keys=KEYS)

    def blocking_sessions(self, *, strict: bool = False) -> BlockingSessions:
        """Its face for threads."""
        return BlockingSessions(self.world.database.url_as(self.login), strict=strict, refresh_keys=KEYS)

    def execute(self, script: str) -> None:
        """As the superuser."""
        self.world.database.execute(script)

    def share(self, share: float) -> None:
        """Set the share of sessions that are upgraded."""
        self.execute(f"update ringfence.authenticate_settings set upgrade_share = {share}")

    def one(self, query: str) -> object:
        """One value, as the superuser."""
        with self.world.database.connect() as conn:
            row = conn.execute(query.encode()).fetchone()
        return None if row is None else row[0]


def knowing_sessions(world: World, *, table: bool = False) -> Known:
    """Install phase 3's objects; everybody is upgraded. With `table`, sessions must be in `live_sessions`."""
    login, hook = world.database.create_role("auth", "login noinherit"), world.database.create_role("hook")
    sessions = None
    if table:
        world.database.execute("create table live_sessions (id uuid primary key, ended_at timestamptz)")
        sessions = SessionTable(QualifiedName("public", "live_sessions"), "id", "uuid", "ended_at is null")
    world.database.execute(
        "create function public.suspended_ids() returns uuid[] language sql as $$ select '{}'::uuid[] $$"
    )
    said = Authentication(
        hook=(hook,),
        issuers=(login,),
        verifiers=(login,),
        sessions=sessions,
        suspended="public.suspended_ids() @> array[o.id]",
    )
    with world.database.connect() as conn:
        for statement in session_objects(world.tenancy, said).do:
            conn.execute(statement.encode())
        conn.execute(
            f"create trigger ended after delete or update on user_organizations for each row execute function ringfence.{EPOCHS}()".encode()
        )
    known = Known(world, login, hook)
    known.share(1)
    return known
