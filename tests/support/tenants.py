"""Two tenants in a small database with the helpers installed and the floor in its final form, for the runtime's tests."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from psycopg import sql

from ringfence.names import QualifiedName, quote_ident
from ringfence.plan.context import context_objects, request_login, store_key
from ringfence.runtime import SealKey, TenantContext
from ringfence.tenancy.model import AssignAdopted, Memberships, Organizations, Tenancy, Users
from support.databases import Database, unique_name

ORGANIZATION_A = uuid.UUID("aaaaaaaa-0000-4000-8000-000000000001")
ORGANIZATION_B = uuid.UUID("bbbbbbbb-0000-4000-8000-000000000002")
USER_A = uuid.UUID("a0000000-0000-4000-8000-00000000000a")
USER_B = uuid.UUID("b0000000-0000-4000-8000-00000000000b")
FLOORED = ("documents", "notes")


@dataclass(frozen=True)
class World:
    """The database, its roles and the key its helpers know."""

    database: Database
    request_role: str
    login: str
    """Request traffic: a member of the request role and of nothing else; must bring seals."""
    gateway: str
    """A login whose claims are believed."""
    keeper: str
    key: SealKey
    tenancy: Tenancy

    @property
    def url(self) -> str:
        """The URL of the request traffic."""
        return self.database.url_as(self.login)

    @property
    def gateway_url(self) -> str:
        """The URL of the gateway."""
        return self.database.url_as(self.gateway)

    def context(self, organization: uuid.UUID = ORGANIZATION_A, user: uuid.UUID = USER_A) -> TenantContext:
        """A context of tenant A, or of another."""
        return TenantContext(organization, user, self.request_role)

    @property
    def a(self) -> TenantContext:
        """Tenant A."""
        return self.context()

    @property
    def b(self) -> TenantContext:
        """Tenant B."""
        return self.context(ORGANIZATION_B, USER_B)


def tenancy_of(gateways: tuple[str, ...]) -> Tenancy:
    """The tenancy of that database, as far as the helpers ask for it."""
    return Tenancy(
        column="client_id",
        type="uuid",
        users=Users(QualifiedName("public", "users"), "id", "uuid"),
        organizations=Organizations(QualifiedName("public", "organizations"), "id", "uuid", adopted=True),
        memberships=Memberships(
            QualifiedName("public", "user_organizations"), "user_id", "organization_id", adopted=True
        ),
        assignment=AssignAdopted(),
        tables=(),
        others=(),
        founding_key=None,
        founding_name="First",
        quarantine_key=None,
        gateways=gateways,
    )


def two_tenants(database: Database) -> World:
    """Make roles, tables with one secret row per tenant, helpers, floors and a key."""
    request_role = database.create_role("request", "nologin noinherit")
    gateway = database.create_role("gateway", "login noinherit")
    keeper = database.create_role("keeper", "nologin noinherit")
    login = unique_name("app")
    database._roles.append(login)
    key = SealKey.generate(7)
    tenancy = tenancy_of((gateway,))
    role = quote_ident(request_role)
    database.execute(
        f"""
        create schema ringfence;
        create table users (id uuid primary key);
        create table organizations (id uuid primary key);
        create table user_organizations (
            user_id uuid references users on delete cascade, organization_id uuid references organizations,
            primary key (user_id, organization_id));
        alter table user_organizations enable row level security;
        insert into users values ('{USER_A}'), ('{USER_B}');
        insert into organizations values ('{ORGANIZATION_A}'), ('{ORGANIZATION_B}');
        insert into user_organizations values ('{USER_A}', '{ORGANIZATION_A}'), ('{USER_B}', '{ORGANIZATION_B}');
        create table documents (id bigint primary key, client_id uuid not null, secret text not null);
        create table notes (
            id bigint generated always as identity primary key, client_id uuid not null, body text not null);
        create index on documents (client_id, id);
        insert into documents values (1, '{ORGANIZATION_A}', 'A-SECRET'), (2, '{ORGANIZATION_B}', 'B-SECRET');
        grant {role} to {quote_ident(gateway)};
        grant usage on schema ringfence to {quote_ident(gateway)};
        grant select, insert, update, delete on documents, notes to {role};
        """
    )
    with database.connect() as conn:
        for statement in (
            *request_login(login, [request_role]),
            *context_objects(tenancy, "postgres", keeper=keeper).do,
        ):
            conn.execute(statement.encode())
        statement, values = store_key(key)
        conn.execute(statement.encode(), values)
        for table in FLOORED:
            name = sql.Identifier(table)
            for policy in (
                "alter table {t} enable row level security",
                "alter table {t} force row level security",
                "create policy everybody on {t} using (true) with check (true)",
                "create policy floor on {t} as restrictive using (client_id = (select ringfence.client_id()))",
                "alter table {t} alter client_id set default ringfence.client_id()",
            ):
                conn.execute(sql.SQL(policy).format(t=name))
    return World(database, request_role, login, gateway, keeper, key, tenancy)
