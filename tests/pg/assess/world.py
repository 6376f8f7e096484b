"""A small multi-tenant database that is sound: two tenants, policies that hold, a request role. Tests break it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any, TypeAlias

import psycopg

from pg.assess.watching import Watch
from ringfence.assess.model import Question, Severity
from ringfence.names import QualifiedName
from ringfence.tenancy.model import Users
from support.databases import Database
from unit.assess.values import tenancy

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

A, B = "aaaaaaaa-0000-0000-0000-000000000001", "bbbbbbbb-0000-0000-0000-000000000002"
ANN, BOB = "a0000000-0000-0000-0000-00000000000a", "b0000000-0000-0000-0000-00000000000b"

SOUND = """
create schema app;
grant usage on schema app, public to $member, $visitor;
grant create on schema public to $owner;

create function app.claims() returns jsonb language sql stable parallel safe
  return nullif(current_setting('request.jwt.claims', true), '')::jsonb;
create function app.who() returns uuid language sql stable parallel safe return (app.claims() ->> 'sub')::uuid;

create table public.members (
  user_id uuid not null, tenant_id uuid not null, role text not null default 'member',
  primary key (user_id, tenant_id)
);
create function app.tenants() returns setof uuid language sql stable parallel safe security definer
  begin atomic; select m.tenant_id from public.members m where m.user_id = app.who(); end;
create table public.projects (
  id bigint generated always as identity primary key, tenant_id uuid not null, owner_id uuid, name text, tag text,
  unique (id, tenant_id)
);
create table public.tasks (id bigint generated always as identity primary key, project_id bigint,
  tenant_id uuid not null, title text,
  constraint tasks_project_id_fkey foreign key (project_id, tenant_id) references public.projects (id, tenant_id));
create index on public.projects (tenant_id);
create index on public.tasks (tenant_id);
create index on public.members (tenant_id);

insert into public.members (user_id, tenant_id) values ('$ann', '$a'), ('$bob', '$b');
insert into public.projects (tenant_id, owner_id, name, tag, id) overriding system value
  values ('$a', '$ann', 'of A', 'cold', 101), ('$b', '$bob', 'of B', 'hot', 102);
insert into public.tasks (project_id, tenant_id, title) values (101, '$a', 'of A'), (102, '$b', 'of B');

alter table public.members enable row level security, force row level security, owner to $owner;
alter table public.projects enable row level security, force row level security, owner to $owner;
alter table public.tasks enable row level security, force row level security, owner to $owner;
create policy own_membership on public.members for select to $member using (user_id = (select app.who()));
create policy tenant on public.projects for all to $member using (tenant_id = any (array(select app.tenants())));
create policy tenant on public.tasks for all to $member
  using (tenant_id = any (array(select app.tenants()))) with check (tenant_id = any (array(select app.tenants())));
grant select, insert, update, delete on public.projects, public.tasks to $member;
grant select on public.members to $member;
"""


@dataclass
class World(Watch):
    """The sound database, and the eyes of the assessment on it."""

    member: str = ""
    """The request role."""
    visitor: str = ""
    """Another one, without any grant on a table."""
    owner: str = ""

    @classmethod
    def made(cls, database: Database) -> World:
        """Make it, and see that it is sound: nothing in it is worse than low."""
        member, visitor, owner = (database.create_role(p, "nologin") for p in ("member", "visitor", "tables"))
        world = cls(database, member=member, visitor=visitor, owner=owner)
        world.does(SOUND)
        assert world.worse_than_low() == [], world.worse_than_low()
        return world

    def sql(self, text: str) -> str:
        """The text with $member, $visitor, $owner, $ann, $bob, $a and $b filled in."""
        names = {"member": self.member, "visitor": self.visitor, "owner": self.owner}
        return Template(text).safe_substitute(names, ann=ANN, bob=BOB, a=A, b=B)

    def does(self, script: str) -> None:
        """Run a script as the superuser: plant a fault."""
        self.database.execute(self.sql(script))

    def asked(self, *roles: str) -> None:
        """From here on a spec names the request roles, also such as nobody would take for one."""
        self.scopes = tenancy(users=Users(QualifiedName("public", "members"), "user_id", "uuid"), request_roles=roles)

    def worse_than_low(self) -> list[tuple[str, str, str]]:
        """Isolation findings above low, as code, subject and message."""
        return [
            (f.code, f.subject, f.message)
            for f in self.assess().about(Question.ISOLATION)
            if f.severity is not Severity.LOW
        ]

    @contextlib.contextmanager
    def acting(self, claims: Mapping[str, object] | None, role: str = "") -> Iterator[Connection]:
        """A transaction of a request with these claims; whatever it does is rolled back."""
        with self.database.connect(autocommit=False) as conn:
            if claims is not None:
                conn.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(claims),))
            conn.execute(f"set local role {role or self.member}".encode())
            yield conn
            conn.rollback()

    def ann_sees(self, query: str, **claims: object) -> set[object]:
        """The first column of what Ann gets, who is a member of A; further claims as given."""
        with self.acting({"sub": ANN, **claims}) as conn:
            return {row[0] for row in conn.execute(self.sql(query).encode()).fetchall()}

    def nobody_sees(self, query: str) -> set[object]:
        """The first column of what a session without any claim gets."""
        with self.acting(None) as conn:
            return {row[0] for row in conn.execute(self.sql(query).encode()).fetchall()}

    def ann_changes(self, *statements: str) -> int:
        """How many rows the last of some statements of Ann's changes; nothing stays changed."""
        with self.acting({"sub": ANN}) as conn:
            return [conn.execute(self.sql(statement).encode()).rowcount for statement in statements][-1]
