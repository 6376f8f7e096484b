"""Users, organizations and memberships: the three tables all derivations end at."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from ringfence.catalog.model import Catalog, Column, Table
from ringfence.names import QualifiedName, display_ident
from ringfence.spec.model import Spec
from ringfence.tenancy.ground import Ground
from ringfence.tenancy.likeness import comparable, family, is_unique
from ringfence.tenancy.model import Memberships, Organizations, Users
from ringfence.tenancy.problems import (
    HomeUnknown,
    KeyUnknown,
    NameTaken,
    OrganizationsUnclear,
    TableNotFound,
    TypeClash,
    UsersUnknown,
)
from ringfence.tenancy.toml_text import toml_string

FOUNDING_NAME = "Founding organization"


@dataclass(frozen=True, slots=True)
class Anchors:
    """The three tables, and the two organizations that have a part of their own."""

    users: Users
    organizations: Organizations
    memberships: Memberships
    founding_key: str | None
    founding_name: str
    quarantine_key: str | None


def organization_key(key: str) -> str:
    """The id of a created organization as uuid text: the same key gives the same id for ever, also after a revert.

    Equal to `md5('ringfence:organization:' || key)::uuid` in SQL.
    """
    digest = hashlib.md5(f"ringfence:organization:{key}".encode(), usedforsecurity=False).hexdigest()
    return str(uuid.UUID(digest))


def is_adopted(spec: Spec) -> bool:
    """Whether the file declares organizations and memberships as the application's own."""
    return spec.tenant.organizations_key is not None or spec.tenant.assign.rule == "adopted"


def resolve_anchors(ground: Ground) -> Anchors | None:
    """Find the three tables in the database; None when a problem that was noted makes that impossible."""
    users = _users(ground)
    if users is None:
        return None
    if is_adopted(ground.spec):
        return _adopted(ground, users)
    return _created(ground, users)


def single_key(table: Table) -> str | None:
    """The only column of the primary key, None when there is no such column."""
    return table.primary_key[0] if len(table.primary_key) == 1 else None


def _key(ground: Ground, table: Table, named: str | None, setting: str) -> Column | None:
    at = ground.spec.where("tenant", setting)
    name = named or single_key(table)
    if name is None:
        ground.add(
            KeyUnknown,
            f"{table.name} has no primary key of one column, so {setting} must name its key",
            at=at,
            subject=table.name,
            hint=f'[tenant]\n{setting} = "id"',
        )
        return None
    column = ground.column(table, name, at)
    if column is not None and not is_unique(table, (name,)):
        ground.add(
            KeyUnknown,
            f"{table.name}.{display_ident(name)} is not unique, so it cannot be the key others refer to",
            at=at,
            subject=f"{table.name}.{display_ident(name)}",
            hint="name a column with a primary key or a unique constraint of its own",
        )
        return None
    return column


def _users(ground: Ground) -> Users | None:
    named = ground.spec.tenant.users
    if named is None:
        ground.add(
            UsersUnknown,
            "[tenant] users names no table, and every derivation ends at a user or an organization",
            at=ground.spec.where("tenant"),
            subject="[tenant] users",
            hint='[tenant]\nusers = "public.users"    # or let `ringfence init` look for it',
        )
        return None
    table = ground.table(named, ground.spec.where("tenant", "users"), "the users table")
    key = _key(ground, table, ground.spec.tenant.users_key, "users_key") if table else None
    return Users(named, key.name, key.type) if key else None


def _created(ground: Ground, users: Users) -> Anchors | None:
    spec = ground.spec
    tenant = spec.tenant
    before = len(ground.problems)
    for setting, name in (("organizations", tenant.organizations), ("memberships", tenant.memberships)):
        _check_free(ground, setting, name)
    if tenant.type not in (None, "uuid"):
        ground.add(
            OrganizationsUnclear,
            f"organizations that Ringfence creates have uuid keys, not {tenant.type}",
            at=spec.where("tenant", "type"),
            subject="[tenant] type",
            hint='take `type` out, or name your own table: organizations_key = "id"',
        )
    for setting, value in (("home", tenant.home), ("active", tenant.active), ("quarantine", tenant.quarantine)):
        if value is not None:
            ground.add(
                OrganizationsUnclear,
                f"{setting} describes organizations of your own, but Ringfence creates them here",
                at=spec.where("tenant", setting),
                subject=f"[tenant] {setting}",
                hint=f'take `{setting}` out, or declare the table as yours: organizations_key = "id"',
            )
    if len(ground.problems) > before:
        return None
    return Anchors(
        users=users,
        organizations=Organizations(tenant.organizations, "id", "uuid", adopted=False),
        memberships=Memberships(
            tenant.memberships,
            tenant.memberships_user or "user_id",
            tenant.memberships_organization or "organization_id",
            adopted=False,
        ),
        founding_key=organization_key("founding"),
        founding_name=tenant.founding or FOUNDING_NAME,
        quarantine_key=organization_key("quarantine"),
    )


def _check_free(ground: Ground, setting: str, name: QualifiedName) -> None:
    at = ground.spec.where("tenant", setting)
    catalog = ground.catalog
    taken = {t.name: "table" for t in catalog.tables} | {v.name: "view" for v in catalog.views}
    taken |= {s.name: "sequence" for s in catalog.sequences}
    if name in taken:
        ground.add(
            NameTaken,
            f"the {taken[name]} {name} exists already, and the file does not say that it holds the organizations"
            if setting == "organizations"
            else f"the {taken[name]} {name} exists already, and the file does not say that it holds the memberships",
            at=at,
            subject=name,
            hint="if it is yours to use, adopt it:\n"
            'organizations_key = "id"\nmemberships_user = "user_id"\nmemberships_organization = "organization_id"\n'
            f"otherwise choose a free name: {setting} = {toml_string(_free_name(catalog, name))}",
        )
    schemas = {s.name for s in catalog.schemas}
    if schemas and name.schema not in schemas:
        ground.add(
            TableNotFound,
            f"the schema {display_ident(name.schema)} for {name} does not exist",
            at=at,
            subject=name,
            hint=f"create schema {display_ident(name.schema)};",
        )


def _free_name(catalog: Catalog, name: QualifiedName) -> str:
    taken = {t.name for t in catalog.tables} | {v.name for v in catalog.views}
    for prefix in ("tenant_", "app_", "ringfence_"):
        candidate = QualifiedName(name.schema, prefix + name.name)
        if candidate not in taken:
            return str(candidate)
    return str(QualifiedName(name.schema, "new_" + name.name))


def _adopted(ground: Ground, users: Users) -> Anchors | None:
    spec = ground.spec
    tenant = spec.tenant
    before = len(ground.problems)
    if tenant.assign.rule not in (None, "adopted"):
        ground.add(
            OrganizationsUnclear,
            f"the rule {tenant.assign.rule!r} creates organizations, but organizations_key says they are the"
            " application's own",
            at=spec.where("tenant", "assign", "rule"),
            subject="[tenant] assign",
            hint='assign = { rule = "adopted" }, or take organizations_key out',
        )
    table = ground.table(tenant.organizations, spec.where("tenant", "organizations"), "the organizations table")
    key = _key(ground, table, tenant.organizations_key, "organizations_key") if table else None
    if table is None or key is None:
        return None
    if tenant.type is not None and tenant.type != key.type:
        ground.add(
            TypeClash,
            f"type = {tenant.type!r}, but {table.name}.{display_ident(key.name)} is {key.type}",
            at=spec.where("tenant", "type"),
            subject="[tenant] type",
            hint=f'type = "{key.type}"    # or leave it out',
        )
    for setting, value in (("founding", tenant.founding), ("quarantine", tenant.quarantine)):
        if value is not None and not _fits(value, key):
            ground.add(
                TypeClash,
                f"{setting} = {value!r} is no {key.type}, the type of {table.name}.{display_ident(key.name)}",
                at=spec.where("tenant", setting),
                subject=f"[tenant] {setting}",
                hint=f"give the key of an existing row of {table.name}",
            )
    organizations = Organizations(table.name, key.name, key.type, adopted=True, name_column=_name_column(table))
    memberships = _adopted_memberships(ground, users, organizations, key)
    if memberships is None or len(ground.problems) > before:
        return None
    return Anchors(users, organizations, memberships, tenant.founding, FOUNDING_NAME, quarantine_key=tenant.quarantine)


def _fits(value: str, key: Column) -> bool:
    """Whether a text can be a key of that type, for the types keys usually have."""
    match family(key.base_type or key.type):
        case "uuid":
            try:
                uuid.UUID(value)
            except ValueError:
                return False
            return True
        case "whole number":
            return value.lstrip("-").isdecimal()
        case _:
            return True


def _name_column(table: Table) -> str | None:
    texts = {c.name for c in table.columns if family(c.base_type or c.type) == "text"}
    return next((n for n in ("name", "title", "display_name", "displayName", "slug") if n in texts), None)


def _adopted_memberships(
    ground: Ground, users: Users, organizations: Organizations, organization_key_column: Column
) -> Memberships | None:
    spec = ground.spec
    tenant = spec.tenant
    table = ground.table(tenant.memberships, spec.where("tenant", "memberships"), "the memberships table")
    if table is None:
        return None
    itself = table.name == users.table
    user = tenant.memberships_user or (users.key if itself else _referring(table, users.table))
    organization = tenant.memberships_organization or _referring(table, organizations.table)
    found: list[Column] = []
    for setting, name, target in (
        ("memberships_user", user, users.table),
        ("memberships_organization", organization, organizations.table),
    ):
        at = spec.where("tenant", setting)
        if name is None:
            ground.add(
                OrganizationsUnclear,
                f"{table.name} has no foreign key of one column to {target}, or several, so {setting} must be named",
                at=at,
                subject=table.name,
                hint=f'[tenant]\n{setting} = "..."    # the column of {table.name} that holds the key of {target}',
            )
            continue
        column = ground.column(table, name, at)
        if column is not None:
            found.append(column)
    if len(found) < 2:
        return None
    user_column, organization_column = found
    users_table = ground.catalog.by_name[users.table]
    user_key = users_table.column(users.key)
    assert user_key is not None
    for column, key, owner, setting in (
        (user_column, user_key, users.table, "memberships_user"),
        (organization_column, organization_key_column, organizations.table, "memberships_organization"),
    ):
        if not comparable(column, key):
            ground.add(
                TypeClash,
                f"{table.name}.{display_ident(column.name)} is {column.type}, but"
                f" {owner}.{display_ident(key.name)} is {key.type}",
                at=spec.where("tenant", setting),
                subject=f"{table.name}.{display_ident(column.name)}",
                hint="name the column that holds the key itself",
            )
    return _with_home(ground, table, user_column.name, organization_column.name)


def _referring(table: Table, target: QualifiedName) -> str | None:
    """The only column with a foreign key to a table, None when there is none or more than one."""
    columns = {c.columns[0] for c in table.foreign_keys if c.references == target and len(c.columns) == 1}
    return columns.pop() if len(columns) == 1 else None


def _with_home(ground: Ground, table: Table, user: str, organization: str) -> Memberships | None:
    tenant = ground.spec.tenant
    at = ground.spec.where("tenant", "home")
    plain = Memberships(table.name, user, organization, adopted=True, home_column=None, active_condition=tenant.active)
    match tenant.home:
        case None if is_unique(table, (user,)):
            return plain
        case None:
            ground.add(
                HomeUnknown,
                f"a user can have several rows in {table.name}, and nothing says which organization is home",
                at=at,
                subject=table.name,
                hint=_home_hint(table, user, organization),
            )
            return None
        case str(home) if home.startswith("first:"):
            order = tuple(part.strip() for part in home.removeprefix("first:").split(","))
            missing = [name for name in order if ground.column(table, name, at) is None]
            if not missing:
                return Memberships(
                    table.name,
                    user,
                    organization,
                    adopted=True,
                    home_column=None,
                    home_order=order,
                    active_condition=tenant.active,
                )
            return None
        case str(home):
            column = ground.column(table, home, at)
            if column is None:
                return None
            if (column.base_type or column.type) != "boolean":
                ground.add(
                    HomeUnknown,
                    f"home = {home!r} is a column of type {column.type}, expected boolean",
                    at=at,
                    subject=f"{table.name}.{display_ident(home)}",
                    hint=_home_hint(table, user, organization),
                )
                return None
            return Memberships(
                table.name, user, organization, adopted=True, home_column=home, active_condition=tenant.active
            )


def _home_hint(table: Table, user: str, organization: str) -> str:
    """What to write, from the columns that are there."""
    flags = [c.name for c in table.columns if (c.base_type or c.type) == "boolean"]
    dates = [c.name for c in table.columns if c.type.startswith(("timestamp", "date"))]
    choices = [f"home = {toml_string(name)}    # where it is true" for name in flags]
    choices += [f"home = {toml_string('first:' + name)}    # the earliest membership" for name in dates[:2]]
    if not choices:
        key = [c for c in table.primary_key if c != user] or [organization]
        choices = [f"home = {toml_string('first:' + ','.join(key))}"]
    return "[tenant]\n" + "\n".join(choices)
